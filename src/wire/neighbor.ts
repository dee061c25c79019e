import type { ProblemCursor } from './link.ts';
import { fail, failShort } from './link.ts';
import { concatenate, read16, write16, write32 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_BAD_OPTION_LENGTH, PROBLEM_BAD_TYPE, PROBLEM_NONE } from './problem.ts';

export const ROUTER_SOLICITATION = 133;
export const ROUTER_ADVERTISEMENT = 134;
export const NEIGHBOR_SOLICITATION = 135;
export const NEIGHBOR_ADVERTISEMENT = 136;
export const NEIGHBOR_REDIRECT = 137;

const TYPE = 0;
const FLAGS = 4;
const ROUTER_HOP_LIMIT = 4;
const ROUTER_FLAGS = 5;
const ROUTER_LIFETIME = 6;
const ROUTER_REACHABLE_TIME = 8;
const ROUTER_RETRANSMISSION_TIMER = 12;
const TARGET = 8;
const REDIRECT_DESTINATION = 24;

const FLAG_ROUTER = 0x80;
const FLAG_SOLICITED = 0x40;
const FLAG_OVERRIDE = 0x20;
const FLAG_MANAGED = 0x80;
const FLAG_OTHER = 0x40;

const OPTION_UNIT = 8;
const OPTION_SOURCE_LINK_LAYER = 1;
const OPTION_TARGET_LINK_LAYER = 2;
const OPTION_PREFIX = 3;
const OPTION_MTU = 5;
const PREFIX_ON_LINK = 0x80;
const PREFIX_AUTONOMOUS = 0x40;

/** Octets before the options (RFC 4861 §4.1 to §4.5); 0 where the type is not of neighbor discovery. */
function fixedLength(type: number): number {
  switch (type) {
    case ROUTER_SOLICITATION:
      return 8;
    case ROUTER_ADVERTISEMENT:
      return 16;
    case NEIGHBOR_SOLICITATION:
    case NEIGHBOR_ADVERTISEMENT:
      return 24;
    case NEIGHBOR_REDIRECT:
      return 40;
    default:
      return 0;
  }
}

/** Whether an ICMPv6 type is one that readNeighbor reads. */
export function isNeighborType(type: number): boolean {
  return fixedLength(type) !== 0;
}

/** A view of a message of neighbor discovery (RFC 4861 §4). Offsets are from the start of the buffer; -1: none. */
export interface NeighborCursor extends ProblemCursor {
  type: number;
  /** Neighbor Advertisement: the flags R, S and O. */
  router: boolean;
  solicited: boolean;
  override: boolean;
  /** Solicitation, Advertisement, Redirect. */
  targetAddress: number;
  /** Redirect: whose next hop the target is. */
  redirectedAddress: number;
  /** Router Advertisement: hop limit, and lifetime as a default router in seconds. */
  currentHopLimit: number;
  routerLifetime: number;
  /** Where the MAC address of a link-layer option is (six octets). */
  sourceLinkLayer: number;
  targetLinkLayer: number;
  optionsOffset: number;
  optionsEnd: number;
}

/** Makes a cursor; one is enough for any number of messages. */
export function createNeighborCursor(): NeighborCursor {
  return {
    problem: PROBLEM_NONE,
    problemOffset: -1,
    type: -1,
    router: false,
    solicited: false,
    override: false,
    targetAddress: -1,
    redirectedAddress: -1,
    currentHopLimit: -1,
    routerLifetime: -1,
    sourceLinkLayer: -1,
    targetLinkLayer: -1,
    optionsOffset: -1,
    optionsEnd: -1,
  };
}

function clear(cursor: NeighborCursor): void {
  cursor.problem = PROBLEM_NONE;
  cursor.problemOffset = -1;
  cursor.type = -1;
  cursor.router = false;
  cursor.solicited = false;
  cursor.override = false;
  cursor.targetAddress = -1;
  cursor.redirectedAddress = -1;
  cursor.currentHopLimit = -1;
  cursor.routerLifetime = -1;
  cursor.sourceLinkLayer = -1;
  cursor.targetLinkLayer = -1;
  cursor.optionsOffset = -1;
  cursor.optionsEnd = -1;
}

/**
 * Reads a message of neighbor discovery, an ICMPv6 packet's `transportOffset`, `transportEnd`, `wireEnd`. Any other
 * ICMPv6 type is PROBLEM_BAD_TYPE.
 */
export function readNeighbor(
  cursor: NeighborCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
): ProblemCode {
  clear(cursor);
  if (start >= end) return failShort(cursor, start + 1, end, wireEnd);
  const type = bytes[start + TYPE]!;
  cursor.type = type;
  const length = fixedLength(type);
  if (length === 0) return fail(cursor, PROBLEM_BAD_TYPE, start);
  if (start + length > end) return failShort(cursor, start + length, end, wireEnd);
  if (type === ROUTER_ADVERTISEMENT) {
    cursor.currentHopLimit = bytes[start + ROUTER_HOP_LIMIT]!;
    cursor.routerLifetime = read16(bytes, start + ROUTER_LIFETIME);
  } else if (type !== ROUTER_SOLICITATION) {
    cursor.targetAddress = start + TARGET;
  }
  if (type === NEIGHBOR_ADVERTISEMENT) {
    const flags = bytes[start + FLAGS]!;
    cursor.router = (flags & FLAG_ROUTER) !== 0;
    cursor.solicited = (flags & FLAG_SOLICITED) !== 0;
    cursor.override = (flags & FLAG_OVERRIDE) !== 0;
  } else if (type === NEIGHBOR_REDIRECT) {
    cursor.redirectedAddress = start + REDIRECT_DESTINATION;
  }
  cursor.optionsOffset = start + length;
  return readOptions(cursor, bytes, end, wireEnd);
}

function readOptions(cursor: NeighborCursor, bytes: Uint8Array, end: number, wireEnd: number): ProblemCode {
  let offset = cursor.optionsOffset;
  cursor.optionsEnd = offset;
  while (offset < wireEnd) {
    if (offset + 2 > end) return failShort(cursor, offset + 2, end, wireEnd);
    const type = bytes[offset]!;
    const length = bytes[offset + 1]! * OPTION_UNIT;
    if (length === 0 || offset + length > wireEnd) return fail(cursor, PROBLEM_BAD_OPTION_LENGTH, offset);
    if (offset + length > end) return failShort(cursor, offset + length, end, wireEnd);
    if (length === OPTION_UNIT) {
      if (type === OPTION_SOURCE_LINK_LAYER) cursor.sourceLinkLayer = offset + 2;
      else if (type === OPTION_TARGET_LINK_LAYER) cursor.targetLinkLayer = offset + 2;
    }
    offset += length;
    cursor.optionsEnd = offset;
  }
  return PROBLEM_NONE;
}

/** An NS or NA as it is written, without frame and checksum. */
export interface NeighborMessage {
  readonly type: number;
  /** Sixteen octets. */
  readonly target: Uint8Array;
  readonly router?: boolean;
  readonly solicited?: boolean;
  readonly override?: boolean;
  /** MAC addresses of link-layer options. */
  readonly sourceLinkLayer?: Uint8Array;
  readonly targetLinkLayer?: Uint8Array;
}

/** Writes a Neighbor Solicitation or Advertisement with a checksum of 0. */
export function writeNeighbor(message: NeighborMessage): Uint8Array {
  const fixed = new Uint8Array(fixedLength(NEIGHBOR_ADVERTISEMENT));
  fixed[TYPE] = message.type;
  fixed[FLAGS] =
    (message.router === true ? FLAG_ROUTER : 0) |
    (message.solicited === true ? FLAG_SOLICITED : 0) |
    (message.override === true ? FLAG_OVERRIDE : 0);
  fixed.set(message.target, TARGET);
  return concatenate(
    fixed,
    linkLayerOption(OPTION_SOURCE_LINK_LAYER, message.sourceLinkLayer),
    linkLayerOption(OPTION_TARGET_LINK_LAYER, message.targetLinkLayer),
  );
}

/** An RS or RA as it is written, without frame and checksum. */
export interface RouterMessage {
  readonly type: number;
  /** Of an advertisement. */
  readonly currentHopLimit?: number;
  /** Of an advertisement, in seconds. */
  readonly routerLifetime?: number;
  /** Of an advertisement: the flags M and O. */
  readonly managed?: boolean;
  readonly other?: boolean;
  /** Of an advertisement, in milliseconds. */
  readonly reachableTime?: number;
  readonly retransmissionTimer?: number;
  readonly sourceLinkLayer?: Uint8Array;
  /** More options, whole (RFC 4861 §4.6). */
  readonly options?: Uint8Array;
}

/** Writes a Router Solicitation or Advertisement with a checksum of 0. */
export function writeRouterMessage(message: RouterMessage): Uint8Array {
  const fixed = new Uint8Array(fixedLength(message.type));
  fixed[TYPE] = message.type;
  if (message.type === ROUTER_ADVERTISEMENT) {
    fixed[ROUTER_HOP_LIMIT] = message.currentHopLimit ?? 0;
    fixed[ROUTER_FLAGS] = (message.managed === true ? FLAG_MANAGED : 0) | (message.other === true ? FLAG_OTHER : 0);
    write16(fixed, ROUTER_LIFETIME, message.routerLifetime ?? 0);
    write32(fixed, ROUTER_REACHABLE_TIME, message.reachableTime ?? 0);
    write32(fixed, ROUTER_RETRANSMISSION_TIMER, message.retransmissionTimer ?? 0);
  }
  return concatenate(
    fixed,
    linkLayerOption(OPTION_SOURCE_LINK_LAYER, message.sourceLinkLayer),
    message.options ?? new Uint8Array(0),
  );
}

/** A Prefix Information option (RFC 4861 §4.6.2); lifetimes in seconds. */
export interface PrefixInformation {
  /** Sixteen octets, zeros behind the prefix. */
  readonly prefix: Uint8Array;
  readonly prefixLength: number;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  readonly validLifetime: number;
  readonly preferredLifetime: number;
}

/** Writes a Prefix Information option. */
export function prefixOption(prefix: PrefixInformation): Uint8Array {
  const option = new Uint8Array(32);
  option[0] = OPTION_PREFIX;
  option[1] = option.length / OPTION_UNIT;
  option[2] = prefix.prefixLength;
  option[3] = (prefix.onLink ? PREFIX_ON_LINK : 0) | (prefix.autonomous ? PREFIX_AUTONOMOUS : 0);
  write32(option, 4, prefix.validLifetime);
  write32(option, 8, prefix.preferredLifetime);
  option.set(prefix.prefix, 16);
  return option;
}

/** Writes an MTU option (RFC 4861 §4.6.4). */
export function mtuOption(mtu: number): Uint8Array {
  const option = Uint8Array.of(OPTION_MTU, 1, 0, 0, 0, 0, 0, 0);
  write32(option, 4, mtu);
  return option;
}

function linkLayerOption(type: number, mac: Uint8Array | undefined): Uint8Array {
  return mac === undefined ? new Uint8Array(0) : concatenate(Uint8Array.of(type, 1), mac);
}
