import { formatAddress } from '../wire/address.ts';
import { ARP_REPLY, createArpCursor, isGratuitousArp, readArp } from '../wire/arp.ts';
import type { FrameCursor } from '../wire/frame.ts';
import { createIcmpCursor, readIcmp } from '../wire/icmp.ts';
import { ETHER_TYPE_ARP } from '../wire/link.ts';
import { formatMac } from '../wire/mac.ts';
import { createNeighborCursor, NEIGHBOR_ADVERTISEMENT, ROUTER_ADVERTISEMENT, readNeighbor } from '../wire/neighbor.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_UDP } from '../wire/network.ts';
import { read32 } from '../wire/octets.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';
import { createUdpCursor, readUdp } from '../wire/udp.ts';
import { DATAGRAM_LENGTH, DATAGRAM_MAGIC } from './craft.ts';

/** What a router tells hosts, or sends because of a crafted frame, as it leaves the router's port. */
export type Response =
  /** It told hosts of an address by itself. */
  | { readonly kind: 'announcement'; readonly address: string }
  /** A Router Advertisement. */
  | { readonly kind: 'solicitation'; readonly mac: string | undefined }
  | { readonly kind: 'question'; readonly address: string; readonly mac: string | undefined }
  | { readonly kind: 'echo' | 'datagram'; readonly number: number };

/** Recognises gratuitous ARPs, ARP replies, Neighbor and Router Advertisements, echo replies and forwarded datagrams. */
export function createResponseReader(): (frame: FrameCursor, bytes: Uint8Array) => Response | undefined {
  const arp = createArpCursor();
  const neighbor = createNeighborCursor();
  const icmp = createIcmpCursor();
  const udp = createUdpCursor();

  function readAnswer(frame: FrameCursor, bytes: Uint8Array): Response | undefined {
    if (readArp(arp, bytes, frame.networkOffset, frame.networkEnd, frame.wireEnd) !== PROBLEM_NONE) return undefined;
    const address = formatAddress(bytes, arp.senderAddress, 4);
    if (isGratuitousArp(arp, bytes)) return { kind: 'announcement', address };
    if (arp.operation !== ARP_REPLY) return undefined;
    return {
      kind: 'question',
      address,
      mac: formatMac(bytes, arp.senderMac),
    };
  }

  function readIcmpAnswer(frame: FrameCursor, bytes: Uint8Array): Response | undefined {
    const { protocol, transportOffset, transportEnd, wireEnd } = frame;
    const isDiscovery =
      protocol === PROTOCOL_ICMPV6 &&
      readNeighbor(neighbor, bytes, transportOffset, transportEnd, wireEnd) === PROBLEM_NONE;
    if (isDiscovery && neighbor.type === ROUTER_ADVERTISEMENT) {
      const mac = neighbor.sourceLinkLayer < 0 ? undefined : formatMac(bytes, neighbor.sourceLinkLayer);
      return { kind: 'solicitation', mac };
    }
    if (isDiscovery && neighbor.type === NEIGHBOR_ADVERTISEMENT) {
      const address = formatAddress(bytes, neighbor.targetAddress, 16);
      if (!neighbor.solicited) return { kind: 'announcement', address };
      const mac = neighbor.targetLinkLayer < 0 ? undefined : formatMac(bytes, neighbor.targetLinkLayer);
      return { kind: 'question', address, mac };
    }
    if (readIcmp(icmp, bytes, transportOffset, transportEnd, wireEnd, protocol) !== PROBLEM_NONE) return undefined;
    if (!icmp.isEchoReply) return undefined;
    return numbered('echo', bytes, icmp.dataOffset, icmp.dataEnd);
  }

  function readDatagram(frame: FrameCursor, bytes: Uint8Array): Response | undefined {
    const { transportOffset, transportEnd, wireEnd } = frame;
    if (readUdp(udp, bytes, transportOffset, transportEnd, wireEnd) !== PROBLEM_NONE) return undefined;
    return numbered('datagram', bytes, udp.payloadOffset, udp.payloadEnd);
  }

  return (frame, bytes) => {
    if (frame.etherType === ETHER_TYPE_ARP) return readAnswer(frame, bytes);
    if (frame.protocol === PROTOCOL_UDP) return readDatagram(frame, bytes);
    return frame.protocol === PROTOCOL_ICMP || frame.protocol === PROTOCOL_ICMPV6
      ? readIcmpAnswer(frame, bytes)
      : undefined;
  };
}

/** A payload that a crafted packet was given, by the number in it. */
function numbered(kind: 'echo' | 'datagram', bytes: Uint8Array, start: number, end: number): Response | undefined {
  if (start < 0 || end - start < DATAGRAM_LENGTH || read32(bytes, start) >>> 0 !== DATAGRAM_MAGIC) return undefined;
  return { kind, number: read32(bytes, start + 4) >>> 0 };
}
