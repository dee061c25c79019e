import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import type { Base } from './base.ts';
import type { Context } from './context.ts';
import { intentOf } from './context.ts';
import type { Discard } from './disbelieved.ts';
import { restartsIfBelieved, yieldedTo } from './disbelieved.ts';
import type { OpenTenure, VirtualRouterState } from './state.ts';
import { NEVER } from './state.ts';
import { earlyToleranceNs, lateToleranceNs, takeoverWindow } from './timing.ts';

/** What a takeover shows, or would have shown, beside being in time: each is a requirement of its own. */
export type Cause = 'backup.reset' | 'backup.learn-interval' | 'active.learn-on-yield' | 'family.independent' | Discard;

/** How a router took over that made one mistake: then its takeover would have fallen into this window. */
export interface Explanation {
  readonly cause: Cause;
  readonly baseNs: Nanoseconds;
  readonly minimumNs: number;
  readonly maximumNs: number;
  /** The interval that it would have counted by. */
  readonly intervalNs: number;
}

export interface ExplanationInput {
  readonly tenure: OpenTenure;
  readonly base: Base;
  /** The restart before the newest one, where it is known. */
  readonly older: Base | undefined;
  /** Intervals that the router waits after an advertisement. */
  readonly advertisements: number;
}

/** Frames that are closer to the true base than this cannot be told from it. */
const APART_NS = 50 * MILLISECOND;
/** An interval may have been learned from what came so many intervals before the base. */
const LEARNED_WITHIN = 3;

/** The mistakes that a router could have made at this takeover, and that would be seen. */
export function mistakesAt(context: Context, input: ExplanationInput): readonly Explanation[] {
  const all = [
    ...ignoredReset(context, input),
    ...notLearned(context, input),
    ...otherFamily(context, input),
    ...asIfBelieved(input),
  ];
  const right = explain(input, 'backup.reset', input.base, input.base.intervalNs);
  return all.filter((one) => !overlaps(context, one, right));
}

/** Whether the takeover fell into the window of a mistake. */
export function fits(context: Context, { minimumNs, maximumNs, baseNs, intervalNs }: Explanation, takeoverNs: number) {
  const elapsedNs = takeoverNs - baseNs;
  const { vantage } = context;
  return (
    elapsedNs >= minimumNs - earlyToleranceNs(vantage) && elapsedNs <= maximumNs + lateToleranceNs(vantage, intervalNs)
  );
}

/** Windows that meet tell nothing apart. */
function overlaps(context: Context, one: Explanation, other: Explanation): boolean {
  const slackNs = (explanation: Explanation) => lateToleranceNs(context.vantage, explanation.intervalNs);
  const from = (explanation: Explanation) => explanation.baseNs + explanation.minimumNs - slackNs(explanation);
  const to = (explanation: Explanation) => explanation.baseNs + explanation.maximumNs + slackNs(explanation);
  return from(one) <= to(other) && from(other) <= to(one);
}

function explain(
  { tenure, advertisements }: ExplanationInput,
  cause: Cause,
  base: Base,
  intervalNs: number,
): Explanation {
  const { version, priority } = tenure;
  const waits = base.kind === 'priority-zero' ? 0 : advertisements;
  const window = takeoverWindow({ version, priority, intervalNs, advertisements: waits });
  return { cause, baseNs: base.timeNs, intervalNs, ...window };
}

/**
 * The newest advertisement reached the router's port and did not restart the timer. Whole intervals after another one it
 * cannot be told from a timer that counts fewer of them.
 */
function ignoredReset(context: Context, input: ExplanationInput): readonly Explanation[] {
  const { base, older } = input;
  if (!context.vantage.ports || older === undefined) return [];
  if (base.kind !== 'advertisement' || older.kind !== 'advertisement') return [];
  const offBeatNs = (base.timeNs - older.timeNs) % base.intervalNs;
  if (Math.min(offBeatNs, base.intervalNs - offBeatNs) < APART_NS) return [];
  return [explain(input, 'backup.reset', older, older.intervalNs)];
}

/** A router's own interval: as it is configured, else as it advertises. */
export function ownIntervalNs(context: Context, { router, intervalNs }: OpenTenure): number {
  return intentOf(context, router)?.advertisementIntervalNs ?? intervalNs;
}

/** The router counted by its own interval instead of the one that it heard (RFC 9568 §6.4.2, §6.4.3). */
function notLearned(context: Context, input: ExplanationInput): readonly Explanation[] {
  const { tenure, base, older } = input;
  if (tenure.version !== 3 || base.kind !== 'advertisement') return [];
  const { router } = tenure;
  const ownNs = ownIntervalNs(context, tenure);
  if (ownNs === base.intervalNs) return [];
  const yielded = router.lastNs > NEVER && (older === undefined || older.timeNs < router.lastNs);
  return [explain(input, yielded ? 'active.learn-on-yield' : 'backup.learn-interval', base, ownNs)];
}

/** What had to be discarded restarted the timer, or was where the interval was learned. */
function asIfBelieved(input: ExplanationInput): readonly Explanation[] {
  const { router, priority, firstNs } = input.tenure;
  const { timeNs, intervalNs } = input.base;
  const restarts = restartsIfBelieved(router, priority, timeNs, firstNs);
  const learned = restartsIfBelieved(router, priority, timeNs - LEARNED_WITHIN * intervalNs, timeNs);
  return [
    ...restarts.map((base) => explain(input, base.discard, base, base.intervalNs)),
    ...learned.map((base) => explain(input, base.discard, input.base, base.intervalNs)),
  ];
}

/** An Active router that gave way to what it had to discard is back when the timer of a Backup has run out. */
export function returnAfterYielding(
  context: Context,
  tenure: OpenTenure,
  advertisements: number,
): Explanation | undefined {
  const { router, firstNs } = tenure;
  const explanations = yieldedTo(router).map(({ discard, lastNs, intervalNs }) => {
    const base: Base = { kind: 'advertisement', timeNs: lastNs, intervalNs };
    return explain({ tenure, base, older: undefined, advertisements }, discard, base, intervalNs);
  });
  return explanations.find((one) => fits(context, one, firstNs));
}

/** An advertisement of the other family restarted the timer, or made it run out. */
function otherFamily(context: Context, input: ExplanationInput): readonly Explanation[] {
  const { tenure, base } = input;
  const { router, firstNs } = tenure;
  const { virtualRouter, node } = router;
  if (!context.vantage.ports || node === undefined) return [];
  const heard = siblingOf(virtualRouter)?.hearing.get(node) ?? [];
  return heard.flatMap((entry) => {
    const bases: Base[] = [
      { kind: 'priority-zero', timeNs: entry.lastZeroNs, intervalNs: base.intervalNs },
      { kind: 'advertisement', timeNs: entry.lastNs, intervalNs: base.intervalNs },
      { kind: 'advertisement', timeNs: entry.previousNs, intervalNs: base.intervalNs },
    ];
    return bases
      .filter(({ timeNs }) => timeNs > base.timeNs + APART_NS && timeNs <= firstNs)
      .map((other) => explain(input, 'family.independent', other, base.intervalNs));
  });
}

function siblingOf({ lan, virtualRouterId, family }: VirtualRouterState): VirtualRouterState | undefined {
  return lan.virtualRouters.find((one) => one.virtualRouterId === virtualRouterId && one.family !== family);
}
