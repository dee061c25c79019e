import { compareAddresses, isMulticast, vrrpGroup } from '../wire/address.ts';
import {
  CHECKSUM_EITHER,
  CHECKSUM_MESSAGE_ALONE,
  CHECKSUM_WITH_PSEUDO_HEADER,
  type ChecksumConvention,
  type VrrpVersion,
} from '../wire/vrrp.ts';
import { isOwner, NO_AUTHENTICATION, OWNER_PRIORITY, type VirtualRouterParameters } from './parameters.ts';
import type { ReceivedAdvertisement } from './state.ts';
import { intervalFieldToNs } from './timers.ts';

/** The only type of message (RFC 9568 §5.2.2). */
const TYPE_ADVERTISEMENT = 1;
/** What TTL or hop limit must be: nobody has forwarded it (RFC 9568 §5.1.1.3, §5.1.2.3). */
const UNFORWARDED_TTL = 255;

/** A VRRP message as it arrived: fields as they are on the wire. */
export interface ReceivedMessage {
  /** TTL or hop limit. */
  readonly ttl: number;
  readonly version: number;
  readonly type: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly addressCount: number;
  /** v2: seconds, v3: centiseconds. */
  readonly interval: number;
  /** v2 alone; 0 for v3. */
  readonly authenticationType: number;
  /** v2: the 8 octets behind the addresses; empty for v3, and where they are missing. */
  readonly authenticationData: Uint8Array;
  /** Shorter than its fixed fields, or than its own address list. */
  readonly tooShort: boolean;
  readonly checksum: ChecksumConvention;
  /** Source of the IP packet, in network order. */
  readonly sourceAddress: Uint8Array;
  /** Destination of the IP packet, in network order. */
  readonly destinationAddress: Uint8Array;
  /** The address list: the addresses one after the other, in network order. */
  readonly addressList: Uint8Array;
  /** v3: the reserve bits, which are of no account (RFC 9568 §5.2.6). */
  readonly reserved: number;
}

/** Why a message is discarded without touching state or timers (RFC 9568 §7.1, RFC 3768 §7.1). */
export type DiscardReason =
  | 'own-frame'
  | 'wrong-destination'
  | 'unknown-peer'
  | 'ttl'
  | 'version'
  | 'type'
  | 'length'
  | 'checksum'
  | 'virtual-router-id'
  | 'authentication-type'
  | 'authentication-data'
  | 'owner'
  | 'address-count-zero'
  | 'interval-zero'
  | 'interval-mismatch'
  | 'address-list';

/** What is worth a line of log though the message counts (§7.1). */
export type Remark = 'interval-differs' | 'received-as-owner' | 'address-list-differs';

export type Reception =
  | {
      readonly verdict: 'accept';
      readonly advertisement: ReceivedAdvertisement;
      readonly remarks: readonly Remark[];
    }
  | { readonly verdict: 'discard'; readonly reason: DiscardReason };

/** The checks of §7.1 on one message for one virtual router: the advertisement to give to its core, or why not. */
export function receive(parameters: VirtualRouterParameters, message: ReceivedMessage): Reception {
  const reason = reasonToDiscard(parameters, message);
  if (reason !== undefined) return { verdict: 'discard', reason };
  return {
    verdict: 'accept',
    advertisement: {
      priority: message.priority,
      version: versionOf(message),
      intervalNs: intervalFieldToNs(versionOf(message), message.interval),
      sourceAddress: message.sourceAddress,
    },
    remarks: remarksOn(parameters, message),
  };
}

/** In the order of §7.1: what makes the bytes meaningless first, then what makes the message not ours. */
function reasonToDiscard(parameters: VirtualRouterParameters, message: ReceivedMessage): DiscardReason | undefined {
  const { behaviour } = parameters;
  if (compareAddresses(message.sourceAddress, parameters.primaryAddress) === 0) return 'own-frame';
  const wayReason = reasonOfTheWay(parameters, message);
  if (wayReason !== undefined) return wayReason;
  if (!isVersionHeard(parameters, message.version)) return 'version';
  if (message.type !== TYPE_ADVERTISEMENT) return 'type';
  if (message.tooShort) return 'length';
  if (!isChecksumAccepted(parameters, message)) return 'checksum';
  if (message.virtualRouterId !== parameters.virtualRouterId) return 'virtual-router-id';
  const authenticationReason = reasonOfAuthentication(parameters, message);
  if (authenticationReason !== undefined) return authenticationReason;
  if (isOwner(parameters) && behaviour.ownerReceives === 'discard') return 'owner';
  if (message.addressCount === 0 && behaviour.discardZeroCount) return 'address-count-zero';
  if (message.interval === 0 && behaviour.discardZeroInterval) return 'interval-zero';
  // In v2/v3 mode the interval of the Active router counts, whatever its version (RFC 9568 §8.4.2).
  if (parameters.version === 2 && behaviour.discardIntervalMismatchV2 && isIntervalDifferent(parameters, message)) {
    return 'interval-mismatch';
  }
  if (parameters.checkAddressList && isForeignListRefused(parameters, message)) return 'address-list';
  return undefined;
}

/** How the packet came: to the group from a neighbour (§5.1), or from a peer to this router alone. */
function reasonOfTheWay(parameters: VirtualRouterParameters, message: ReceivedMessage): DiscardReason | undefined {
  const { family, unicast } = parameters;
  const { destinationAddress, sourceAddress, ttl } = message;
  if (unicast === undefined) {
    const group = parameters.group ?? vrrpGroup(family);
    if (compareAddresses(destinationAddress, group) !== 0) return 'wrong-destination';
    return ttl === UNFORWARDED_TTL ? undefined : 'ttl';
  }
  if (isMulticast(destinationAddress, 0, destinationAddress.length)) return 'wrong-destination';
  const peer = unicast.peers.find(({ address }) => compareAddresses(address, sourceAddress) === 0);
  if (peer === undefined) return unicast.checkSource ? 'unknown-peer' : undefined;
  return ttl >= peer.minimumTtl && ttl <= peer.maximumTtl ? undefined : 'ttl';
}

function isVersionHeard(parameters: VirtualRouterParameters, version: number): boolean {
  return version === parameters.version || (parameters.alsoVersion2 && version === 2);
}

/** The version of a message that was checked. */
function versionOf({ version }: ReceivedMessage): VrrpVersion {
  return version === 2 ? 2 : 3;
}

/** Of version 2 alone; under type 0 the data is of no account (RFC 3768 §5.3.10). */
function reasonOfAuthentication(
  parameters: VirtualRouterParameters,
  message: ReceivedMessage,
): DiscardReason | undefined {
  if (message.version !== 2) return undefined;
  const { authenticationType, authenticationData } = parameters;
  if (message.authenticationType !== authenticationType) return 'authentication-type';
  if (authenticationType === NO_AUTHENTICATION) return undefined;
  return compareAddresses(message.authenticationData, authenticationData) === 0 ? undefined : 'authentication-data';
}

function remarksOn(parameters: VirtualRouterParameters, message: ReceivedMessage): readonly Remark[] {
  const remarks: Remark[] = [];
  if (isIntervalDifferent(parameters, message)) remarks.push('interval-differs');
  if (isOwner(parameters)) remarks.push('received-as-owner');
  if (!isSameList(parameters.addresses, message.addressList)) remarks.push('address-list-differs');
  return remarks;
}

/** v2: the message alone. v3 over IPv6: with the pseudo-header. v3 over IPv4: as configured (RFC 9568 §5.2.8). */
function isChecksumAccepted(parameters: VirtualRouterParameters, { version, checksum }: ReceivedMessage): boolean {
  if (checksum === CHECKSUM_EITHER) return true;
  const isAlone = checksum === CHECKSUM_MESSAGE_ALONE;
  const isWithPseudoHeader = checksum === CHECKSUM_WITH_PSEUDO_HEADER;
  if (version === 2) return isAlone;
  if (parameters.family === 'ipv6') return isWithPseudoHeader;
  switch (parameters.acceptedIpv4Checksum) {
    case 'message-alone':
      return isAlone;
    case 'with-pseudo-header':
      return isWithPseudoHeader;
    case 'either':
      return isAlone || isWithPseudoHeader;
  }
}

function isIntervalDifferent(parameters: VirtualRouterParameters, message: ReceivedMessage): boolean {
  return intervalFieldToNs(versionOf(message), message.interval) !== parameters.advertisementIntervalNs;
}

/** Another list is refused unless the owner of the addresses sent it: it knows best (RFC 3768 §7.1). */
function isForeignListRefused(parameters: VirtualRouterParameters, message: ReceivedMessage): boolean {
  return message.priority !== OWNER_PRIORITY && !isSameList(parameters.addresses, message.addressList);
}

/** Whether a list holds just these addresses, in whatever order. */
function isSameList(addresses: readonly Uint8Array[], list: Uint8Array): boolean {
  const octets = addresses[0]?.length ?? 0;
  if (list.length !== octets * addresses.length) return false;
  return addresses.every((address) => isInList(address, list));
}

function isInList(address: Uint8Array, list: Uint8Array): boolean {
  for (let offset = 0; offset < list.length; offset += address.length) {
    if (compareAddresses(address, list.subarray(offset, offset + address.length)) === 0) return true;
  }
  return false;
}
