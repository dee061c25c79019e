import { Counter, Gauge, Registry } from 'prom-client';
import type { Nanoseconds } from '../capture/time.ts';
import type { Observer } from '../conformance/observer/api.ts';
import type { VirtualRouterKey } from '../conformance/result.ts';
import { keyText, type WatchView } from './watch-view.ts';

/** What the metrics are read from. */
export interface WatchSource {
  readonly observer: Observer;
  readonly view: WatchView;
  readonly now: () => Nanoseconds;
  readonly received: () => { readonly received: number; readonly dropped: number };
}

const LABELS = ['lan', 'vrid', 'family'] as const;
const SECOND_NS = 1e9;

function labelsOf({ lan, virtualRouterId, family }: VirtualRouterKey): Record<(typeof LABELS)[number], string> {
  return { lan, vrid: String(virtualRouterId), family };
}

/** Metrics of what is watched, read anew at every scrape; as many as the observer remembers virtual routers. */
export function createWatchMetrics({ observer, view, now, received }: WatchSource): Registry {
  const registry = new Registry();
  const registers = [registry];
  const keys = () => observer.virtualRouters();

  new Gauge({
    name: 'vrrp_active_routers',
    help: 'Routers that are Active for a virtual router: 1 is right',
    labelNames: LABELS,
    registers,
    collect() {
      this.reset();
      for (const key of keys()) this.set(labelsOf(key), observer.activeRouters(key, now()).length);
    },
  });
  new Gauge({
    name: 'vrrp_active_info',
    help: '1 for each Active router',
    labelNames: [...LABELS, 'router', 'priority'] as const,
    registers,
    collect() {
      this.reset();
      for (const key of keys()) {
        for (const { router, priority } of observer.activeRouters(key, now())) {
          this.set({ ...labelsOf(key), router, priority: String(priority) }, 1);
        }
      }
    },
  });
  new Gauge({
    name: 'vrrp_advertisement_age_seconds',
    help: 'Since the newest advertisement of the Active router',
    labelNames: LABELS,
    registers,
    collect() {
      this.reset();
      for (const key of keys()) {
        const [active] = observer.activeRouters(key, now());
        if (active !== undefined) this.set(labelsOf(key), (now() - active.lastNs) / SECOND_NS);
      }
    },
  });
  new Gauge({
    name: 'vrrp_advertisement_interval_seconds',
    help: 'What the Active router advertises',
    labelNames: LABELS,
    registers,
    collect() {
      this.reset();
      for (const key of keys()) {
        const [active] = observer.activeRouters(key, now());
        if (active !== undefined) this.set(labelsOf(key), active.advertisedIntervalNs / SECOND_NS);
      }
    },
  });
  new Counter({
    name: 'vrrp_active_changes_total',
    help: 'Changes of who is Active',
    labelNames: LABELS,
    registers,
    collect() {
      this.reset();
      for (const key of keys()) this.inc(labelsOf(key), view.changes.get(keyText(key)) ?? 0);
    },
  });
  new Counter({
    name: 'vrrp_findings_total',
    help: 'How often a requirement was broken, or was worth telling',
    labelNames: ['requirement', 'verdict'] as const,
    registers,
    collect() {
      this.reset();
      for (const { requirement, verdict, count } of observer.findings()) this.inc({ requirement, verdict }, count);
    },
  });
  const counters: readonly (readonly [string, string, () => number])[] = [
    ['vrrp_frames_received_total', 'Frames that the kernel handed over', () => received().received],
    ['vrrp_frames_lost_total', 'Frames that the kernel had no room for', () => received().dropped],
    ['vrrp_advertisements_total', 'Advertisements that may be believed', () => observer.counts().advertisements],
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
  return registry;
}
