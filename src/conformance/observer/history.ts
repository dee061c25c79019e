import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import { noteBurstInGap } from '../causes/bursts.ts';
import { judgeAnnounced } from './announced.ts';
import type { Context } from './context.ts';
import { FRAMES_PER_FINDING, referenceTo } from './findings.ts';
import type { Message } from './message.ts';
import { followOverlaps, hasGivenWay } from './overlap.ts';
import { wins } from './precedence.ts';
import { followChallenge } from './reactions.ts';
import { followShutdown, judgeIdleZero } from './shutdown.ts';
import type { OpenTenure, RouterState, VirtualRouterState } from './state.ts';
import { newestOf } from './state.ts';
import { forgetLastGap, LONG_GAP, noteNeverSent, recordAnotherGap, recordGap, restart } from './statistics.ts';
import { beginTenure, closeTenure, GONE_AFTER_INTERVALS, howItGaveWay, silentAfter } from './tenure.ts';
import { countsInOtherVersion, repeatsPriorityZero } from './versions.ts';

/** Advertisements of two routers that are closer than this answer each other: their gaps are no periods. */
const NEAR_NS = 10 * MILLISECOND;
/** Changes of one tenure's interval that are remembered. */
const INTERVALS_KEPT = 16;

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
  if (message.priority === 0 && repeatsPriorityZero(router, message, timeNs)) return;
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
  if (tenure?.challenge !== undefined) followChallenge(context, tenure, timeNs);
  if (tenure === undefined) tenure = beginTenure(context, router, message, timeNs);
  else if (countsInOtherVersion(tenure, message, timeNs)) return;
  else continueTenure(context, tenure, router, message, timeNs, repeated);

  router.previousNs = router.lastNs;
  router.previousPriority = router.lastPriority;
  router.lastNs = timeNs;
  router.lastPriority = message.priority;
  router.intervalNs = tenure.intervalNs;

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
  if (router.gapsToSkip > 0 || router.shutdown !== undefined || tenure.announcementDue) return false;
  if (tenure.challenge !== undefined) return false;
  if (tenure.version !== version || tenure.advertisements < 2 || recorder.count === 0) return false;
  // The time is read here, because a number that is no integer would be allocated to be handed over.
  const { timeNs } = context.record;
  const previousNs = router.lastNs;
  const gapNs = timeNs - previousNs;
  if (!(gapNs > 0 && gapNs < LONG_GAP * tenure.intervalNs)) return false;
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
  const silentNs = timeNs - tenure.lastNs;
  if (silentNs > tenure.silentAfterNs) {
    return silentNs - context.losses.lostNs(tenure.lastNs, timeNs, tenure.intervalNs) > tenure.silentAfterNs;
  }
  if (tenure.overlap === undefined || !hasGivenWay(context, tenure)) return false;
  const winner = tenure.overlap.winner.tenure;
  return winner === undefined || timeNs - winner.lastNs > GONE_AFTER_INTERVALS * winner.intervalNs;
}

function closeInterrupted(context: Context, tenure: OpenTenure): void {
  const { overlap } = tenure;
  if (overlap === undefined || !hasGivenWay(context, tenure)) closeTenure(context, tenure, 'silence');
  else closeTenure(context, tenure, howItGaveWay(tenure, overlap.winner.tenure), overlap.winner);
}

/** What is sent at once when another one was heard (RFC 9568 §6.4.3) is no period, neither before it nor after it. */
function noteForeign(virtualRouter: VirtualRouterState, router: RouterState, timeNs: Nanoseconds): void {
  const { lastSpeaker } = virtualRouter;
  if (lastSpeaker !== undefined && timeNs - newestOf(lastSpeaker) <= NEAR_NS) {
    forgetLastGap(lastSpeaker.recorder);
    lastSpeaker.gapsToSkip = 1;
    router.gapsToSkip = 2;
  }
  virtualRouter.lastSpeaker = router;
}

/**
 * Whether the router heard one that loses since its newest advertisement: it must answer (RFC 9568 §6.4.3), however late its
 * host lets it, so that neither this gap nor the next is a period. One that waits for longer than its interval does not.
 */
function isProvoked({ version, newestLosing, lastNs, intervalNs }: OpenTenure, gapNs: number): boolean {
  return version === 3 && newestLosing !== undefined && newestLosing.heardNs >= lastNs && gapNs < LONG_GAP * intervalNs;
}

/** Whether it is the capture that misses advertisements in a long gap. */
function isLost(context: Context, { intervalNs, lastNs }: OpenTenure, gapNs: number): boolean {
  if (gapNs < LONG_GAP * intervalNs) return false;
  const missing = Math.max(1, Math.round(gapNs / intervalNs) - 1);
  return context.losses.within(lastNs, lastNs + gapNs, missing) !== undefined;
}

function noteMissing(context: Context, router: RouterState): void {
  if (router.isWatchedClosely) noteNeverSent(router.recorder);
  if (router.gapFrames.length < FRAMES_PER_FINDING) router.gapFrames.push(referenceTo(context.record));
}

function continueTenure(
  context: Context,
  tenure: OpenTenure,
  router: RouterState,
  message: Message,
  timeNs: Nanoseconds,
  repeated: boolean,
): void {
  const gapNs = timeNs - tenure.lastNs;
  // The advertisement that says another interval was sent when a timer of the former one ran out, or of neither.
  const isOfOneInterval = tenure.intervalNs === message.intervalNs;
  if (router.gapsToSkip > 0) router.gapsToSkip--;
  else if (isProvoked(tenure, gapNs)) router.gapsToSkip = 1;
  else if (isOfOneInterval && tenure.advertisements > 1 && gapNs > 0 && !isLost(context, tenure, gapNs)) {
    recordGap(router.recorder, gapNs, message.intervalNs);
    if (gapNs >= LONG_GAP * message.intervalNs) {
      noteMissing(context, router);
      noteBurstInGap(router, tenure, timeNs);
    }
  }
  tenure.lastNs = timeNs;
  tenure.advertisements++;
  if (repeated && isOfOneInterval) return;
  tenure.priority = message.priority;
  if (!isOfOneInterval) {
    restart(router.recorder, message.intervalNs);
    setInterval(tenure, message, timeNs);
  }
}

function setInterval(tenure: OpenTenure, message: Message, sinceNs: Nanoseconds): void {
  if (tenure.intervals.length < INTERVALS_KEPT) tenure.intervals.push({ sinceNs, intervalNs: message.intervalNs });
  tenure.intervalNs = message.intervalNs;
  tenure.silentAfterNs = silentAfter(message);
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

/** Two or more are open: closes those that are gone or gave way, and follows the others. */
function followElection(context: Context, tenure: OpenTenure, timeNs: Nanoseconds): void {
  const { open } = tenure.router.virtualRouter;
  for (let index = open.length - 1; index >= 0; index--) {
    const other = open[index];
    // Closing one closes those that had given way to it.
    if (other === undefined || other === tenure) continue;
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
