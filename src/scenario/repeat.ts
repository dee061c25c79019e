import type { Verdict } from '../conformance/result.ts';
import { isAsKnown, type PlayOutcome, type ScenarioResult, worstVerdict } from './result.ts';

/** What several plays of one scenario come to: the first of the worst ones tells, and each is counted. */
export function joinPlays(plays: readonly ScenarioResult[]): ScenarioResult {
  const first = plays[0];
  if (first === undefined) throw new Error('a scenario is played once at least');
  if (plays.length === 1) return first;
  const worst = worstVerdict(plays.map(({ verdict }) => verdict));
  const candidates = plays.filter(({ verdict }) => verdict === worst);
  // What is not known of the router is worse than what is.
  const telling = candidates.find((result) => !isAsKnown(result, 'must')) ?? candidates[0] ?? first;
  return { ...telling, plays: plays.map(outcomeOf) };
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
export function isFlaky({
  plays = [],
}: {
  readonly plays?: readonly { readonly verdict: Verdict }[] | undefined;
}): boolean {
  return new Set(plays.flatMap(({ verdict }) => (CONCLUSIVE.has(verdict) ? [verdict] : []))).size > 1;
}
