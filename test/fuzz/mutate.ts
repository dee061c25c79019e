import type { KeptFrame } from '../../src/capture/frame.ts';

/** What can be done to one frame of a capture. */
export const MUTATION_KINDS = [
  /** An octet is overwritten: anywhere, in the network header, in the VRRP message, or by all ones. */
  'octet',
  'header',
  'payload',
  'ones',
  'cut',
  'again',
  'time',
  'tag',
  'drop',
  'direction',
  'place',
  /** The tail of another frame takes the place of its own. */
  'splice',
  /** Thirty copies, each with another sender, VRID and address. */
  'flood',
] as const;

/** One change of one frame. The numbers are taken modulo what there is. */
export interface Mutation {
  readonly frame: number;
  readonly kind: (typeof MUTATION_KINDS)[number];
  readonly at: number;
  readonly value: number;
}

const ETHERNET_HEADER = 14;
const IPV4_HEADER = 20;
const FLOOD = 30;
/** However many floods there are, a mutated capture has no more frames than this. */
const FRAMES = 3000;

/** A capture's frames after all the changes; the originals stay as they are. */
export function mutate(frames: readonly KeptFrame[], mutations: readonly Mutation[]): readonly KeptFrame[] {
  const changed = frames.map((frame) => ({ ...frame, bytes: frame.bytes.slice() }));
  for (const mutation of mutations) {
    if (changed.length === 0) return changed;
    change(changed, mutation.frame % changed.length, mutation);
  }
  return changed;
}

function change(frames: KeptFrame[], index: number, { kind, at, value }: Mutation): void {
  const frame = frames[index]!;
  const { bytes } = frame;
  switch (kind) {
    case 'octet':
      bytes[at % bytes.length] = value;
      break;
    case 'header':
      bytes[ETHERNET_HEADER + (at % IPV4_HEADER)] = value;
      break;
    case 'payload':
      bytes[ETHERNET_HEADER + IPV4_HEADER + (at % 12)] = value;
      break;
    case 'ones':
      bytes.fill(0xff, at % bytes.length, (at % bytes.length) + 1 + (value % 8));
      break;
    case 'cut':
      frames[index] = { ...frame, bytes: bytes.slice(0, at % bytes.length) };
      break;
    case 'again':
      frames.splice((index + at) % frames.length, 0, { ...frame, bytes: bytes.slice() });
      break;
    case 'time':
      frames[index] = { ...frame, timeNs: frame.timeNs + (value - 128) * 10 ** (at % 10) };
      break;
    case 'tag':
      if (bytes.length >= 12) frames[index] = { ...frame, bytes: tagged(bytes, at, value) };
      break;
    case 'drop':
      frames.splice(index, 1 + (at % 5));
      break;
    case 'direction':
      frames[index] = { ...frame, direction: (value % 3) as 0 | 1 | 2 };
      break;
    case 'place':
      frames[index] = { ...frame, interfaceIndex: value % 4 };
      break;
    case 'splice': {
      const other = frames[(index + value) % frames.length]!.bytes;
      frames[index] = { ...frame, bytes: spliced(bytes, other, at) };
      break;
    }
    case 'flood':
      if (frames.length + FLOOD <= FRAMES) frames.splice(index, 0, ...flood(frame, at, value));
      break;
  }
}

function tagged(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const result = new Uint8Array(bytes.length + 4);
  result.set(bytes.subarray(0, 12));
  result.set([0x81, 0, at & 15, value], 12);
  result.set(bytes.subarray(12), 16);
  return result;
}

function spliced(head: Uint8Array, tail: Uint8Array, at: number): Uint8Array {
  const cut = at % (Math.min(head.length, tail.length) + 1);
  const result = new Uint8Array(tail.length);
  result.set(head.subarray(0, cut));
  result.set(tail.subarray(cut), cut);
  return result;
}

/** Copies as an attacker sends them who invents senders, VRIDs and addresses. */
function flood(frame: KeptFrame, at: number, value: number): KeptFrame[] {
  return Array.from({ length: FLOOD }, (_, copy) => {
    const bytes = frame.bytes.slice();
    for (const offset of [11, 29, 35, bytes.length - 1 - (at % 8)]) {
      if (offset >= 0 && offset < bytes.length) bytes[offset] = (value + copy * 7 + offset) & 0xff;
    }
    return { ...frame, bytes, timeNs: frame.timeNs + copy * 1000 };
  });
}
