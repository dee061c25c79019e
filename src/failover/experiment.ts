import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MILLISECOND } from '../capture/time.ts';
import { createRandomStream } from '../fabric/random.ts';
import { DocumentError } from '../scenario/problem.ts';
import type { Stage, StageCapabilities } from '../stage/stage.ts';
import { type ExpectedTime, expectedTime } from './expected.ts';
import { FAULTS } from './fault.ts';
import { measure } from './figures.ts';
import { playTrial, rolesOf } from './play.ts';
import { openTrialRecorder } from './recorder.ts';
import type { CellKey, CellResult, FailoverResult, RunResult } from './result.ts';
import { storyOf } from './story.ts';
import { summariseRuns, tellingRuns } from './summaries.ts';
import { LANS, sceneOf, type Trial } from './trial.ts';

/** Who is told how a measurement goes on. */
export interface FailoverListener {
  started?(cells: readonly CellKey[], runs: number, jobs: number): void;
  /** One run is over, in whatever order. */
  finished?(cell: CellKey, done: number, of: number): void;
}

export interface FailoverOptions {
  readonly cells: readonly CellKey[];
  readonly runs: number;
  readonly seed: number;
  readonly jobs?: number;
  /** Where the captures of the telling runs go; nothing is kept where it is absent. */
  readonly folder?: string;
  readonly listener?: FailoverListener;
  /** Ends it early: what is being played is finished, nothing more begins. */
  readonly signal?: AbortSignal;
}

/**
 * LANs that are probed side by side on a core, where the lab may use real-time priority, and where not. Building and
 * clearing away one holds the kernel's lock of links while another's takeover is due: of 54 runs on two cores, six were
 * left out for that with four LANs side by side, none with three, which took a quarter more time.
 */
const JOBS_A_CORE_REAL_TIME = 1.5;
const JOBS_A_CORE = 1;

/**
 * Measures every cell. Cells take turns, so that what happens to the host for a while is shared by all of them; a run
 * strikes at the same phase in every cell of one number, so that routers are compared under equal chances.
 */
export async function measureFailover(stage: Stage, options: FailoverOptions): Promise<FailoverResult> {
  const beganMs = performance.now();
  const { realTime } = stage.capabilities;
  const jobs = options.jobs ?? Math.ceil(availableParallelism() * (realTime ? JOBS_A_CORE_REAL_TIME : JOBS_A_CORE));
  const cells = options.cells.map((key) => openCell(key, stage.capabilities));
  const waiting = Array.from({ length: options.runs }, (_, index) => index + 1).flatMap((run) =>
    cells.flatMap((cell) => (cell.notApplicable === undefined ? [{ cell, run }] : [])),
  );
  options.listener?.started?.(options.cells, options.runs, jobs);
  const total = waiting.length;
  let done = 0;
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (options.signal?.aborted === true) return;
      const { cell, run } = next;
      if (cell.notApplicable === undefined) {
        const result = await playRun(stage, cell, run, options);
        if (result !== undefined) cell.runs.push(result);
      }
      done += 1;
      options.listener?.finished?.(cell.key, done, total);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, total) }, worker));
  return {
    seed: options.seed,
    runs: options.runs,
    jobs,
    realTime,
    wallMs: performance.now() - beganMs,
    cells: await Promise.all(cells.map(closeCell)),
  };
}

/** A cell while it is measured. */
interface OpenCell {
  readonly key: CellKey;
  readonly runs: RunResult[];
  readonly expected?: ExpectedTime;
  notApplicable?: string;
}

/** Whether the stage has the router, and the version can say the interval, is known before anything starts. */
function openCell(key: CellKey, { name, implementations, actions }: StageCapabilities): OpenCell {
  if (!implementations.has(key.router)) {
    return { key, runs: [], notApplicable: `the ${name} cannot run '${key.router}' here` };
  }
  if (FAULTS[key.fault].reloads === true && !actions.has('reload')) {
    return { key, runs: [], notApplicable: `the ${name} cannot have a router read its configuration again` };
  }
  try {
    const { intents } = sceneOf(key);
    const successor = intents.find(({ router, lan }) => router === rolesOf(key.fault)[1] && lan === LANS[0]);
    const expected = successor === undefined ? undefined : expectedTime(key.fault, successor);
    return { key, runs: [], ...(expected === undefined ? {} : { expected }) };
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return { key, runs: [], notApplicable: error.message };
  }
}

/** Plays one run of a cell. @returns undefined where it was ended early, or the cell is not applicable, which is noted there */
async function playRun(
  stage: Stage,
  cell: OpenCell,
  run: number,
  { seed, folder, signal }: FailoverOptions,
): Promise<RunResult | undefined> {
  const phase = createRandomStream(seed, `run ${run}`).fraction();
  const trial: Trial = { ...cell.key, phase, seed: seed + run - 1 };
  const place = folder === undefined ? undefined : join(folder, folderOf(cell.key), `run-${run}`);
  const recorder = place === undefined ? undefined : await openTrialRecorder(place, sceneOf(trial).intents);
  const played = await playTrial(stage, trial, recorder?.listener);
  await recorder?.end();
  const result = { run, seed: trial.seed, phase, ...(place === undefined ? {} : { folder: place }) };
  if (signal?.aborted === true && 'kind' in played) return undefined;
  if ('kind' in played) {
    if (played.kind === 'failed') return { ...result, excluded: played.reason };
    cell.notApplicable = played.reason;
    if (place !== undefined) await discard(place);
    return undefined;
  }
  const measured = measure(played);
  return measured.kind === 'excluded'
    ? { ...result, excluded: measured.reason }
    : { ...result, figures: measured.figures, story: storyOf(played) };
}

/** `native/v3-ipv4/100ms/power-off` */
export function folderOf({ router, variant, intervalNs, fault }: CellKey): string {
  return join(router.replaceAll(/[^A-Za-z0-9.-]+/g, '-'), variant, `${intervalNs / MILLISECOND}ms`, fault);
}

/** Sums up, and keeps the captures of the median run, of the worst, and of those that could not be played. */
async function closeCell({ key, runs, expected, notApplicable }: OpenCell): Promise<CellResult> {
  runs.sort((left, right) => left.run - right.run);
  const { median, worst } = tellingRuns(runs);
  const kept: RunResult[] = [];
  for (const result of runs) {
    const { folder, story: _, ...figures } = result;
    const telling = result.run === median || result.run === worst;
    if (folder !== undefined && !telling) await discard(folder);
    kept.push(telling ? result : figures);
  }
  return {
    ...key,
    ...(expected === undefined ? {} : { expected }),
    ...(notApplicable === undefined ? {} : { notApplicable }),
    runs: kept,
    summaries: summariseRuns(kept),
    ...(median === undefined ? {} : { medianRun: median }),
    ...(worst === undefined ? {} : { worstRun: worst }),
  };
}

async function discard(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
