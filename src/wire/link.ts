import type { ProblemCode } from './problem.ts';
import { PROBLEM_CUT, PROBLEM_TOO_SHORT } from './problem.ts';

/** Link types of captures (the numbers of the pcap registry) that the readers understand. */
export const LINK_TYPE_NULL = 0;
export const LINK_TYPE_ETHERNET = 1;
export const LINK_TYPE_RAW_IP = 101;
export const LINK_TYPE_LOOP = 108;
export const LINK_TYPE_LINUX_SLL = 113;
export const LINK_TYPE_IPV4 = 228;
export const LINK_TYPE_IPV6 = 229;
export const LINK_TYPE_LINUX_SLL2 = 276;

export const ETHER_TYPE_IPV4 = 0x0800;
export const ETHER_TYPE_ARP = 0x0806;
export const ETHER_TYPE_VLAN = 0x8100;
export const ETHER_TYPE_IPV6 = 0x86dd;
/** 802.1ad, the outer tag of QinQ. */
export const ETHER_TYPE_SERVICE_VLAN = 0x88a8;
/** The outer tag of QinQ before 802.1ad, still in use. */
export const ETHER_TYPE_OLD_SERVICE_VLAN = 0x9100;
/** EtherTypes begin here; a smaller number is the length of an 802.3 frame. */
export const ETHER_TYPE_LOWEST = 0x0600;

/** Where a reader says what is wrong: the code, and the octet's offset from the start of the buffer (-1: nothing is). */
export interface ProblemCursor {
  problem: ProblemCode;
  problemOffset: number;
}

/** What a link-layer header says. Offsets are from the start of the buffer; -1 where the link layer has no such thing. */
export interface LinkCursor extends ProblemCursor {
  linkType: number;
  destinationMac: number;
  sourceMac: number;
  /** How many VLAN tags there are, 0 to 2, and their ids from the outside; -1 where there is no such tag. */
  vlanCount: number;
  outerVlan: number;
  innerVlan: number;
  /** -1 where there is none: an 802.3 frame with a length. */
  etherType: number;
  /** What Linux's cooked captures say: 0 unknown, 1 in, 2 out. */
  packetDirection: number;
  /** SLL2: the index of the interface that saw the frame; -1 elsewhere. */
  packetInterface: number;
  /** Where the network layer's packet begins, and where it ends in this buffer. */
  networkOffset: number;
  networkEnd: number;
  /** Where the network layer's packet ended on the wire: beyond `networkEnd` where the capture cut it. */
  wireEnd: number;
}

/** Writes a problem into a cursor and returns it. */
export function fail(cursor: ProblemCursor, problem: ProblemCode, offset: number): ProblemCode {
  cursor.problem = problem;
  cursor.problemOffset = offset;
  return problem;
}

/**
 * Says that a header would end at `neededEnd` but the buffer does at `end`: cut by the capture where the wire had more
 * (`wireEnd`), too short where it had not.
 */
export function failShort(cursor: ProblemCursor, neededEnd: number, end: number, wireEnd: number): ProblemCode {
  if (neededEnd <= wireEnd) return fail(cursor, PROBLEM_CUT, end);
  return fail(cursor, PROBLEM_TOO_SHORT, Math.min(end, wireEnd));
}
