import { createAnnotationReader } from './annotation-reader.ts';
import type { CaptureAnnotations } from './end.ts';
import type { Direction } from './frame.ts';
import { DIRECTION_IN, DIRECTION_OUT, DIRECTION_UNKNOWN } from './frame.ts';
import { cookedDirection } from './pcap.ts';
import * as ng from './pcapng.ts';
import type { InterfaceState } from './pcapng-interface.ts';
import { readDrops, readInterface } from './pcapng-interface.ts';
import type { FormatParser, Reading } from './reading.ts';
import {
  announceInterface,
  breakOff,
  establishOrigin,
  FRAME_LENGTH_LIMIT,
  floorToSecond,
  INTERFACE_LIMIT,
} from './reading.ts';
import { baseTickClock, ticksToNanoseconds, ticksToUnixNanoseconds } from './ticks.ts';

/** Blocks that are looked into may be this long; blocks that are not are passed over at any length. */
const BLOCK_LENGTH_LIMIT = 4 * FRAME_LENGTH_LIMIT;
/** A run's intent grows with the number of its virtual routers. */
const ANNOTATION_LENGTH_LIMIT = 16 << 20;
/** Foreign blocks longer than this are passed over piecemeal instead of being gathered. */
const GATHERED_LENGTH_LIMIT = 65_536;

const BLOCK_NAMES: ReadonlyMap<number, string> = new Map([
  [ng.BLOCK_SECTION_HEADER, 'Section Header Block'],
  [ng.BLOCK_INTERFACE_DESCRIPTION, 'Interface Description Block'],
  [ng.BLOCK_PACKET, 'Packet Block'],
  [ng.BLOCK_SIMPLE_PACKET, 'Simple Packet Block'],
  [ng.BLOCK_INTERFACE_STATISTICS, 'Interface Statistics Block'],
  [ng.BLOCK_ENHANCED_PACKET, 'Enhanced Packet Block'],
  [ng.BLOCK_CUSTOM, 'Custom Block'],
  [ng.BLOCK_CUSTOM_NOT_COPIED, 'Custom Block'],
  [ng.BLOCK_RUN, 'block of a run'],
]);

/** The shortest block of each type that is looked into, in octets. */
const LEAST_LENGTHS: ReadonlyMap<number, number> = new Map([
  [ng.BLOCK_SECTION_HEADER, 28],
  [ng.BLOCK_INTERFACE_DESCRIPTION, 20],
  [ng.BLOCK_PACKET, 32],
  [ng.BLOCK_SIMPLE_PACKET, 16],
  [ng.BLOCK_INTERFACE_STATISTICS, 24],
  [ng.BLOCK_ENHANCED_PACKET, 32],
  [ng.BLOCK_RUN, 16],
]);

/** What the pcapng reader tells at the end, beside what every reader does. */
export interface PcapngSummary {
  readonly droppedFrames: number | undefined;
  readonly framesWithoutTime: number;
  readonly annotations: CaptureAnnotations;
}

export interface PcapngParser extends FormatParser {
  summary(): PcapngSummary;
}

/** The pcapng format: blocks that carry their length at both ends; sections, each with interfaces of its own. */
export function createPcapngParser(reading: Reading): PcapngParser {
  const { sink, record } = reading;
  const interfaces: InterfaceState[] = [];
  const annotations = createAnnotationReader(reading);
  let littleEndian = true;
  let sectionBase = 0;
  let blocks = 0;
  let framesWithoutTime = 0;
  /** Of a block that is passed over piecemeal: its length, which its last four octets must repeat; 0 otherwise. */
  let passedLength = 0;
  /** The type of the block that is not whole yet. */
  let waitingType = ng.BLOCK_SECTION_HEADER;
  reading.needed = ng.BLOCK_OVERHEAD;

  function fail(position: number, message: string): void {
    breakOff(reading, position, message, blocks + 1);
  }

  /** The number that the next frame has. */
  function nextNumber(): number {
    return reading.frames + reading.numberedBlocks + 1;
  }

  function readSection(view: DataView, position: number): void {
    const major = view.getUint16(position + 12, littleEndian);
    const minor = view.getUint16(position + 14, littleEndian);
    if (major !== 1) fail(position, `pcapng version ${major}.${minor} is not read (1.x is)`);
    sectionBase = interfaces.length;
  }

  function addInterface(view: DataView, bytes: Uint8Array, position: number, length: number): void {
    if (interfaces.length >= INTERFACE_LIMIT) {
      fail(position, `the capture has more than ${INTERFACE_LIMIT} interfaces: taken for a corrupt file`);
      return;
    }
    const read = readInterface(view, bytes, littleEndian, position, length);
    if (read === undefined) {
      fail(position, 'an option of an interface is longer than its block');
      return;
    }
    if (read.complaint !== undefined) annotations.complain(blocks + 1, read.complaint);
    interfaces.push(read.state);
    announceInterface(reading, read.state.description);
  }

  function readStatistics(view: DataView, position: number, length: number): void {
    const interfaceIndex = sectionBase + view.getUint32(position + 8, littleEndian);
    const state = interfaces[interfaceIndex];
    if (state === undefined) return;
    const drops = readDrops(view, littleEndian, position, length);
    if (drops === undefined) return;
    // What packets have told is told.
    const frames = drops - Math.max(state.reportedDrops ?? 0, state.packetDrops);
    state.reportedDrops = drops;
    if (frames > 0) reading.options.annotations?.loss?.({ interfaceIndex, frames, when: 'since-last-count' });
  }

  function tieClock(state: InterfaceState, high: number, low: number): void {
    const first = floorToSecond(ticksToUnixNanoseconds(state.clock, high, low));
    baseTickClock(state.clock, establishOrigin(reading, first));
    state.based = true;
  }

  /** Delivers the frame of an Enhanced or obsolete Packet Block: they differ in where the interface is. */
  function readPacket(view: DataView, position: number, length: number, localIndex: number): void {
    const index = sectionBase + localIndex;
    const state = interfaces[index];
    if (state === undefined) {
      const count = interfaces.length - sectionBase;
      fail(position, `frame ${nextNumber()} is of interface ${localIndex}, and the section has ${count}`);
      return;
    }
    const capturedLength = view.getUint32(position + 20, littleEndian);
    if (capturedLength > length - 32) {
      fail(position, `frame ${nextNumber()} has ${capturedLength} octets in a block of ${length}`);
      return;
    }
    const high = view.getUint32(position + 12, littleEndian);
    const low = view.getUint32(position + 16, littleEndian);
    if (!state.based) tieClock(state, high, low);
    record.timeNs = ticksToNanoseconds(state.clock, high, low);
    const optionsStart = position + 28 + ng.padded(capturedLength);
    const optionsEnd = position + length - 4;
    record.direction =
      optionsEnd - optionsStart >= 8 ? readDirection(view, optionsStart, optionsEnd, index) : DIRECTION_UNKNOWN;
    deliver(index, state, position + 28, capturedLength, view.getUint32(position + 24, littleEndian));
  }

  /** The direction that a packet's options tell; frames lost before it are counted on the way. */
  function readDirection(view: DataView, start: number, end: number, interfaceIndex: number): Direction {
    const state = interfaces[interfaceIndex]!;
    let position = start;
    let direction: Direction = DIRECTION_UNKNOWN;
    while (end - position >= 8) {
      const code = view.getUint16(position, littleEndian);
      const length = view.getUint16(position + 2, littleEndian);
      if (code === ng.OPTION_END || position + 4 + length > end) break;
      if (code === ng.OPTION_PACKET_FLAGS && length === 4) {
        const flags = view.getUint32(position + 4, littleEndian) & 3;
        direction = flags === 1 ? DIRECTION_IN : flags === 2 ? DIRECTION_OUT : DIRECTION_UNKNOWN;
      } else if (code === ng.OPTION_PACKET_DROPS && length === 8) {
        const frames = Number(view.getBigUint64(position + 4, littleEndian));
        state.packetDrops += frames;
        if (frames > 0) reading.options.annotations?.loss?.({ interfaceIndex, frames, when: 'before-next-frame' });
      }
      position += 4 + ng.padded(length);
    }
    return direction;
  }

  function readSimplePacket(view: DataView, position: number, length: number): void {
    const state = interfaces[sectionBase];
    if (state === undefined) {
      fail(position, `frame ${nextNumber()} is of the section's first interface, and it has none`);
      return;
    }
    const originalLength = view.getUint32(position + 8, littleEndian);
    const { snapLength } = state.description;
    const kept = snapLength === 0 ? originalLength : Math.min(originalLength, snapLength);
    // Where no frame and no run has said what time it is, there is none: 1970 is as good as any.
    establishOrigin(reading, 0n);
    framesWithoutTime++;
    record.direction = DIRECTION_UNKNOWN;
    deliver(sectionBase, state, position + 12, Math.min(kept, length - 16), originalLength);
  }

  function deliver(index: number, state: InterfaceState, start: number, length: number, originalLength: number): void {
    record.interfaceIndex = index;
    record.start = start;
    record.end = start + length;
    record.originalLength = originalLength < length ? length : originalLength;
    record.number = ++reading.frames + reading.numberedBlocks;
    if (state.cooked && record.direction === DIRECTION_UNKNOWN) {
      record.direction = cookedDirection(state.description.linkType, record.bytes, record.start, record.end);
    }
    sink.frame(record);
  }

  /** Learns the byte order of the section that begins at `position`. */
  function readByteOrder(view: DataView, position: number): void {
    if (view.getUint32(position + 8, true) === ng.BYTE_ORDER_MAGIC) littleEndian = true;
    else if (view.getUint32(position + 8, false) === ng.BYTE_ORDER_MAGIC) littleEndian = false;
    else fail(position, 'a section does not tell its byte order');
  }

  /** Says what is wrong with a block's length, or nothing. */
  function judgeLength(type: number, length: number, looked: boolean): string | undefined {
    const least = looked ? (LEAST_LENGTHS.get(type) ?? ng.BLOCK_OVERHEAD) : ng.BLOCK_OVERHEAD;
    const limit = type === ng.BLOCK_RUN ? ANNOTATION_LENGTH_LIMIT : BLOCK_LENGTH_LIMIT;
    const says = `this ${nameBlock(type)} says that it has ${length} octets`;
    if (length < least) return `${says}: fewer than the ${least} that it must have`;
    if ((length & 3) !== 0) return `${says}: not a multiple of four`;
    if (looked && length > limit) return `${says}: more than ${limit} are taken for a corrupt file`;
    return undefined;
  }

  function isLookedInto(view: DataView, type: number, position: number): boolean {
    if (type === ng.BLOCK_RUN) return view.getUint32(position + 8, littleEndian) === ng.ENTERPRISE_NUMBER;
    return LEAST_LENGTHS.has(type);
  }

  function readBlock(view: DataView, bytes: Uint8Array, type: number, position: number, length: number): void {
    switch (type) {
      case ng.BLOCK_ENHANCED_PACKET:
        readPacket(view, position, length, view.getUint32(position + 8, littleEndian));
        break;
      case ng.BLOCK_PACKET:
        readPacket(view, position, length, view.getUint16(position + 8, littleEndian));
        break;
      case ng.BLOCK_SIMPLE_PACKET:
        readSimplePacket(view, position, length);
        break;
      case ng.BLOCK_SECTION_HEADER:
        readSection(view, position);
        break;
      case ng.BLOCK_INTERFACE_DESCRIPTION:
        addInterface(view, bytes, position, length);
        break;
      case ng.BLOCK_INTERFACE_STATISTICS:
        readStatistics(view, position, length);
        break;
      case ng.BLOCK_RUN:
        annotations.read(blocks + 1, bytes.subarray(position + 12, position + length - 4));
        break;
    }
  }

  function countBlock(type: number): void {
    blocks++;
    if (type === ng.BLOCK_CUSTOM || type === ng.BLOCK_CUSTOM_NOT_COPIED || type === ng.BLOCK_JOURNAL) {
      reading.numberedBlocks++;
    }
  }

  /** Checks the length at the end of a block that was passed over; returns the position behind it. */
  function finishPassing(view: DataView, position: number): number {
    if (view.getUint32(position, littleEndian) !== passedLength) {
      fail(position, 'a block does not repeat its length at its end');
      return position;
    }
    passedLength = 0;
    countBlock(waitingType);
    return position + 4;
  }

  function parse(view: DataView, bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    record.bytes = bytes;
    if (passedLength > 0) {
      if (end - position < 4) return position;
      position = finishPassing(view, position);
    }
    while (reading.problem === undefined) {
      if (end - position < ng.BLOCK_OVERHEAD) {
        reading.needed = ng.BLOCK_OVERHEAD;
        waitingType = -1;
        return position;
      }
      const type = view.getUint32(position, littleEndian);
      if (type === ng.BLOCK_SECTION_HEADER) readByteOrder(view, position);
      const length = view.getUint32(position + 4, littleEndian);
      const packet = type === ng.BLOCK_ENHANCED_PACKET && length >= 32 && length <= BLOCK_LENGTH_LIMIT;
      let looked = true;
      if (!packet || (length & 3) !== 0) {
        looked = isLookedInto(view, type, position);
        const complaint = judgeLength(type, length, looked);
        if (complaint !== undefined && reading.problem === undefined) fail(position, complaint);
        if (reading.problem !== undefined) return position;
        if (!looked && length > GATHERED_LENGTH_LIMIT) {
          passedLength = length;
          waitingType = type;
          reading.skip = length - 4 - ng.BLOCK_OVERHEAD;
          reading.needed = 4;
          return position + ng.BLOCK_OVERHEAD;
        }
      }
      if (end - position < length) {
        reading.needed = length;
        waitingType = type;
        return position;
      }
      if (view.getUint32(position + length - 4, littleEndian) !== length) {
        fail(position, `this ${nameBlock(type)} does not repeat its length of ${length} at its end`);
        return position;
      }
      if (looked) readBlock(view, bytes, type, position, length);
      if (reading.problem !== undefined) return position;
      countBlock(type);
      position += length;
    }
    return position;
  }

  function interrupted(present: number): string | undefined {
    if (passedLength > 0)
      return `the capture ends inside a block (${nameBlock(waitingType)}) of ${passedLength} octets`;
    if (present === 0) return blocks === 0 ? 'the capture ends inside its first block' : undefined;
    if (waitingType < 0)
      return `the capture ends inside the header of block ${blocks + 1}: ${present} octets are there`;
    return `the capture ends inside a block (${nameBlock(waitingType)}): ${present} of ${reading.needed} octets are there`;
  }

  function summary(): PcapngSummary {
    const known = interfaces.filter((state) => state.reportedDrops !== undefined || state.packetDrops > 0);
    const dropped = known.reduce((sum, state) => sum + Math.max(state.reportedDrops ?? 0, state.packetDrops), 0);
    return {
      droppedFrames: known.length === 0 ? undefined : dropped,
      framesWithoutTime,
      annotations: annotations.all(),
    };
  }

  return { parse, interrupted, blockNumber: () => blocks + 1, summary };
}

function nameBlock(type: number): string {
  return BLOCK_NAMES.get(type) ?? `block of unknown type 0x${type.toString(16).padStart(8, '0')}`;
}
