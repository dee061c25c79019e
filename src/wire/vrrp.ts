import { fail, failShort } from './link.ts';
import { concatenate, read16, write16 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import {
  PROBLEM_ADDRESSES_MISSING,
  PROBLEM_BAD_TYPE,
  PROBLEM_BAD_VERSION,
  PROBLEM_CUT,
  PROBLEM_NONE,
} from './problem.ts';

/** VRRP's versions: 2 (RFC 3768) and 3 (RFC 5798, RFC 9568). */
export type VrrpVersion = 2 | 3;
/** Address families; with a VRID and a LAN one of them names a virtual router. */
export type Family = 'ipv4' | 'ipv6';

/**
 * Which checksum a VRRP message carries. For version 3 over IPv4 both conventions are in the field (RFC 9568 §5.2.8):
 * over the message alone, and with an IPv4 pseudo-header.
 */
export const CHECKSUM_WRONG = 0;
export const CHECKSUM_MESSAGE_ALONE = 1;
export const CHECKSUM_WITH_PSEUDO_HEADER = 2;
/** Both conventions give this value, so the frame does not tell them apart. */
export const CHECKSUM_EITHER = 3;
/** Cut by the capture: not known. */
export const CHECKSUM_UNKNOWN = 4;
export type ChecksumConvention = 0 | 1 | 2 | 3 | 4;

/**
 * A view of one VRRP message, filled by readVrrp and reused. Offsets are from the start of the buffer; a field that was
 * not reached is -1.
 */
export interface VrrpCursor {
  problem: ProblemCode;
  problemOffset: number;
  /** Where the message begins, and where it ends by VRRP's own length: behind the addresses (v2: authentication data). */
  messageOffset: number;
  messageEnd: number;
  version: number;
  type: number;
  virtualRouterId: number;
  priority: number;
  addressCount: number;
  /** v2: the authentication type; v3: 0. */
  authenticationType: number;
  /** v3: the reserve bits; v2: 0. */
  reserved: number;
  /** The interval field as it is on the wire: v2 in seconds, v3 in centiseconds. */
  interval: number;
  checksum: number;
  /** Where the address list begins and ends; 4 or 16 octets each. */
  addressesOffset: number;
  addressesEnd: number;
  addressLength: number;
  /** v2: where the authentication data begins, or -1 where the message has none. */
  authenticationOffset: number;
  /** Octets of the IP payload beyond what VRRP's own length says: a named finding, not malformed. */
  trailingOctets: number;
}

/** The one type of message that there is. */
export const VRRP_ADVERTISEMENT = 1;

const VERSION_AND_TYPE = 0;
const VIRTUAL_ROUTER_ID = 1;
const PRIORITY = 2;
const COUNT = 3;
/** v2: one octet of authentication type, one of interval; v3: four reserve bits, twelve of interval. */
const AUTHENTICATION_TYPE = 4;
const INTERVAL = 5;
const RESERVED_AND_INTERVAL = 4;
const CHECKSUM = 6;
const HEADER_LENGTH = 8;
const AUTHENTICATION_LENGTH = 8;
const NO_AUTHENTICATION = new Uint8Array(AUTHENTICATION_LENGTH);
const NOTHING = new Uint8Array(0);

/** Makes a cursor; one is enough for any number of messages. */
export function createVrrpCursor(): VrrpCursor {
  return {
    problem: PROBLEM_NONE,
    problemOffset: -1,
    messageOffset: -1,
    messageEnd: -1,
    version: -1,
    type: -1,
    virtualRouterId: -1,
    priority: -1,
    addressCount: -1,
    authenticationType: -1,
    reserved: -1,
    interval: -1,
    checksum: -1,
    addressesOffset: -1,
    addressesEnd: -1,
    addressLength: 0,
    authenticationOffset: -1,
    trailingOctets: 0,
  };
}

function clear(cursor: VrrpCursor): void {
  cursor.problem = PROBLEM_NONE;
  cursor.problemOffset = -1;
  cursor.messageEnd = -1;
  cursor.version = -1;
  cursor.type = -1;
  cursor.virtualRouterId = -1;
  cursor.priority = -1;
  cursor.addressCount = -1;
  cursor.authenticationType = -1;
  cursor.reserved = -1;
  cursor.interval = -1;
  cursor.checksum = -1;
  cursor.addressesOffset = -1;
  cursor.addressesEnd = -1;
  cursor.authenticationOffset = -1;
  cursor.trailingOctets = 0;
}

/**
 * Reads the VRRP message at `bytes[start, end)`, an IP payload that ended at `wireEnd` on the wire (a frame's
 * `transportOffset`, `transportEnd` and `wireEnd`). `addressLength` is that of the IP packet: 4 or 16. RFC 3768 §5.3,
 * RFC 9568 §5.2.
 *
 * Whatever its values, a message of a known version whose length is right has no problem, but for an unknown type
 * (PROBLEM_BAD_TYPE): all its fields are there all the same. Of an unknown version type and VRID are read. Where the addresses are missing or cut, `addressesEnd` is
 * the end of the last whole one.
 */
export function readVrrp(
  cursor: VrrpCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
  addressLength: number,
): ProblemCode {
  clear(cursor);
  cursor.messageOffset = start;
  cursor.addressLength = addressLength;
  if (start < end) {
    const first = bytes[start + VERSION_AND_TYPE]!;
    cursor.version = first >>> 4;
    cursor.type = first & 0x0f;
    // Every version has had it here since RFC 2338.
    if (start + VIRTUAL_ROUTER_ID < end) cursor.virtualRouterId = bytes[start + VIRTUAL_ROUTER_ID]!;
    if (!(cursor.version === 3 || (cursor.version === 2 && addressLength === 4))) {
      return fail(cursor, PROBLEM_BAD_VERSION, start);
    }
  }
  readHeader(cursor, bytes, start, end);
  if (start + HEADER_LENGTH > end) return failShort(cursor, start + HEADER_LENGTH, end, wireEnd);
  cursor.checksum = read16(bytes, start + CHECKSUM);
  const problem = readBody(cursor, end, wireEnd);
  if (problem !== PROBLEM_NONE) return problem;
  return cursor.type === VRRP_ADVERTISEMENT ? PROBLEM_NONE : fail(cursor, PROBLEM_BAD_TYPE, start);
}

/** Priority, count and interval: those that are there whole. */
function readHeader(cursor: VrrpCursor, bytes: Uint8Array, start: number, end: number): void {
  if (start + PRIORITY < end) cursor.priority = bytes[start + PRIORITY]!;
  if (start + COUNT < end) cursor.addressCount = bytes[start + COUNT]!;
  if (start + CHECKSUM > end) return;
  if (cursor.version === 2) {
    cursor.authenticationType = bytes[start + AUTHENTICATION_TYPE]!;
    cursor.reserved = 0;
    cursor.interval = bytes[start + INTERVAL]!;
    return;
  }
  const field = read16(bytes, start + RESERVED_AND_INTERVAL);
  cursor.authenticationType = 0;
  cursor.reserved = field >>> 12;
  cursor.interval = field & 0x0fff;
}

/** The address list and, in v2, the authentication data: how long they are against what is there. */
function readBody(cursor: VrrpCursor, end: number, wireEnd: number): ProblemCode {
  const addressesOffset = cursor.messageOffset + HEADER_LENGTH;
  const addressesEnd = addressesOffset + cursor.addressCount * cursor.addressLength;
  cursor.addressesOffset = addressesOffset;
  if (addressesEnd > end) {
    const whole = Math.floor((end - addressesOffset) / cursor.addressLength);
    cursor.addressesEnd = addressesOffset + whole * cursor.addressLength;
    return fail(cursor, addressesEnd > wireEnd ? PROBLEM_ADDRESSES_MISSING : PROBLEM_CUT, cursor.addressesEnd);
  }
  cursor.addressesEnd = addressesEnd;
  let messageEnd = addressesEnd;
  if (cursor.version === 2) {
    messageEnd += AUTHENTICATION_LENGTH;
    if (messageEnd > end) return failShort(cursor, messageEnd, end, wireEnd);
    cursor.authenticationOffset = addressesEnd;
  }
  cursor.messageEnd = messageEnd;
  cursor.trailingOctets = wireEnd - messageEnd;
  return PROBLEM_NONE;
}

/** A VRRP message as it is written; every field that a sender may get wrong can be given. */
export interface VrrpMessage {
  readonly version: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** v2: seconds, 8 bits; v3: centiseconds, 12 bits. */
  readonly interval: number;
  /** Four or sixteen octets each. */
  readonly addresses: readonly Uint8Array[];
  /** Default: advertisement. */
  readonly type?: number;
  /** In place of the number of addresses. */
  readonly addressCount?: number;
  /** v3: the four reserve bits. */
  readonly reserved?: number;
  /** v2. */
  readonly authenticationType?: number;
  /** v2: in place of eight zeros; empty: the message has none. */
  readonly authenticationData?: Uint8Array;
  /** Octets behind the message. */
  readonly trailing?: Uint8Array;
}

/** Writes a VRRP message with a checksum of 0; `setVrrpChecksum` puts one in. */
export function writeVrrp(message: VrrpMessage): Uint8Array {
  const header = new Uint8Array(HEADER_LENGTH);
  header[VERSION_AND_TYPE] = (message.version << 4) | ((message.type ?? VRRP_ADVERTISEMENT) & 0x0f);
  header[VIRTUAL_ROUTER_ID] = message.virtualRouterId;
  header[PRIORITY] = message.priority;
  header[COUNT] = message.addressCount ?? message.addresses.length;
  if (message.version === 2) {
    header[AUTHENTICATION_TYPE] = message.authenticationType ?? 0;
    header[INTERVAL] = message.interval;
  } else {
    write16(header, RESERVED_AND_INTERVAL, ((message.reserved ?? 0) << 12) | (message.interval & 0x0fff));
  }
  const authentication = message.version === 2 ? (message.authenticationData ?? NO_AUTHENTICATION) : NOTHING;
  return concatenate(header, ...message.addresses, authentication, message.trailing ?? NOTHING);
}

/** Puts a value into the checksum field of a written message. */
export function setVrrpChecksum(message: Uint8Array, checksum: number): void {
  write16(message, CHECKSUM, checksum);
}
