import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release } from 'node:os';
import { join, relative } from 'node:path';
import { type FailoverListener, measureFailover } from '../failover/experiment.ts';
import type { FaultName } from '../failover/fault.ts';
import type { CellKey } from '../failover/result.ts';
import { readRouters } from '../implementations/chosen-routers.ts';
import { baselineLines, compareWithBaseline } from '../report/failover-baseline.ts';
import { failoverCsv, failoverSummaryCsv } from '../report/failover-csv.ts';
import { failoverHtml } from '../report/failover-html.ts';
import { type FailoverContext, failoverReport } from '../report/failover-json.ts';
import { type FailoverReport, type FailoverRun, failoverSchema } from '../report/failover-schema.ts';
import { failoverMarkdown, failoverText } from '../report/failover-text.ts';
import { printable } from '../report/printable.ts';
import { styleFor } from '../report/style.ts';
import { VARIANT_FACTS, VARIANTS } from '../scenario/variant.ts';
import { type Stage, StageError } from '../stage/stage.ts';
import { endOnSignal } from './end-on-signal.ts';
import { EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';
import { openStage } from './open-stage.ts';
import { prepareOutput } from './output.ts';
import { createProgress } from './progress.ts';
import { routerVersion } from './router-version.ts';

/** The options of `vrrpbench failover` as commander hands them over; intervals are in nanoseconds. */
export interface FailoverCommandOptions {
  readonly router: readonly string[];
  readonly interval: readonly number[];
  readonly version: readonly (2 | 3)[];
  readonly family: readonly ('ipv4' | 'ipv6')[];
  readonly fault: readonly FaultName[];
  readonly runs: number;
  readonly seed?: number;
  readonly jobs?: number;
  readonly out: string;
  readonly json?: boolean;
  readonly baseline?: string;
  readonly threshold: number;
}

const SEED_LIMIT = 2 ** 31;
/** The files that a measurement leaves behind in its folder. */
const FILES = {
  json: 'failover.json',
  csv: 'failover.csv',
  summaries: 'failover-summaries.csv',
  html: 'failover.html',
  markdown: 'failover.md',
} as const;

/** Measures failovers, tells what came of them, and returns the exit status. */
export async function failoverCommand(options: FailoverCommandOptions): Promise<number> {
  let baseline: FailoverReport | undefined;
  let stage: Stage;
  let cells: readonly CellKey[];
  try {
    baseline = options.baseline === undefined ? undefined : await readBaseline(options.baseline);
    const routers = await readRouters(options.router);
    cells = cellsOf({ ...options, router: routers.names });
    if (cells.length === 0) throw new StageError('--version 2 --family ipv6: version 2 knows IPv4 alone');
    const unusable = await prepareOutput(options);
    if (unusable !== undefined) throw new StageError(unusable);
    stage = await openStage('lab', routers.manifests);
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    const cure = error.cure === undefined ? '' : `\n${error.cure}`;
    process.stderr.write(`${printable(error.message)}${cure}\n`);
    return error.cure === undefined ? EXIT_UNUSABLE : EXIT_INCONCLUSIVE;
  }
  const seed = options.seed ?? randomInt(SEED_LIMIT);
  const progress = createProgress(process.stderr);
  const ending = endOnSignal(stage);
  try {
    const result = await measureFailover(stage, {
      cells,
      runs: options.runs,
      seed,
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
      folder: options.out,
      listener: listenerOf(progress),
      signal: ending.signal,
    });
    progress.end();
    const report = failoverReport(result, await contextOf(options, seed));
    await writeFiles(options.out, report);
    const slower = tell(report, baseline, options);
    return ending.status() ?? statusOf(report, slower);
  } finally {
    progress.end();
    ending.forget();
    await stage.close();
  }
}

/** Every combination that was asked for; the routers of one combination are neighbors, so that they share the host's moods. */
function cellsOf({ router, interval, version, family, fault }: FailoverCommandOptions): readonly CellKey[] {
  const variants = VARIANTS.filter((variant) => {
    const facts = VARIANT_FACTS[variant];
    return version.includes(facts.version) && family.includes(facts.family);
  });
  return fault.flatMap((name) =>
    variants.flatMap((variant) =>
      interval.flatMap((intervalNs) =>
        router.map((implementation) => ({ router: implementation, variant, intervalNs, fault: name })),
      ),
    ),
  );
}

/** Reads what an earlier measurement wrote. @throws StageError where it cannot be used */
async function readBaseline(path: string): Promise<FailoverReport> {
  const refuse = (why: string) => new StageError(`--baseline ${path}: ${why}`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw refuse((error as Error).message);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(`it is no JSON: ${(error as Error).message}`);
  }
  const parsed = failoverSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(
    `it is not what vrrpbench failover writes: ${issue?.message ?? ''} at ${issue?.path.join('.') || 'its top'}`,
  );
}

function listenerOf(progress: ReturnType<typeof createProgress>): FailoverListener {
  return {
    started: (cells, runs) => progress.show(0, cells.length * runs, 'starting'),
    finished: ({ router, fault, variant, intervalNs }, done, of) =>
      progress.show(done, of, `${router}, ${fault}, ${variant}, ${intervalNs / 1e6} ms`),
  };
}

async function contextOf(options: FailoverCommandOptions, seed: number): Promise<FailoverContext> {
  const versions = await Promise.all(options.router.map(async (name) => [name, await routerVersion(name)] as const));
  return {
    command: commandOf(options, seed),
    host: {
      kernel: release(),
      cores: availableParallelism(),
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      node: process.versions.node,
    },
    routers: Object.fromEntries(
      versions.flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])),
    ),
  };
}

/** The command that measures the same again. */
function commandOf(options: FailoverCommandOptions, seed: number): string {
  const milliseconds = options.interval.map((intervalNs) => `${intervalNs / 1e6}ms`);
  return [
    'vrrpbench failover',
    `--router ${options.router.join(',')}`,
    `--interval ${milliseconds.join(',')}`,
    `--version ${options.version.join(',')}`,
    `--family ${options.family.join(',')}`,
    `--fault ${options.fault.join(',')}`,
    `--runs ${options.runs}`,
    `--seed ${seed}`,
    ...(options.jobs === undefined ? [] : [`--jobs ${options.jobs}`]),
  ].join(' ');
}

async function writeFiles(folder: string, report: FailoverReport): Promise<void> {
  await writeFile(join(folder, FILES.json), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, FILES.csv), failoverCsv(report));
  await writeFile(join(folder, FILES.summaries), failoverSummaryCsv(report));
  await writeFile(join(folder, FILES.html), failoverHtml(linkedFrom(folder, report)));
  await writeFile(join(folder, FILES.markdown), failoverMarkdown(report));
}

/** With the folders of captures as a page in the measurement's folder links to them. */
function linkedFrom(folder: string, report: FailoverReport): FailoverReport {
  const linked = (run: FailoverRun): FailoverRun =>
    run.folder === undefined ? run : { ...run, folder: relative(folder, run.folder) };
  return { ...report, cells: report.cells.map((cell) => ({ ...cell, runs: cell.runs.map(linked) })) };
}

/** Tells the figures, and how they compare. @returns whether something became slower */
function tell(report: FailoverReport, baseline: FailoverReport | undefined, options: FailoverCommandOptions): boolean {
  const screen = options.json === true ? process.stderr : process.stdout;
  screen.write(failoverText(report, styleFor(screen), screen.isTTY ? screen.columns : undefined));
  if (options.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (baseline === undefined) return false;
  const compared = compareWithBaseline(baseline, report, options.threshold / 1e6);
  screen.write(`\n${baselineLines(compared).map(printable).join('\n')}\n`);
  return compared.comparisons.some(({ regressed }) => regressed);
}

/** 1: slower than before; 3: a cell that should have been measured has no figures, or nothing was. */
function statusOf({ cells }: FailoverReport, slower: boolean): number {
  if (slower) return EXIT_FAILED;
  const played = cells.filter(({ notApplicable }) => notApplicable === undefined);
  const empty = played.some(({ runs }) => runs.every(({ excluded }) => excluded !== undefined));
  return played.length === 0 || empty ? EXIT_INCONCLUSIVE : EXIT_PASSED;
}
