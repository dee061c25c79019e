import { countVerdicts } from './count.ts';
import { addUsage } from './cpu.ts';
import { type RunReport, runReportSchema } from './run-schema.ts';

/** Reports that do not fit together, or a file that is none. The message names the file and the cure. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}

/** A report and where it was read. */
export interface NamedReport {
  readonly file: string;
  readonly report: RunReport;
}

/** One report made of several, and the shards that nobody handed in. */
export interface MergedReport {
  readonly report: RunReport;
  /** `shard 3 of 4`; their scenarios are not in the report. */
  readonly missing: readonly string[];
}

/** Reads what `run --json` printed. Throws a ReportError where it is something else. */
export function parseRunReport(text: string, file: string): RunReport {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new ReportError(`${file}: this is no JSON: ${(error as Error).message}`);
  }
  const parsed = runReportSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new ReportError(`${file}: this is no report of a run: ${path.join('.') || 'the document'}: ${message}`);
}

/** Joins reports of scenarios that are not the same. Throws a ReportError where two of them played the same one. */
export function mergeReports(reports: readonly NamedReport[]): MergedReport {
  const first = reports[0];
  if (first === undefined) throw new ReportError('there is no report of a run to join');
  const missing = missingShards(reports);
  const scenarios = joinScenarios(reports);
  const single = reports.length === 1 && first.report.shard !== undefined ? { shard: first.report.shard } : {};
  const all = reports.map(({ report }) => report);
  const report: RunReport = {
    version: first.report.version,
    seed: first.report.seed,
    jobs: Math.max(...all.map(({ jobs }) => jobs)),
    repeat: Math.max(...all.map(({ repeat }) => repeat)),
    ...single,
    wallMs: Math.max(...all.map(({ wallMs }) => wallMs)),
    ...(all.every(({ cpu }) => cpu !== undefined) ? { cpu: addUsage(all.flatMap(({ cpu }) => cpu ?? [])) } : {}),
    verdicts: countVerdicts(scenarios),
    scenarios,
    repaired: all.flatMap(({ repaired }) => repaired),
    notBegun: all.flatMap(({ notBegun }) => notBegun),
  };
  return { report, missing };
}

function joinScenarios(reports: readonly NamedReport[]): RunReport['scenarios'] {
  const places = new Map<string, string>();
  const scenarios = reports.flatMap(({ file, report }) =>
    report.scenarios.map((scenario) => {
      const before = places.get(scenario.id);
      if (before !== undefined) {
        throw new ReportError(`${scenario.id} is in ${before} and in ${file}: give one of them`);
      }
      places.set(scenario.id, file);
      return scenario;
    }),
  );
  return scenarios.sort((one, other) => (one.id < other.id ? -1 : 1));
}

function missingShards(reports: readonly NamedReport[]): readonly string[] {
  const counts = new Map<number, Set<number>>();
  for (const { shard } of reports.map(({ report }) => report)) {
    if (shard === undefined) continue;
    counts.set(shard.count, (counts.get(shard.count) ?? new Set<number>()).add(shard.index));
  }
  return [...counts].flatMap(([count, present]) =>
    Array.from({ length: count }, (_, place) => place + 1)
      .filter((index) => !present.has(index))
      .map((index) => `shard ${index} of ${count}`),
  );
}
