import type { Family, VrrpVersion } from '../wire/vrrp.ts';
import { DOWN_TIMER_ADVERTISEMENTS, intervalFieldToNs, MAXIMUM_INTERVAL_FIELD, type SkewRounding } from './timers.ts';

/** The priority of the router that owns the virtual addresses (RFC 9568 §5.2.4). */
export const OWNER_PRIORITY = 255;
/** The priority that says: I stop being Active (RFC 9568 §5.2.4). */
export const STOPPING_PRIORITY = 0;
/** Priority and interval where nothing is configured (RFC 9568 §6.1). */
export const DEFAULT_PRIORITY = 100;
export const DEFAULT_INTERVAL_NS = 1_000_000_000;

/** v2's authentication types: none, as RFC 3768 has it, and RFC 2338's password in clear text. */
export const NO_AUTHENTICATION = 0;
export const SIMPLE_PASSWORD = 1;
/** The authentication data that ends every message of version 2. */
export const AUTHENTICATION_OCTETS = 8;

/** Where RFC 3768, RFC 5798, RFC 9568 and its errata differ. One switch each. */
export interface ProtocolBehaviour {
  /** An Active router answers a losing advertisement with one of its own at once (RFC 9568 §6.4.3). */
  readonly immediateAssertion: boolean;
  /**
   * What an owner does with an advertisement for its virtual router: as published it discards (§7.1); with erratum 8298
   * it logs and processes, so that the tie-break settles which of two owners stays Active.
   */
  readonly ownerReceives: 'discard' | 'process';
  /** An address count of 0 is discarded (RFC 9568 erratum 8299). */
  readonly discardZeroCount: boolean;
  /** An interval of 0 is discarded (RFC 9568 erratum 8301). */
  readonly discardZeroInterval: boolean;
  /** v2 alone: an interval other than the local one is discarded (RFC 3768 §7.1). v3 only logs it. */
  readonly discardIntervalMismatchV2: boolean;
  /**
   * An Active router that yields sends one more advertisement first, so that the winner, which hears a loser, announces
   * its addresses again. No RFC has it.
   */
  readonly advertiseBeforeYield: boolean;
}

/** A router that advertisements are sent to one by one, where there is no multicast. */
export interface UnicastPeer {
  /** In network order. */
  readonly address: Uint8Array;
  /** TTL or hop limit of what it sends: others are discarded. */
  readonly minimumTtl: number;
  readonly maximumTtl: number;
}

/** Instead of the group: whose advertisements count. */
export interface UnicastParameters {
  readonly peers: readonly UnicastPeer[];
  /** Whether advertisements of others than the peers are discarded. */
  readonly checkSource: boolean;
}

export const RFC3768_BEHAVIOUR: ProtocolBehaviour = {
  immediateAssertion: false,
  ownerReceives: 'discard',
  discardZeroCount: false,
  discardZeroInterval: false,
  discardIntervalMismatchV2: true,
  advertiseBeforeYield: false,
};

export const RFC5798_BEHAVIOUR: ProtocolBehaviour = RFC3768_BEHAVIOUR;

export const RFC9568_BEHAVIOUR: ProtocolBehaviour = {
  immediateAssertion: true,
  ownerReceives: 'process',
  discardZeroCount: true,
  discardZeroInterval: true,
  discardIntervalMismatchV2: true,
  advertiseBeforeYield: false,
};

/** Everything that one virtual router on one interface is told (RFC 9568 §6.1). Times in nanoseconds. */
export interface VirtualRouterParameters {
  /** 1..255. */
  readonly virtualRouterId: number;
  readonly version: VrrpVersion;
  readonly family: Family;
  /** The effective priority: 1..254, or 255 for the owner of the addresses. */
  readonly priority: number;
  /** Advertisement_Interval: whole seconds for v2, whole centiseconds for v3. */
  readonly advertisementIntervalNs: number;
  /** Preempt_Mode. The owner preempts whatever this says. */
  readonly preempt: boolean;
  /** How long a lower Active router is put up with before it is preempted, counted from its first advertisement. */
  readonly preemptDelayNs: number;
  /** Accept_Mode: for the data plane; the state machine does not look at it. */
  readonly acceptMode: boolean;
  /** The virtual addresses in network order, 4 or 16 octets each, in configuration order (IPv6: link-local first). */
  readonly addresses: readonly Uint8Array[];
  /** The interface's primary address in network order (IPv6: link-local): the source of advertisements, and the tie-break. */
  readonly primaryAddress: Uint8Array;
  /** Intervals of silence in Active_Down_Interval; 3 by the RFCs. */
  readonly downTimerAdvertisements: number;
  readonly skewRounding: SkewRounding;
  /**
   * Version 3 over IPv4 alone: the router also sends version 2, and hears it from routers that do not send version 3
   * (RFC 9568 §8.4).
   */
  readonly alsoVersion2: boolean;
  /** v2: the authentication type that is used and expected; 0 by RFC 3768. */
  readonly authenticationType: number;
  /** v2: the 8 octets that a message of that type must carry; of no account under type 0 (RFC 3768 §5.3.10). */
  readonly authenticationData: Uint8Array;
  /** The multicast group, where it is not the RFC's: in network order. */
  readonly group?: Uint8Array;
  /** Peers instead of a group. */
  readonly unicast?: UnicastParameters;
  /** v3 over IPv4: which checksum is accepted; the field has both (RFC 9568 §5.2.8). */
  readonly acceptedIpv4Checksum: 'either' | 'message-alone' | 'with-pseudo-header';
  /** Whether an advertisement with another address list is discarded, unless the owner sent it (§7.1, optional). */
  readonly checkAddressList: boolean;
  readonly behaviour: ProtocolBehaviour;
}

/** What has no default: which virtual router, and this router's address. */
export type RequiredParameters = Pick<
  VirtualRouterParameters,
  'virtualRouterId' | 'version' | 'family' | 'addresses' | 'primaryAddress'
>;

/** Why parameters are refused: names the parameter, says what it may be. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
  readonly parameter: keyof VirtualRouterParameters;
  constructor(parameter: keyof VirtualRouterParameters, message: string) {
    super(`${parameter}: ${message}`);
    this.parameter = parameter;
  }
}

/**
 * Parameters with the RFCs' defaults (RFC 9568 §6.1) for all that is not given: RFC 9568's behaviour for version 3, RFC
 * 3768's for version 2. Throws a ParameterError where a value is impossible.
 */
export function virtualRouterParameters(
  given: RequiredParameters & Partial<VirtualRouterParameters>,
): VirtualRouterParameters {
  const parameters: VirtualRouterParameters = {
    priority: DEFAULT_PRIORITY,
    advertisementIntervalNs: DEFAULT_INTERVAL_NS,
    preempt: true,
    preemptDelayNs: 0,
    acceptMode: false,
    downTimerAdvertisements: DOWN_TIMER_ADVERTISEMENTS,
    skewRounding: 'exact',
    alsoVersion2: false,
    authenticationType: NO_AUTHENTICATION,
    authenticationData: new Uint8Array(AUTHENTICATION_OCTETS),
    acceptedIpv4Checksum: 'either',
    checkAddressList: false,
    behaviour: given.version === 2 ? RFC3768_BEHAVIOUR : RFC9568_BEHAVIOUR,
    ...withoutUndefined(given),
  };
  requirePossible(parameters);
  return parameters;
}

/** A field that is there but undefined means its default too. */
function withoutUndefined<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

/** Whether the router owns the virtual addresses. */
export function isOwner(parameters: VirtualRouterParameters): boolean {
  return parameters.priority === OWNER_PRIORITY;
}

function requirePossible(parameters: VirtualRouterParameters): void {
  const { version, family, addresses, primaryAddress, advertisementIntervalNs } = parameters;
  requireWhole('virtualRouterId', parameters.virtualRouterId, 1, 255);
  requireWhole('priority', parameters.priority, 1, OWNER_PRIORITY);
  requireWhole('downTimerAdvertisements', parameters.downTimerAdvertisements, 1, 100);
  requireWhole('preemptDelayNs', parameters.preemptDelayNs, 0, Number.MAX_SAFE_INTEGER);
  const unitNs = intervalFieldToNs(version, 1);
  const units = MAXIMUM_INTERVAL_FIELD[version];
  if (
    advertisementIntervalNs % unitNs !== 0 ||
    advertisementIntervalNs < unitNs ||
    advertisementIntervalNs > unitNs * units
  ) {
    const unit = version === 2 ? 'second' : 'centisecond';
    throw new ParameterError(
      'advertisementIntervalNs',
      `${advertisementIntervalNs} ns is not a whole ${unit}, 1 to ${units} of them, as version ${version} counts`,
    );
  }
  if (version === 2 && family === 'ipv6')
    throw new ParameterError('version', 'version 2 knows IPv4 alone; use version 3');
  if (parameters.alsoVersion2 && (version === 2 || family === 'ipv6'))
    throw new ParameterError('alsoVersion2', 'is for version 3 over IPv4');
  if (parameters.authenticationData.length !== AUTHENTICATION_OCTETS)
    throw new ParameterError('authenticationData', `must have ${AUTHENTICATION_OCTETS} octets`);
  const octets = family === 'ipv4' ? 4 : 16;
  if (primaryAddress.length !== octets)
    throw new ParameterError('primaryAddress', `must have ${octets} octets for ${family}`);
  if (addresses.length < 1 || addresses.length > 255) {
    throw new ParameterError('addresses', `${addresses.length} addresses; an advertisement carries 1 to 255`);
  }
  if (addresses.some((address) => address.length !== octets)) {
    throw new ParameterError('addresses', `must have ${octets} octets each for ${family}`);
  }
  const { group, unicast } = parameters;
  if (group !== undefined && group.length !== octets)
    throw new ParameterError('group', `must have ${octets} octets for ${family}`);
  if (unicast?.peers.some(({ address }) => address.length !== octets))
    throw new ParameterError('unicast', `peers must have ${octets} octets for ${family}`);
}

function requireWhole(
  parameter: 'virtualRouterId' | 'priority' | 'downTimerAdvertisements' | 'preemptDelayNs',
  value: number,
  minimum: number,
  maximum: number,
): void {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new ParameterError(parameter, `${value} is not a whole number from ${minimum} to ${maximum}`);
  }
}
