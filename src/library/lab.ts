/// <reference lib="esnext.disposable" preserve="true" />
import { randomInt } from 'node:crypto';
import { readRouters } from '../implementations/chosen-routers.ts';
import type { Plan } from '../scenario/plan.ts';
import type { ScenarioResult } from '../scenario/result.ts';
import { runSuite } from '../scenario/suite.ts';
import { createSimulation } from '../simulation/simulation.ts';
import type { Stage } from '../stage/stage.ts';
import { openLabFor } from './open-lab.ts';
import type { PlanOptions, Scenario } from './scenario.ts';

/** What became of a scenario, with the plan that was played: whose timers it ran by. */
export interface Run extends ScenarioResult {
  readonly plan: Plan;
}

export interface PlayOptions extends PlanOptions {
  /** What chance draws from; the run's result names it. */
  readonly seed?: number;
  /** Where a folder with the capture, logs and configurations is made (the result names it); nothing is kept unless said. */
  readonly folder?: string;
}

/** Where scenarios are played until it is closed. Several may be played at a time. */
export interface Lab extends AsyncDisposable {
  readonly stage: Stage;
  /** Plays it, and again, three times in all, as long as the host's stalls leave it undecided. */
  play(scenario: Scenario, options?: PlayOptions): Promise<Run>;
  close(): Promise<void>;
}

export interface LibraryLabOptions {
  /** Files that say how routers of others are run (docs/routers.md). */
  readonly manifests?: readonly string[];
  /** Plays in virtual time, without the kernel: the native router's protocol alone. */
  readonly virtual?: boolean;
}

const SEED_LIMIT = 2 ** 31;

/**
 * Opens a lab of Linux network namespaces with every router that is installed. Rejects with a StageError that names the
 * cure where the host forbids it, or where a manifest cannot be used.
 */
export async function lab({ manifests = [], virtual = false }: LibraryLabOptions = {}): Promise<Lab> {
  const stage = virtual ? createSimulation() : await openLabFor((await readRouters(manifests)).manifests);
  const close = (): Promise<void> => stage.close();
  return { stage, play: (scenario, options) => play(stage, scenario, options), close, [Symbol.asyncDispose]: close };
}

async function play(stage: Stage, scenario: Scenario, options: PlayOptions = {}): Promise<Run> {
  const { seed = randomInt(SEED_LIMIT), folder } = options;
  const plan = scenario.plan(options);
  const { results } = await runSuite(stage, [plan], { seed, ...(folder === undefined ? {} : { folder }) });
  return { ...results[0]!, plan };
}
