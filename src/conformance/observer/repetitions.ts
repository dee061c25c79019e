import type { FrameCursor } from '../../wire/frame.ts';
import { withRoomFor } from './speakers.ts';
import type { Speaker } from './state.ts';

/** Octets of a message that are compared with the newest one of its sender; longer ones are judged each time. */
const SEEN_LENGTH = 1600;
/**
 * What each sender's newest message looked like is a row of one table: how many words it has, then the words. Hundreds of
 * senders take turns, and arrays of their own would be spread over memory. Messages that do not fit have such arrays.
 */
const ROW_LENGTH = 32;
const FIRST_ROWS = 64;
const NO_BYTES = new Uint8Array(0);
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
  let rows = new Int32Array(FIRST_ROWS * ROW_LENGTH);
  const longMessages = new Map<Speaker, Int32Array>();

  /** Readers hand out one buffer for many frames, so the view of the newest one is kept. */
  function viewOf(bytes: Uint8Array): DataView {
    if (bytes !== viewed.bytes) {
      viewed.bytes = bytes;
      viewed.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return viewed.view;
  }

  function remember(bytes: Uint8Array, frame: FrameCursor, speaker: Speaker): void {
    const row = speaker.index * ROW_LENGTH;
    const length = frame.transportEnd - frame.networkOffset;
    const words = MAC_WORDS + (length >> 2);
    rows = withRoomFor(rows, row + ROW_LENGTH);
    longMessages.delete(speaker);
    rows[row] = length > SEEN_LENGTH || (length & 3) !== 0 ? 0 : words;
    if (rows[row] === 0) return;
    if (words < ROW_LENGTH) {
      copyWords(viewOf(bytes), frame, rows, row + 1, words);
      return;
    }
    const own = new Int32Array(words);
    copyWords(viewOf(bytes), frame, own, 0, words);
    longMessages.set(speaker, own);
  }

  return {
    isRepetition(bytes, frame, speaker) {
      const row = speaker.index * ROW_LENGTH;
      const length = frame.transportEnd - frame.networkOffset;
      const words = MAC_WORDS + (length >> 2);
      if (rows[row] !== words || (length & 3) !== 0) return false;
      if (words < ROW_LENGTH) return isSame(viewOf(bytes), frame, rows, row + 1, words);
      return isSame(viewOf(bytes), frame, longMessages.get(speaker)!, 0, words);
    },
    remember,
  };
}

function copyWords(view: DataView, frame: FrameCursor, seen: Int32Array, at: number, words: number): void {
  for (let word = 0; word < MAC_WORDS; word++) seen[at + word] = macWord(view, frame, word);
  for (let word = MAC_WORDS; word < words; word++) {
    seen[at + word] = view.getInt32(frame.networkOffset + 4 * (word - MAC_WORDS), true);
  }
}

/** Whether a frame says what so many words from `seen[at]` on are. */
function isSame(view: DataView, frame: FrameCursor, seen: Int32Array, at: number, words: number): boolean {
  const network = frame.networkOffset;
  const macs = frame.destinationMac;
  if (macs >= 0) {
    if (seen[at] !== view.getInt32(macs, true)) return false;
    if (seen[at + 1] !== view.getInt32(macs + 4, true) || seen[at + 2] !== view.getInt32(macs + 8, true)) return false;
  } else if (seen[at + 1] !== macWord(view, frame, 1) || seen[at + 2] !== macWord(view, frame, 2)) {
    return false;
  }
  let word = MAC_WORDS;
  if (frame.addressLength === 4) {
    if (!isSameHeader(view, network, seen, at + MAC_WORDS)) return false;
    word += HEADER_WORDS_BEFORE_SOURCE;
  }
  for (let offset = network + 4 * (word - MAC_WORDS); word < words; word++, offset += 4) {
    if (seen[at + word] !== view.getInt32(offset, true)) return false;
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
function isSameHeader(view: DataView, network: number, seen: Int32Array, at: number): boolean {
  if (seen[at] !== view.getInt32(network, true)) return false;
  const fragment = view.getInt32(network + 4, true);
  const checksum = view.getInt32(network + 8, true);
  const seenFragment = seen[at + 1]!;
  const seenChecksum = seen[at + 2]!;
  if ((fragment ^ seenFragment) >>> 16 !== 0 || ((checksum ^ seenChecksum) & 0xffff) !== 0) return false;
  return foldedPair(fragment, checksum) === foldedPair(seenFragment, seenChecksum);
}

/** The sum of identification and header checksum with its carry added back; the same in either byte order (RFC 1071 §2). */
function foldedPair(identificationWord: number, checksumWord: number): number {
  const sum = (identificationWord & 0xffff) + (checksumWord >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}
