import { foldChecksum, internetChecksum, sumWords } from './checksum.ts';
import { fail, failShort } from './link.ts';
import type { NetworkCursor } from './network.ts';
import { FRAGMENT_FIRST, FRAGMENT_LATER, FRAGMENT_NONE } from './network.ts';
import { read16, write16 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import {
  PROBLEM_BAD_HEADER_LENGTH,
  PROBLEM_BAD_OPTION_LENGTH,
  PROBLEM_BAD_TOTAL_LENGTH,
  PROBLEM_BAD_VERSION,
  PROBLEM_NONE,
} from './problem.ts';

const VERSION_AND_LENGTH = 0;
const TRAFFIC_CLASS = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FRAGMENT = 6;
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;
const SHORTEST_HEADER = 20;

const DO_NOT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET_MASK = 0x1fff;

const OPTION_END = 0;
const OPTION_NO_OPERATION = 1;
const OPTION_ROUTER_ALERT = 148;
const ROUTER_ALERT_LENGTH = 4;

/** Reads an IPv4 header (RFC 791). `cursor.wireEnd` says where the link layer's payload ended on the wire. */
export function readIpv4(cursor: NetworkCursor, bytes: Uint8Array, start: number, end: number): ProblemCode {
  if (start + SHORTEST_HEADER > end) return failShort(cursor, start + SHORTEST_HEADER, end, cursor.wireEnd);
  const first = bytes[start + VERSION_AND_LENGTH]!;
  if (first >>> 4 !== 4) return fail(cursor, PROBLEM_BAD_VERSION, start);
  cursor.ipVersion = 4;
  const headerLength = (first & 0x0f) << 2;
  if (headerLength < SHORTEST_HEADER) return fail(cursor, PROBLEM_BAD_HEADER_LENGTH, start);
  const totalLength = read16(bytes, start + TOTAL_LENGTH);
  const wireEnd = start + totalLength;
  if (totalLength < headerLength || wireEnd > cursor.wireEnd) {
    return fail(cursor, PROBLEM_BAD_TOTAL_LENGTH, start + TOTAL_LENGTH);
  }
  cursor.wireEnd = wireEnd;
  cursor.cut = wireEnd > end;
  cursor.networkEnd = wireEnd > end ? end : wireEnd;
  cursor.sourceAddress = start + SOURCE;
  cursor.destinationAddress = start + DESTINATION;
  cursor.addressLength = 4;
  cursor.hopLimit = bytes[start + TIME_TO_LIVE]!;
  cursor.protocol = bytes[start + PROTOCOL]!;
  cursor.identification = read16(bytes, start + IDENTIFICATION);
  cursor.fragment = fragmentOf(read16(bytes, start + FRAGMENT));
  if (headerLength > SHORTEST_HEADER) {
    if (start + headerLength > end) return failShort(cursor, start + headerLength, end, wireEnd);
    const problem = readOptions(cursor, bytes, start + SHORTEST_HEADER, start + headerLength);
    if (problem !== PROBLEM_NONE) return problem;
  }
  cursor.transportOffset = start + headerLength;
  cursor.transportEnd = cursor.networkEnd;
  return PROBLEM_NONE;
}

function fragmentOf(field: number): number {
  if ((field & FRAGMENT_OFFSET_MASK) !== 0) return FRAGMENT_LATER;
  return (field & MORE_FRAGMENTS) !== 0 ? FRAGMENT_FIRST : FRAGMENT_NONE;
}

function readOptions(cursor: NetworkCursor, bytes: Uint8Array, start: number, end: number): ProblemCode {
  let offset = start;
  while (offset < end) {
    const type = bytes[offset]!;
    if (type === OPTION_END) return PROBLEM_NONE;
    if (type === OPTION_NO_OPERATION) {
      offset++;
      continue;
    }
    const length = offset + 1 < end ? bytes[offset + 1]! : 0;
    if (length < 2 || offset + length > end) return fail(cursor, PROBLEM_BAD_OPTION_LENGTH, offset);
    if (type === OPTION_ROUTER_ALERT && length === ROUTER_ALERT_LENGTH) cursor.routerAlert = read16(bytes, offset + 2);
    offset += length;
  }
  return PROBLEM_NONE;
}

/** Whether the checksum of the IPv4 header at `networkOffset` is right; the header must have been read without problem. */
export function isIpv4ChecksumRight(bytes: Uint8Array, networkOffset: number, transportOffset: number): boolean {
  return foldChecksum(sumWords(bytes, networkOffset, transportOffset, 0)) === 0;
}

/** Four octets of a router alert option: "routers shall examine the packet" (RFC 2113), as IGMP wants it. */
export const IPV4_ROUTER_ALERT: Uint8Array = Uint8Array.of(OPTION_ROUTER_ALERT, ROUTER_ALERT_LENGTH, 0, 0);

/** An IPv4 packet as it is written; every field that a sender may get wrong can be given. */
export interface Ipv4Packet {
  /** Four octets each. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  /** Default 64. */
  readonly timeToLive?: number;
  readonly identification?: number;
  /** The whole octet: DSCP and ECN. */
  readonly trafficClass?: number;
  readonly doNotFragment?: boolean;
  readonly moreFragments?: boolean;
  /** In units of 8 octets. */
  readonly fragmentOffset?: number;
  /** Padded with zeros to a multiple of four octets; 40 at the most. */
  readonly options?: Uint8Array;
  readonly payload: Uint8Array;
  /** In place of the right values. */
  readonly totalLength?: number;
  readonly checksum?: number;
}

/** Writes an IPv4 packet. */
export function writeIpv4(packet: Ipv4Packet): Uint8Array {
  const options = packet.options ?? new Uint8Array(0);
  const headerLength = SHORTEST_HEADER + ((options.length + 3) & ~3);
  if (headerLength > 60) throw new RangeError(`${options.length} octets of IPv4 options: at most 40 fit`);
  const bytes = new Uint8Array(headerLength + packet.payload.length);
  bytes[VERSION_AND_LENGTH] = 0x40 | (headerLength >>> 2);
  bytes[TRAFFIC_CLASS] = packet.trafficClass ?? 0;
  write16(bytes, TOTAL_LENGTH, packet.totalLength ?? bytes.length);
  write16(bytes, IDENTIFICATION, packet.identification ?? 0);
  const flags =
    (packet.doNotFragment === true ? DO_NOT_FRAGMENT : 0) | (packet.moreFragments === true ? MORE_FRAGMENTS : 0);
  write16(bytes, FRAGMENT, flags | ((packet.fragmentOffset ?? 0) & FRAGMENT_OFFSET_MASK));
  bytes[TIME_TO_LIVE] = packet.timeToLive ?? 64;
  bytes[PROTOCOL] = packet.protocol;
  bytes.set(packet.source, SOURCE);
  bytes.set(packet.destination, DESTINATION);
  bytes.set(options, SHORTEST_HEADER);
  write16(bytes, CHECKSUM, packet.checksum ?? internetChecksum(bytes, 0, headerLength));
  bytes.set(packet.payload, headerLength);
  return bytes;
}
