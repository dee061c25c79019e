import { z } from 'zod';
import type { Stage, StageSet } from '../stage/stage.ts';
import { type CompileOptions, compileDocument } from './compile.ts';
import type { RunOptions } from './judge-run.ts';
import type { ParsedScenario } from './parse.ts';
import type { Plan } from './plan.ts';
import { createPlayer } from './play.ts';
import { DocumentError, ScenarioError } from './problem.ts';
import { readDocument } from './read-document.ts';
import type { ScenarioResult, StepResult } from './result.ts';
import { openRun } from './runner.ts';
import { type ScenarioDocument, type StepDocument, stepSchema } from './schema.ts';
import { followProbes } from './witnesses.ts';

/** A scenario's LANs with its routers running, where somebody decides what is done next, step by step. */
export interface AttendedRun {
  readonly plan: Plan;
  readonly set: StageSet;
  /** What became of the steps so far. */
  readonly steps: readonly StepResult[];
  /**
   * Does one step, as it stands in a scenario's file: `power-off: r1`. One comes after the other, however they are asked
   * for. Rejects with a ScenarioError where it cannot be understood.
   */
  perform(text: string): Promise<StepResult>;
  /** Takes everything down and tells what was seen. */
  finish(): Promise<ScenarioResult>;
}

export interface AttendedOptions extends RunOptions, Pick<CompileOptions, 'variant' | 'implementation' | 'profile'> {
  /** The steps that are done first; every router is started unless said. */
  readonly first?: readonly StepDocument[];
}

const STEP = z.strictObject({ steps: z.array(stepSchema).length(1) });
const STEP_FORMAT = { schema: STEP, jsonSchema: () => z.toJSONSchema(STEP, { io: 'input' }) };

/**
 * Builds the LANs of a scenario and does none of its steps. A tester is there, and the LANs are wires unless the file says
 * otherwise, so that any fault can be asked for. The result says why where it cannot be built. Throws a ScenarioError
 * where the file contradicts itself.
 */
export async function attend(
  stage: Stage,
  { document, file, placeOf }: ParsedScenario,
  { first = [{ start: Object.keys(routersOf(document)) }], ...options }: AttendedOptions,
): Promise<AttendedRun | ScenarioResult> {
  const done: StepDocument[] = [];
  const compile = (steps: readonly StepDocument[]): Plan =>
    compileDocument(
      { ...document, fabric: document.fabric ?? 'wire', steps: [...steps], expect: [] },
      { ...options, file, tester: true },
    );
  const opened = understand(file, placeOf, () => compile(first));
  const run = await openRun(stage, { ...opened, steps: [] }, options);
  if ('verdict' in run) return run;
  const { set, witnesses } = run;
  const play = createPlayer(opened, set, witnesses.sightings);
  const results: StepResult[] = [];
  let plan: Plan = { ...opened, steps: [] };
  let last: Promise<unknown> = Promise.resolve();

  async function perform(step: StepDocument): Promise<StepResult> {
    const { steps } = understand(
      'step',
      () => HERE,
      () => compile([...done, step]),
    );
    const index = steps.length - 1;
    followProbes(witnesses, steps[index]!);
    done.push(step);
    plan = { ...plan, steps };
    const result = await play(steps[index]!, index);
    results.push(result);
    return result;
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  }

  for (const step of first) void inTurn(() => perform(step));
  await last;
  return {
    plan: opened,
    set,
    steps: results,
    perform: (text) => inTurn(async () => await perform(readStep(text))),
    finish: () => inTurn(() => run.finish(plan, results)),
  };
}

function routersOf({ routers }: ScenarioDocument): Readonly<Record<string, unknown>> {
  return Array.isArray(routers) ? Object.fromEntries(routers.map((name) => [name, null])) : routers;
}

/** Reads one step. Throws a ScenarioError that says what was expected. */
function readStep(text: string): StepDocument {
  const { document } = readDocument(`steps:\n  - ${text.replaceAll('\n', '\n    ')}\n`, 'step', STEP_FORMAT);
  return document.steps[0]!;
}

const HERE = { line: 1, column: 1 };

/** Says of what a compiler found wrong where that stands. */
function understand<T>(file: string, placeOf: ParsedScenario['placeOf'], work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    throw new ScenarioError([{ file, message: error.message, ...placeOf(error.path) }]);
  }
}
