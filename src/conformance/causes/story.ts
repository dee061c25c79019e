import { ALIVE_INTERVALS, ALIVE_SLACK_NS } from '../observer/state.ts';
import type { IntervalRecorder } from '../observer/statistics.ts';
import { medianGapNs } from '../observer/statistics.ts';
import type { Flapping, Regularity, Tenure, Vacancy } from '../result.ts';

/** A tenure that others end so soon after it began is a flap. */
const FLAP_INTERVALS = 1.5;
/** So many of them, no farther apart than this, are flapping. */
const FLAPS = 3;
const FLAPS_APART_INTERVALS = 120;
const VACANCIES = 1000;

/** The times between two tenures in which nobody was Active; `timeline` in the order of time. */
export function vacanciesOf(timeline: readonly Tenure[]): readonly Vacancy[] {
  const vacancies: Vacancy[] = [];
  let covering: Tenure | undefined;
  for (const tenure of timeline) {
    const vacancy = covering === undefined ? undefined : between(covering, tenure);
    if (vacancy !== undefined && vacancies.length < VACANCIES) vacancies.push(vacancy);
    if (covering === undefined || endOf(tenure) >= endOf(covering)) covering = tenure;
  }
  return vacancies;
}

function endOf({ priorityZeroNs, lastNs }: Tenure): number {
  return priorityZeroNs ?? lastNs;
}

/** One that announces before it advertises is Active from then on: hosts reach it. */
function beginOf({ begin, takeover, firstNs }: Tenure): number {
  if (takeover === undefined || takeover.elapsedNs === 0 || begin === 'preemption') return firstNs;
  return Math.min(firstNs, takeover.baseNs + takeover.elapsedNs);
}

function between(former: Tenure, next: Tenure): Vacancy | undefined {
  const fromNs = endOf(former);
  const alive = former.end === 'priority-zero' ? 0 : ALIVE_INTERVALS * former.advertisedIntervalNs + ALIVE_SLACK_NS;
  const toNs = beginOf(next);
  if (former.end === 'unknown' || toNs <= fromNs + alive) return undefined;
  return { fromNs, toNs, after: former.end, former: former.router, next: next.router };
}

/** Where tenures follow each other so fast that routers fight for the virtual router. */
export function flappingOf(timeline: readonly Tenure[]): readonly Flapping[] {
  const flaps = timeline.filter(isFlap);
  const found: Flapping[] = [];
  let run: Tenure[] = [];
  const close = () => {
    if (run.length >= FLAPS) {
      found.push({ fromNs: run[0]!.firstNs, toNs: run[run.length - 1]!.lastNs, changes: 2 * run.length });
    }
    run = [];
  };
  for (const flap of flaps) {
    const before = run[run.length - 1];
    if (before !== undefined && flap.firstNs - before.lastNs > FLAPS_APART_INTERVALS * flap.advertisedIntervalNs)
      close();
    run.push(flap);
  }
  close();
  return found;
}

function isFlap({ begin, end, firstNs, lastNs, advertisedIntervalNs }: Tenure): boolean {
  if (begin === 'since-before' || begin === 'startup') return false;
  if (end !== 'preempted' && end !== 'yielded' && end !== 'silence') return false;
  return lastNs - firstNs <= FLAP_INTERVALS * advertisedIntervalNs;
}

/** How evenly the recorded router advertises; undefined where nothing was recorded. */
export function regularityOf(recorder: IntervalRecorder, intervalNs: number): Regularity | undefined {
  const medianNs = medianGapNs(recorder);
  if (medianNs === undefined) return undefined;
  return {
    gaps: recorder.count,
    medianNs: Math.round(medianNs),
    jitterNs: Math.round((quantile(recorder, 0.75) - quantile(recorder, 0.25)) / 2),
    driftNs: Math.round(medianNs - intervalNs),
    missing: recorder.missing,
  };
}

function quantile(recorder: IntervalRecorder, part: number): number {
  const { exact, bins, binNs, count, lowestBin, highestBin } = recorder;
  if (count <= exact.length) return exact.slice(0, count).sort()[Math.floor(part * (count - 1))]!;
  let seen = 0;
  for (let bin = lowestBin; bin <= highestBin; bin++) {
    const here = bins[bin]!;
    if (here > 0 && seen + here >= part * count) return (bin + (part * count - seen) / here) * binNs;
    seen += here;
  }
  return bins.length * binNs;
}
