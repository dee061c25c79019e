import { foldChecksum, internetChecksum, sumPseudoHeader, sumWords } from './checksum.ts';
import type { NetworkCursor } from './network.ts';
import { PROTOCOL_VRRP } from './network.ts';
import { concatenate } from './octets.ts';
import { PROBLEM_BAD_TYPE, PROBLEM_NONE } from './problem.ts';
import type { ChecksumConvention, VrrpCursor } from './vrrp.ts';
import {
  CHECKSUM_EITHER,
  CHECKSUM_MESSAGE_ALONE,
  CHECKSUM_UNKNOWN,
  CHECKSUM_WITH_PSEUDO_HEADER,
  CHECKSUM_WRONG,
} from './vrrp.ts';

/**
 * Says which checksum a message that was read carries: over the message alone, with the pseudo-header of the packet
 * that it came in (its real destination, unicast too), either, or a wrong one. Which of them is right depends on the
 * version and the family: `isVrrpChecksumRight`. A message that could not be read whole is unknown.
 *
 * No RFC says whether octets behind the message count; both ways are accepted.
 */
export function vrrpChecksum(network: NetworkCursor, vrrp: VrrpCursor, bytes: Uint8Array): ChecksumConvention {
  if (vrrp.problem !== PROBLEM_NONE && vrrp.problem !== PROBLEM_BAD_TYPE) return CHECKSUM_UNKNOWN;
  const convention = conventionUpTo(network, vrrp, bytes, vrrp.messageEnd);
  if (convention !== CHECKSUM_WRONG || vrrp.trailingOctets === 0) return convention;
  return network.cut ? CHECKSUM_UNKNOWN : conventionUpTo(network, vrrp, bytes, network.transportEnd);
}

function conventionUpTo(network: NetworkCursor, vrrp: VrrpCursor, bytes: Uint8Array, end: number): ChecksumConvention {
  const start = vrrp.messageOffset;
  const message = sumWords(bytes, start, end, 0);
  const pseudoHeader = sumPseudoHeader(
    bytes,
    network.sourceAddress,
    network.destinationAddress,
    network.addressLength,
    PROTOCOL_VRRP,
    end - start,
  );
  const alone = foldChecksum(message) === 0;
  const withPseudoHeader = foldChecksum(message + pseudoHeader) === 0;
  if (alone) return withPseudoHeader ? CHECKSUM_EITHER : CHECKSUM_MESSAGE_ALONE;
  return withPseudoHeader ? CHECKSUM_WITH_PSEUDO_HEADER : CHECKSUM_WRONG;
}

/**
 * Whether a receiver may accept this checksum: v2 over the message alone (RFC 3768 §5.3.8), v3 over IPv6 with the
 * pseudo-header (RFC 9568 §5.2.8), v3 over IPv4 either way, as both are in the field. CHECKSUM_UNKNOWN is not right.
 */
export function isVrrpChecksumRight(convention: ChecksumConvention, version: number, addressLength: number): boolean {
  if (convention === CHECKSUM_EITHER) return true;
  if (version === 2) return convention === CHECKSUM_MESSAGE_ALONE;
  if (convention === CHECKSUM_WITH_PSEUDO_HEADER) return true;
  return addressLength === 4 && convention === CHECKSUM_MESSAGE_ALONE;
}

/** The checksum of a written message (whose checksum field holds 0) over the message alone. */
export function checksumOfMessage(message: Uint8Array): number {
  return internetChecksum(message, 0, message.length);
}

/** The checksum of a written message (whose checksum field holds 0) with the pseudo-header of these addresses. */
export function checksumWithPseudoHeader(message: Uint8Array, source: Uint8Array, destination: Uint8Array): number {
  const addresses = concatenate(source, destination);
  const length = source.length;
  return internetChecksum(
    message,
    0,
    message.length,
    sumPseudoHeader(addresses, 0, length, length, PROTOCOL_VRRP, message.length),
  );
}
