import {
  ALL_IGMPV3_ROUTERS,
  ALL_MLDV2_ROUTERS,
  ALL_NODES_IPV6,
  solicitedNodeGroup,
  UNSPECIFIED_IPV4,
  UNSPECIFIED_IPV6,
} from './address.ts';
import { ARP_REPLY, ARP_REQUEST, writeArp } from './arp.ts';
import type { AddressInput, EnvelopeOptions, MacInput, PacketOptions } from './envelope.ts';
import { ethernetOptions, ipFrame, toAddress, toMac } from './envelope.ts';
import { writeEthernet } from './ethernet.ts';
import { RECORD_TO_EXCLUDE } from './group-report.ts';
import { ICMP_ECHO_REPLY, ICMP_ECHO_REQUEST, ICMPV6_ECHO_REPLY, ICMPV6_ECHO_REQUEST, writeIcmpEcho } from './icmp.ts';
import { writeIgmpV3Report } from './igmp.ts';
import { ETHER_TYPE_ARP } from './link.ts';
import { BROADCAST_MAC, ZERO_MAC } from './mac.ts';
import { writeMldV2Report } from './mld.ts';
import { NEIGHBOR_ADVERTISEMENT, NEIGHBOR_SOLICITATION, writeNeighbor } from './neighbor.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_IGMP, PROTOCOL_UDP } from './network.ts';
import { setTransportChecksum } from './transport-checksum.ts';
import { writeUdp } from './udp.ts';

/** An ARP packet in its frame. */
export interface ArpFrame extends EnvelopeOptions {
  readonly operation: 'request' | 'reply';
  readonly senderMac: MacInput;
  readonly senderAddress: AddressInput;
  readonly targetAddress: AddressInput;
  /** Default: zeros in a request. A reply must say. */
  readonly targetMac?: MacInput;
  /** The frame's. Default: the sender's. */
  readonly sourceMac?: MacInput;
  /** The frame's. Default: broadcast for a request, the target's for a reply. */
  readonly destinationMac?: MacInput;
}

/** Writes an ARP request or reply in its frame. */
export function arpFrame(frame: ArpFrame): Uint8Array {
  const senderMac = toMac(frame.senderMac);
  const targetMac = toMac(frame.targetMac ?? ZERO_MAC);
  const destination = frame.destinationMac ?? (frame.operation === 'request' ? BROADCAST_MAC : targetMac);
  return writeEthernet({
    source: toMac(frame.sourceMac ?? senderMac),
    destination: toMac(destination),
    etherType: ETHER_TYPE_ARP,
    payload: writeArp({
      operation: frame.operation === 'request' ? ARP_REQUEST : ARP_REPLY,
      senderMac,
      senderAddress: toAddress(frame.senderAddress),
      targetMac,
      targetAddress: toAddress(frame.targetAddress),
    }),
    ...ethernetOptions(frame),
  });
}

/** A gratuitous ARP in its frame. */
export interface GratuitousArpFrame extends EnvelopeOptions {
  readonly address: AddressInput;
  /** The sender hardware address: the virtual MAC of a virtual address. */
  readonly mac: MacInput;
  /** Default: request, as RFC 9568 §6.4.2 has it. */
  readonly operation?: 'request' | 'reply';
  /** Default: `mac` (RFC 9568 §6.4.2 with erratum 7949); keepalived and FRR send ff:ff:ff:ff:ff:ff. */
  readonly targetMac?: MacInput;
  /** The frame's source. Default: `mac`. */
  readonly sourceMac?: MacInput;
  /** Default: broadcast. */
  readonly destinationMac?: MacInput;
}

/** Writes a gratuitous ARP, which announces that `address` is at `mac`. */
export function gratuitousArpFrame(frame: GratuitousArpFrame): Uint8Array {
  return arpFrame({
    ...ethernetOptions(frame),
    operation: frame.operation ?? 'request',
    senderMac: frame.mac,
    senderAddress: frame.address,
    targetAddress: frame.address,
    targetMac: frame.targetMac ?? frame.mac,
    sourceMac: frame.sourceMac ?? frame.mac,
    destinationMac: frame.destinationMac ?? BROADCAST_MAC,
  });
}

/** A Neighbor Solicitation in its frame. */
export interface NeighborSolicitationFrame extends PacketOptions {
  readonly target: AddressInput;
  readonly sourceMac: MacInput;
  /** Default: unspecified (duplicate address detection), without the link-layer option. */
  readonly source?: AddressInput;
  /** Default: the target's solicited-node group. */
  readonly destination?: AddressInput;
  /** The MAC of the source link-layer option. Default: `sourceMac` where there is a source; null: no option. */
  readonly sourceLinkLayer?: MacInput | null;
}

/** Writes a Neighbor Solicitation (RFC 4861 §4.3). */
export function neighborSolicitationFrame(frame: NeighborSolicitationFrame): Uint8Array {
  const target = toAddress(frame.target);
  const defaultOption = frame.source === undefined ? null : frame.sourceMac;
  const option = frame.sourceLinkLayer === undefined ? defaultOption : frame.sourceLinkLayer;
  return icmpV6Frame(
    {
      ...frame,
      source: frame.source ?? UNSPECIFIED_IPV6,
      destination: frame.destination ?? solicitedNodeGroup(target),
      hopLimit: frame.hopLimit ?? 255,
    },
    writeNeighbor({
      type: NEIGHBOR_SOLICITATION,
      target,
      ...(option !== null && { sourceLinkLayer: toMac(option) }),
    }),
  );
}

/** A Neighbor Advertisement in its frame. */
export interface NeighborAdvertisementFrame extends PacketOptions {
  readonly target: AddressInput;
  readonly sourceMac: MacInput;
  /** Default: the target. */
  readonly source?: AddressInput;
  /** Default: all nodes, which makes it unsolicited. */
  readonly destination?: AddressInput;
  /** Defaults: true, false, true, as RFC 9568 §6.4.2 announces a virtual address. */
  readonly router?: boolean;
  readonly solicited?: boolean;
  readonly override?: boolean;
  /** The MAC of the target link-layer option. Default: `sourceMac`; null: no option. */
  readonly targetLinkLayer?: MacInput | null;
}

/** Writes a Neighbor Advertisement (RFC 4861 §4.4), by default the unsolicited one of a router that takes over. */
export function neighborAdvertisementFrame(frame: NeighborAdvertisementFrame): Uint8Array {
  const target = toAddress(frame.target);
  const option = frame.targetLinkLayer === undefined ? frame.sourceMac : frame.targetLinkLayer;
  return icmpV6Frame(
    {
      ...frame,
      source: frame.source ?? target,
      destination: frame.destination ?? ALL_NODES_IPV6,
      hopLimit: frame.hopLimit ?? 255,
    },
    writeNeighbor({
      type: NEIGHBOR_ADVERTISEMENT,
      target,
      router: frame.router ?? true,
      solicited: frame.solicited ?? false,
      override: frame.override ?? true,
      ...(option !== null && { targetLinkLayer: toMac(option) }),
    }),
  );
}

/** A packet whose ends are given in text or octets. */
export interface AddressedFrame extends PacketOptions {
  readonly source: AddressInput;
  readonly destination: AddressInput;
  readonly sourceMac: MacInput;
}

/** Writes an ICMPv6 message (whose checksum field holds 0) with its checksum in its frame. */
export function icmpV6Frame(
  frame: AddressedFrame & { readonly routerAlert?: boolean },
  message: Uint8Array,
): Uint8Array {
  const source = toAddress(frame.source);
  const destination = toAddress(frame.destination);
  const payload = setTransportChecksum(message, PROTOCOL_ICMPV6, source, destination);
  return ipFrame({ ...frame, source, destination, protocol: PROTOCOL_ICMPV6, payload });
}

/** An ICMP echo in its frame; the addresses say the family. */
export interface EchoFrame extends AddressedFrame {
  readonly operation: 'request' | 'reply';
  readonly identifier: number;
  readonly sequence: number;
  readonly payload?: Uint8Array;
}

/** Writes an ICMP or ICMPv6 echo request or reply. */
export function echoFrame(frame: EchoFrame): Uint8Array {
  const source = toAddress(frame.source);
  const destination = toAddress(frame.destination);
  const isVersion4 = source.length === 4;
  const isRequest = frame.operation === 'request';
  const requestType = isVersion4 ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST;
  const replyType = isVersion4 ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY;
  const protocol = isVersion4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
  const message = writeIcmpEcho({
    type: isRequest ? requestType : replyType,
    identifier: frame.identifier,
    sequence: frame.sequence,
    payload: frame.payload ?? new Uint8Array(0),
  });
  const payload = setTransportChecksum(message, protocol, source, destination);
  return ipFrame({ ...frame, source, destination, protocol, payload });
}

/** A UDP datagram in its frame; the addresses say the family. */
export interface UdpFrame extends AddressedFrame {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

/** Writes a UDP datagram. */
export function udpFrame(frame: UdpFrame): Uint8Array {
  const source = toAddress(frame.source);
  const destination = toAddress(frame.destination);
  const payload = setTransportChecksum(writeUdp(frame), PROTOCOL_UDP, source, destination);
  return ipFrame({ ...frame, source, destination, protocol: PROTOCOL_UDP, payload });
}

/** A report that joins groups of one family. */
export interface JoinFrame extends PacketOptions {
  /** At least one. */
  readonly groups: readonly AddressInput[];
  readonly sourceMac: MacInput;
  /** Default: unspecified. */
  readonly source?: AddressInput;
  /** Default: RECORD_TO_EXCLUDE, a join. RECORD_TO_INCLUDE leaves. */
  readonly recordType?: number;
}

/** Writes an IGMPv3 (RFC 3376) or MLDv2 (RFC 3810) report that joins groups; they say the family. */
export function joinFrame(frame: JoinFrame): Uint8Array {
  const groups = frame.groups.map(toAddress);
  const records = groups.map((group) => ({ recordType: frame.recordType ?? RECORD_TO_EXCLUDE, group }));
  const isVersion4 = groups[0]?.length === 4;
  const addressed = {
    ...frame,
    source: toAddress(frame.source ?? (isVersion4 ? UNSPECIFIED_IPV4 : UNSPECIFIED_IPV6)),
    destination: isVersion4 ? ALL_IGMPV3_ROUTERS : ALL_MLDV2_ROUTERS,
    hopLimit: frame.hopLimit ?? 1,
    routerAlert: true,
  };
  if (!isVersion4) return icmpV6Frame(addressed, writeMldV2Report(records));
  return ipFrame({ ...addressed, protocol: PROTOCOL_IGMP, payload: writeIgmpV3Report(records) });
}
