import type { ProblemCursor } from './link.ts';

export const PROTOCOL_HOP_BY_HOP = 0;
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_IGMP = 2;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_ROUTING = 43;
export const PROTOCOL_FRAGMENT = 44;
export const PROTOCOL_AUTHENTICATION = 51;
export const PROTOCOL_ICMPV6 = 58;
export const PROTOCOL_NO_NEXT_HEADER = 59;
export const PROTOCOL_DESTINATION_OPTIONS = 60;
export const PROTOCOL_VRRP = 112;

/** The packet is whole. */
export const FRAGMENT_NONE = 0;
/** The packet is the first piece of a datagram: its transport header is there, its end is not. */
export const FRAGMENT_FIRST = 1;
/** The packet is a later piece: what is at `transportOffset` is no header. */
export const FRAGMENT_LATER = 2;

/** What an IPv4 or IPv6 header says. Offsets are from the start of the buffer; -1 where the packet has no such thing. */
export interface NetworkCursor extends ProblemCursor {
  /** 4 or 6; 0 where the packet is neither. */
  ipVersion: number;
  sourceAddress: number;
  destinationAddress: number;
  /** Octets of an address: 4, 16, or 0 where the packet is not IP. */
  addressLength: number;
  /** TTL or hop limit. */
  hopLimit: number;
  /** IPv6: the upper-layer protocol after every extension header that is read. */
  protocol: number;
  /** IPv4: 16 bits; IPv6: the 32 bits of the fragment header, -1 without one. */
  identification: number;
  /** One of FRAGMENT_NONE, FRAGMENT_FIRST, FRAGMENT_LATER. */
  fragment: number;
  /** The value of a router alert option (RFC 2113, RFC 2711; MLD's is 0), or -1. */
  routerAlert: number;
  /** Where the packet ends in this buffer by IP's own length: never Ethernet's padding. */
  networkEnd: number;
  /** What follows the IP header, `[transportOffset, transportEnd)`. */
  transportOffset: number;
  transportEnd: number;
  /** Where the packet ended on the wire: beyond `transportEnd` where the capture cut it. */
  wireEnd: number;
  /** Whether the capture cut the packet: `wireEnd > networkEnd`. */
  cut: boolean;
}
