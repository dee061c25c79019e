import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import type { Context } from './context.ts';
import { intentOf } from './context.ts';
import type { Heard, RouterState } from './state.ts';
import { NEVER } from './state.ts';
import { medianGapNs } from './statistics.ts';

/** What last restarted a Backup's down timer. */
export interface Base {
  readonly kind: 'advertisement' | 'priority-zero' | 'start';
  readonly timeNs: Nanoseconds;
  /** Active_Adver_Interval from then on. */
  readonly intervalNs: number;
}

export interface Bases {
  /** The newest restart first; a second one where the newest may have crossed the takeover on the wire. */
  readonly bases: readonly Base[];
  /** The restart before the newest one. */
  readonly older?: Base;
  /** Why nothing can be counted from. */
  readonly unknown?: string;
}

const OWNER_PRIORITY = 255;
/** Frames that are closer than this may have crossed. */
const CROSSING_NS = MILLISECOND;

/** How far the measured period of a VRRPv2 router may be from its field before the measured one counts. */
const FIELD_DEVIATION = 0.25;

/**
 * Finds what a candidate's takeover at `takeoverNs` counts from: the newest frame that it heard at its own port (a tap:
 * that was seen) and that restarted its down timer, or its start where that came later.
 */
export function findBases(
  context: Context,
  router: RouterState,
  takeoverNs: Nanoseconds,
  priority: number,
  ownIntervalNs: number,
): Bases {
  const intent = intentOf(context, router);
  // The owner preempts whatever the setting (RFC 9568 §6.1), and is Active as soon as it runs (§6.4.1).
  const isOwner = priority === OWNER_PRIORITY;
  const preemptionOff = intent?.preempt === false && !isOwner;
  const accepts = (other: number) => other >= priority || preemptionOff;
  const heard = heardBy(context, router).filter((entry) => entry !== router);
  const restarts = heard.flatMap((entry) => restartsOf(context, router, entry, accepts, takeoverNs));
  // Of two at one time, a priority 0 came last: its sender says nothing after it.
  const isZero = ({ kind }: Base) => Number(kind === 'priority-zero');
  restarts.sort((a, b) => b.timeNs - a.timeNs || isZero(b) - isZero(a));

  const newest = restarts[0];
  const node = router.node === undefined ? undefined : context.nodes.get(router.node);
  const startedNs = node?.startedNs ?? NEVER;
  // While it started, frames reached its port and perhaps not its process.
  const hearsFromNs = Math.max(startedNs, node?.readyNs ?? NEVER);
  const ownNs = Math.max(router.lastNs, router.lastZeroNs);
  // One that advertises before it says that it runs is none the later for its program's start.
  const isReadyKnown = node !== undefined && node.readyNs >= startedNs;
  const runsFromNs = isReadyKnown ? Math.min(node.readyNs, takeoverNs) : takeoverNs;
  const beganNs = isOwner ? runsFromNs : startedNs;
  if (startedNs > ownNs && hearsFromNs > (newest?.timeNs ?? NEVER) && startedNs <= takeoverNs) {
    return {
      bases: [{ kind: 'start', timeNs: beganNs, intervalNs: intent?.advertisementIntervalNs ?? ownIntervalNs }],
    };
  }
  if (newest === undefined) return { bases: [], unknown: 'no frame was seen that its down timer counts from' };
  if (newest.timeNs < ownNs) {
    return { bases: [], unknown: 'it was Active itself after the last frame that its down timer could count from' };
  }
  if (intent?.preempt !== true && heard.some((entry) => entry.lastNs > newest.timeNs && !accepts(entry.lastPriority))) {
    return { bases: [], unknown: 'a router of lower priority was Active meanwhile: since when it waited is not known' };
  }
  const second = restarts[1];
  const crossed = newest.kind === 'advertisement' && takeoverNs - newest.timeNs < CROSSING_NS;
  if (second === undefined) return { bases: [newest] };
  return { bases: crossed ? [newest, second] : [newest], older: second };
}

function heardBy(context: Context, router: RouterState): readonly Heard[] {
  if (!context.vantage.ports || router.node === undefined) return router.virtualRouter.routers;
  return router.virtualRouter.hearing.get(router.node) ?? [];
}

function restartsOf(
  context: Context,
  router: RouterState,
  entry: Heard,
  accepts: (priority: number) => boolean,
  untilNs: Nanoseconds,
): Base[] {
  const intervalNs = learnedIntervalNs(router, entry);
  const bases: Base[] = [];
  const add = (kind: Base['kind'], timeNs: Nanoseconds) => {
    if (timeNs > NEVER && timeNs <= untilNs + context.vantage.resolutionNs) bases.push({ kind, timeNs, intervalNs });
  };
  if (accepts(entry.lastPriority)) add('advertisement', entry.lastNs);
  if (accepts(entry.previousPriority)) add('advertisement', entry.previousNs);
  add('priority-zero', entry.lastZeroNs);
  return bases;
}

/** The field; in version 2 the measured period, where the field is far from it (an interval rounded to seconds). */
function learnedIntervalNs(router: RouterState, entry: Heard): number {
  const sender = router.virtualRouter.routers.find(({ name }) => name === entry.name);
  if (sender === undefined || sender.version !== 2) return entry.intervalNs;
  const measuredNs = medianGapNs(sender.recorder);
  if (measuredNs === undefined) return entry.intervalNs;
  return Math.abs(measuredNs - entry.intervalNs) > FIELD_DEVIATION * entry.intervalNs ? measuredNs : entry.intervalNs;
}
