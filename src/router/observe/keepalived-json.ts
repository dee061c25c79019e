import type { VirtualRouter } from '../../vrrp/state.ts';
import type { InstanceView } from './statistics.ts';

const STATE_NUMBERS: Readonly<Record<VirtualRouter['state']['kind'], number>> = {
  initialize: 0,
  backup: 1,
  active: 2,
  fault: 3,
};
const SECOND_NS = 1_000_000_000;

/** One virtual router in the shape of keepalived's JSON: its names and its numbers, and more of our own. */
export function keepalivedJson({ configuration, core, statistics }: InstanceView): object {
  const { state, parameters } = core;
  const learnedNs = state.kind === 'backup' ? state.activeIntervalNs : parameters.advertisementIntervalNs;
  const { virtualMac } = configuration;
  const { discarded } = statistics;
  return {
    data: {
      iname: configuration.name,
      vrid: configuration.virtualRouterId,
      version: configuration.version,
      family: configuration.family,
      ifp_ifname: configuration.interfaceName,
      ...(virtualMac === undefined ? {} : { vmac_ifname: virtualMac.interfaceName, vmac: virtualMac.macAddress }),
      state: STATE_NUMBERS[state.kind],
      state_name: state.kind,
      base_priority: configuration.priority,
      effective_priority: parameters.priority,
      adver_int: parameters.advertisementIntervalNs / SECOND_NS,
      master_adver_int: learnedNs / SECOND_NS,
      nopreempt: !parameters.preempt,
      accept: parameters.acceptMode,
      vips: configuration.addresses.map(({ address }) => address),
      evips: configuration.excludedAddresses.map(({ address }) => address),
    },
    stats: {
      advert_rcvd: statistics.advertisementsReceived,
      advert_sent: statistics.advertisementsSent,
      become_master: statistics.becameActive,
      release_master: statistics.ceasedActive,
      packet_len_err: discarded.length ?? 0,
      advert_interval_err: statistics.intervalErrors,
      ip_ttl_err: discarded.ttl ?? 0,
      invalid_type_rcvd: discarded.type ?? 0,
      addr_list_err: statistics.addressListErrors,
      invalid_authtype: 0,
      authtype_mismatch: discarded['authentication-type'] ?? 0,
      auth_failure: discarded['authentication-data'] ?? 0,
      pri_zero_rcvd: statistics.priorityZeroReceived,
      pri_zero_sent: statistics.priorityZeroSent,
      discarded,
      unsent: statistics.unsent,
      router_advert_sent: statistics.routerAdvertisementsSent,
    },
  };
}
