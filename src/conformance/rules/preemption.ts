import type { Nanoseconds } from '../../capture/time.ts';
import type { OpenTenure, RouterState } from '../observer/state.ts';
import { lateToleranceNs, slowToleranceNs, takeoverWindow } from '../observer/timing.ts';
import type { Judgement, LowerTenureView, Rule } from './rule.ts';
import { EVERY_VERSION } from './rule.ts';
import { duration, nameOf, window } from './words.ts';

/** A router of higher priority that leaves a lower one Active although it may preempt. */
export const PREEMPTION_RULES: readonly Rule[] = [
  { requirement: 'backup.preempt', profiles: EVERY_VERSION, needs: ['ports', 'events', 'intent'], lowerTenure: judge },
];

function judge({ tenure, candidate, sinceNs, untilNs, vantage, intentOf }: LowerTenureView): Judgement {
  const intent = intentOf(candidate);
  if (intent?.preempt !== true || intent.priority === undefined || intent.priority <= tenure.priority) return undefined;
  const { intervalNs, version } = tenure;
  const expected = takeoverWindow({
    version,
    priority: intent.priority,
    intervalNs: Math.max(intervalNs, intent.advertisementIntervalNs ?? 0),
    advertisements: intent.downTimerAdvertisements ?? 3,
  });
  const allowedNs =
    expected.maximumNs +
    (intent.preemptDelayNs ?? 0) +
    lateToleranceNs(vantage, intervalNs) +
    slowToleranceNs(intervalNs) +
    START_NS;
  const waitedNs = untilNs - sinceNs;
  if (waitedNs <= allowedNs) return undefined;
  return describe(tenure, candidate, waitedNs, expected, intent.priority);
}

/** How long a router may take to start, before its timer begins. */
const START_NS: Nanoseconds = 5_000_000_000;

function describe(
  tenure: OpenTenure,
  candidate: RouterState,
  waitedNs: number,
  expected: { readonly minimumNs: number; readonly maximumNs: number },
  priority: number,
): Judgement {
  return {
    message: `${candidate.name} (priority ${priority}, preemption on) left ${tenure.router.name} (priority ${tenure.priority}) Active for ${nameOf(candidate.virtualRouter)} for ${duration(waitedNs)}`,
    expected: `a takeover after ${window(expected.minimumNs, expected.maximumNs)}`,
    seen: `none in ${duration(waitedNs)}`,
  };
}
