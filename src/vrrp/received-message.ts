import { compareOctets, vrrpGroup } from '../wire/address.ts';
import type { NetworkCursor } from '../wire/network.ts';
import { PROBLEM_ADDRESSES_MISSING, PROBLEM_CUT, PROBLEM_TOO_SHORT } from '../wire/problem.ts';
import type { VrrpCursor } from '../wire/vrrp.ts';
import { vrrpChecksum } from '../wire/vrrp-checksum.ts';
import type { ReceivedMessage } from './receive.ts';

/**
 * The message that readFrame and readVrrp have found in `bytes`, for the receiving checks. What it holds is copied, so
 * that cursors and buffer may be reused. A message to a unicast address is not to the group: a router with unicast
 * peers decides for itself (`{...message, toGroup: true}`).
 */
export function receivedMessage(bytes: Uint8Array, network: NetworkCursor, vrrp: VrrpCursor): ReceivedMessage {
  const { sourceAddress, destinationAddress, addressLength } = network;
  const group = vrrpGroup(addressLength === 4 ? 'ipv4' : 'ipv6');
  return {
    ttl: network.hopLimit,
    version: vrrp.version,
    type: vrrp.type,
    virtualRouterId: vrrp.virtualRouterId,
    priority: vrrp.priority,
    addressCount: vrrp.addressCount,
    interval: vrrp.interval,
    authenticationType: vrrp.authenticationType,
    tooShort: isTooShort(vrrp),
    checksum: vrrpChecksum(network, vrrp, bytes),
    sourceAddress: bytes.slice(sourceAddress, sourceAddress + addressLength),
    toGroup: compareOctets(bytes, destinationAddress, group, 0, addressLength) === 0,
    addressList: vrrp.addressesEnd > 0 ? bytes.slice(vrrp.addressesOffset, vrrp.addressesEnd) : new Uint8Array(0),
  };
}

function isTooShort({ problem }: VrrpCursor): boolean {
  return problem === PROBLEM_TOO_SHORT || problem === PROBLEM_ADDRESSES_MISSING || problem === PROBLEM_CUT;
}
