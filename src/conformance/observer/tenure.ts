import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import { activeDownIntervalNs } from '../../vrrp/timers.ts';
import { noteTakeover } from '../causes/after-takeover.ts';
import { noteBurstInGap } from '../causes/bursts.ts';
import type { TenureEnd } from '../result.ts';
import { judgeAnnounced } from './announced.ts';
import { findBases } from './base.ts';
import type { Context } from './context.ts';
import { describeTenure } from './description.ts';
import { referenceTo } from './findings.ts';
import type { Message } from './message.ts';
import { closeOverlap, hasGivenWay } from './overlap.ts';
import { wins } from './precedence.ts';
import { judgeBystanders } from './preemption.ts';
import { endChallenges } from './reactions.ts';
import { endRouterAdvertising } from './router-advertisements.ts';
import type { OpenTenure, RouterState, VirtualRouterState } from './state.ts';
import { ALIVE_INTERVALS, ALIVE_SLACK_NS, isAdvertising, NEVER } from './state.ts';
import { judgeBegin } from './takeover.ts';
import { append } from './timeline.ts';
import { mixOfVersions } from './versions.ts';

/** After so many intervals without advertisement a router counts as gone, where another one advertises. */
export const GONE_AFTER_INTERVALS = 2.5;
/** Longer than any Active_Down_Interval (3 intervals and less than 1 more): a gap that no timer explains. */
const UNEXPLAINED_INTERVALS = 4.5;
/** How long a new Active router has for announcing its addresses. */
const ANNOUNCE_WITHIN_NS = 1_000 * MILLISECOND;
/** The longest Active_Down_Interval among peers is that of the lowest priority. */
const LOWEST_PRIORITY = 1;

/** A router that was not Active has advertised: why, and whether it was time. */
export function beginTenure(context: Context, router: RouterState, message: Message, timeNs: Nanoseconds): OpenTenure {
  const { virtualRouter } = router;
  for (const other of [...virtualRouter.open]) {
    if (timeNs - other.lastNs >= GONE_AFTER_INTERVALS * other.intervalNs)
      closeTenure(context, other, 'silence', router);
  }
  const bases = findBases(context, router, timeNs, message.priority, message.intervalNs);
  const alive = virtualRouter.open.filter((other) => isAdvertising(other, timeNs));
  const winner = alive.find((other) => wins(other.router, other.priority, router, message.priority));
  const displaced = alive.find((other) => !wins(other.router, other.priority, router, message.priority));
  const former = virtualRouter.lastTenure;
  const tenure: OpenTenure = {
    lastNs: timeNs,
    version: message.version === 2 ? 2 : 3,
    intervalNs: message.intervalNs,
    advertisements: 1,
    announcementDue: true,
    challenge: undefined,
    router,
    begin:
      displaced !== undefined && winner === undefined
        ? 'preemption'
        : reasonToBegin(context, router, former, bases.bases[0]?.kind === 'start', timeNs, message.intervalNs),
    firstNs: timeNs,
    firstFrame: referenceTo(context.record),
    priority: message.priority,
    silentAfterNs: silentAfter(message),
    versionSinceNs: timeNs,
    otherVersionCount: 0,
    otherVersionNs: NEVER,
    end: 'still-active',
    priorityZeroNs: undefined,
    takeover: undefined,
    learning: undefined,
    intervals: [{ sinceNs: timeNs, intervalNs: message.intervalNs }],
    from: displaced ?? winner ?? former,
    by: undefined,
    announced: new Set(),
    announceDueNs: timeNs + ANNOUNCE_WITHIN_NS,
    newestLosing: undefined,
    overlap: undefined,
  };
  virtualRouter.open.push(tenure);
  router.tenure = tenure;
  router.gapsToSkip = 0;
  router.version = tenure.version;
  if (tenure.begin === 'since-before') tenure.announcementDue = false;
  judgeBegin(context, tenure, bases, winner?.router, displaced);
  noteTakeover(context, tenure);
  if (router.formerTenure?.end === 'silence') noteBurstInGap(router, router.formerTenure, timeNs);
  return tenure;
}

function reasonToBegin(
  context: Context,
  router: RouterState,
  former: OpenTenure | undefined,
  sinceStart: boolean,
  timeNs: Nanoseconds,
  intervalNs: number,
): OpenTenure['begin'] {
  if (sinceStart) return 'startup';
  if (former === undefined) {
    const watchedNs = timeNs - router.virtualRouter.lan.firstFrameNs;
    return watchedNs > ALIVE_INTERVALS * intervalNs ? 'startup' : 'since-before';
  }
  if (former.end === 'unknown') return 'since-before';
  const explained =
    timeNs - (former.priorityZeroNs ?? former.lastNs) <= UNEXPLAINED_INTERVALS * former.intervalNs + 1e9;
  if (former.router === router) return former.end === 'priority-zero' || context.nodes.known ? 'startup' : 'unknown';
  if (!explained && !context.vantage.ports) return former.end === 'priority-zero' ? 'startup' : 'takeover';
  return former.end === 'priority-zero' ? 'priority-zero' : 'takeover';
}

/** How long a router that sends this may be silent before none of its peers would still wait for it. */
export function silentAfter(message: Message): number {
  const version = message.version === 2 ? 2 : 3;
  return activeDownIntervalNs(version, LOWEST_PRIORITY, message.intervalNs) + 100 * MILLISECOND;
}

/** Preempted by a router that came later, or gave way to one that was there. */
export function howItGaveWay(loser: OpenTenure, winner: OpenTenure | undefined): TenureEnd {
  const preempted = winner === undefined || (winner.firstNs > loser.firstNs && winner.begin !== 'takeover');
  return preempted ? 'preempted' : 'yielded';
}

/**
 * Ends a tenure; what was left open about it is judged. Those that had given way to its router end with it, so one that
 * a caller is about to end may have ended already: then nothing happens.
 */
export function closeTenure(context: Context, tenure: OpenTenure, end: TenureEnd, by?: RouterState): void {
  const { router } = tenure;
  const { virtualRouter } = router;
  if (router.tenure !== tenure) return;
  tenure.end = end;
  tenure.by = by;
  if (context.vantage.ports) endChallenges(context, tenure);
  endRouterAdvertising(context, tenure);
  virtualRouter.open.splice(virtualRouter.open.indexOf(tenure), 1);
  router.tenure = undefined;
  router.formerTenure = tenure;
  noteOddVersions(tenure);
  const { lastTenure } = virtualRouter;
  if (lastTenure === undefined || endOf(tenure) >= endOf(lastTenure)) virtualRouter.lastTenure = tenure;
  closeOverlap(context, tenure, end === 'preempted' || end === 'yielded');
  for (const other of [...virtualRouter.open]) {
    if (other.overlap?.winner !== router) continue;
    if (hasGivenWay(context, other)) closeTenure(context, other, howItGaveWay(other, tenure), router);
    else closeOverlap(context, other, false);
  }
  if (context.nodes.known) judgeBystanders(context, tenure, tenure.lastNs);
  append(virtualRouter.timeline, describeTenure(context, tenure));
}

function noteOddVersions(tenure: OpenTenure): void {
  const { router, version, advertisements: count, otherVersionCount: otherCount } = tenure;
  if (mixOfVersions(tenure) === 'different-rates') router.oddVersions = { version, count, otherCount };
}

function endOf(tenure: OpenTenure): Nanoseconds {
  return tenure.priorityZeroNs ?? tenure.lastNs;
}

/** The wall clock was stepped: nothing before can be compared with anything after. */
export function splitTimeline(context: Context, virtualRouter: VirtualRouterState): void {
  for (const tenure of [...virtualRouter.open]) closeTenure(context, tenure, 'unknown');
  for (const router of virtualRouter.routers) {
    router.lastNs = NEVER;
    router.previousNs = NEVER;
    router.lastZeroNs = NEVER;
  }
  virtualRouter.hearing.clear();
  virtualRouter.early.clear();
}

/** The capture is over: a router that was silent for longer than a peer would wait is gone. */
export function endHistory(context: Context, virtualRouter: VirtualRouterState, endNs: Nanoseconds): void {
  for (const tenure of [...virtualRouter.open]) {
    if (tenure.announcementDue && endNs >= tenure.announceDueNs) judgeAnnounced(context, tenure);
    const overlap = tenure.overlap;
    const silentNs = endNs - tenure.lastNs;
    // What a loser heard is known at its port alone.
    const hasYielded = context.vantage.ports && hasGivenWay(context, tenure);
    const isOverdue = silentNs > ALIVE_INTERVALS * tenure.intervalNs + ALIVE_SLACK_NS;
    if (overlap !== undefined && (hasYielded || isOverdue)) {
      closeTenure(context, tenure, howItGaveWay(tenure, overlap.winner.tenure), overlap.winner);
    } else {
      closeTenure(context, tenure, silentNs > tenure.silentAfterNs ? 'silence' : 'still-active');
    }
  }
}
