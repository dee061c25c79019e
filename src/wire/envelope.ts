import { isMulticast, parseAddress } from './address.ts';
import type { VlanTag } from './ethernet.ts';
import { writeEthernet } from './ethernet.ts';
import { IPV4_ROUTER_ALERT, writeIpv4 } from './ipv4.ts';
import { routerAlertExtension, writeIpv6 } from './ipv6.ts';
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6 } from './link.ts';
import { multicastMac, parseMac } from './mac.ts';

/** An address as text or as its octets. */
export type AddressInput = string | Uint8Array;
/** A MAC address as text or as its six octets. */
export type MacInput = string | Uint8Array;

/** The octets of an address; throws a TypeError that names what is no address. */
export function toAddress(input: AddressInput): Uint8Array {
  const bytes = typeof input === 'string' ? parseAddress(input) : input;
  if (bytes === undefined || (bytes.length !== 4 && bytes.length !== 16)) {
    throw new TypeError(`'${String(input)}' is no IPv4 or IPv6 address`);
  }
  return bytes;
}

/** The octets of a MAC address; throws a TypeError that names what is none. */
export function toMac(input: MacInput): Uint8Array {
  const bytes = typeof input === 'string' ? parseMac(input) : input;
  if (bytes === undefined || bytes.length !== 6) throw new TypeError(`'${String(input)}' is no MAC address`);
  return bytes;
}

/** What any frame may override around its content. */
export interface EnvelopeOptions {
  /** From the outside in. */
  readonly tags?: readonly VlanTag[];
  /** Whether a short frame is padded to 60 octets. Default true. */
  readonly pad?: boolean;
}

/** What any IP packet may override. */
export interface PacketOptions extends EnvelopeOptions {
  /** Default: the MAC address of the destination's group; a unicast destination must have one. */
  readonly destinationMac?: MacInput;
  /** TTL or hop limit. */
  readonly hopLimit?: number;
  /** IPv4's. Default 0. */
  readonly identification?: number;
  readonly trafficClass?: number;
}

/** A packet between addresses of one family, and the frame around it. */
export interface IpFrame extends PacketOptions {
  readonly sourceMac: MacInput;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly payload: Uint8Array;
  /** Whether the packet carries a router alert, as IGMP and MLD do. */
  readonly routerAlert?: boolean;
}

/** Writes an IPv4 or IPv6 packet, as the addresses say, in an Ethernet frame. */
export function ipFrame(frame: IpFrame): Uint8Array {
  const { source, destination } = frame;
  if (source.length !== destination.length) throw new TypeError('source and destination are of different families');
  const isVersion4 = source.length === 4;
  return writeEthernet({
    source: toMac(frame.sourceMac),
    destination: destinationMacOf(frame),
    etherType: isVersion4 ? ETHER_TYPE_IPV4 : ETHER_TYPE_IPV6,
    payload: isVersion4 ? ipv4Packet(frame) : ipv6Packet(frame),
    ...ethernetOptions(frame),
  });
}

/** The options of the Ethernet frame alone. */
export function ethernetOptions(options: EnvelopeOptions): EnvelopeOptions {
  return {
    ...(options.tags !== undefined && { tags: options.tags }),
    ...(options.pad !== undefined && { pad: options.pad }),
  };
}

function destinationMacOf(frame: IpFrame): Uint8Array {
  if (frame.destinationMac !== undefined) return toMac(frame.destinationMac);
  if (isMulticast(frame.destination, 0, frame.destination.length)) return multicastMac(frame.destination);
  throw new TypeError('a unicast destination needs destinationMac: nothing says whose MAC address it is');
}

function ipv4Packet(frame: IpFrame): Uint8Array {
  return writeIpv4({
    source: frame.source,
    destination: frame.destination,
    protocol: frame.protocol,
    payload: frame.payload,
    ...(frame.hopLimit !== undefined && { timeToLive: frame.hopLimit }),
    ...(frame.identification !== undefined && { identification: frame.identification }),
    ...(frame.trafficClass !== undefined && { trafficClass: frame.trafficClass }),
    ...(frame.routerAlert === true && { options: IPV4_ROUTER_ALERT }),
  });
}

function ipv6Packet(frame: IpFrame): Uint8Array {
  return writeIpv6({
    source: frame.source,
    destination: frame.destination,
    protocol: frame.protocol,
    payload: frame.payload,
    ...(frame.hopLimit !== undefined && { hopLimit: frame.hopLimit }),
    ...(frame.trafficClass !== undefined && { trafficClass: frame.trafficClass }),
    ...(frame.routerAlert === true && { extensions: [routerAlertExtension(0)] }),
  });
}
