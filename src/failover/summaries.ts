import type { PathFigures, TakeoverFigures, TrialFigures } from './figures.ts';
import type { CellSummaries, RunResult } from './result.ts';
import { ascending, type Summary, summarise } from './statistics.ts';
import { PATHS, type PathName } from './trial.ts';

/** The middle of an outage's bounds, in nanoseconds. */
export function outageNs({ outageFromNs, outageToNs }: PathFigures): number {
  return Number.isFinite(outageToNs) ? (outageFromNs + outageToNs) / 2 : outageToNs;
}

/** The outage of the path that was gone for longest. */
export function worstOutageNs({ paths }: TrialFigures): number {
  return Math.max(...PATHS.map((path) => outageNs(paths[path])));
}

/** The greatest of a figure on the two LANs; undefined where it has none. */
export function greatest(figures: TrialFigures, of: keyof TakeoverFigures): number | undefined {
  const values = Object.values(figures.takeovers).flatMap((takeover) => takeover[of] ?? []);
  return values.length === 0 ? undefined : Math.max(...values);
}

/** Sums up the runs of a cell that count. */
export function summariseRuns(runs: readonly RunResult[]): CellSummaries {
  const counted = runs.flatMap(({ figures }) => figures ?? []);
  const of = (value: (figures: TrialFigures) => number | undefined): Summary | undefined =>
    summarise(counted.flatMap((figures) => value(figures) ?? []));
  const ofPaths = (value: (path: PathFigures) => number) =>
    Object.fromEntries(PATHS.map((path) => [path, of(({ paths }) => value(paths[path]))])) as Record<
      PathName,
      Summary | undefined
    >;
  const everyPath = ({ paths }: TrialFigures) => PATHS.map((path) => paths[path]);
  const named: [string, Summary | undefined][] = [
    ['faultToFirst', of((figures) => greatest(figures, 'faultToFirstNs'))],
    ['added', of((figures) => greatest(figures, 'addedNs'))],
    ['firstToAnnouncement', of((figures) => greatest(figures, 'firstToAnnouncementNs'))],
    ['outage', of(worstOutageNs)],
    ['outageWidth', of((figures) => widest(everyPath(figures)))],
    ['bothAnswered', of(({ bothAnsweredNs }) => bothAnsweredNs)],
    ['stall', of(({ connection }) => connection?.stallNs)],
  ];
  return {
    ...Object.fromEntries(named.filter(([, summary]) => summary !== undefined)),
    paths: ofPaths(outageNs),
    lost: ofPaths(({ lost }) => lost),
    duplicates: ofPaths(({ duplicates }) => duplicates),
  };
}

/** How far apart the bounds of an outage are, where that is farthest; undefined where there was none that ended. */
function widest(paths: readonly PathFigures[]): number | undefined {
  const widths = paths
    .filter(({ outageToNs }) => outageToNs > 0 && Number.isFinite(outageToNs))
    .map(({ outageFromNs, outageToNs }) => outageToNs - outageFromNs);
  return widths.length === 0 ? undefined : Math.max(...widths);
}

/** The runs of the median outage and of the longest, by number; the first of equals. */
export function tellingRuns(runs: readonly RunResult[]): { readonly median?: number; readonly worst?: number } {
  const ranked = runs
    .flatMap(({ run, figures }) => (figures === undefined ? [] : [{ run, outage: worstOutageNs(figures) }]))
    .sort((left, right) => ascending(left.outage, right.outage) || left.run - right.run);
  const longest = ranked.at(-1);
  if (longest === undefined) return {};
  return {
    median: ranked[Math.ceil(ranked.length / 2) - 1]!.run,
    worst: ranked.find(({ outage }) => outage === longest.outage)!.run,
  };
}
