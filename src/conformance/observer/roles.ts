import type { Nanoseconds } from '../../capture/time.ts';
import type { Role } from '../rules/rule.ts';
import type { Context } from './context.ts';
import { AFTERMATH_NS } from './nodes.ts';
import type { VirtualRouterState } from './state.ts';
import { NEVER } from './state.ts';

/** What a router's node is for a virtual router now; frames that are still under way make it unknown for a moment. */
export function roleOf(context: Context, virtualRouter: VirtualRouterState, node: string, timeNs: Nanoseconds): Role {
  const { nodes } = context;
  if (nodes.known && nodes.isDown(node, timeNs)) return 'down';
  if (nodes.get(node)?.frozen === true) return 'unknown';
  const router = virtualRouter.routers.find((one) => one.node === node);
  if (router?.tenure !== undefined) return 'active';
  if (router !== undefined && timeNs - Math.max(router.lastNs, router.lastZeroNs) < AFTERMATH_NS) return 'unknown';
  if (!nodes.known) return 'backup';
  const state = nodes.get(node);
  if (state === undefined || state.startedNs === NEVER) return 'down';
  if (state.stoppingNs > state.startedNs) return timeNs > state.stoppingNs + AFTERMATH_NS ? 'down' : 'unknown';
  return state.downNs > state.startedNs ? 'unknown' : 'backup';
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
  return router !== undefined && router.lastNs > startedNs;
}
