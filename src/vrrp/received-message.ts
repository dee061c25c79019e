import type { NetworkCursor } from '../wire/network.ts';
import { PROBLEM_ADDRESSES_MISSING, PROBLEM_CUT, PROBLEM_TOO_SHORT } from '../wire/problem.ts';
import type { VrrpCursor } from '../wire/vrrp.ts';
import { vrrpChecksum } from '../wire/vrrp-checksum.ts';
import type { ReceivedMessage } from './receive.ts';

const NOTHING = new Uint8Array(0);

/**
 * The message that readFrame and readVrrp have found in `bytes`, for the receiving checks. What it holds is copied, so
 * that cursors and buffer may be reused.
 */
export function receivedMessage(bytes: Uint8Array, network: NetworkCursor, vrrp: VrrpCursor): ReceivedMessage {
  const { sourceAddress, destinationAddress, addressLength } = network;
  const { authenticationOffset, messageEnd } = vrrp;
  return {
    ttl: network.hopLimit,
    version: vrrp.version,
    type: vrrp.type,
    virtualRouterId: vrrp.virtualRouterId,
    priority: vrrp.priority,
    addressCount: vrrp.addressCount,
    interval: vrrp.interval,
    authenticationType: vrrp.authenticationType,
    authenticationData: authenticationOffset < 0 ? NOTHING : bytes.slice(authenticationOffset, messageEnd),
    tooShort: isTooShort(vrrp),
    checksum: vrrpChecksum(network, vrrp, bytes),
    sourceAddress: bytes.slice(sourceAddress, sourceAddress + addressLength),
    destinationAddress: bytes.slice(destinationAddress, destinationAddress + addressLength),
    addressList: vrrp.addressesEnd > 0 ? bytes.slice(vrrp.addressesOffset, vrrp.addressesEnd) : NOTHING,
    reserved: vrrp.reserved,
  };
}

function isTooShort({ problem }: VrrpCursor): boolean {
  return problem === PROBLEM_TOO_SHORT || problem === PROBLEM_ADDRESSES_MISSING || problem === PROBLEM_CUT;
}
