import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import type { DiscardReason } from '../vrrp/receive.ts';
import type { VirtualRouter } from '../vrrp/state.ts';

/** Counters of one virtual router; names of those that keepalived has are keepalived's. */
export interface Statistics {
  advert_rcvd: number;
  advert_sent: number;
  become_master: number;
  release_master: number;
  pri_zero_rcvd: number;
  pri_zero_sent: number;
  /** Messages that the receiving checks discarded, by reason. */
  readonly discarded: Partial<Record<DiscardReason, number>>;
  /** Advertisements that the kernel did not take: the queue was full, or the link down. */
  unsent: number;
}

/** Counters at zero. */
export function noStatistics(): Statistics {
  return {
    advert_rcvd: 0,
    advert_sent: 0,
    become_master: 0,
    release_master: 0,
    pri_zero_rcvd: 0,
    pri_zero_sent: 0,
    discarded: {},
    unsent: 0,
  };
}

const STATE_NUMBERS: Readonly<Record<VirtualRouter['state']['kind'], number>> = {
  initialize: 0,
  backup: 1,
  active: 2,
  fault: 3,
};
const SECOND_NS = 1_000_000_000;

/** One virtual router as the state that is written on a signal shows it: the shape and the numbers of keepalived. */
export function describeState(
  configuration: VirtualRouterConfiguration,
  core: VirtualRouter,
  statistics: Statistics,
): object {
  const { state, parameters } = core;
  const learnedNs = state.kind === 'backup' ? state.activeIntervalNs : parameters.advertisementIntervalNs;
  const { virtualMac } = configuration;
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
    stats: statistics,
  };
}
