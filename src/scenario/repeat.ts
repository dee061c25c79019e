import type { Verdict } from '../conformance/result.ts';
import { type PlayOutcome, type ScenarioResult, worstVerdict } from './result.ts';

/** What several plays of one scenario come to: the first of the worst ones tells, and each is counted. */
export function joinPlays(plays: readonly ScenarioResult[]): ScenarioResult {
  const first = plays[0];
  if (first === undefined) throw new Error('a scenario is played once at least');
  if (plays.length === 1) return first;
  const worst = worstVerdict(plays.map(({ verdict }) => verdict));
  return { ...(plays.find(({ verdict }) => verdict === worst) ?? first), plays: plays.map(outcomeOf) };
}

function outcomeOf({ verdict, reason, seed, attempts, folder }: ScenarioResult): PlayOutcome {
  return {
    verdict,
    ...(reason === undefined ? {} : { reason }),
    seed,
    attempts,
    ...(folder === undefined ? {} : { folder }),
  };
}

const CONCLUSIVE: ReadonlySet<Verdict> = new Set(['pass', 'warning', 'fail']);

/** Whether plays of one scenario came to different verdicts, those aside that stayed inconclusive. */
export function isFlaky({ plays = [] }: Pick<ScenarioResult, 'plays'>): boolean {
  return new Set(plays.flatMap(({ verdict }) => (CONCLUSIVE.has(verdict) ? [verdict] : []))).size > 1;
}
