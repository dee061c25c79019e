import type { RunEvent } from '../../src/capture/event.ts';
import type { KeptFrame } from '../../src/capture/frame.ts';
import type { Intent } from '../../src/capture/intent.ts';
import * as ng from '../../src/capture/pcapng.ts';
import { createCaptureWriter } from '../../src/capture/pcapng-writer.ts';
import type { KeptCapture } from './kept-capture.ts';
import type { Mutation } from './mutate.ts';

/** What can be done to a block of pcapng. */
const BLOCK_KINDS = [
  /** An octet of its body is overwritten, or eight by ones. */
  'octet',
  'ones',
  /** It becomes a block of another type, with the body that it had. */
  'type',
  /** Its first length is another one than that behind it; or both are, and the body ends early or takes in what follows. */
  'length',
  'lengths',
  'huge',
  /** What may be an option gets another code and length. */
  'option',
  /** It ends early, rightly framed. */
  'cut',
  'again',
  'drop',
  'swap',
  /** A section begins, in which no interface is known; or one whose octets are said to be in the other order. */
  'section',
  'order',
  /** What a run, an interface or a name says has another character. */
  'text',
] as const;

const TYPES = [
  ng.BLOCK_INTERFACE_DESCRIPTION,
  ng.BLOCK_PACKET,
  ng.BLOCK_SIMPLE_PACKET,
  ng.BLOCK_NAME_RESOLUTION,
  ng.BLOCK_INTERFACE_STATISTICS,
  ng.BLOCK_ENHANCED_PACKET,
  ng.BLOCK_JOURNAL,
  ng.BLOCK_CUSTOM,
  ng.BLOCK_CUSTOM_NOT_COPIED,
  ng.BLOCK_RUN,
];
/** What mostly ends the reading there is done seldom, so that most changes are met. */
const ENDING: readonly (typeof BLOCK_KINDS)[number][] = [
  'type',
  'length',
  'lengths',
  'huge',
  'cut',
  'drop',
  'section',
  'order',
];
const ENDING_ONE_IN = 32;
/** Characters that mean something in JSON, on a terminal, or on a page. */
const CHARACTERS = '"{}[]:,\\-0e9.\0\x1b<&\x9b\xff';
const SPOKEN = [ng.BLOCK_RUN, ng.BLOCK_INTERFACE_DESCRIPTION, ng.BLOCK_NAME_RESOLUTION];
const HEAD = 8;
/** However often blocks are repeated, there are no more than this. */
const BLOCKS = 3000;

/** Frames as a run keeps them: ports, what was intended, what happened, names and comments. */
export function asRun(
  { interfaces }: KeptCapture,
  frames: readonly KeptFrame[],
  intent: Intent,
  events: readonly RunEvent[],
): Uint8Array {
  const pieces: Uint8Array[] = [];
  const origin = { unixNanoseconds: 1_795_337_858_000_000_000n };
  const writer = createCaptureWriter((piece) => pieces.push(piece), { origin, interfaces, comment: 'a run' });
  writer.names([{ address: Uint8Array.of(192, 0, 2, 1), name: 'r1' }]);
  writer.intent(intent);
  for (const event of events) writer.event(event);
  for (const [index, frame] of frames.entries()) {
    const record = { ...frame, start: 0, end: frame.bytes.length, number: index + 1 };
    writer.frame(record, index % 8 === 0 ? { comment: 'FAIL' } : {});
  }
  writer.end();
  return Buffer.concat(pieces);
}

/** A file of pcapng after all the changes. A mutation's `frame` tells what is done and to which block. */
export function mutateBlocks(file: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  const blocks = blocksOf(file);
  for (const mutation of mutations) {
    if (blocks.length > 0) change(blocks, mutation);
  }
  return Buffer.concat(blocks);
}

function blocksOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < file.length; ) {
    const length = view.getUint32(start + 4, true);
    // A Buffer's slice would share its octets.
    blocks.push(Uint8Array.from(file.subarray(start, start + length)));
    start += length;
  }
  return blocks;
}

function change(blocks: Uint8Array[], { frame, at, value }: Mutation): void {
  const wanted = BLOCK_KINDS[frame % BLOCK_KINDS.length]!;
  const kind = ENDING.includes(wanted) && at % ENDING_ONE_IN !== 0 ? 'text' : wanted;
  const index = Math.floor(frame / BLOCK_KINDS.length) % blocks.length;
  const block = blocks[index]!;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const words = Math.max(1, (block.length - ng.BLOCK_OVERHEAD) >> 2);
  const word = HEAD + 4 * (at % words);
  switch (kind) {
    case 'octet':
      block[HEAD + (at % Math.max(1, block.length - ng.BLOCK_OVERHEAD))] = value;
      break;
    case 'ones':
      block.fill(0xff, word, Math.min(word + 8, block.length - 4));
      break;
    case 'type':
      view.setUint32(0, TYPES[value % TYPES.length]!, true);
      break;
    case 'length':
      view.setUint32(4, block.length + value - 128, true);
      break;
    case 'lengths':
      setLengths(view, block.length + 4 * ((value % 16) - 8));
      break;
    case 'huge':
      setLengths(view, 0xffff_fffc - 4 * value);
      break;
    case 'option':
      view.setUint16(word, value % 16 === 0 ? ng.OPTION_CUSTOM_TEXT : value % 16, true);
      view.setUint16(word + 2, at * (value % 3), true);
      break;
    case 'cut':
      blocks[index] = shortened(block, 4 * (value % words));
      break;
    case 'again':
      if (blocks.length < BLOCKS) blocks.splice((index + at) % blocks.length, 0, block.slice());
      break;
    case 'drop':
      blocks.splice(index, 1 + (at % 3));
      break;
    case 'swap': {
      const other = (index + 1 + at) % blocks.length;
      [blocks[index], blocks[other]] = [blocks[other]!, block];
      break;
    }
    case 'section':
      blocks.splice(index, 0, blocks[0]!.slice());
      break;
    case 'order':
      if (view.getUint32(0, true) === ng.BLOCK_SECTION_HEADER) block.subarray(HEAD, HEAD + 4).reverse();
      break;
    case 'text':
      respell(blocks, index, at, value);
      break;
  }
}

function setLengths(view: DataView, length: number): void {
  view.setUint32(4, length, true);
  view.setUint32(view.byteLength - 4, length, true);
}

function shortened(block: Uint8Array, by: number): Uint8Array {
  const result = block.slice(0, block.length - by);
  setLengths(new DataView(result.buffer), result.length);
  return result;
}

/** From that block on, the next one that says something in words. */
function respell(blocks: readonly Uint8Array[], from: number, at: number, value: number): void {
  const spoken = (block: Uint8Array) =>
    SPOKEN.includes(new DataView(block.buffer, block.byteOffset).getUint32(0, true)) && block.length > 24;
  const block = [...blocks.slice(from), ...blocks.slice(0, from)].find(spoken);
  if (block === undefined) return;
  const place = HEAD + ((at * 7 + value) % (block.length - ng.BLOCK_OVERHEAD));
  const isPrintable = block[place]! >= 0x20 && block[place]! < 0x7f;
  // Lengths are another change's.
  if (isPrintable) block[place] = CHARACTERS.charCodeAt(value % CHARACTERS.length);
}
