import { FAULTS } from '../failover/fault.ts';
import { PATHS } from '../failover/trial.ts';
import type { FailoverCell, FailoverReport, FailoverRun, FailoverSummary } from './failover-schema.ts';

/** The cells that were measured under equal conditions but for the router: one table. */
export interface FailoverGroup {
  /** `power-off, v3-ipv4, 100 ms` */
  readonly title: string;
  /** What was done, and what the RFC's timers say of it, in a sentence. */
  readonly about: string;
  readonly rows: readonly FailoverRow[];
  readonly cells: readonly FailoverCell[];
}

/** One router's row; texts in milliseconds. */
export interface FailoverRow {
  readonly router: string;
  /** Why there are no figures. */
  readonly notApplicable?: string;
  /** `30`, or `28 of 30` where some were left out. */
  readonly runs: string;
  readonly addedMedian: string;
  readonly addedP99: string;
  readonly outageMedian: string;
  readonly outageP90: string;
  readonly outageP99: string;
  readonly outageMaximum: string;
  /** Of each path, in the order of the legend. */
  readonly lost: string;
  readonly duplicates: string;
  readonly bothAnswered: string;
  readonly tcpMedian: string;
  readonly tcpMaximum: string;
}

/** What one path showed with one router: texts, times in milliseconds. */
export interface FailoverPathRow {
  readonly router: string;
  readonly path: string;
  readonly outageMedian: string;
  readonly outageP90: string;
  readonly outageP99: string;
  readonly outageMaximum: string;
  readonly lostMedian: string;
  readonly lostMaximum: string;
  readonly duplicatesMaximum: string;
}

/** The columns of a path's row, with their titles. */
export const FAILOVER_PATH_COLUMNS = [
  ['router', 'router'],
  ['path', 'path'],
  ['outageMedian', 'gone, median'],
  ['outageP90', 'p90'],
  ['outageP99', 'p99'],
  ['outageMaximum', 'max'],
  ['lostMedian', 'lost, median'],
  ['lostMaximum', 'max'],
  ['duplicatesMaximum', 'twice, max'],
] as const satisfies readonly (readonly [keyof FailoverPathRow, string])[];

/** The columns of a row, with their titles. */
export const FAILOVER_COLUMNS = [
  ['router', 'router'],
  ['runs', 'runs'],
  ['addedMedian', 'added, median'],
  ['addedP99', 'p99'],
  ['outageMedian', 'gone, median'],
  ['outageP90', 'p90'],
  ['outageP99', 'p99'],
  ['outageMaximum', 'max'],
  ['lost', 'lost, median'],
  ['duplicates', 'twice, max'],
  ['bothAnswered', 'both answered'],
  ['tcpMedian', 'TCP stall, median'],
  ['tcpMaximum', 'max'],
] as const satisfies readonly (readonly [keyof FailoverRow, string])[];

/** What the columns mean: said once, under or over the tables. */
export const FAILOVER_LEGEND =
  "added: what the implementation adds to the RFC's time from the last advertisement heard to its own first. " +
  'gone: the longest time without packets on the worst of three paths (host to server, server to host, virtual address); ' +
  'median with its 95% interval. lost, twice: packets that did not arrive, and that arrived again, on each of the three. both answered: the longest time in which both routers answered for the virtual address. ' +
  'TCP stall: how long a connection from host to server stood still that carries a few octets every 0.8 ms; Linux ' +
  'sends again after 200 ms, then each time after twice as long, so it comes back later than the network; ∞: not at all. ' +
  'All in milliseconds.';

/** Groups a measurement's cells into tables, in the order of the cells. */
export function failoverGroups({ cells }: FailoverReport): readonly FailoverGroup[] {
  const groups = new Map<string, FailoverCell[]>();
  for (const cell of cells) {
    const title = `${cell.fault}, ${cell.variant}, ${number(cell.interval)} ms`;
    groups.set(title, [...(groups.get(title) ?? []), cell]);
  }
  return [...groups].map(([title, members]) => ({
    title,
    about: aboutCells(members),
    rows: members.map(rowOf),
    cells: members,
  }));
}

function aboutCells(members: readonly FailoverCell[]): string {
  const { title, law } = FAULTS[members[0]!.fault];
  const expected = members.find((cell) => cell.expected !== undefined)?.expected;
  const about = `The Active router: ${title}.`;
  if (law === 'none') return `${about} The RFC knows no takeover.`;
  return expected === undefined ? about : `${about} ${expectedText(expected)}`;
}

function expectedText({ from, to }: { readonly from: number; readonly to: number }): string {
  const after = 'after the fault';
  return from === to
    ? `By the RFC's timers the takeover is due ${number(to)} ms ${after}.`
    : `By the RFC's timers the takeover is due ${number(from)} to ${number(to)} ms ${after}, ${number((from + to) / 2)} at the median.`;
}

function rowOf(cell: FailoverCell): FailoverRow {
  const { router, notApplicable, runs, summaries } = cell;
  const counted = runs.filter(({ excluded }) => excluded === undefined).length;
  const { added, outage, bothAnswered, tcpStall, lost, duplicates } = summaries;
  return {
    router,
    ...(notApplicable === undefined ? {} : { notApplicable }),
    runs: counted === runs.length ? `${counted}` : `${counted} of ${runs.length}`,
    addedMedian: number(added?.median.value),
    addedP99: number(added?.p99.value),
    outageMedian: withInterval(outage),
    outageP90: number(outage?.p90.value),
    outageP99: number(outage?.p99.value),
    outageMaximum: number(outage?.maximum),
    lost: ofPaths(lost, ({ median }) => median.value),
    duplicates: ofPaths(duplicates, ({ maximum }) => maximum),
    bothAnswered: number(bothAnswered?.maximum),
    tcpMedian: number(tcpStall?.median.value),
    tcpMaximum: number(tcpStall?.maximum),
  };
}

/** `319/4/319`: packets to the server, to the host, and of the virtual address; `0` where it is so of all. */
function ofPaths(
  summaries: FailoverCell['summaries']['lost'],
  of: (summary: FailoverSummary) => number | null,
): string {
  const counts = PATHS.map((path) => {
    const summary = summaries?.[path];
    return number(summary === undefined ? undefined : of(summary));
  });
  return new Set(counts).size === 1 && !(Number(counts[0]) > 0) ? counts[0]! : counts.join('/');
}

/** A cell's figures of each path. */
export function failoverPathRows({ router, summaries: { paths, lost, duplicates } }: FailoverCell): FailoverPathRow[] {
  return PATHS.map((path) => ({
    router,
    path,
    outageMedian: withInterval(paths[path]),
    outageP90: number(paths[path]?.p90.value),
    outageP99: number(paths[path]?.p99.value),
    outageMaximum: number(paths[path]?.maximum),
    lostMedian: number(lost?.[path]?.median.value),
    lostMaximum: number(lost?.[path]?.maximum),
    duplicatesMaximum: number(duplicates?.[path]?.maximum),
  }));
}

function withInterval(summary: FailoverSummary | undefined): string {
  if (summary === undefined) return '-';
  const { value, low, high } = summary.median;
  return low === high ? number(value) : `${number(value)} (${number(low)}-${number(high)})`;
}

/** The outage of a run on its worst path, in milliseconds; Infinity where it did not end. */
export function outageOf({ paths }: FailoverRun): number | undefined {
  if (paths === undefined) return undefined;
  return Math.max(
    ...Object.values(paths).map(({ outageFrom, outageTo }) =>
      outageFrom === null || outageTo === null ? Number.POSITIVE_INFINITY : (outageFrom + outageTo) / 2,
    ),
  );
}

/** Milliseconds as people read them: three digits that count, at most; `-` where there is nothing, `∞` without end. */
export function number(value: number | null | undefined): string {
  if (value === undefined) return '-';
  if (value === null) return '∞';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)) + 0);
}

/** Why runs were left out, and how often: `2 native power-off v3-ipv4 100 ms: the host stood still …`. */
export function excludedLines({ cells }: FailoverReport): readonly string[] {
  const reasons = new Map<string, number>();
  for (const { router, fault, variant, interval, runs } of cells) {
    for (const { excluded } of runs) {
      if (excluded === undefined) continue;
      const line = `${router}, ${fault}, ${variant}, ${number(interval)} ms: ${excluded}`;
      reasons.set(line, (reasons.get(line) ?? 0) + 1);
    }
  }
  return [...reasons].map(([line, count]) => `${count} ${count === 1 ? 'run' : 'runs'} left out: ${line}`);
}
