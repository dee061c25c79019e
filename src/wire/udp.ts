import type { ProblemCursor } from './link.ts';
import { fail, failShort } from './link.ts';
import { concatenate, read16, write16 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_BAD_TOTAL_LENGTH, PROBLEM_NONE } from './problem.ts';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const LENGTH = 4;
const CHECKSUM = 6;
const HEADER_LENGTH = 8;

/** A view of a UDP datagram (RFC 768). Offsets are from the start of the buffer; -1: not reached. */
export interface UdpCursor extends ProblemCursor {
  sourcePort: number;
  destinationPort: number;
  /** 0 over IPv4: the sender made none. */
  checksum: number;
  payloadOffset: number;
  payloadEnd: number;
}

/** Makes a cursor; one is enough for any number of datagrams. */
export function createUdpCursor(): UdpCursor {
  return {
    problem: PROBLEM_NONE,
    problemOffset: -1,
    sourcePort: -1,
    destinationPort: -1,
    checksum: -1,
    payloadOffset: -1,
    payloadEnd: -1,
  };
}

/** Reads the UDP datagram of a packet: `transportOffset`, `transportEnd`, `wireEnd`. */
export function readUdp(
  cursor: UdpCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
): ProblemCode {
  cursor.problem = PROBLEM_NONE;
  cursor.problemOffset = -1;
  cursor.sourcePort = -1;
  cursor.destinationPort = -1;
  cursor.checksum = -1;
  cursor.payloadOffset = -1;
  cursor.payloadEnd = -1;
  if (start + HEADER_LENGTH > end) return failShort(cursor, start + HEADER_LENGTH, end, wireEnd);
  cursor.sourcePort = read16(bytes, start + SOURCE_PORT);
  cursor.destinationPort = read16(bytes, start + DESTINATION_PORT);
  cursor.checksum = read16(bytes, start + CHECKSUM);
  const length = read16(bytes, start + LENGTH);
  if (length < HEADER_LENGTH || start + length > wireEnd) return fail(cursor, PROBLEM_BAD_TOTAL_LENGTH, start + LENGTH);
  cursor.payloadOffset = start + HEADER_LENGTH;
  cursor.payloadEnd = Math.min(start + length, end);
  return PROBLEM_NONE;
}

/** A UDP datagram as it is written. */
export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

/** Writes a UDP datagram with a checksum of 0. */
export function writeUdp(datagram: UdpDatagram): Uint8Array {
  const header = new Uint8Array(HEADER_LENGTH);
  write16(header, SOURCE_PORT, datagram.sourcePort);
  write16(header, DESTINATION_PORT, datagram.destinationPort);
  write16(header, LENGTH, HEADER_LENGTH + datagram.payload.length);
  return concatenate(header, datagram.payload);
}
