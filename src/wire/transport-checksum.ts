import { foldChecksum, internetChecksum, sumPseudoHeader, sumWords } from './checksum.ts';
import type { NetworkCursor } from './network.ts';
import { FRAGMENT_NONE, PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_IGMP, PROTOCOL_TCP, PROTOCOL_UDP } from './network.ts';
import { concatenate, read16, write16 } from './octets.ts';

const UDP_CHECKSUM = 6;
const UDP_LENGTH = 4;
/** RFC 768, RFC 8200 §8.1: a sum of 0 is sent as its other form, as 0 stands for none. */
const ZERO_AS_SENT = 0xffff;

/** Where a transport protocol has its checksum, in octets from its header's start; -1 where it is not one of ours. */
function checksumOffset(protocol: number): number {
  switch (protocol) {
    case PROTOCOL_ICMP:
    case PROTOCOL_IGMP:
    case PROTOCOL_ICMPV6:
      return 2;
    case PROTOCOL_UDP:
      return UDP_CHECKSUM;
    case PROTOCOL_TCP:
      return 16;
    default:
      return -1;
  }
}

function hasPseudoHeader(protocol: number): boolean {
  return protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_IGMP;
}

/**
 * Whether the checksum of the ICMP, ICMPv6, IGMP, UDP or TCP message of a packet that was read is right; undefined where
 * it cannot be told: cut, a fragment, another protocol, a UDP datagram without one. A frame captured on the machine
 * that sent it may be wrong because the network card was to fill it in.
 */
export function isTransportChecksumRight(network: NetworkCursor, bytes: Uint8Array): boolean | undefined {
  const { protocol, transportOffset: start } = network;
  const offset = checksumOffset(protocol);
  if (offset === -1 || start === -1 || network.cut || network.fragment !== FRAGMENT_NONE) return undefined;
  if (start + offset + 2 > network.transportEnd) return undefined;
  let end = network.transportEnd;
  if (protocol === PROTOCOL_UDP) {
    if (network.ipVersion === 4 && read16(bytes, start + UDP_CHECKSUM) === 0) return undefined;
    end = Math.min(end, start + read16(bytes, start + UDP_LENGTH));
  }
  let sum = sumWords(bytes, start, end, 0);
  if (hasPseudoHeader(protocol)) {
    const { sourceAddress, destinationAddress, addressLength } = network;
    sum += sumPseudoHeader(bytes, sourceAddress, destinationAddress, addressLength, protocol, end - start);
  }
  return foldChecksum(sum) === 0;
}

/**
 * Puts the right checksum into a written ICMP, ICMPv6, IGMP, UDP or TCP message (whose checksum field holds 0) that goes
 * between these addresses, and returns the message.
 */
export function setTransportChecksum(
  message: Uint8Array,
  protocol: number,
  source: Uint8Array,
  destination: Uint8Array,
): Uint8Array {
  const offset = checksumOffset(protocol);
  if (offset === -1) throw new RangeError(`protocol ${protocol} has no checksum that is known here`);
  const addresses = concatenate(source, destination);
  const length = source.length;
  const pseudoHeader = hasPseudoHeader(protocol)
    ? sumPseudoHeader(addresses, 0, length, length, protocol, message.length)
    : 0;
  const checksum = internetChecksum(message, 0, message.length, pseudoHeader);
  write16(message, offset, checksum === 0 && protocol === PROTOCOL_UDP ? ZERO_AS_SENT : checksum);
  return message;
}
