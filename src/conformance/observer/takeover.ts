import type { Nanoseconds } from '../../capture/time.ts';
import { DOWN_TIMER_ADVERTISEMENTS } from '../../vrrp/timers.ts';
import type { IntervalLearning, TakeoverTiming } from '../result.ts';
import type { Base, Bases } from './base.ts';
import { takeEarly } from './claims.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import type { Cause, Explanation } from './explanations.ts';
import { fits, mistakesAt, ownIntervalNs, returnAfterYielding } from './explanations.ts';
import { familyOfNeighbourKey } from './neighbours.ts';
import type { OpenTenure, RouterState } from './state.ts';
import { NEVER } from './state.ts';
import { judgeTakeover, takeoverWindow } from './timing.ts';

/**
 * Announcements that come earlier than this before the advertisement are in the wrong order, and the timing is theirs. At
 * the router's own port the order is as it was sent.
 */
const ORDER_TOLERANCE_NS = 1_000_000;
const OWNER_PRIORITY = 255;
/** Enough for any median. */
const SHORT_TAKEOVERS = 256;
/** A stall this close to the base may have moved its time stamp. */
const BASE_NEIGHBOURHOOD_NS = 1_000_000;
/** The mistakes of a router that counts by its own interval. */
const NOT_LEARNED: readonly Cause[] = ['backup.learn-interval', 'active.learn-on-yield'];
/** Takeovers of which it is worth knowing why. */
const OUTSIDE: readonly TakeoverTiming['verdict'][] = ['early', 'slow', 'late'];

/** Judges the beginning of a tenure: by time, by order, and by what others were doing. */
export function judgeBegin(
  context: Context,
  tenure: OpenTenure,
  { bases, older, unknown }: Bases,
  winnerAlive: RouterState | undefined,
  displaced: OpenTenure | undefined,
): void {
  const { router } = tenure;
  const { virtualRouter } = router;
  const announcedEarlyNs = takeEarlyAnnouncement(context, tenure, bases[0]);
  const takeoverNs = tenure.firstNs - (announcedEarlyNs ?? 0);
  const judged = tenure.begin === 'since-before' ? undefined : bestTiming(context, tenure, bases, takeoverNs);
  const mistakes = judged === undefined ? [] : mistakesOf(context, tenure, judged.base, older);
  const outside = judged !== undefined && OUTSIDE.includes(judged.timing.verdict);
  tenure.takeover = judged?.timing ?? notJudged(tenure, unknown);
  if (judged !== undefined) tenure.learning = learningOf(context, tenure, judged, mistakes, takeoverNs);
  if (judged?.timing.shortInterval === true) noteShortTakeover(tenure, judged);
  context.judge.tenure(
    {
      tenure,
      router,
      virtualRouter,
      timing: judged?.timing,
      base: judged?.base.kind,
      intervalNs: judged?.base.intervalNs ?? tenure.intervalNs,
      explanation: outside
        ? mistakes.find((one) => fits(context, one, takeoverNs))
        : afterYielding(context, tenure, judged),
      withstood: judged?.timing.verdict === 'pass' ? mistakes.map(({ cause }) => cause) : [],
      announcedEarlyNs,
      winnerAlive,
      displaced,
      sinceOwnZeroNs: sinceOwnZero(context, tenure),
      vantage: context.vantage,
      intentOf: (one) => intentOf(context, one),
    },
    subjectOf(context, virtualRouter, router.name, tenure.version),
    [tenure.firstFrame],
  );
}

/** Where there is nothing that its timer could rightly count from. */
function afterYielding(context: Context, tenure: OpenTenure, judged: JudgedBase | undefined): Explanation | undefined {
  if (judged !== undefined || tenure.begin === 'since-before' || tenure.begin === 'preemption') return undefined;
  return returnAfterYielding(context, tenure, advertisementsOf(context, tenure));
}

function advertisementsOf(context: Context, { router }: OpenTenure): number {
  return intentOf(context, router)?.downTimerAdvertisements ?? DOWN_TIMER_ADVERTISEMENTS;
}

function mistakesOf(
  context: Context,
  tenure: OpenTenure,
  base: Base,
  older: Base | undefined,
): ReturnType<typeof mistakesAt> {
  if (base.kind === 'start' || tenure.begin === 'preemption') return [];
  return mistakesAt(context, { tenure, base, older, advertisements: advertisementsOf(context, tenure) });
}

/** By which interval it counted, where the one that it heard is not its own. */
function learningOf(
  context: Context,
  tenure: OpenTenure,
  { base, timing }: JudgedBase,
  mistakes: readonly Explanation[],
  takeoverNs: Nanoseconds,
): IntervalLearning | undefined {
  if (tenure.version !== 3 || base.kind === 'start' || tenure.begin === 'preemption') return undefined;
  const ownNs = ownIntervalNs(context, tenure);
  const heardNs = base.intervalNs;
  if (ownNs === heardNs) return undefined;
  const notLearned = mistakes.find(({ cause }) => NOT_LEARNED.includes(cause));
  if (notLearned === undefined) return { ownNs, heardNs, countedBy: 'unknown' };
  if (timing.verdict === 'pass') return { ownNs, heardNs, countedBy: 'heard' };
  return { ownNs, heardNs, countedBy: fits(context, notLearned, takeoverNs) ? 'own' : 'unknown' };
}

function noteShortTakeover({ router, firstFrame }: OpenTenure, { base, timing }: JudgedBase): void {
  if (timing.verdict === 'not-judged' || router.shortTakeovers.length >= SHORT_TAKEOVERS) return;
  router.shortTakeovers.push({ after: base.kind, timing, intervalNs: base.intervalNs, frame: firstFrame });
}

/** A router that gave up and was not started again has no business advertising. */
function sinceOwnZero(context: Context, { router, firstNs }: OpenTenure): number | undefined {
  const zeroNs = router.formerTenure?.priorityZeroNs;
  if (zeroNs === undefined || zeroNs < router.lastNs) return undefined;
  const startedNs = router.node === undefined ? NEVER : (context.nodes.get(router.node)?.startedNs ?? NEVER);
  return startedNs > zeroNs ? undefined : firstNs - zeroNs;
}

function notJudged(tenure: OpenTenure, reason: string | undefined): TakeoverTiming | undefined {
  if (reason === undefined || tenure.begin === 'since-before' || tenure.begin === 'startup') return undefined;
  return {
    baseNs: tenure.firstNs,
    elapsedNs: 0,
    expectedMinimumNs: 0,
    expectedMaximumNs: 0,
    verdict: 'not-judged',
    reason,
  };
}

/** Announcements that preceded the advertisement; they count as made. Returns by how much they were early. */
function takeEarlyAnnouncement(context: Context, tenure: OpenTenure, base: Base | undefined): number | undefined {
  const announcements = takeEarly(context, tenure, base);
  for (const { address } of announcements) tenure.announced.add(address);
  const [first] = announcements;
  if (first === undefined) return undefined;
  const earlyNs = tenure.firstNs - first.timeNs;
  return context.vantage.ports || earlyNs > ORDER_TOLERANCE_NS ? earlyNs : undefined;
}

interface JudgedBase {
  readonly base: Base;
  readonly timing: TakeoverTiming;
}

/** Where two frames may have restarted the timer, either may explain the takeover. */
function bestTiming(
  context: Context,
  tenure: OpenTenure,
  bases: readonly Base[],
  takeoverNs: Nanoseconds,
): JudgedBase | undefined {
  const judged = bases.map((base) => ({ base, timing: timingFrom(context, tenure, base, takeoverNs) }));
  return judged.find(({ timing }) => timing.verdict === 'pass') ?? judged[judged.length - 1];
}

function timingFrom(context: Context, tenure: OpenTenure, base: Base, takeoverNs: Nanoseconds): TakeoverTiming {
  const { router, priority, version } = tenure;
  const intent = intentOf(context, router);
  const configured = intent?.downTimerAdvertisements ?? DOWN_TIMER_ADVERTISEMENTS;
  const window = takeoverWindow({
    version,
    priority,
    ...(intent?.priority === undefined || intent.priority === 0 ? {} : { formerPriority: intent.priority }),
    intervalNs: base.intervalNs,
    advertisements: base.kind === 'priority-zero' ? 0 : configured,
  });
  const delayNs = tenure.begin === 'preemption' ? (intent?.preemptDelayNs ?? 0) : 0;
  const owner = priority === OWNER_PRIORITY && base.kind === 'start';
  const minimumNs = owner ? 0 : Math.max(window.minimumNs, delayNs);
  const fromNs = base.timeNs + window.maximumNs;
  const waitNs = takeoverWindow({
    version,
    priority,
    intervalNs: base.intervalNs,
    advertisements: configured,
  }).maximumNs;
  const lostUntilNs = context.losses.lostUntilNs(base.timeNs, takeoverNs);
  return judgeTakeover({
    baseNs: base.timeNs,
    takeoverNs,
    window: { minimumNs, maximumNs: Math.max(minimumNs, window.maximumNs) },
    intervalNs: base.intervalNs,
    vantage: context.vantage,
    // Held up when it heard the base, its timer began later; held up when the timer ran out, it showed itself later.
    stalledNs: context.nodes.heldFromNs(base.timeNs) + context.nodes.stalledNs(fromNs, takeoverNs),
    baseStalled: context.nodes.stalledNs(base.timeNs - BASE_NEIGHBOURHOOD_NS, base.timeNs + BASE_NEIGHBOURHOOD_NS) > 0,
    lost: context.losses.within(base.timeNs, takeoverNs),
    // The newest that may be missing restarted the timer for the last time.
    lateSinceLostNs: takeoverNs - lostUntilNs - waitNs,
    captureAlive: router.virtualRouter.lan.previousFrameNs > base.timeNs,
    ...noUpperBound(context, tenure, base, delayNs),
    realTime: context.options.realTime === true,
  });
}

/** Why a takeover cannot be late: it may be that the router was not there to take over when the base was sent. */
function noUpperBound(
  context: Context,
  tenure: OpenTenure,
  base: Base,
  delayNs: number,
): { readonly startUp?: string } {
  if (base.kind === 'start') return { startUp: 'how long the router took to start is not known' };
  if (delayNs > 0) return { startUp: 'preemption is delayed by configuration' };
  if (tenure.begin === 'startup') return { startUp: 'nobody was Active for longer than any timer explains' };
  if (context.vantage.ports) return {};
  if (joinedBetween(tenure, base.timeNs)) return { startUp: 'the router, or one that is not known, started meanwhile' };
  return {};
}

/** Whether somebody who may be this router joined a VRRP group after the base, as a router does that starts. */
function joinedBetween(tenure: OpenTenure, fromNs: Nanoseconds): boolean {
  const { lan, family } = tenure.router.virtualRouter;
  for (const [key, timeNs] of lan.joins) {
    if (timeNs <= fromNs || timeNs >= tenure.firstNs || familyOfNeighbourKey(key) !== family) continue;
    const neighbour = lan.neighbours.get(key);
    if (neighbour === undefined || neighbour === tenure.router.sourceAddress) return true;
  }
  return false;
}
