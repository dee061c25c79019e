import { readdirSync } from 'node:fs';
import { Counter, Gauge, Registry } from 'prom-client';
import { activeDownNs, skewNs } from './rfc8347.ts';
import type { InstanceView, RouterView } from './statistics.ts';

/** Metrics of a router, in Prometheus' text format. */
export interface Metrics {
  readonly contentType: string;
  /** The metrics as they are now, one after the other; between two of them the event loop has its turn. */
  text(): Promise<string>;
}

const SECOND_NS = 1_000_000_000;
const LABELS = ['name', 'interface', 'family', 'vrid'] as const;
type Labels = Record<(typeof LABELS)[number], string>;
const STATES = ['initialize', 'backup', 'active', 'fault'] as const;

/** Counters of a virtual router: RFC 8347's leaf with underscores, and what Prometheus wants at the end. */
const COUNTERS: readonly (readonly [name: string, help: string, value: (view: InstanceView) => number])[] = [
  ['master_transitions', 'Times that it became Active', ({ statistics }) => statistics.becameActive],
  ['advertisement_rcvd', 'Advertisements that were taken', ({ statistics }) => statistics.advertisementsReceived],
  ['advertisement_sent', 'Advertisements that were sent', ({ statistics }) => statistics.advertisementsSent],
  ['interval_errors', 'Advertisements with another interval', ({ statistics }) => statistics.intervalErrors],
  [
    'priority_zero_pkts_rcvd',
    'Advertisements of priority 0 taken',
    ({ statistics }) => statistics.priorityZeroReceived,
  ],
  ['priority_zero_pkts_sent', 'Advertisements of priority 0 sent', ({ statistics }) => statistics.priorityZeroSent],
  ['invalid_type_pkts_rcvd', 'Messages of another type', ({ statistics }) => statistics.discarded.type ?? 0],
  ['address_list_errors', 'Advertisements with other addresses', ({ statistics }) => statistics.addressListErrors],
  ['packet_length_errors', 'Messages that are too short', ({ statistics }) => statistics.discarded.length ?? 0],
  ['advertisement_unsent', 'Advertisements that the kernel did not take', ({ statistics }) => statistics.unsent],
  ['announcement_sent', 'Gratuitous ARP and unsolicited NA', ({ statistics }) => statistics.announcementsSent],
  [
    'router_advertisement_sent',
    'Router Advertisements that the kernel took',
    ({ statistics }) => statistics.routerAdvertisementsSent,
  ],
];

const GAUGES: typeof COUNTERS = [
  ['priority', 'Priority that is configured', ({ configuration }) => configuration.priority],
  ['effective_priority', 'Priority with what tracking adds', ({ core }) => core.parameters.priority],
  ['is_owner', '1 where it owns the virtual addresses', ({ configuration }) => Number(configuration.priority === 255)],
  ['master_down_interval_seconds', 'Active_Down_Interval as it is now', ({ core }) => activeDownNs(core) / SECOND_NS],
  ['skew_time_seconds', 'Skew_Time as it is now', ({ core }) => skewNs(core) / SECOND_NS],
  ['up_datetime_seconds', 'When it left Initialize; 0: it is there', ({ history }) => seconds(history.upSince)],
  ['discontinuity_datetime_seconds', 'When its counters began', ({ statistics }) => seconds(statistics.since)],
];

/** Metrics of a router; `view` is asked at every reading. Loaded only where it is asked for. */
export function createMetrics(view: () => RouterView): Metrics {
  const registry = new Registry();
  const registers = [registry];

  for (const [name, help, value] of COUNTERS) {
    new Counter({
      name: `vrrp_${name}_total`,
      help,
      labelNames: LABELS,
      registers,
      collect() {
        this.reset();
        for (const one of view().instances) this.inc(labelsOf(one), value(one));
      },
    });
  }
  for (const [name, help, value] of GAUGES) {
    new Gauge({
      name: `vrrp_${name}`,
      help,
      labelNames: LABELS,
      registers,
      collect() {
        this.reset();
        for (const one of view().instances) this.set(labelsOf(one), value(one));
      },
    });
  }
  new Gauge({
    name: 'vrrp_state',
    help: '1 for the state that the virtual router is in',
    labelNames: [...LABELS, 'state'],
    registers,
    collect() {
      this.reset();
      for (const one of view().instances) {
        for (const state of STATES) this.set({ ...labelsOf(one), state }, Number(one.core.state.kind === state));
      }
    },
  });
  new Counter({
    name: 'vrrp_discarded_total',
    help: 'Messages that the receiving checks discarded',
    labelNames: [...LABELS, 'reason'],
    registers,
    collect() {
      this.reset();
      for (const one of view().instances) {
        for (const [reason, count] of Object.entries(one.statistics.discarded)) {
          this.inc({ ...labelsOf(one), reason }, count);
        }
      }
    },
  });
  registerWhole(registry, view);
  return { contentType: registry.contentType, text: () => slowly(registry) };
}

/** What is the whole process's. */
function registerWhole(registry: Registry, view: () => RouterView): void {
  const registers = [registry];
  const counters: readonly (readonly [string, string, () => number])[] = [
    ['vrrp_checksum_errors_total', 'Messages with a wrong checksum', () => view().errors.checksum],
    ['vrrp_version_errors_total', 'Messages of another version', () => view().errors.version],
    ['vrrp_vrid_errors_total', 'Messages for no virtual router of this one', () => view().errors.virtualRouterId],
    ['vrrp_ip_ttl_errors_total', 'Messages whose TTL or hop limit is not 255', () => view().errors.ttl],
    ['vrrp_truncated_total', 'Messages too short to say whom they are for', () => view().errors.truncated],
    ['process_cpu_seconds_total', 'Time of the processor', cpuSeconds],
  ];
  for (const [name, help, value] of counters) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }
  const gauges: readonly (readonly [string, string, () => number])[] = [
    ['vrrp_virtual_routers', 'Virtual routers', () => view().instances.length],
    ['process_start_time_seconds', 'When the router started', () => seconds(view().since)],
    ['process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss()],
    ['nodejs_heap_used_bytes', 'Heap in use, with what waits to be collected', () => process.memoryUsage().heapUsed],
    ['process_open_fds', 'Open file descriptors', () => readdirSync('/proc/self/fd').length],
  ];
  for (const [name, help, value] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }
}

async function slowly(registry: Registry): Promise<string> {
  const parts: string[] = [];
  for (const { name } of registry.getMetricsAsArray()) {
    parts.push(await registry.getSingleMetricAsString(name));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return `${parts.join('\n\n')}\n`;
}

function labelsOf({ configuration }: InstanceView): Labels {
  const { name, interfaceName, family, virtualRouterId } = configuration;
  return { name, interface: interfaceName, family, vrid: String(virtualRouterId) };
}

function seconds(date: Date | undefined): number {
  return date === undefined ? 0 : date.getTime() / 1000;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
