import { fail, failShort } from './link.ts';
import type { NetworkCursor } from './network.ts';
import {
  FRAGMENT_FIRST,
  FRAGMENT_LATER,
  FRAGMENT_NONE,
  PROTOCOL_AUTHENTICATION,
  PROTOCOL_DESTINATION_OPTIONS,
  PROTOCOL_FRAGMENT,
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_ROUTING,
} from './network.ts';
import { concatenate, read16, read32, write16, write32 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_BAD_OPTION_LENGTH, PROBLEM_BAD_TOTAL_LENGTH, PROBLEM_BAD_VERSION, PROBLEM_NONE } from './problem.ts';

const VERSION_CLASS_LABEL = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = 24;
const HEADER_LENGTH = 40;

const EXTENSION_NEXT_HEADER = 0;
const EXTENSION_LENGTH = 1;
const EXTENSION_UNIT = 8;

const FRAGMENT_OFFSET_AND_FLAGS = 2;
const FRAGMENT_IDENTIFICATION = 4;
const MORE_FRAGMENTS = 1;

const OPTION_PAD_1 = 0;
const OPTION_PAD_N = 1;
const OPTION_ROUTER_ALERT = 5;
const ROUTER_ALERT_LENGTH = 2;

/**
 * Reads an IPv6 header and the extension headers behind it (RFC 8200 §4) up to the upper layer. `cursor.wireEnd` says
 * where the link layer's payload ended on the wire.
 */
export function readIpv6(cursor: NetworkCursor, bytes: Uint8Array, start: number, end: number): ProblemCode {
  if (start + HEADER_LENGTH > end) return failShort(cursor, start + HEADER_LENGTH, end, cursor.wireEnd);
  if (bytes[start + VERSION_CLASS_LABEL]! >>> 4 !== 6) return fail(cursor, PROBLEM_BAD_VERSION, start);
  cursor.ipVersion = 6;
  const wireEnd = start + HEADER_LENGTH + read16(bytes, start + PAYLOAD_LENGTH);
  if (wireEnd > cursor.wireEnd) return fail(cursor, PROBLEM_BAD_TOTAL_LENGTH, start + PAYLOAD_LENGTH);
  cursor.wireEnd = wireEnd;
  cursor.cut = wireEnd > end;
  cursor.networkEnd = wireEnd > end ? end : wireEnd;
  cursor.sourceAddress = start + SOURCE;
  cursor.destinationAddress = start + DESTINATION;
  cursor.addressLength = 16;
  cursor.hopLimit = bytes[start + HOP_LIMIT]!;
  cursor.fragment = FRAGMENT_NONE;
  return readExtensions(cursor, bytes, bytes[start + NEXT_HEADER]!, start + HEADER_LENGTH);
}

function isExtension(nextHeader: number): boolean {
  return (
    nextHeader === PROTOCOL_HOP_BY_HOP ||
    nextHeader === PROTOCOL_ROUTING ||
    nextHeader === PROTOCOL_FRAGMENT ||
    nextHeader === PROTOCOL_AUTHENTICATION ||
    nextHeader === PROTOCOL_DESTINATION_OPTIONS
  );
}

function readExtensions(cursor: NetworkCursor, bytes: Uint8Array, first: number, start: number): ProblemCode {
  const end = cursor.networkEnd;
  let nextHeader = first;
  let offset = start;
  while (isExtension(nextHeader) && cursor.fragment !== FRAGMENT_LATER) {
    if (offset + EXTENSION_UNIT > end) return failShort(cursor, offset + EXTENSION_UNIT, end, cursor.wireEnd);
    const length = extensionLength(nextHeader, bytes[offset + EXTENSION_LENGTH]!);
    if (offset + length > end) return failShort(cursor, offset + length, end, cursor.wireEnd);
    if (nextHeader === PROTOCOL_FRAGMENT) readFragment(cursor, bytes, offset);
    else if (nextHeader === PROTOCOL_HOP_BY_HOP || nextHeader === PROTOCOL_DESTINATION_OPTIONS) {
      const problem = readOptions(cursor, bytes, offset + 2, offset + length);
      if (problem !== PROBLEM_NONE) return problem;
    }
    nextHeader = bytes[offset + EXTENSION_NEXT_HEADER]!;
    offset += length;
  }
  cursor.protocol = nextHeader;
  cursor.transportOffset = offset;
  cursor.transportEnd = end;
  return PROBLEM_NONE;
}

/** RFC 8200 §4.3: units of 8 octets beyond the first; the authentication header counts 4 (RFC 4302 §2.2), fragments none. */
function extensionLength(header: number, lengthField: number): number {
  if (header === PROTOCOL_FRAGMENT) return EXTENSION_UNIT;
  if (header === PROTOCOL_AUTHENTICATION) return Math.max((lengthField + 2) << 2, EXTENSION_UNIT);
  return (lengthField + 1) << 3;
}

/** RFC 8200 §4.5. A fragment header of a packet in one piece (RFC 6946) leaves the packet whole. */
function readFragment(cursor: NetworkCursor, bytes: Uint8Array, offset: number): void {
  const field = read16(bytes, offset + FRAGMENT_OFFSET_AND_FLAGS);
  if (field >>> 3 !== 0) cursor.fragment = FRAGMENT_LATER;
  else if ((field & MORE_FRAGMENTS) !== 0) cursor.fragment = FRAGMENT_FIRST;
  cursor.identification = read32(bytes, offset + FRAGMENT_IDENTIFICATION);
}

function readOptions(cursor: NetworkCursor, bytes: Uint8Array, start: number, end: number): ProblemCode {
  let offset = start;
  while (offset < end) {
    const type = bytes[offset]!;
    if (type === OPTION_PAD_1) {
      offset++;
      continue;
    }
    const optionEnd = offset + 1 < end ? offset + 2 + bytes[offset + 1]! : end + 1;
    if (optionEnd > end) return fail(cursor, PROBLEM_BAD_OPTION_LENGTH, offset);
    if (type === OPTION_ROUTER_ALERT && optionEnd - offset === 2 + ROUTER_ALERT_LENGTH) {
      cursor.routerAlert = read16(bytes, offset + 2);
    }
    offset = optionEnd;
  }
  return PROBLEM_NONE;
}

/** An extension header as it is written: its number, and its octets from the third on (padded to a multiple of 8). */
export interface Ipv6Extension {
  readonly protocol: number;
  readonly content: Uint8Array;
}

/** A hop-by-hop header with a router alert (RFC 2711) of this value; MLD's is 0. */
export function routerAlertExtension(value: number): Ipv6Extension {
  const content = Uint8Array.of(OPTION_ROUTER_ALERT, ROUTER_ALERT_LENGTH, 0, 0, OPTION_PAD_N, 0);
  write16(content, 2, value);
  return { protocol: PROTOCOL_HOP_BY_HOP, content };
}

/** A fragment header; the offset is in units of 8 octets. */
export function fragmentExtension(
  fragmentOffset: number,
  moreFragments: boolean,
  identification: number,
): Ipv6Extension {
  const content = new Uint8Array(6);
  write16(content, 0, (fragmentOffset << 3) | (moreFragments ? MORE_FRAGMENTS : 0));
  write32(content, 2, identification);
  return { protocol: PROTOCOL_FRAGMENT, content };
}

/** An IPv6 packet as it is written. */
export interface Ipv6Packet {
  /** Sixteen octets each. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** The upper-layer protocol, behind every extension header. */
  readonly protocol: number;
  /** Default 64. */
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  /** 20 bits. */
  readonly flowLabel?: number;
  readonly extensions?: readonly Ipv6Extension[];
  readonly payload: Uint8Array;
  /** In place of the right value. */
  readonly payloadLength?: number;
}

/** Writes an IPv6 packet. */
export function writeIpv6(packet: Ipv6Packet): Uint8Array {
  const extensions = packet.extensions ?? [];
  const written = extensions.map((extension, index) =>
    writeExtension(extension, extensions[index + 1]?.protocol ?? packet.protocol),
  );
  const content = concatenate(...written, packet.payload);
  const header = new Uint8Array(HEADER_LENGTH);
  const trafficClass = packet.trafficClass ?? 0;
  write32(header, VERSION_CLASS_LABEL, (6 << 28) | (trafficClass << 20) | ((packet.flowLabel ?? 0) & 0xfffff));
  write16(header, PAYLOAD_LENGTH, packet.payloadLength ?? content.length);
  header[NEXT_HEADER] = extensions[0]?.protocol ?? packet.protocol;
  header[HOP_LIMIT] = packet.hopLimit ?? 64;
  header.set(packet.source, SOURCE);
  header.set(packet.destination, DESTINATION);
  return concatenate(header, content);
}

function writeExtension(extension: Ipv6Extension, nextHeader: number): Uint8Array {
  const length = (2 + extension.content.length + 7) & ~7;
  const bytes = new Uint8Array(length);
  bytes[EXTENSION_NEXT_HEADER] = nextHeader;
  if (extension.protocol === PROTOCOL_AUTHENTICATION) bytes[EXTENSION_LENGTH] = length / 4 - 2;
  else if (extension.protocol !== PROTOCOL_FRAGMENT) bytes[EXTENSION_LENGTH] = length / EXTENSION_UNIT - 1;
  bytes.set(extension.content, 2);
  return bytes;
}
