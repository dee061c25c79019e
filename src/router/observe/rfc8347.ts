import type { TransitionReason, VirtualRouter } from '../../vrrp/state.ts';
import { activeDownIntervalNs, skewTimeNs } from '../../vrrp/timers.ts';
import { addressText } from '../teller.ts';
import type { InstanceView, ProtocolErrors, RouterView, Statistics } from './statistics.ts';

const CENTISECOND_NS = 10_000_000;
const SECOND_NS = 1_000_000_000;
const MICROSECOND_NS = 1000;

/** A counter of 64 bits: RFC 7951 §6.1 writes it as text. */
type Counter64 = string;

const STATES: Readonly<Record<VirtualRouter['state']['kind'], string>> = {
  initialize: 'initialize',
  backup: 'backup',
  active: 'master',
  // RFC 8347 knows no fault: the router is out of the election, as it is before the startup.
  fault: 'initialize',
};

const EVENTS: Readonly<Record<TransitionReason, string>> = {
  startup: 'startup',
  owner: 'owner-preempt',
  shutdown: 'shutdown',
  'higher-priority': 'higher-priority-backup',
  'greater-address': 'higher-priority-backup',
  silence: 'master-timeout',
  'priority-zero': 'master-timeout',
  preemption: 'lower-priority-master',
  'interface-lost': 'interface-down',
  tracking: 'none',
  'fault-ended': 'interface-up',
  group: 'none',
};

/**
 * The router's operational state as instance data of RFC 8347's YANG model ietf-vrrp, in JSON by RFC 7951. What the
 * model has no leaf for is in members that begin with `vrrpbench:`.
 */
export function rfc8347Document({ instances, errors, since }: RouterView): object {
  const names = [...new Set(instances.map(({ configuration }) => configuration.interfaceName))];
  return {
    'ietf-interfaces:interfaces': { interface: names.map((name) => interfaceNode(name, instances)) },
    'ietf-vrrp:vrrp': {
      'virtual-routers': instances.length,
      interfaces: names.length,
      statistics: globalStatistics(errors, since),
    },
  };
}

function interfaceNode(name: string, instances: readonly InstanceView[]): object {
  const own = instances.filter(({ configuration }) => configuration.interfaceName === name);
  const node: Record<string, unknown> = { name };
  for (const family of ['ipv4', 'ipv6'] as const) {
    const list = own.filter(({ configuration }) => configuration.family === family);
    if (list.length > 0) node[`ietf-ip:${family}`] = { 'ietf-vrrp:vrrp': { 'vrrp-instance': list.map(instanceNode) } };
  }
  return node;
}

function instanceNode(view: InstanceView): object {
  const { configuration, core, history } = view;
  const { parameters } = core;
  const { upSince, lastSource, lastReason, activeReason } = history;
  return {
    vrid: configuration.virtualRouterId,
    version: `vrrp-v${configuration.version}`,
    preempt: { enabled: parameters.preempt, 'hold-time': Math.floor(parameters.preemptDelayNs / SECOND_NS) },
    // The leaf ends at 254; the owner's priority is what is-owner says.
    ...(configuration.priority > 254 ? {} : { priority: configuration.priority }),
    ...(configuration.version === 3 ? { 'accept-mode': parameters.acceptMode } : {}),
    ...intervalLeaf(view),
    [`virtual-${configuration.family}-addresses`]: {
      [`virtual-${configuration.family}-address`]: configuration.addresses.map(({ address }) => ({
        [`${configuration.family}-address`]: address,
      })),
    },
    state: STATES[core.state.kind],
    'is-owner': configuration.priority > 254,
    ...(lastSource === undefined ? {} : { 'last-adv-source': addressText(lastSource) }),
    ...(upSince === undefined ? {} : { 'up-datetime': upSince.toISOString() }),
    'master-down-interval': Math.round(activeDownNs(core) / CENTISECOND_NS),
    'skew-time': Math.round(skewNs(core) / MICROSECOND_NS),
    'last-event': `vrrp-event-${lastReason === undefined ? 'none' : EVENTS[lastReason]}`,
    'new-master-reason': newMasterReason(activeReason),
    statistics: instanceStatistics(view.statistics),
    'vrrpbench:name': configuration.name,
    'vrrpbench:state': core.state.kind,
    'vrrpbench:effective-priority': parameters.priority,
  };
}

function intervalLeaf({ configuration }: InstanceView): object {
  const { version, advertisementIntervalNs } = configuration;
  return version === 2
    ? { 'advertise-interval-sec': advertisementIntervalNs / SECOND_NS }
    : { 'advertise-interval-centi-sec': advertisementIntervalNs / CENTISECOND_NS };
}

/** The interval that it counts with now: learned where it is Backup. */
function intervalNs({ state, parameters }: VirtualRouter): number {
  return state.kind === 'backup' ? state.activeIntervalNs : parameters.advertisementIntervalNs;
}

/** Skew_Time as it is now, in nanoseconds. */
export function skewNs(core: VirtualRouter): number {
  const { version, priority, skewRounding } = core.parameters;
  return skewTimeNs(version, priority, intervalNs(core), skewRounding);
}

/** Active_Down_Interval as it is now, in nanoseconds. */
export function activeDownNs(core: VirtualRouter): number {
  const { version, priority, skewRounding, downTimerAdvertisements } = core.parameters;
  return activeDownIntervalNs(version, priority, intervalNs(core), skewRounding, downTimerAdvertisements);
}

function newMasterReason(reason: TransitionReason | undefined): string {
  if (reason === undefined) return 'not-master';
  if (reason === 'silence') return 'no-response';
  return reason === 'preemption' ? 'preempted' : 'priority';
}

function instanceStatistics(statistics: Statistics): object {
  const { discarded } = statistics;
  return {
    'discontinuity-datetime': statistics.since.toISOString(),
    'master-transitions': statistics.becameActive,
    'advertisement-rcvd': counter(statistics.advertisementsReceived),
    'advertisement-sent': counter(statistics.advertisementsSent),
    'interval-errors': counter(statistics.intervalErrors),
    'priority-zero-pkts-rcvd': counter(statistics.priorityZeroReceived),
    'priority-zero-pkts-sent': counter(statistics.priorityZeroSent),
    'invalid-type-pkts-rcvd': counter(discarded.type),
    'address-list-errors': counter(statistics.addressListErrors),
    'packet-length-errors': counter(discarded.length),
    'vrrpbench:advertisement-unsent': counter(statistics.unsent),
    'vrrpbench:announcement-sent': counter(statistics.announcementsSent),
    'vrrpbench:router-advertisement-sent': counter(statistics.routerAdvertisementsSent),
    'vrrpbench:discarded': Object.fromEntries(
      Object.entries(discarded).map(([reason, count]) => [reason, counter(count)]),
    ),
  };
}

function globalStatistics(errors: ProtocolErrors, since: Date): object {
  return {
    'discontinuity-datetime': since.toISOString(),
    'checksum-errors': counter(errors.checksum),
    'version-errors': counter(errors.version),
    'vrid-errors': counter(errors.virtualRouterId),
    'ip-ttl-errors': counter(errors.ttl),
    'vrrpbench:truncated': counter(errors.truncated),
  };
}

function counter(value = 0): Counter64 {
  return String(value);
}
