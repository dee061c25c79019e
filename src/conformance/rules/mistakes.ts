import type { Cause, Explanation } from '../observer/explanations.ts';
import type { Judgement, Rule, TenureView } from './rule.ts';
import { EVERY_VERSION, VERSION_3 } from './rule.ts';
import { duration, nameOf, window } from './words.ts';

/** Takeovers out of time that one mistake explains: the mistake is told, and not that the time was wrong. */
export const MISTAKE_RULES: readonly Rule[] = [
  {
    requirement: 'backup.reset',
    profiles: EVERY_VERSION,
    needs: ['ports'],
    tenure: judgeFor('backup.reset', ignoredReset),
  },
  {
    requirement: 'backup.learn-interval',
    profiles: VERSION_3,
    needs: [],
    tenure: judgeFor('backup.learn-interval', notLearned),
  },
  {
    requirement: 'active.learn-on-yield',
    profiles: VERSION_3,
    needs: [],
    tenure: judgeFor('active.learn-on-yield', notLearned),
  },
  {
    requirement: 'family.independent',
    profiles: VERSION_3,
    needs: ['ports'],
    tenure: judgeFor('family.independent', otherFamily),
  },
  { requirement: 'active.own-interval', profiles: VERSION_3, needs: [], tenure: judgeOwnInterval },
];

/** A takeover in time keeps what would have moved it. */
function judgeFor(cause: Cause, words: (view: TenureView, explanation: Explanation) => string) {
  return (view: TenureView): Judgement => {
    const { explanation, withstood, timing, router, virtualRouter } = view;
    if (explanation?.cause !== cause) return withstood.includes(cause) ? 'kept' : undefined;
    const { expectedMinimumNs, expectedMaximumNs, elapsedNs } = timing!;
    const expected = window(expectedMinimumNs, expectedMaximumNs);
    return {
      message: `${router.name} took over ${nameOf(virtualRouter)} ${duration(elapsedNs)} after what last restarted its timer instead of ${expected}: ${words(view, explanation)}`,
      expected,
      seen: duration(elapsedNs),
    };
  };
}

function ignoredReset({ timing }: TenureView, { baseNs }: Explanation): string {
  const before = duration(timing!.baseNs - baseNs);
  return `that is its time after the advertisement ${before} before, so the newest one did not restart the timer`;
}

function notLearned({ intervalNs }: TenureView, explanation: Explanation): string {
  return `that is its time by its own interval of ${duration(explanation.intervalNs)}; it must count by the ${duration(intervalNs)} that it heard`;
}

function otherFamily({ virtualRouter }: TenureView): string {
  const other = virtualRouter.family === 'ipv4' ? 'IPv6' : 'IPv4';
  return `that is its time after an advertisement of the ${other} virtual router of the same VRID, which is another one`;
}

/** An Active router advertises what it is configured with, not what it learned while Backup. */
function judgeOwnInterval({ tenure, router, virtualRouter, intentOf }: TenureView): Judgement {
  const { from, version, intervalNs } = tenure;
  const ownNs = intentOf(router)?.advertisementIntervalNs ?? router.formerTenure?.intervalNs;
  if (version !== 3 || from === undefined || from.router === router || ownNs === undefined) return undefined;
  const learnedNs = from.intervalNs;
  if (learnedNs === ownNs) return undefined;
  if (intervalNs !== learnedNs) return intervalNs === ownNs ? 'kept' : undefined;
  return {
    message: `${router.name} became Active for ${nameOf(virtualRouter)} and advertises an interval of ${duration(intervalNs)}, which it learned from ${from.router.name}; its own is ${duration(ownNs)}`,
    expected: duration(ownNs),
    seen: duration(intervalNs),
  };
}
