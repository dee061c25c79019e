import { LINK_TYPE_ETHERNET } from '../capture/frame.ts';
import type { FrameMatcher } from '../stage/action.ts';
import { toAddress, toMac } from '../wire/envelope.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { ETHER_TYPE_ARP } from '../wire/link.ts';
import {
  FRAGMENT_LATER,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  PROTOCOL_VRRP,
} from '../wire/network.ts';
import { createVrrpCursor, readVrrp } from '../wire/vrrp.ts';

/** Whether a fault meets the Ethernet frame `bytes[start, end)`. */
export type FrameTest = (bytes: Uint8Array, start: number, end: number) => boolean;

// ICMPv6 types of Neighbor Discovery: router solicitation to redirect (RFC 4861 §4).
const FIRST_ND_TYPE = 133;
const LAST_ND_TYPE = 137;

// ARP for Ethernet and IPv4 (RFC 826): sender and target protocol addresses.
const ARP_SENDER_ADDRESS = 14;
const ARP_TARGET_ADDRESS = 24;

// One of each serves every test: a test reads the frame, answers, and keeps nothing.
const frame = createFrameCursor();
const vrrp = createVrrpCursor();

function equalAt(bytes: Uint8Array, offset: number, wanted: Uint8Array): boolean {
  if (offset < 0 || offset + wanted.length > bytes.length) return false;
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[offset + index] !== wanted[index]) return false;
  }
  return true;
}

function isNeighborDiscovery(bytes: Uint8Array): boolean {
  if (frame.protocol !== PROTOCOL_ICMPV6 || frame.transportOffset < 0) return false;
  const type = bytes[frame.transportOffset] ?? 0;
  return type >= FIRST_ND_TYPE && type <= LAST_ND_TYPE;
}

const PROTOCOL_TESTS: Readonly<Record<NonNullable<FrameMatcher['protocol']>, (bytes: Uint8Array) => boolean>> = {
  vrrp: () => frame.protocol === PROTOCOL_VRRP,
  arp: () => frame.etherType === ETHER_TYPE_ARP,
  nd: isNeighborDiscovery,
  icmp: (bytes) =>
    frame.protocol === PROTOCOL_ICMP || (frame.protocol === PROTOCOL_ICMPV6 && !isNeighborDiscovery(bytes)),
  tcp: () => frame.protocol === PROTOCOL_TCP,
  udp: () => frame.protocol === PROTOCOL_UDP,
};

/** An IP address of the packet, or of the ARP message, where it is. */
function hasAddress(bytes: Uint8Array, wanted: Uint8Array, ipOffset: number, arpOffset: number): boolean {
  if (frame.etherType === ETHER_TYPE_ARP) {
    return wanted.length === 4 && equalAt(bytes, frame.networkOffset + arpOffset, wanted);
  }
  return frame.addressLength === wanted.length && equalAt(bytes, ipOffset, wanted);
}

function readsVrrp(bytes: Uint8Array): boolean {
  if (frame.protocol !== PROTOCOL_VRRP || frame.fragment === FRAGMENT_LATER || frame.transportOffset < 0) return false;
  readVrrp(vrrp, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd, frame.addressLength);
  return true;
}

/**
 * Makes the test of a matcher. Each field that is given must match; a frame in which it cannot be read does not match.
 * @throws TypeError naming an address that is none
 */
export function compileMatcher(matcher: FrameMatcher): FrameTest {
  const tests: ((bytes: Uint8Array) => boolean)[] = [];
  const { protocol, virtualRouterId, priority, sourceMac, destinationMac, sourceAddress, destinationAddress } = matcher;
  if (protocol !== undefined) tests.push(PROTOCOL_TESTS[protocol]);
  if (sourceMac !== undefined) {
    const wanted = toMac(sourceMac);
    tests.push((bytes) => equalAt(bytes, frame.sourceMac, wanted));
  }
  if (destinationMac !== undefined) {
    const wanted = toMac(destinationMac);
    tests.push((bytes) => equalAt(bytes, frame.destinationMac, wanted));
  }
  if (sourceAddress !== undefined) {
    const wanted = toAddress(sourceAddress);
    tests.push((bytes) => hasAddress(bytes, wanted, frame.sourceAddress, ARP_SENDER_ADDRESS));
  }
  if (destinationAddress !== undefined) {
    const wanted = toAddress(destinationAddress);
    tests.push((bytes) => hasAddress(bytes, wanted, frame.destinationAddress, ARP_TARGET_ADDRESS));
  }
  if (virtualRouterId !== undefined || priority !== undefined) {
    tests.push(
      (bytes) =>
        readsVrrp(bytes) &&
        (virtualRouterId === undefined || vrrp.virtualRouterId === virtualRouterId) &&
        (priority === undefined || vrrp.priority === priority),
    );
  }
  if (tests.length === 0) return () => true;
  return (bytes, start, end) => {
    readFrame(frame, bytes, LINK_TYPE_ETHERNET, start, end, end - start);
    return tests.every((test) => test(bytes));
  };
}
