import type { Verdict } from '../conformance/result.ts';
import type { RepairedDeviation } from '../scenario/known-deviations.ts';
import { isFlaky } from '../scenario/repeat.ts';
import { type Failing, isAsKnown, type ScenarioResult } from '../scenario/result.ts';

/** What counting needs of a result, whether it was just played or read from a report. */
export type Countable = Pick<ScenarioResult, 'id' | 'attempts'> &
  Failing & {
    readonly plays?: readonly { readonly verdict: Verdict }[] | undefined;
  };

/** How many results have each verdict. */
export function countVerdicts(results: readonly Countable[]): Readonly<Record<Verdict, number>> {
  const counts: Record<Verdict, number> = {
    pass: 0,
    fail: 0,
    warning: 0,
    inconclusive: 0,
    'not-applicable': 0,
    skipped: 0,
  };
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

const WORDS: Readonly<Record<Verdict, string>> = {
  pass: 'passed',
  fail: 'failed',
  warning: 'passed with warnings',
  inconclusive: 'inconclusive',
  'not-applicable': 'not applicable',
  skipped: 'skipped',
};

const ORDER: readonly Verdict[] = ['fail', 'inconclusive', 'warning', 'pass', 'not-applicable', 'skipped'];

/** `21 scenarios: 19 passed, 1 failed, 1 inconclusive; 2 played again` */
export function summaryLine(results: readonly Countable[]): string {
  const known = results.filter((result) => isAsKnown(result, 'must'));
  const counts = countVerdicts(results.filter((result) => !known.includes(result)));
  const [failed = [], ...others] = ORDER.map((verdict) =>
    counts[verdict] > 0 ? [`${counts[verdict]} ${WORDS[verdict]}`] : [],
  );
  const parts = [...failed, ...(known.length > 0 ? [`${known.length} deviated as known`] : []), ...others.flat()];
  const again = results.filter(({ attempts }) => attempts > 1).length;
  const repeated = again === 0 ? '' : `; ${again} played more than once because a verdict was inconclusive`;
  const scenarios = results.length === 1 ? '1 scenario' : `${results.length} scenarios`;
  return `${scenarios}: ${parts.join(', ') || 'nothing was played'}${repeated}`;
}

/** `power-off/v3-ipv4/native: 1 of 10 failed, 9 of 10 passed`, one line for each scenario that is not always the same. */
export function flakyLines(results: readonly Countable[]): readonly string[] {
  return results.filter(isFlaky).map(({ id, plays = [] }) => {
    const verdicts = [...new Set(plays.map(({ verdict }) => verdict))].sort(
      (one, other) => ORDER.indexOf(one) - ORDER.indexOf(other),
    );
    const counted = verdicts.map((verdict) => {
      const times = plays.filter((play) => play.verdict === verdict).length;
      return `${times} of ${plays.length} ${WORDS[verdict]}`;
    });
    return `${id}: ${counted.join(', ')}`;
  });
}

/** `keepalived v3-ipv6, backup.silent: it advertises (rx-ttl: r1 is silent)`, one line for each known deviation that is gone. */
export function repairedLines(repaired: readonly RepairedDeviation[]): readonly string[] {
  return repaired.map(({ implementation, known, variant, scenario, expectation, rule }) => {
    const where = ` (${[scenario, expectation ?? rule].filter((part) => part !== undefined).join(': ')})`;
    const what = known.requirement === undefined ? known.finding : `${known.requirement}: ${known.finding}`;
    return `${implementation} ${variant}, ${what}${where}`;
  });
}
