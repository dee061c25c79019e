import type { FrameCursor } from '../../wire/frame.ts';
import type { Speaker } from './state.ts';

/** Octets of a message that are compared with the newest one of its sender; longer ones are judged each time. */
const SEEN_LENGTH = 1600;
const NO_BYTES = new Uint8Array(0);
const NOTHING_SEEN = new Int32Array(0);
/** Both MAC addresses of a frame. */
const MAC_WORDS = 3;
/** Words of an IPv4 header before its source address. */
const HEADER_WORDS_BEFORE_SOURCE = 3;

/** Tells whether a sender says the same once more, without allocating anything. */
export interface Repetitions {
  /**
   * Whether the frame says what the newest one of its sender said: the same MAC addresses and IP packet, but for the
   * identification and the header checksum that follows from it: their sum is the same where both are right.
   */
  isRepetition(bytes: Uint8Array, frame: FrameCursor, speaker: Speaker): boolean;
  remember(bytes: Uint8Array, frame: FrameCursor, speaker: Speaker): void;
}

export function createRepetitions(): Repetitions {
  const viewed: { bytes: Uint8Array; view: DataView } = { bytes: NO_BYTES, view: new DataView(NO_BYTES.buffer) };

  /** Readers hand out one buffer for many frames, so the view of the newest one is kept. */
  function viewOf(bytes: Uint8Array): DataView {
    if (bytes !== viewed.bytes) {
      viewed.bytes = bytes;
      viewed.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return viewed.view;
  }

  function remember(bytes: Uint8Array, frame: FrameCursor, speaker: Speaker): void {
    const length = frame.transportEnd - frame.networkOffset;
    const words = MAC_WORDS + (length >> 2);
    if (length > SEEN_LENGTH || (length & 3) !== 0) {
      speaker.seen = NOTHING_SEEN;
      return;
    }
    if (speaker.seen.length !== words) speaker.seen = new Int32Array(words);
    const { seen } = speaker;
    const view = viewOf(bytes);
    for (let word = 0; word < MAC_WORDS; word++) seen[word] = macWord(view, frame, word);
    for (let word = MAC_WORDS; word < words; word++) {
      seen[word] = view.getInt32(frame.networkOffset + 4 * (word - MAC_WORDS), true);
    }
  }

  return {
    isRepetition: (bytes, frame, speaker) => isRepetition(viewOf(bytes), frame, speaker),
    remember,
  };
}

function isRepetition(view: DataView, frame: FrameCursor, { seen }: Speaker): boolean {
  const network = frame.networkOffset;
  const words = MAC_WORDS + ((frame.transportEnd - network) >> 2);
  if (seen.length !== words || ((frame.transportEnd - network) & 3) !== 0) return false;
  const macs = frame.destinationMac;
  if (macs >= 0) {
    if (seen[0] !== view.getInt32(macs, true)) return false;
    if (seen[1] !== view.getInt32(macs + 4, true) || seen[2] !== view.getInt32(macs + 8, true)) return false;
  } else if (seen[1] !== macWord(view, frame, 1) || seen[2] !== macWord(view, frame, 2)) {
    return false;
  }
  let word = MAC_WORDS;
  if (frame.addressLength === 4) {
    if (!isSameHeader(view, network, seen)) return false;
    word += HEADER_WORDS_BEFORE_SOURCE;
  }
  for (let offset = network + 4 * (word - MAC_WORDS); word < words; word++, offset += 4) {
    if (seen[word] !== view.getInt32(offset, true)) return false;
  }
  return true;
}

/** Destination and source MAC address as three words; cooked captures have a source alone, others none. */
function macWord(view: DataView, frame: FrameCursor, word: number): number {
  if (frame.destinationMac >= 0) return view.getInt32(frame.destinationMac + 4 * word, true);
  if (frame.sourceMac < 0 || word === 0) return 0;
  return word === 1 ? view.getInt32(frame.sourceMac, true) : view.getUint16(frame.sourceMac + 4, true);
}

/** The three words before an IPv4 header's source address; read as little-endian, as everything that is compared. */
function isSameHeader(view: DataView, network: number, seen: Int32Array): boolean {
  if (seen[MAC_WORDS] !== view.getInt32(network, true)) return false;
  const fragment = view.getInt32(network + 4, true);
  const checksum = view.getInt32(network + 8, true);
  const seenFragment = seen[MAC_WORDS + 1]!;
  const seenChecksum = seen[MAC_WORDS + 2]!;
  if ((fragment ^ seenFragment) >>> 16 !== 0 || ((checksum ^ seenChecksum) & 0xffff) !== 0) return false;
  return foldedPair(fragment, checksum) === foldedPair(seenFragment, seenChecksum);
}

/** The sum of identification and header checksum with its carry added back; the same in either byte order (RFC 1071 §2). */
function foldedPair(identificationWord: number, checksumWord: number): number {
  const sum = (identificationWord & 0xffff) + (checksumWord >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}
