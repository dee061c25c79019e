import { formatDuration } from '../capture/time.ts';
import { evaluateTerm, parseTerm } from '../scenario/duration.ts';
import { slowestTimers } from '../scenario/timers.ts';
import { intentOf } from '../scenario/witnesses.ts';
import type { Run } from './lab.ts';

/** Whether a run failed over in time, and what shows it, a line each. */
export interface FailOverJudgement {
  readonly pass: boolean;
  readonly limitNs: number;
  /** `r2 took over 3.612 s after what last restarted its timer`, `h1's probe: 3.61 s to 3.612 s without answers` */
  readonly seen: readonly string[];
}

/**
 * Whether every takeover of a run, and every time in which a probe had no answer, stayed within a limit: a duration or a
 * sum with the RFC's timers of the run's slowest router (`active-down-interval + 20ms`, RFC 9568 §6.1). A run in which
 * nobody took over does not.
 * @throws RangeError where the limit is none
 */
export function judgeFailOver(run: Run, limit: string): FailOverJudgement {
  const term = parseTerm(limit);
  if (term === undefined)
    throw new RangeError(`'${limit}' is no duration: write one like '300ms' or 'active-down-interval + 20ms'`);
  const limitNs = evaluateTerm(term, slowestTimers(intentOf(run.plan).virtualRouters));
  const takeovers = (run.observation?.virtualRouters ?? []).flatMap(({ timeline }) =>
    timeline.flatMap(({ router, begin, takeover }) =>
      begin === 'startup' || begin === 'since-before' || takeover === undefined ? [] : [{ router, takeover }],
    ),
  );
  const outages = Object.entries(run.probes).flatMap(([name, { longest }]) =>
    longest === undefined ? [] : [{ name, longest }],
  );
  const within = [
    ...takeovers.map(({ takeover }) => takeover.elapsedNs),
    ...outages.map(({ longest }) => longest.upperNs),
  ];
  return {
    pass: takeovers.length > 0 && within.every((ns) => ns <= limitNs),
    limitNs,
    seen: [
      ...(takeovers.length === 0 ? ['nobody took over'] : []),
      ...takeovers.map(
        ({ router, takeover }) =>
          `${router} took over ${formatDuration(takeover.elapsedNs)} after what last restarted its timer`,
      ),
      ...outages.map(({ name, longest: { lowerNs, upperNs } }) => {
        const upper = Number.isFinite(upperNs) ? formatDuration(upperNs) : 'the end of the probe';
        return `probe ${name}: ${formatDuration(lowerNs)} to ${upper} without answers`;
      }),
    ],
  };
}
