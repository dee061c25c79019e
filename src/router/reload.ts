import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import type { Instance } from './instance.ts';

/** What a reload does with virtual routers. */
export interface ReloadPlan {
  /** They go on, with what is new of their configuration. */
  readonly kept: readonly (readonly [Instance, VirtualRouterConfiguration])[];
  readonly retired: readonly Instance[];
  readonly added: readonly VirtualRouterConfiguration[];
}

/** Places in the file are no difference, nor is what a running virtual router can take over. */
const NO_REASON_TO_RESTART: ReadonlySet<string> = new Set([
  'file',
  'line',
  'column',
  'priority',
  'tracking',
  'notify',
  'notifyPriorityChanges',
  'preempt',
  'preemptDelayNs',
  'initialState',
]);

/** Which virtual routers go on, which end, and which begin: one that differs by more than its priority does both. */
export function planReload(running: readonly Instance[], wanted: readonly VirtualRouterConfiguration[]): ReloadPlan {
  const kept: (readonly [Instance, VirtualRouterConfiguration])[] = [];
  const added: VirtualRouterConfiguration[] = [];
  for (const router of wanted) {
    const instance = running.find(({ configuration }) => configuration.name === router.name);
    if (instance !== undefined && isSameBeat(instance.configuration, router)) kept.push([instance, router]);
    else added.push(router);
  }
  const going = new Set(kept.map(([instance]) => instance));
  return { kept, retired: running.filter((instance) => !going.has(instance)), added };
}

/** Whether a running virtual router can go on with another configuration. The owner's rules are not the others'. */
function isSameBeat(left: VirtualRouterConfiguration, right: VirtualRouterConfiguration): boolean {
  return (left.priority === 255) === (right.priority === 255) && comparable(left) === comparable(right);
}

function comparable(router: VirtualRouterConfiguration): string {
  return JSON.stringify(router, (key, value) => (NO_REASON_TO_RESTART.has(key) ? undefined : value));
}
