import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import {
  AUTHENTICATION_OCTETS,
  RFC3768_BEHAVIOUR,
  RFC9568_BEHAVIOUR,
  SIMPLE_PASSWORD,
  type UnicastParameters,
  type VirtualRouterParameters,
  virtualRouterParameters,
} from '../vrrp/parameters.ts';
import { parseAddress, vrrpGroup } from '../wire/address.ts';

/** What the protocol core is told of a configuration: with the effective priority, and the address that it sends from. */
export function parametersOf(
  configuration: VirtualRouterConfiguration,
  priority: number,
  primaryAddress: Uint8Array,
): VirtualRouterParameters {
  const behaviour = configuration.version === 2 ? RFC3768_BEHAVIOUR : RFC9568_BEHAVIOUR;
  const { password } = configuration;
  const unicast = unicastOf(configuration);
  return virtualRouterParameters({
    virtualRouterId: configuration.virtualRouterId,
    version: configuration.version,
    family: configuration.family,
    priority,
    advertisementIntervalNs: configuration.advertisementIntervalNs,
    preempt: configuration.preempt,
    preemptDelayNs: configuration.preemptDelayNs,
    acceptMode: configuration.acceptMode,
    downTimerAdvertisements: configuration.downTimerAdvertisements,
    checkAddressList: configuration.checkAddressList,
    addresses: configuration.addresses.map(({ address }) => parseAddress(address)!),
    primaryAddress,
    alsoVersion2: configuration.alsoVersion2,
    ...(password === undefined
      ? {}
      : { authenticationType: SIMPLE_PASSWORD, authenticationData: passwordOctets(password) }),
    group: multicastGroupOf(configuration),
    ...(unicast === undefined ? {} : { unicast }),
    behaviour: {
      ...behaviour,
      immediateAssertion: configuration.immediateAssertion,
      ownerReceives: configuration.ownerIgnoresAdvertisements ? 'discard' : 'process',
      advertiseBeforeYield: configuration.advertiseBeforeYield,
    },
  });
}

/** The group that advertisements are sent to where no peers are named, in network order. */
export function multicastGroupOf({ family, group }: VirtualRouterConfiguration): Uint8Array {
  return group === undefined ? vrrpGroup(family) : parseAddress(group)!;
}

function unicastOf({ unicast }: VirtualRouterConfiguration): UnicastParameters | undefined {
  if (unicast === undefined) return undefined;
  const peers = unicast.peers.map(({ address, minimumTtl, maximumTtl }) => ({
    address: parseAddress(address)!,
    minimumTtl,
    maximumTtl,
  }));
  return { peers, checkSource: unicast.checkSource };
}

/** A password as the authentication data of version 2: filled up with zeros (RFC 2338 §5.3.10). */
export function passwordOctets(password: string): Uint8Array {
  const octets = new Uint8Array(AUTHENTICATION_OCTETS);
  octets.set(Buffer.from(password).subarray(0, AUTHENTICATION_OCTETS));
  return octets;
}

/** The virtual addresses that hosts are told of, advertised or not: 4 or 16 octets each. */
export function announcedAddresses({ addresses, excludedAddresses }: VirtualRouterConfiguration): Uint8Array[] {
  return [...addresses, ...excludedAddresses].map(({ address }) => parseAddress(address)!);
}
