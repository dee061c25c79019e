import { readEthernet } from './ethernet.ts';
import { readIpv4 } from './ipv4.ts';
import { readIpv6 } from './ipv6.ts';
import type { LinkCursor } from './link.ts';
import {
  ETHER_TYPE_IPV4,
  ETHER_TYPE_IPV6,
  fail,
  LINK_TYPE_ETHERNET,
  LINK_TYPE_IPV4,
  LINK_TYPE_IPV6,
  LINK_TYPE_LINUX_SLL,
  LINK_TYPE_LINUX_SLL2,
  LINK_TYPE_LOOP,
  LINK_TYPE_NULL,
  LINK_TYPE_RAW_IP,
} from './link.ts';
import { readLoopback, readRawIp } from './loopback.ts';
import type { NetworkCursor } from './network.ts';
import { FRAGMENT_NONE } from './network.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_NONE, PROBLEM_UNSUPPORTED_LINK_TYPE } from './problem.ts';
import { readLinuxSll, readLinuxSll2 } from './sll.ts';

/**
 * A view of one frame down to where its transport begins, filled by readFrame and reused. It holds numbers alone:
 * offsets are from the start of the buffer. What was not reached, or does not exist, is -1 (`ipVersion` and
 * `addressLength`: 0).
 */
export interface FrameCursor extends LinkCursor, NetworkCursor {}

/** Makes a cursor; one is enough for any number of frames. */
export function createFrameCursor(): FrameCursor {
  return {
    problem: PROBLEM_NONE,
    problemOffset: -1,
    linkType: -1,
    destinationMac: -1,
    sourceMac: -1,
    vlanCount: 0,
    outerVlan: -1,
    innerVlan: -1,
    etherType: -1,
    packetDirection: 0,
    packetInterface: -1,
    networkOffset: -1,
    networkEnd: -1,
    wireEnd: -1,
    cut: false,
    ipVersion: 0,
    sourceAddress: -1,
    destinationAddress: -1,
    addressLength: 0,
    hopLimit: -1,
    protocol: -1,
    identification: -1,
    fragment: FRAGMENT_NONE,
    routerAlert: -1,
    transportOffset: -1,
    transportEnd: -1,
  };
}

function clear(cursor: FrameCursor): void {
  cursor.problem = PROBLEM_NONE;
  cursor.problemOffset = -1;
  cursor.destinationMac = -1;
  cursor.sourceMac = -1;
  cursor.vlanCount = 0;
  cursor.outerVlan = -1;
  cursor.innerVlan = -1;
  cursor.etherType = -1;
  cursor.packetDirection = 0;
  cursor.packetInterface = -1;
  cursor.networkOffset = -1;
  cursor.networkEnd = -1;
  cursor.ipVersion = 0;
  cursor.sourceAddress = -1;
  cursor.destinationAddress = -1;
  cursor.addressLength = 0;
  cursor.hopLimit = -1;
  cursor.protocol = -1;
  cursor.identification = -1;
  cursor.fragment = FRAGMENT_NONE;
  cursor.routerAlert = -1;
  cursor.transportOffset = -1;
  cursor.transportEnd = -1;
}

/**
 * Reads the frame `bytes[start, end)` of this link type, down to where the transport begins. `originalLength` is its
 * length on the wire, in octets. Returns the first problem, which `cursor.problem` and `cursor.problemOffset` keep; what
 * was read before it stays in the cursor. Allocates nothing and never throws.
 *
 * A packet that is no IP (ARP, for one) ends at `networkEnd`, which then includes Ethernet's padding; IP's end where IP
 * says. The readers of what is inside take `(bytes, transportOffset, transportEnd, wireEnd)`, for ARP
 * `(bytes, networkOffset, networkEnd, wireEnd)`. A fragment (`cursor.fragment`) does not hold a whole message: ask
 * before reading one.
 */
export function readFrame(
  cursor: FrameCursor,
  bytes: Uint8Array,
  linkType: number,
  start: number,
  end: number,
  originalLength: number,
): ProblemCode {
  clear(cursor);
  cursor.linkType = linkType;
  const wireEnd = start + originalLength;
  cursor.wireEnd = wireEnd > end ? wireEnd : end;
  cursor.cut = wireEnd > end;
  const problem =
    linkType === LINK_TYPE_ETHERNET
      ? readEthernet(cursor, bytes, start, end)
      : readOtherLink(cursor, bytes, linkType, start, end);
  if (problem !== PROBLEM_NONE) return problem;
  cursor.cut = cursor.wireEnd > cursor.networkEnd;
  if (cursor.etherType === ETHER_TYPE_IPV4) return readIpv4(cursor, bytes, cursor.networkOffset, end);
  if (cursor.etherType === ETHER_TYPE_IPV6) return readIpv6(cursor, bytes, cursor.networkOffset, end);
  return PROBLEM_NONE;
}

function readOtherLink(
  cursor: FrameCursor,
  bytes: Uint8Array,
  linkType: number,
  start: number,
  end: number,
): ProblemCode {
  switch (linkType) {
    case LINK_TYPE_LINUX_SLL:
      return readLinuxSll(cursor, bytes, start, end);
    case LINK_TYPE_LINUX_SLL2:
      return readLinuxSll2(cursor, bytes, start, end);
    case LINK_TYPE_NULL:
    case LINK_TYPE_LOOP:
      return readLoopback(cursor, bytes, start, end);
    case LINK_TYPE_RAW_IP:
    case LINK_TYPE_IPV4:
    case LINK_TYPE_IPV6:
      return readRawIp(cursor, bytes, start, end);
    default:
      return fail(cursor, PROBLEM_UNSUPPORTED_LINK_TYPE, start);
  }
}
