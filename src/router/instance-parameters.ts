import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import {
  RFC3768_BEHAVIOUR,
  RFC9568_BEHAVIOUR,
  type VirtualRouterParameters,
  virtualRouterParameters,
} from '../vrrp/parameters.ts';
import { parseAddress } from '../wire/address.ts';

/** What the protocol core is told of a configuration: with the effective priority, and the address that it sends from. */
export function parametersOf(
  configuration: VirtualRouterConfiguration,
  priority: number,
  primaryAddress: Uint8Array,
): VirtualRouterParameters {
  const behaviour = configuration.version === 2 ? RFC3768_BEHAVIOUR : RFC9568_BEHAVIOUR;
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
    behaviour: { ...behaviour, immediateAssertion: configuration.immediateAssertion },
  });
}
