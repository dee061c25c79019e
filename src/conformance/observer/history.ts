import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import { activeDownIntervalNs } from '../../vrrp/timers.ts';
import type { TenureEnd } from '../result.ts';
import { findBases } from './base.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import { describeTenure } from './description.ts';
import { referenceTo } from './findings.ts';
import type { Message } from './message.ts';
import { closeOverlap, followOverlaps, hasGivenWay } from './overlap.ts';
import { wins } from './precedence.ts';
import { judgeBystanders } from './preemption.ts';
import { followShutdown, judgeIdleZero } from './shutdown.ts';
import type { Heard, OpenTenure, RouterState, VirtualRouterState } from './state.ts';
import { ALIVE_INTERVALS, ALIVE_SLACK_NS, isAdvertising, NEVER } from './state.ts';
import { recordAnotherGap, recordGap } from './statistics.ts';
import { judgeBegin } from './takeover.ts';
import { append } from './timeline.ts';

/** Advertisements of two routers that are closer than this answer each other: their gaps are no periods. */
const NEAR_NS = 10 * MILLISECOND;
/** After so many intervals without advertisement a router counts as gone, where another one advertises. */
const GONE_AFTER_INTERVALS = 2.5;
/** Longer than any Active_Down_Interval (3 intervals and less than 1 more): a gap that no timer explains. */
const UNEXPLAINED_INTERVALS = 4.5;
/** How long a new Active router has for announcing its addresses. */
const ANNOUNCE_WITHIN_NS = 1_000 * MILLISECOND;
/** The longest Active_Down_Interval among peers is that of the lowest priority. */
const LOWEST_PRIORITY = 1;

/**
 * Takes an advertisement that may be believed into the history of its virtual router. `repeated` says that it is the
 * router's newest message once more: then nothing but times and counts can have changed, and nothing else is touched.
 */
export function takeAdvertisement(
  context: Context,
  router: RouterState,
  message: Message,
  timeNs: Nanoseconds,
  repeated: boolean,
): void {
  const { virtualRouter } = router;
  router.advertisements++;
  if (virtualRouter.lastSpeaker !== router) noteForeign(virtualRouter, router, timeNs);
  if (router.shutdown !== undefined) followShutdown(context, router.shutdown, message.priority);
  if (message.priority === 0) {
    takePriorityZero(context, router, timeNs);
    return;
  }
  let { tenure } = router;
  if (tenure !== undefined && isOver(context, tenure, timeNs)) {
    closeInterrupted(context, tenure);
    tenure = undefined;
  }
  if (tenure === undefined) tenure = beginTenure(context, router, message, timeNs);
  else continueTenure(tenure, router, message, timeNs, repeated);

  router.previousNs = router.lastNs;
  router.previousPriority = router.lastPriority;
  router.lastNs = timeNs;
  router.lastPriority = message.priority;
  if (!repeated) router.intervalNs = message.intervalNs;

  if (virtualRouter.open.length > 1) followElection(context, tenure, timeNs);
  if (tenure.announcementDue && timeNs >= tenure.announceDueNs) judgeAnnounced(context, tenure);
}

/**
 * The shortest way, which nearly every advertisement takes: the only Active router says what it said before, in time.
 * Returns false, having done nothing, where there is more to look at. The message must have a priority other than 0.
 */
export function continueSteadily(context: Context, router: RouterState, version: number): boolean {
  const { tenure, virtualRouter, recorder } = router;
  if (tenure === undefined || virtualRouter.lastSpeaker !== router || virtualRouter.open.length !== 1) return false;
  if (router.skipGap || router.shutdown !== undefined || tenure.announcementDue) return false;
  if (tenure.version !== version || tenure.advertisements < 2 || recorder.count === 0) return false;
  // The time is read here, because a number that is no integer would be allocated to be handed over.
  const { timeNs } = context.record;
  const previousNs = router.lastNs;
  const gapNs = timeNs - previousNs;
  if (!(gapNs > 0 && gapNs <= tenure.silentAfterNs)) return false;
  recordAnotherGap(recorder, gapNs);
  router.advertisements++;
  router.previousNs = previousNs;
  router.previousPriority = router.lastPriority;
  router.lastNs = timeNs;
  tenure.lastNs = timeNs;
  tenure.advertisements++;
  return true;
}

/** Whether what its router sends now is a tenure of its own: after a silence, or after it gave way to one that is gone. */
function isOver(context: Context, tenure: OpenTenure, timeNs: Nanoseconds): boolean {
  if (timeNs - tenure.lastNs > tenure.silentAfterNs) return true;
  if (tenure.overlap === undefined || !hasGivenWay(context, tenure)) return false;
  const winner = tenure.overlap.winner.tenure;
  return winner === undefined || timeNs - winner.lastNs > GONE_AFTER_INTERVALS * winner.intervalNs;
}

function closeInterrupted(context: Context, tenure: OpenTenure): void {
  const { overlap } = tenure;
  if (overlap === undefined || !hasGivenWay(context, tenure)) closeTenure(context, tenure, 'silence');
  else closeTenure(context, tenure, howItGaveWay(tenure, overlap.winner.tenure), overlap.winner);
}

/** Preempted by a router that came later, or gave way to one that was there. */
function howItGaveWay(loser: OpenTenure, winner: OpenTenure | undefined): TenureEnd {
  const preempted = winner === undefined || (winner.firstNs > loser.firstNs && winner.begin !== 'takeover');
  return preempted ? 'preempted' : 'yielded';
}

/** When a router last advertised, whatever its priority. */
export function newestOf(router: Heard): Nanoseconds {
  return Math.max(router.lastNs, router.lastZeroNs);
}

function noteForeign(virtualRouter: VirtualRouterState, router: RouterState, timeNs: Nanoseconds): void {
  const { lastSpeaker } = virtualRouter;
  if (lastSpeaker !== undefined && timeNs - newestOf(lastSpeaker) <= NEAR_NS) {
    lastSpeaker.skipGap = true;
    router.skipGap = true;
  }
  virtualRouter.lastSpeaker = router;
}

function continueTenure(
  tenure: OpenTenure,
  router: RouterState,
  message: Message,
  timeNs: Nanoseconds,
  repeated: boolean,
): void {
  // A router that speaks both versions sends one of each every interval.
  if (message.version !== tenure.version) return;
  const gapNs = timeNs - tenure.lastNs;
  if (tenure.advertisements > 1 && !router.skipGap && gapNs > 0) recordGap(router.recorder, gapNs, message.intervalNs);
  router.skipGap = false;
  tenure.lastNs = timeNs;
  tenure.advertisements++;
  if (repeated) return;
  tenure.priority = message.priority;
  if (tenure.intervalNs !== message.intervalNs) setInterval(tenure, message);
}

function setInterval(tenure: OpenTenure, message: Message): void {
  tenure.intervalNs = message.intervalNs;
  tenure.silentAfterNs = silentAfter(message);
}

function silentAfter(message: Message): number {
  const version = message.version === 2 ? 2 : 3;
  return activeDownIntervalNs(version, LOWEST_PRIORITY, message.intervalNs) + 100 * MILLISECOND;
}

function takePriorityZero(context: Context, router: RouterState, timeNs: Nanoseconds): void {
  router.zeroCount++;
  router.lastZeroNs = timeNs;
  const { tenure } = router;
  if (tenure === undefined) {
    if (router.shutdown === undefined) judgeIdleZero(context, router);
    return;
  }
  tenure.priorityZeroNs = timeNs;
  closeTenure(context, tenure, 'priority-zero');
}

/** Ends a tenure; what was left open about it is judged. */
export function closeTenure(context: Context, tenure: OpenTenure, end: TenureEnd, by?: RouterState): void {
  const { router } = tenure;
  const { virtualRouter } = router;
  tenure.end = end;
  tenure.by = by;
  virtualRouter.open.splice(virtualRouter.open.indexOf(tenure), 1);
  router.tenure = undefined;
  router.formerTenure = tenure;
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

function endOf(tenure: OpenTenure): Nanoseconds {
  return tenure.priorityZeroNs ?? tenure.lastNs;
}

function beginTenure(context: Context, router: RouterState, message: Message, timeNs: Nanoseconds): OpenTenure {
  const { virtualRouter } = router;
  for (const other of [...virtualRouter.open]) {
    if (timeNs - other.lastNs >= GONE_AFTER_INTERVALS * other.intervalNs)
      closeTenure(context, other, 'silence', router);
  }
  const { bases, unknown } = findBases(context, router, timeNs, message.priority, message.intervalNs);
  const alive = virtualRouter.open.filter((other) => isAdvertising(other, timeNs));
  const winner = alive.find((other) => wins(other.router, other.priority, router, message.priority));
  const displaced = alive.find((other) => !wins(other.router, other.priority, router, message.priority));
  const former = virtualRouter.lastTenure;
  const tenure: OpenTenure = {
    router,
    begin:
      displaced !== undefined && winner === undefined
        ? 'preemption'
        : reasonToBegin(context, router, former, bases[0]?.kind === 'start', timeNs, message.intervalNs),
    firstNs: timeNs,
    firstFrame: referenceTo(context.record),
    lastNs: timeNs,
    priority: message.priority,
    version: message.version === 2 ? 2 : 3,
    intervalNs: message.intervalNs,
    silentAfterNs: silentAfter(message),
    advertisements: 1,
    end: 'still-active',
    priorityZeroNs: undefined,
    takeover: undefined,
    from: displaced ?? winner ?? former,
    by: undefined,
    announced: new Set(),
    announcementDue: true,
    announceDueNs: timeNs + ANNOUNCE_WITHIN_NS,
    overlap: undefined,
  };
  virtualRouter.open.push(tenure);
  router.tenure = tenure;
  router.skipGap = false;
  router.version = tenure.version;
  if (tenure.begin === 'since-before') tenure.announcementDue = false;
  judgeBegin(context, tenure, bases, unknown, winner?.router, displaced);
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

/** Two or more are open: closes those that are gone or gave way, and follows the others. */
function followElection(context: Context, tenure: OpenTenure, timeNs: Nanoseconds): void {
  const { open } = tenure.router.virtualRouter;
  for (let index = open.length - 1; index >= 0; index--) {
    const other = open[index]!;
    if (other === tenure) continue;
    const silentNs = timeNs - other.lastNs;
    const won = wins(tenure.router, tenure.priority, other.router, other.priority);
    if (won && silentNs > GONE_AFTER_INTERVALS * other.intervalNs) {
      closeTenure(context, other, howItGaveWay(other, tenure), tenure.router);
    } else if (silentNs > other.silentAfterNs) {
      closeTenure(context, other, 'silence', tenure.router);
    } else if (won) {
      followOverlaps(context, tenure, other, tenure, timeNs);
    } else {
      followOverlaps(context, other, tenure, tenure, timeNs);
    }
  }
}

/** The time for announcing is over. */
export function judgeAnnounced(context: Context, tenure: OpenTenure): void {
  tenure.announcementDue = false;
  const resumed = howItResumed(context, tenure);
  if (resumed === 'known') return;
  const { router } = tenure;
  const { virtualRouter } = router;
  const subject = subjectOf(context, virtualRouter, router.name, tenure.version);
  // Without ports, what was announced just before may have been its own, from the MAC address that both routers use.
  const sinceNs = tenure.firstNs - 2 * tenure.intervalNs;
  const perhaps = (address: string) => (virtualRouter.announcedAt.get(address) ?? NEVER) >= sinceNs;
  const missing = router.addresses.filter((address) => !tenure.announced.has(address) && !perhaps(address));
  context.judge.announced(
    {
      tenure,
      router,
      virtualRouter,
      missing,
      resumed: resumed === 'perhaps',
      vantage: context.vantage,
      intentOf: (one) => intentOf(context, one),
    },
    subject,
    [tenure.firstFrame],
  );
}

/**
 * A router that fell silent and is back may have been Active all along, frozen or behind a cut link: then no announcement
 * is due. Events tell; without them it stays open.
 */
function howItResumed(context: Context, tenure: OpenTenure): 'known' | 'perhaps' | 'no' {
  const { formerTenure, node } = tenure.router;
  if (formerTenure?.end !== 'silence') return 'no';
  const state = node === undefined ? undefined : context.nodes.get(node);
  if (state === undefined) return 'perhaps';
  const sinceNs = formerTenure.lastNs - formerTenure.intervalNs;
  return state.disturbedNs > sinceNs && state.startedNs <= formerTenure.lastNs ? 'known' : 'no';
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
    if (overlap !== undefined && silentNs > ALIVE_INTERVALS * tenure.intervalNs + ALIVE_SLACK_NS) {
      closeTenure(context, tenure, howItGaveWay(tenure, overlap.winner.tenure), overlap.winner);
    } else {
      closeTenure(context, tenure, silentNs > tenure.silentAfterNs ? 'silence' : 'still-active');
    }
  }
}
