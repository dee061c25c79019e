import type { Verdict } from '../conformance/result.ts';
import type { ScenarioResult } from '../scenario/result.ts';

/** How many results have each verdict. */
export function countVerdicts(results: readonly ScenarioResult[]): Readonly<Record<Verdict, number>> {
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

/** `21 scenarios: 19 passed, 1 failed, 1 inconclusive; 2 played again` */
export function summaryLine(results: readonly ScenarioResult[]): string {
  const counts = countVerdicts(results);
  const order: readonly Verdict[] = ['fail', 'inconclusive', 'warning', 'pass', 'not-applicable', 'skipped'];
  const parts = order.filter((verdict) => counts[verdict] > 0).map((verdict) => `${counts[verdict]} ${WORDS[verdict]}`);
  const again = results.filter(({ attempts }) => attempts > 1).length;
  const repeated = again === 0 ? '' : `; ${again} played more than once because a verdict was inconclusive`;
  const scenarios = results.length === 1 ? '1 scenario' : `${results.length} scenarios`;
  return `${scenarios}: ${parts.join(', ') || 'nothing was played'}${repeated}`;
}
