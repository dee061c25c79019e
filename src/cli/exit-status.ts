import { type Failing, failsRun, isAsKnown } from '../scenario/result.ts';

/** Nothing failed. */
export const EXIT_PASSED = 0;
/** Something failed. */
export const EXIT_FAILED = 1;
/** What was given cannot be used: a wrong option, a file that cannot be read. */
export const EXIT_UNUSABLE = 2;
/** Nothing failed, but something stayed inconclusive, or nothing was played. */
export const EXIT_INCONCLUSIVE = 3;

/** The exit status that a run's results come to. */
export function exitStatus(results: readonly Failing[], failOn: 'must' | 'should'): number {
  if (results.some((result) => failsRun(result, failOn))) return EXIT_FAILED;
  const played = results.filter((result) => ['pass', 'warning'].includes(result.verdict) || isAsKnown(result, failOn));
  const open = results.some(({ verdict }) => verdict === 'inconclusive');
  return played.length === 0 || open ? EXIT_INCONCLUSIVE : EXIT_PASSED;
}
