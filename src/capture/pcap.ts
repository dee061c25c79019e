import type { Direction } from './frame.ts';
import { DIRECTION_IN, DIRECTION_OUT, DIRECTION_UNKNOWN, LINK_TYPE_LINUX_SLL, LINK_TYPE_LINUX_SLL2 } from './frame.ts';
import type { FormatParser, Reading } from './reading.ts';
import { announceInterface, breakOff, establishOrigin, FRAME_LENGTH_LIMIT, floorToSecond } from './reading.ts';

const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
const SECOND = 1_000_000_000;

/** The two classic magics as they read in the file's own byte order: the fraction of a second counts these. */
export const PCAP_MAGIC_MICROSECONDS = 0xa1b2c3d4;
export const PCAP_MAGIC_NANOSECONDS = 0xa1b23c4d;

/** The packet type that Linux writes into cooked headers for frames that leave. */
const COOKED_OUTGOING = 4;

/** Whether frames of a link type begin with one of Linux's cooked pseudo-headers. */
export function isCooked(linkType: number): boolean {
  return linkType === LINK_TYPE_LINUX_SLL || linkType === LINK_TYPE_LINUX_SLL2;
}

/** Cooked captures (`tcpdump -i any`) carry each frame's direction in their pseudo-header. */
export function cookedDirection(linkType: number, bytes: Uint8Array, start: number, end: number): Direction {
  if (linkType === LINK_TYPE_LINUX_SLL && end - start >= 16) {
    return bytes[start] === 0 && bytes[start + 1] === COOKED_OUTGOING ? DIRECTION_OUT : DIRECTION_IN;
  }
  if (linkType === LINK_TYPE_LINUX_SLL2 && end - start >= 20) {
    return bytes[start + 10] === COOKED_OUTGOING ? DIRECTION_OUT : DIRECTION_IN;
  }
  return DIRECTION_UNKNOWN;
}

/**
 * The classic pcap format: a header of 24 octets, then records of 16 octets and the frame. Time stamps are unsigned
 * seconds since 1970 and a fraction.
 */
export function createPcapParser(reading: Reading, littleEndian: boolean, magic: number): FormatParser {
  const { sink, record } = reading;
  const fractionNs = magic === PCAP_MAGIC_NANOSECONDS ? 1 : 1000;
  let headerRead = false;
  let linkType = 0;
  let cooked = false;
  let lengthLimit = FRAME_LENGTH_LIMIT;
  /** The octets behind the magic, as one number. */
  let versionField = 0;
  let originSeconds = 0;
  let originFractionNs = 0;
  let originKnown = false;
  reading.needed = FILE_HEADER_LENGTH;

  function readHeader(view: DataView, start: number): void {
    const major = view.getUint16(start + 4, littleEndian);
    const minor = view.getUint16(start + 6, littleEndian);
    if (major !== 2 || minor < 3) {
      breakOff(reading, start, `pcap version ${major}.${minor} is not read (2.3 and 2.4 are)`);
      return;
    }
    versionField = view.getUint32(start + 4, littleEndian);
    const snapLength = view.getUint32(start + 16, littleEndian);
    // The upper half tells of frame check sequences; the link type is the lower one.
    linkType = view.getUint32(start + 20, littleEndian) & 0xffff;
    cooked = isCooked(linkType);
    lengthLimit = Math.max(FRAME_LENGTH_LIMIT, Math.min(snapLength, 4 * FRAME_LENGTH_LIMIT));
    const resolutionNanoseconds = fractionNs;
    announceInterface(reading, { name: '', linkType, resolutionNanoseconds, snapLength });
    headerRead = true;
  }

  function learnOrigin(seconds: number, fraction: number): void {
    const first = BigInt(seconds) * BigInt(SECOND) + BigInt(fraction * fractionNs);
    const origin = establishOrigin(reading, floorToSecond(first));
    const second = floorToSecond(origin);
    originSeconds = Number(second / BigInt(SECOND));
    originFractionNs = Number(origin - second);
    originKnown = true;
  }

  function parse(view: DataView, bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    if (!headerRead) {
      if (end - position < FILE_HEADER_LENGTH) return position;
      readHeader(view, position);
      if (!headerRead) return position;
      position += FILE_HEADER_LENGTH;
    }
    record.bytes = bytes;
    record.interfaceIndex = 0;
    record.direction = DIRECTION_UNKNOWN;
    while (end - position >= RECORD_HEADER_LENGTH) {
      const capturedLength = view.getUint32(position + 8, littleEndian);
      if (capturedLength > lengthLimit) {
        const message = `frame ${reading.frames + 1} says that it has ${capturedLength} octets: more than ${lengthLimit} are taken for a corrupt file`;
        breakOff(reading, position, message);
        return position;
      }
      const frameStart = position + RECORD_HEADER_LENGTH;
      if (end - frameStart < capturedLength) {
        reading.needed = RECORD_HEADER_LENGTH + capturedLength;
        return position;
      }
      const seconds = view.getUint32(position, littleEndian);
      const fraction = view.getUint32(position + 4, littleEndian);
      const originalLength = view.getUint32(position + 12, littleEndian);
      if (seconds === magic && fraction === versionField) {
        breakOff(reading, position, 'another capture begins here: join captures with `mergecap -w OUT FILE FILE`');
        return position;
      }
      if (!originKnown) learnOrigin(seconds, fraction);
      position = frameStart + capturedLength;
      record.timeNs = (seconds - originSeconds) * SECOND + (fraction * fractionNs - originFractionNs);
      record.start = frameStart;
      record.end = position;
      record.originalLength = originalLength < capturedLength ? capturedLength : originalLength;
      record.number = ++reading.frames;
      if (cooked) record.direction = cookedDirection(linkType, bytes, frameStart, position);
      sink.frame(record);
    }
    reading.needed = RECORD_HEADER_LENGTH;
    return position;
  }

  return {
    parse,
    interrupted: (present) => {
      if (!headerRead)
        return `the capture ends inside its header: ${present} of ${FILE_HEADER_LENGTH} octets are there`;
      if (present === 0) return undefined;
      return `the capture ends inside frame ${reading.frames + 1}: ${present} of ${reading.needed} octets of its record are there`;
    },
    blockNumber: () => undefined,
  };
}
