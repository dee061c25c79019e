import type { ProblemCursor } from './link.ts';
import { failShort } from './link.ts';
import { PROTOCOL_ICMP } from './network.ts';
import { concatenate, read16, write16 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_NONE } from './problem.ts';

export const ICMP_ECHO_REPLY = 0;
export const ICMP_REDIRECT = 5;
export const ICMP_ECHO_REQUEST = 8;
export const ICMPV6_ECHO_REQUEST = 128;
export const ICMPV6_ECHO_REPLY = 129;

const TYPE = 0;
const CODE = 1;
const CHECKSUM = 2;
const IDENTIFIER = 4;
const SEQUENCE = 6;
const GATEWAY = 4;
const SHORTEST = 4;
const HEADER_LENGTH = 8;

/** A view of an ICMP (RFC 792) or ICMPv6 (RFC 4443) message. Offsets are from the start of the buffer; -1: none. */
export interface IcmpCursor extends ProblemCursor {
  type: number;
  code: number;
  checksum: number;
  /** Of an echo request or reply; -1 for others. */
  isEchoRequest: boolean;
  isEchoReply: boolean;
  identifier: number;
  sequence: number;
  /** ICMP redirect: where the gateway's address is (IPv6's redirect is read by readNeighbor). */
  gatewayAddress: number;
  /** What follows the eight octets of header: an echo's payload, an error's packet. */
  dataOffset: number;
  dataEnd: number;
}

/** Makes a cursor; one is enough for any number of messages. */
export function createIcmpCursor(): IcmpCursor {
  return {
    problem: PROBLEM_NONE,
    problemOffset: -1,
    type: -1,
    code: -1,
    checksum: -1,
    isEchoRequest: false,
    isEchoReply: false,
    identifier: -1,
    sequence: -1,
    gatewayAddress: -1,
    dataOffset: -1,
    dataEnd: -1,
  };
}

/**
 * Reads the ICMP or ICMPv6 message of a packet: `transportOffset`, `transportEnd`, `wireEnd` and `protocol` (1 or 58),
 * which says what a type means. MLD and neighbor discovery have readers of their own.
 */
export function readIcmp(
  cursor: IcmpCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
  protocol: number,
): ProblemCode {
  cursor.problem = PROBLEM_NONE;
  cursor.problemOffset = -1;
  cursor.type = -1;
  cursor.code = -1;
  cursor.checksum = -1;
  cursor.isEchoRequest = false;
  cursor.isEchoReply = false;
  cursor.identifier = -1;
  cursor.sequence = -1;
  cursor.gatewayAddress = -1;
  cursor.dataOffset = -1;
  cursor.dataEnd = -1;
  if (start + SHORTEST > end) return failShort(cursor, start + SHORTEST, end, wireEnd);
  const isVersion4 = protocol === PROTOCOL_ICMP;
  cursor.type = bytes[start + TYPE]!;
  cursor.code = bytes[start + CODE]!;
  cursor.checksum = read16(bytes, start + CHECKSUM);
  cursor.isEchoRequest = cursor.type === (isVersion4 ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST);
  cursor.isEchoReply = cursor.type === (isVersion4 ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY);
  if (start + HEADER_LENGTH > end) return failShort(cursor, start + HEADER_LENGTH, end, wireEnd);
  if (cursor.isEchoRequest || cursor.isEchoReply) {
    cursor.identifier = read16(bytes, start + IDENTIFIER);
    cursor.sequence = read16(bytes, start + SEQUENCE);
  } else if (isVersion4 && cursor.type === ICMP_REDIRECT) {
    cursor.gatewayAddress = start + GATEWAY;
  }
  cursor.dataOffset = start + HEADER_LENGTH;
  cursor.dataEnd = end;
  return PROBLEM_NONE;
}

/** An echo request or reply as it is written. */
export interface IcmpEcho {
  /** ICMP_ECHO_REQUEST and so on. */
  readonly type: number;
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Writes an ICMP or ICMPv6 echo message with a checksum of 0. */
export function writeIcmpEcho(echo: IcmpEcho): Uint8Array {
  const header = new Uint8Array(HEADER_LENGTH);
  header[TYPE] = echo.type;
  write16(header, IDENTIFIER, echo.identifier);
  write16(header, SEQUENCE, echo.sequence);
  return concatenate(header, echo.payload);
}
