import type { FrameCursor } from '../../wire/frame.ts';
import { read32 } from '../../wire/octets.ts';
import { destinationWord } from './peers.ts';
import type { Speaker } from './state.ts';

/**
 * Finds the stream of advertisements that a frame belongs to by numbers alone: LAN, VRID, version and family, source
 * address, single destination, node. An open addressing table, so that looking up allocates nothing.
 */
export interface SpeakerTable {
  /** The speaker of the frame, or undefined; then `add` puts a new one in its place. */
  find(bytes: Uint8Array, frame: FrameCursor, lanIndex: number, nodeIndex: number): Speaker | undefined;
  add(speaker: Speaker): void;
  readonly size: number;
  readonly all: readonly Speaker[];
}

const VRID_OFFSET = 1;

export function versionAndFamilyOf(bytes: Uint8Array, frame: FrameCursor): number {
  return ((bytes[frame.transportOffset]! >>> 4) << 5) | frame.addressLength;
}

function hash(word3: number, word2: number, virtualRouterId: number, mixed: number): number {
  let value = Math.imul(word3 ^ (word2 << 7), 0x9e3779b1) ^ Math.imul(virtualRouterId + (mixed << 8), 0x85ebca6b);
  value ^= value >>> 15;
  return Math.imul(value, 0x2c1b3c6d) >>> 1;
}

function mix(versionAndFamily: number, lanIndex: number, nodeIndex: number, destination: number): number {
  return versionAndFamily ^ (lanIndex << 9) ^ (nodeIndex << 13) ^ destination;
}

/** Numbers of a key: the four words of the address, LAN, node, VRID, version and family, destination. */
const KEY_LENGTH = 16;
const LAN = 4;
const NODE = 5;
const VRID = 6;
const VERSION_AND_FAMILY = 7;
const DESTINATION = 8;
/** Room for so many senders at first. */
const FIRST_SENDERS = 64;

/** The same numbers, with room for so many: twice the room where it was too little. */
export function withRoomFor(numbers: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (numbers.length >= length) return numbers;
  const larger = new Int32Array(Math.max(length, 2 * numbers.length));
  larger.set(numbers);
  return larger;
}

export function createSpeakerTable(limit: number): SpeakerTable {
  let capacity = 1024;
  while (capacity < 2 * limit) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  // Side by side, because hundreds of senders take turns: what is compared is then one line of the processor's cache,
  // where objects would be several each.
  let keys = new Int32Array(FIRST_SENDERS * KEY_LENGTH);
  const speakers: Speaker[] = [];
  const mask = capacity - 1;

  function slotOf(speaker: Speaker): number {
    const mixed = mix(speaker.versionAndFamily, speaker.lanIndex, speaker.nodeIndex, speaker.destination);
    return hash(speaker.word3, speaker.word2, speaker.virtualRouterId, mixed) & mask;
  }

  return {
    find(bytes, frame, lanIndex, nodeIndex) {
      const source = frame.sourceAddress;
      const isIpv6 = frame.addressLength === 16;
      const word0 = isIpv6 ? read32(bytes, source) | 0 : 0;
      const word1 = isIpv6 ? read32(bytes, source + 4) | 0 : 0;
      const word2 = isIpv6 ? read32(bytes, source + 8) | 0 : 0;
      const word3 = read32(bytes, isIpv6 ? source + 12 : source) | 0;
      const virtualRouterId = bytes[frame.transportOffset + VRID_OFFSET]!;
      const versionAndFamily = versionAndFamilyOf(bytes, frame);
      const destination = destinationWord(bytes, frame);
      const mixed = mix(versionAndFamily, lanIndex, nodeIndex, destination);
      let slot = hash(word3, word2, virtualRouterId, mixed) & mask;
      for (;;) {
        const index = slots[slot]!;
        if (index < 0) return undefined;
        const key = index * KEY_LENGTH;
        if (
          keys[key + 3] === word3 &&
          keys[key + VRID] === virtualRouterId &&
          keys[key + LAN] === lanIndex &&
          keys[key + NODE] === nodeIndex &&
          keys[key + VERSION_AND_FAMILY] === versionAndFamily &&
          keys[key + DESTINATION] === destination &&
          keys[key] === word0 &&
          keys[key + 1] === word1 &&
          keys[key + 2] === word2
        ) {
          return speakers[index];
        }
        slot = (slot + 1) & mask;
      }
    },
    add(speaker) {
      const { word0, word1, word2, word3, lanIndex, nodeIndex, virtualRouterId, versionAndFamily, destination } =
        speaker;
      let slot = slotOf(speaker);
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = speaker.index;
      keys = withRoomFor(keys, (speaker.index + 1) * KEY_LENGTH);
      keys.set(
        [word0, word1, word2, word3, lanIndex, nodeIndex, virtualRouterId, versionAndFamily, destination],
        speaker.index * KEY_LENGTH,
      );
      speakers.push(speaker);
    },
    all: speakers,
    get size() {
      return speakers.length;
    },
  };
}
