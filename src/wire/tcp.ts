import type { ProblemCursor } from './link.ts';
import { fail, failShort } from './link.ts';
import { concatenate, read16, read32, write16, write32 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_BAD_HEADER_LENGTH, PROBLEM_NONE } from './problem.ts';

export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;
const CHECKSUM = 16;
const SHORTEST_HEADER = 20;

/** A view of a TCP segment (RFC 9293 §3.1). Offsets are from the start of the buffer; -1: not reached. */
export interface TcpCursor extends ProblemCursor {
  sourcePort: number;
  destinationPort: number;
  sequence: number;
  acknowledgment: number;
  /** Bits of TCP_FIN, TCP_SYN, TCP_RST, TCP_PSH, TCP_ACK and so on. */
  flags: number;
  window: number;
  checksum: number;
  payloadOffset: number;
  payloadEnd: number;
}

/** Makes a cursor; one is enough for any number of segments. */
export function createTcpCursor(): TcpCursor {
  return {
    problem: PROBLEM_NONE,
    problemOffset: -1,
    sourcePort: -1,
    destinationPort: -1,
    sequence: -1,
    acknowledgment: -1,
    flags: -1,
    window: -1,
    checksum: -1,
    payloadOffset: -1,
    payloadEnd: -1,
  };
}

/** Reads the TCP segment of a packet: `transportOffset`, `transportEnd`, `wireEnd`. */
export function readTcp(
  cursor: TcpCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
): ProblemCode {
  cursor.problem = PROBLEM_NONE;
  cursor.problemOffset = -1;
  cursor.sourcePort = -1;
  cursor.destinationPort = -1;
  cursor.sequence = -1;
  cursor.acknowledgment = -1;
  cursor.flags = -1;
  cursor.window = -1;
  cursor.checksum = -1;
  cursor.payloadOffset = -1;
  cursor.payloadEnd = -1;
  if (start + SHORTEST_HEADER > end) return failShort(cursor, start + SHORTEST_HEADER, end, wireEnd);
  cursor.sourcePort = read16(bytes, start + SOURCE_PORT);
  cursor.destinationPort = read16(bytes, start + DESTINATION_PORT);
  cursor.sequence = read32(bytes, start + SEQUENCE);
  cursor.acknowledgment = read32(bytes, start + ACKNOWLEDGMENT);
  cursor.flags = bytes[start + FLAGS]!;
  cursor.window = read16(bytes, start + WINDOW);
  cursor.checksum = read16(bytes, start + CHECKSUM);
  const headerLength = (bytes[start + DATA_OFFSET]! >>> 4) << 2;
  if (headerLength < SHORTEST_HEADER) return fail(cursor, PROBLEM_BAD_HEADER_LENGTH, start + DATA_OFFSET);
  if (start + headerLength > end) return failShort(cursor, start + headerLength, end, wireEnd);
  cursor.payloadOffset = start + headerLength;
  cursor.payloadEnd = end;
  return PROBLEM_NONE;
}

/** A TCP segment as it is written, without options. */
export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment?: number;
  readonly flags: number;
  readonly window?: number;
  readonly payload?: Uint8Array;
}

/** Writes a TCP segment with a checksum of 0. */
export function writeTcp(segment: TcpSegment): Uint8Array {
  const header = new Uint8Array(SHORTEST_HEADER);
  write16(header, SOURCE_PORT, segment.sourcePort);
  write16(header, DESTINATION_PORT, segment.destinationPort);
  write32(header, SEQUENCE, segment.sequence);
  write32(header, ACKNOWLEDGMENT, segment.acknowledgment ?? 0);
  header[DATA_OFFSET] = (SHORTEST_HEADER >>> 2) << 4;
  header[FLAGS] = segment.flags;
  write16(header, WINDOW, segment.window ?? 0xffff);
  return concatenate(header, segment.payload ?? new Uint8Array(0));
}
