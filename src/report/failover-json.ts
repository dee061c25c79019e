import { MILLISECOND } from '../capture/time.ts';
import type { PathFigures, TakeoverFigures, TrialFigures } from '../failover/figures.ts';
import type { CellResult, CellSummaries, FailoverResult, RunResult } from '../failover/result.ts';
import type { Estimate, Summary } from '../failover/statistics.ts';
import type { TrialStory } from '../failover/story.ts';
import { defined } from './defined.ts';
import {
  FAILOVER_VERSION,
  type FailoverCell,
  type FailoverReport,
  type FailoverRun,
  type FailoverStory,
  type FailoverSummary,
} from './failover-schema.ts';

/** What is told of a measurement beside its figures. */
export type FailoverContext = Pick<FailoverReport, 'command' | 'host' | 'routers'>;

/** A measurement as its published schema has it: milliseconds to the microsecond. */
export function failoverReport(result: FailoverResult, context: FailoverContext): FailoverReport {
  const { seed, runs, jobs, realTime, wallMs, cells } = result;
  return {
    version: FAILOVER_VERSION,
    ...context,
    seed,
    runs,
    jobs,
    realTime,
    wall: Math.round(wallMs),
    cells: cells.map(cellReport),
  };
}

function cellReport(cell: CellResult): FailoverCell {
  const { router, variant, fault, expected, notApplicable, medianRun, worstRun, summaries } = cell;
  return defined({
    router,
    variant,
    interval: inMs(cell.intervalNs),
    fault,
    expected: expected === undefined ? undefined : { from: inMs(expected.fromNs), to: inMs(expected.toNs) },
    notApplicable,
    medianRun,
    worstRun,
    summaries: defined({
      faultToFirst: summaryReport(summaries.faultToFirst),
      added: summaryReport(summaries.added),
      firstToAnnouncement: summaryReport(summaries.firstToAnnouncement),
      outage: summaryReport(summaries.outage),
      outageWidth: summaryReport(summaries.outageWidth),
      bothAnswered: summaryReport(summaries.bothAnswered),
      tcpStall: summaryReport(summaries.stall),
      paths: pathsReport(summaries.paths, orEndless),
      lost: pathsReport(summaries.lost, identity),
      duplicates: pathsReport(summaries.duplicates, identity),
    }),
    runs: cell.runs.map(runReport),
  });
}

function runReport({ run, seed, phase, excluded, figures, folder, story }: RunResult): FailoverRun {
  return defined({
    run,
    seed,
    phase,
    excluded,
    ...(figures === undefined ? {} : figuresReport(figures)),
    folder,
    story: story === undefined ? undefined : storyReport(story),
  });
}

function storyReport({ fromNs, toNs, advertisements, announcements, gaps }: TrialStory): FailoverStory {
  return {
    from: inMs(fromNs),
    to: inMs(toNs),
    advertisements: advertisements.map(({ atNs, ...one }) => ({ ...one, at: inMs(atNs) })),
    announcements: announcements.map(({ atNs, ...one }) => ({ ...one, at: inMs(atNs) })),
    gaps: gaps.map((gap) => ({ path: gap.path, from: inMs(gap.fromNs), to: orEndless(gap.toNs) })),
  };
}

function figuresReport({ takeovers, paths, bothAnsweredNs, connection }: TrialFigures) {
  const { inside, outside } = takeovers;
  return {
    takeovers: defined({ inside: takeoverReport(inside), outside: takeoverReport(outside) }),
    paths: {
      'to-server': pathReport(paths['to-server']),
      'to-client': pathReport(paths['to-client']),
      'virtual-address': pathReport(paths['virtual-address']),
    },
    bothAnswered: inMs(bothAnsweredNs),
    ...(connection === undefined
      ? {}
      : { tcp: { stall: orEndless(connection.stallNs), repeated: connection.repeated } }),
  };
}

function takeoverReport(figures: TakeoverFigures | undefined) {
  if (figures === undefined) return undefined;
  const ms = (valueNs: number | undefined) => (valueNs === undefined ? undefined : inMs(valueNs));
  return defined({
    faultToFirst: inMs(figures.faultToFirstNs),
    lastToFirst: ms(figures.lastToFirstNs),
    added: ms(figures.addedNs),
    firstToAnnouncement: ms(figures.firstToAnnouncementNs),
  });
}

function pathReport({ sent, lost, duplicates, outages, outageFromNs, outageToNs }: PathFigures) {
  return { sent, lost, duplicates, outages, outageFrom: orEndless(outageFromNs), outageTo: orEndless(outageToNs) };
}

function pathsReport(summaries: CellSummaries['paths'], unit: Unit) {
  return defined({
    'to-server': summaryReport(summaries['to-server'], unit),
    'to-client': summaryReport(summaries['to-client'], unit),
    'virtual-address': summaryReport(summaries['virtual-address'], unit),
  });
}

/** What is written for a value. */
type Unit = (value: number) => number | null;

/** Packets are written as they are. */
const identity: Unit = (value) => value;

function summaryReport(summary: Summary | undefined, unit: Unit = orEndless): FailoverSummary | undefined {
  if (summary === undefined) return undefined;
  const { count, minimum, median, p90, p99, maximum } = summary;
  const estimate = ({ value, low, high }: Estimate) => ({ value: unit(value), low: unit(low), high: unit(high) });
  return {
    count,
    minimum: unit(minimum),
    median: estimate(median),
    p90: estimate(p90),
    p99: estimate(p99),
    maximum: unit(maximum),
  };
}

function inMs(valueNs: number): number {
  return Math.round(valueNs / 1000) / (MILLISECOND / 1000);
}

function orEndless(valueNs: number): number | null {
  return Number.isFinite(valueNs) ? inMs(valueNs) : null;
}
