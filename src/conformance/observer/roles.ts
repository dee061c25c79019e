import type { Nanoseconds } from '../../capture/time.ts';
import { DOWN_TIMER_ADVERTISEMENTS } from '../../vrrp/timers.ts';
import type { Role } from '../rules/rule.ts';
import { findBases } from './base.ts';
import type { Context } from './context.ts';
import { intentOf } from './context.ts';
import { hasGivenWay } from './overlap.ts';
import type { RouterState, VirtualRouterState } from './state.ts';
import { isAdvertising, NEVER, newestOf } from './state.ts';
import { inFlightNs, takeoverWindow } from './timing.ts';

/** What a router's node is for a virtual router now; frames that are still under way make it unknown for a moment. */
export function roleOf(context: Context, virtualRouter: VirtualRouterState, node: string, timeNs: Nanoseconds): Role {
  const { nodes } = context;
  if (nodes.known && nodes.isDown(node, timeNs)) return 'down';
  if (nodes.get(node)?.frozen === true) return 'unknown';
  const router = virtualRouter.routers.find((one) => one.node === node);
  if (router !== undefined) {
    const { tenure } = router;
    const hasYielded = tenure !== undefined && hasGivenWay(context, tenure);
    if (tenure !== undefined && !hasYielded) return isAdvertising(tenure, timeNs) ? 'active' : 'unknown';
    if (nodes.isUnderWay(gaveUpNs(router), timeNs)) return 'unknown';
  }
  if (!nodes.known) return 'backup';
  const state = nodes.get(node);
  if (state === undefined || state.startedNs === NEVER) return 'down';
  if (state.stoppingNs > state.startedNs) return nodes.isUnderWay(state.stoppingNs, timeNs) ? 'unknown' : 'down';
  return state.downNs > state.startedNs ? 'unknown' : 'backup';
}

/**
 * What a router is at a tap, where no port and no event tells: Backup while another one is Active, and while its timer
 * runs that this one's last advertisement restarted; and for long enough that nothing of its own can be under way any more.
 * When that timer has run out, a silent router may be about to take over.
 */
export function roleAtTap(
  context: Context,
  virtualRouter: VirtualRouterState,
  router: RouterState,
  timeNs: Nanoseconds,
): Role {
  const { tenure } = router;
  if (tenure !== undefined && !hasGivenWay(context, tenure)) return 'active';
  const other = virtualRouter.open.find((open) => open.router !== router && isAdvertising(open, timeNs));
  if (other === undefined && timeNs >= takesOverNs(context, router, timeNs)) return 'unknown';
  return context.nodes.isUnderWay(gaveUpNs(router), timeNs) ? 'unknown' : 'backup';
}

/** Until when a router that is Active no more may have taken itself for it: it advertised, or had not heard its better. */
function gaveUpNs(router: RouterState): Nanoseconds {
  return Math.max(newestOf(router), router.tenure?.overlap?.heardNs ?? NEVER);
}

/** When a node last had a reason to send as the Active router: what it sent shortly after may have been under way. */
export function lastActedNs({ nodes }: Context, virtualRouter: VirtualRouterState, name: string): Nanoseconds {
  const router = virtualRouter.routers.find((one) => one.name === name);
  const { downNs = NEVER, stoppingNs = NEVER } = nodes.get(router?.node ?? name) ?? {};
  return Math.max(router === undefined ? NEVER : gaveUpNs(router), downNs, stoppingNs);
}

/** When the timer of a Backup runs out at the earliest (RFC 9568 §6.4.2); NEVER where nothing tells. */
function takesOverNs(context: Context, router: RouterState, nowNs: Nanoseconds): Nanoseconds {
  const { version, lastPriority: priority, intervalNs: ownIntervalNs } = router;
  const advertisements = intentOf(context, router)?.downTimerAdvertisements ?? DOWN_TIMER_ADVERTISEMENTS;
  const { bases } = findBases(context, router, nowNs, priority, ownIntervalNs);
  if (bases.length === 0) return NEVER;
  const ends = bases.map(({ kind, timeNs, intervalNs }) => {
    const waits = kind === 'priority-zero' ? 0 : advertisements;
    return timeNs + takeoverWindow({ version, priority, intervalNs, advertisements: waits }).minimumNs;
  });
  return Math.min(...ends) - inFlightNs(context.vantage);
}

/** The router whose primary address this is; a virtual address is nobody's in particular. */
export function routerWithAddress(virtualRouter: VirtualRouterState, address: string): RouterState | undefined {
  if (virtualRouter.addressSet.has(address)) return undefined;
  return virtualRouter.routers.find(({ sourceAddress }) => sourceAddress === address);
}

/** Whether a node has advertised since it was last started; undefined where no event says when that was. */
export function advertisedSinceStart(
  context: Context,
  virtualRouter: VirtualRouterState,
  node: string,
): boolean | undefined {
  const startedNs = context.nodes.get(node)?.startedNs ?? NEVER;
  if (startedNs === NEVER) return undefined;
  const router = virtualRouter.routers.find((one) => one.node === node);
  // In virtual time an owner advertises at the very moment of its start.
  return router !== undefined && router.lastNs >= startedNs;
}
