import { join } from 'node:path';
import { type Stage, StageError, type StageUsage } from '../stage/stage.ts';
import { createDensity } from './density.ts';
import { routerOf } from './judge-run.ts';
import { judgeDeviations, type RepairedDeviation, repairedDeviations } from './known-deviations.ts';
import type { KnownDeviations } from './known-deviations-schema.ts';
import type { Plan } from './plan.ts';
import { joinPlays } from './repeat.ts';
import type { ScenarioResult } from './result.ts';
import { runPlan } from './runner.ts';
import { type Shard, scenariosOfShard } from './shard.ts';

/** An inconclusive scenario is played again, at most so often in all. */
export const ATTEMPT_LIMIT = 3;

/** Who is told how a suite goes on. Every method is called on the thread of the suite, and must not block. */
export interface SuiteListener {
  suiteStarted?(plans: readonly PlannedScenario[], jobs: number): void;
  scenarioStarted?(scenario: PlannedScenario, attempt: number): void;
  /** A step of it begins, in these words. */
  stepStarted?(scenario: PlannedScenario, step: string): void;
  /** An attempt was inconclusive, and it is played again. */
  scenarioRepeated?(scenario: PlannedScenario, result: ScenarioResult): void;
  scenarioFinished?(scenario: PlannedScenario, result: ScenarioResult): void;
}

/** A plan with the place that it has in a suite. */
export interface PlannedScenario {
  /** `power-off/v3-ipv4/native` */
  readonly id: string;
  readonly plan: Plan;
  /** Which of several plays it is, counted from 1; absent where it is played once. */
  readonly play?: { readonly number: number; readonly of: number };
}

export interface SuiteOptions {
  readonly seed: number;
  readonly jobs?: number;
  /** How often each scenario is played; once unless said. */
  readonly repeat?: number;
  /** What is known of routers, and is not to be failed for. */
  readonly known?: readonly KnownDeviations[];
  /** Only the scenarios of this shard. */
  readonly shard?: Shard;
  /** Each scenario gets a folder of its own in it. */
  readonly folder?: string;
  readonly listener?: SuiteListener;
  /** Ends the suite early: what is being played is finished, nothing more begins. */
  readonly signal?: AbortSignal;
  /** The command that plays one plan again, with the seed that it was played with. */
  readonly rerun?: (plan: Plan, seed: number) => string;
}

/** What became of a suite. */
export interface SuiteResult {
  readonly results: readonly ScenarioResult[];
  readonly jobs: number;
  readonly seed: number;
  readonly repeat: number;
  readonly shard?: Shard;
  readonly wallMs: number;
  /** CPU time of the run; absent where the stage has no processes, or broke. */
  readonly cpu?: StageUsage;
  /** What was known of a router and was not so in this run. */
  readonly repaired: readonly RepairedDeviation[];
  /** Plans that were not begun because the suite was ended early. */
  readonly notBegun: readonly string[];
}

/**
 * Plays plans side by side, each as often as was asked for; the results are one for each plan, in the order of the plans,
 * whatever finished first.
 */
export async function runSuite(stage: Stage, plans: readonly Plan[], options: SuiteOptions): Promise<SuiteResult> {
  const beganMs = performance.now();
  const { seed, repeat = 1, shard, listener } = options;
  const named = nameScenarios(plans);
  const scenarios = shard === undefined ? named : scenariosOfShard(named, shard);
  const waiting = playsOf(scenarios, repeat);
  const toPlay = waiting.map(({ plan }) => plan);
  const density = createDensity(stage, toPlay, options.jobs);
  const { jobs } = density;
  const plays = new Map<string, ScenarioResult[]>(scenarios.map(({ id }) => [id, []]));
  listener?.suiteStarted?.(waiting, jobs);
  const playOne = async (next: PlannedScenario) => {
    await density.enter(next.plan);
    try {
      if (options.signal?.aborted !== true) plays.get(next.id)?.push(await runUntilConclusive(stage, next, options));
    } finally {
      density.leave(next.plan);
    }
  };
  await Promise.all(waiting.map(playOne));
  const wallMs = performance.now() - beganMs;
  const cpu = await usageOf(stage);
  const played = [...plays.values()].filter(({ length }) => length > 0);
  const results = played.map((several) => joinPlays(several.sort((one, other) => one.seed - other.seed)));
  return {
    results,
    jobs,
    seed,
    repeat,
    ...(shard === undefined ? {} : { shard }),
    wallMs,
    ...(cpu === undefined ? {} : { cpu }),
    repaired: (options.known ?? []).flatMap((file) => repairedDeviations(results, file)),
    notBegun: [...plays].flatMap(([id, { length }]) => (length === 0 ? [id] : [])),
  };
}

async function usageOf(stage: Stage): Promise<StageUsage | undefined> {
  try {
    return await stage.usage?.();
  } catch (error) {
    if (error instanceof StageError) return undefined;
    throw error;
  }
}

/** Every scenario once, then every scenario again: what happens to the host for a while is shared by all of them. */
function playsOf(scenarios: readonly PlannedScenario[], repeat: number): PlannedScenario[] {
  if (repeat === 1) return [...scenarios];
  return Array.from({ length: repeat }, (_, index) => index + 1).flatMap((number) =>
    scenarios.map((scenario) => ({ ...scenario, play: { number, of: repeat } })),
  );
}

/** Two files of one name in different folders stay apart by a number. */
function nameScenarios(plans: readonly Plan[]): readonly PlannedScenario[] {
  const taken = new Set<string>();
  return plans.map((plan) => {
    const base = `${plan.scenario}/${plan.variant}/${routerOf(plan)}`;
    let id = base;
    for (let number = 2; taken.has(id); number++) id = `${base}-${number}`;
    taken.add(id);
    return { id, plan };
  });
}

async function runUntilConclusive(
  stage: Stage,
  scenario: PlannedScenario,
  options: SuiteOptions,
): Promise<ScenarioResult> {
  const { listener, folder } = options;
  for (let attempt = 1; ; attempt++) {
    listener?.scenarioStarted?.(scenario, attempt);
    // Each attempt draws its own faults, and the first draws those of the seed that was asked for.
    const seed = options.seed + ((scenario.play?.number ?? 1) - 1) * ATTEMPT_LIMIT + attempt - 1;
    const played = await runPlan(stage, scenario.plan, {
      seed,
      ...(folder === undefined ? {} : { folder: folderOf(folder, scenario) }),
      ...(options.rerun === undefined ? {} : { rerun: options.rerun(scenario.plan, seed) }),
      onStep: ({ text }) => listener?.stepStarted?.(scenario, text),
    });
    const deviations = judgeDeviations(played, options.known ?? []);
    const result = endedEarly({ ...played, id: scenario.id, attempts: attempt, deviations }, options.signal);
    const again = result.verdict === 'inconclusive' && result.steps.some(({ beganNs }) => beganNs !== undefined);
    if (!again || attempt >= ATTEMPT_LIMIT || options.signal?.aborted === true) {
      listener?.scenarioFinished?.(scenario, result);
      return result;
    }
    listener?.scenarioRepeated?.(scenario, result);
  }
}

function folderOf(folder: string, { id, play }: PlannedScenario): string {
  return play === undefined ? join(folder, id) : join(folder, id, `play-${play.number}`);
}

/** What a run that is ended early leaves open says nothing about the router. */
function endedEarly(result: ScenarioResult, signal: AbortSignal | undefined): ScenarioResult {
  if (signal?.aborted !== true || result.verdict !== 'inconclusive') return result;
  return { ...result, verdict: 'skipped', reason: 'the run was ended early' };
}
