import { formatAddress, isLinkLocalIpv6, isMulticast } from '../wire/address.ts';
import { internetChecksum } from '../wire/checksum.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { isIpv4ChecksumRight } from '../wire/ipv4.ts';
import { LINK_TYPE_ETHERNET } from '../wire/link.ts';
import { write16 } from '../wire/octets.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';

/** A packet that is on its way through a router. */
export interface Transit {
  /** As text, in the form that formatAddress gives. */
  readonly destination: string;
  /** The frame that takes it on, with one hop less to go (RFC 1812 §5.3.1, RFC 8200 §3). */
  frameTo(destinationMac: Uint8Array, sourceMac: Uint8Array): Uint8Array;
}

const ETHERNET_SOURCE = 6;
const ETHERNET_HEADER = 14;
const IPV4_TIME_TO_LIVE = 8;
const IPV4_CHECKSUM = 10;
const IPV6_HOP_LIMIT = 7;

const frame = createFrameCursor();

/**
 * Reads a frame whose packet a router may take on; undefined where it is malformed, goes to a group, has no hop left, or
 * an end that is valid on one link alone (RFC 4291 §2.5.6). Nobody is told of what is not taken on.
 */
export function readTransit(bytes: Uint8Array): Transit | undefined {
  if (readFrame(frame, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length) !== PROBLEM_NONE) return undefined;
  const { ipVersion, networkOffset, sourceAddress, destinationAddress, addressLength, hopLimit } = frame;
  if (ipVersion === 0 || networkOffset !== ETHERNET_HEADER || hopLimit <= 1) return undefined;
  if (isMulticast(bytes, destinationAddress, addressLength)) return undefined;
  if (addressLength === 16 && [sourceAddress, destinationAddress].some((at) => isLinkLocalIpv6(bytes, at, 16))) {
    return undefined;
  }
  const { transportOffset } = frame;
  if (ipVersion === 4 && !isIpv4ChecksumRight(bytes, networkOffset, transportOffset)) return undefined;
  return {
    destination: formatAddress(bytes, destinationAddress, addressLength),
    frameTo(destinationMac, sourceMac) {
      const onward = bytes.slice();
      onward.set(destinationMac, 0);
      onward.set(sourceMac, ETHERNET_SOURCE);
      onward[networkOffset + (ipVersion === 4 ? IPV4_TIME_TO_LIVE : IPV6_HOP_LIMIT)] = hopLimit - 1;
      if (ipVersion === 4) {
        write16(onward, networkOffset + IPV4_CHECKSUM, 0);
        const checksum = internetChecksum(onward, networkOffset, transportOffset);
        write16(onward, networkOffset + IPV4_CHECKSUM, checksum);
      }
      return onward;
    },
  };
}
