import type { ReceivedMessage } from '../vrrp/receive.ts';
import { receivedMessage } from '../vrrp/received-message.ts';
import { formatAddress, isMulticast } from '../wire/address.ts';
import { ARP_REQUEST, createArpCursor, readArp } from '../wire/arp.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { createIcmpCursor, readIcmp } from '../wire/icmp.ts';
import { isIpv4ChecksumRight } from '../wire/ipv4.ts';
import { ETHER_TYPE_ARP, LINK_TYPE_ETHERNET } from '../wire/link.ts';
import { createNeighborCursor, isNeighborType, NEIGHBOR_SOLICITATION, readNeighbor } from '../wire/neighbor.ts';
import { FRAGMENT_NONE, PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_VRRP } from '../wire/network.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';
import { createVrrpCursor, type Family, readVrrp } from '../wire/vrrp.ts';

/** A host or router asks for, or tells, who has an address: ARP, or a Neighbor Solicitation or Advertisement. */
export interface NeighborArrival {
  readonly kind: 'neighbor';
  readonly asks: boolean;
  /** The address that is asked for; in a tale the one that is told. */
  readonly target: string;
  /** Who speaks, where the message says: its address, and its MAC for that address. */
  readonly sender: string | undefined;
  readonly senderMac: Uint8Array | undefined;
}

export interface EchoArrival {
  readonly kind: 'echo-request';
  readonly source: string;
  readonly destination: string;
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export interface VrrpArrival {
  readonly kind: 'vrrp';
  readonly family: Family;
  readonly message: ReceivedMessage;
}

/** What a simulated kernel makes of a frame; everything else it has no use for. */
export type Arrival = NeighborArrival | EchoArrival | VrrpArrival;

// One of each serves every node: an arrival holds copies.
const frame = createFrameCursor();
const arp = createArpCursor();
const neighbor = createNeighborCursor();
const icmp = createIcmpCursor();
const vrrp = createVrrpCursor();

let lastBytes: Uint8Array | undefined;
let lastArrival: Arrival | undefined;
/** Routers send the same advertisement again and again. */
const advertisements = new WeakMap<Uint8Array, VrrpArrival>();

/**
 * Reads a frame; undefined where it is malformed, a fragment, or nothing that a simulated kernel answers. A frame reaches
 * one port after the other, so it is read once; a simulated frame's bytes never change. The same advertisement, octet by
 * octet in the same place, gives the same arrival.
 */
export function readArrival(bytes: Uint8Array): Arrival | undefined {
  if (bytes !== lastBytes) {
    lastArrival = advertisements.get(bytes) ?? read(bytes);
    lastBytes = bytes;
    if (lastArrival?.kind === 'vrrp') advertisements.set(bytes, lastArrival);
  }
  return lastArrival;
}

function read(bytes: Uint8Array): Arrival | undefined {
  if (readFrame(frame, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length) !== PROBLEM_NONE) return undefined;
  if (frame.etherType === ETHER_TYPE_ARP) return readArpArrival(bytes);
  if (frame.ipVersion === 0 || frame.fragment !== FRAGMENT_NONE) return undefined;
  // As Linux does, without a word (RFC 1122 §3.2.1.2): VRRP's own checksum need not cover the addresses.
  if (frame.ipVersion === 4 && !isIpv4ChecksumRight(bytes, frame.networkOffset, frame.transportOffset))
    return undefined;
  switch (frame.protocol) {
    case PROTOCOL_VRRP:
      return readVrrpArrival(bytes);
    case PROTOCOL_ICMP:
      return readEcho(bytes);
    case PROTOCOL_ICMPV6:
      return isNeighborType(bytes[frame.transportOffset]!) ? readNeighborArrival(bytes) : readEcho(bytes);
    default:
      return undefined;
  }
}

function readArpArrival(bytes: Uint8Array): NeighborArrival | undefined {
  if (readArp(arp, bytes, frame.networkOffset, frame.networkEnd, frame.wireEnd) !== PROBLEM_NONE) return undefined;
  const asks = arp.operation === ARP_REQUEST;
  const sender = formatAddress(bytes, arp.senderAddress, 4);
  return {
    kind: 'neighbor',
    asks,
    target: asks ? formatAddress(bytes, arp.targetAddress, 4) : sender,
    sender,
    senderMac: bytes.slice(arp.senderMac, arp.senderMac + 6),
  };
}

/** A solicitation tells its source, an advertisement its target (RFC 4861 §7.2.3, §7.2.5). */
function readNeighborArrival(bytes: Uint8Array): NeighborArrival | undefined {
  const problem = readNeighbor(neighbor, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd);
  if (problem !== PROBLEM_NONE || neighbor.targetAddress === -1 || frame.hopLimit !== 255) return undefined;
  const asks = neighbor.type === NEIGHBOR_SOLICITATION;
  const target = formatAddress(bytes, neighbor.targetAddress, 16);
  const option = asks ? neighbor.sourceLinkLayer : neighbor.targetLinkLayer;
  return {
    kind: 'neighbor',
    asks,
    target,
    sender: option === -1 ? undefined : asks ? formatAddress(bytes, frame.sourceAddress, 16) : target,
    senderMac: option === -1 ? undefined : bytes.slice(option, option + 6),
  };
}

function readEcho(bytes: Uint8Array): EchoArrival | undefined {
  const { transportOffset, transportEnd, wireEnd, protocol, addressLength } = frame;
  if (readIcmp(icmp, bytes, transportOffset, transportEnd, wireEnd, protocol) !== PROBLEM_NONE) return undefined;
  if (!icmp.isEchoRequest || isMulticast(bytes, frame.destinationAddress, addressLength)) return undefined;
  return {
    kind: 'echo-request',
    source: formatAddress(bytes, frame.sourceAddress, addressLength),
    destination: formatAddress(bytes, frame.destinationAddress, addressLength),
    identifier: icmp.identifier,
    sequence: icmp.sequence,
    payload: bytes.slice(icmp.dataOffset, icmp.dataEnd),
  };
}

function readVrrpArrival(bytes: Uint8Array): VrrpArrival {
  readVrrp(vrrp, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd, frame.addressLength);
  return {
    kind: 'vrrp',
    family: frame.addressLength === 4 ? 'ipv4' : 'ipv6',
    message: receivedMessage(bytes, frame, vrrp),
  };
}
