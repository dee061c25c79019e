import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type ChosenRouters, readRouters } from '../implementations/chosen-routers.ts';
import { entryWords, mountNamespaceOf } from '../lab/enter.ts';
import { attendedLines, farewellLines } from '../report/attended-text.ts';
import { printable } from '../report/printable.ts';
import { styleFor } from '../report/style.ts';
import { type AttendedRun, attend } from '../scenario/attended.ts';
import { variantsOf } from '../scenario/compile.ts';
import type { ParsedScenario } from '../scenario/parse.ts';
import { ScenarioError } from '../scenario/problem.ts';
import type { Variant } from '../scenario/variant.ts';
import { type Machines, type Stage, StageError } from '../stage/stage.ts';
import { runProgram, shellOfUser } from './enter.ts';
import { EXIT_INCONCLUSIVE, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';
import { type DoorAnswer, type DoorRequest, LAB_VARIABLE, openDoor } from './lab-door.ts';
import { openStage } from './open-stage.ts';
import { prepareOutput } from './output.ts';
import { readScenarios } from './scenario-files.ts';

/** The options of `vrrpbench lab` as commander hands them over. */
export interface LabCommandOptions {
  readonly router: string;
  readonly variant?: readonly Variant[];
  readonly out: string;
  readonly seed?: number;
}

const SEED_LIMIT = 2 ** 31;

/**
 * Builds the LANs of a scenario, starts its routers, and runs a program among them, a shell unless it is said; when that
 * ends, everything is taken down. Returns the program's exit status; that of a shell counts for nothing.
 */
export async function labCommand(file: string, words: readonly string[], options: LabCommandOptions): Promise<number> {
  let scenario: ParsedScenario | undefined;
  let routers: ChosenRouters;
  try {
    [scenario] = await readScenarios([file]);
    routers = await readRouters([options.router]);
  } catch (error) {
    if (!(error instanceof ScenarioError || error instanceof StageError)) throw error;
    return complain(error, EXIT_UNUSABLE);
  }
  if (scenario === undefined) return complain(new StageError(`no scenario in ${file}`), EXIT_UNUSABLE);
  const unusable = await prepareOutput(options);
  if (unusable !== undefined) return complain(new StageError(unusable), EXIT_UNUSABLE);
  let stage: Stage;
  try {
    stage = await openStage('lab', routers.manifests);
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    return complain(error, EXIT_INCONCLUSIVE);
  }
  try {
    return await attendTo(stage, scenario, routers.names[0]!, words, options);
  } catch (error) {
    if (!(error instanceof ScenarioError || error instanceof StageError)) throw error;
    return complain(error, error instanceof ScenarioError ? EXIT_UNUSABLE : EXIT_INCONCLUSIVE);
  } finally {
    await stage.close();
  }
}

async function attendTo(
  stage: Stage,
  scenario: ParsedScenario,
  implementation: string,
  words: readonly string[],
  { out, seed = randomInt(SEED_LIMIT), variant }: LabCommandOptions,
): Promise<number> {
  const run = await attend(stage, scenario, {
    variant: variant?.[0] ?? variantsOf(scenario.document)[0]!,
    implementation,
    seed,
    folder: join(out, 'lab'),
  });
  if ('verdict' in run) throw new StageError(run.reason ?? 'the lab cannot be built');
  try {
    const machines = await run.set.machines?.();
    if (machines === undefined) throw new StageError('this lab has no machines');
    return await letIn(run, machines, words);
  } finally {
    const style = styleFor(process.stdout);
    process.stdout.write(`${farewellLines(await run.finish(), style).join('\n')}\n`);
  }
}

async function letIn(run: AttendedRun, machines: Machines, words: readonly string[]): Promise<number> {
  const mountNamespace = mountNamespaceOf(machines);
  const door = await openDoor((request) => answer(run, { machines, mountNamespace }, request));
  try {
    const isShell = words.length === 0;
    const lines = attendedLines(run, styleFor(process.stdout));
    if (isShell) process.stdout.write(`${lines.join('\n')}\n`);
    const env = {
      ...process.env,
      [LAB_VARIABLE]: door.path,
      PATH: `${door.programs}:${process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin'}`,
    };
    const status = await runProgram(
      entryWords(machines, mountNamespace, undefined, isShell ? [shellOfUser()] : words),
      env,
    );
    return isShell ? EXIT_PASSED : status;
  } finally {
    await door.close();
  }
}

async function answer(
  run: AttendedRun,
  entry: { readonly machines: Machines; readonly mountNamespace: string },
  request: DoorRequest,
): Promise<DoorAnswer> {
  if (request.kind === 'machines') return entry;
  if (request.kind !== 'step') throw new StageError('the lab was asked for something that it does not know');
  try {
    const { text, verdict, reason } = await run.perform(request.text);
    return { text, verdict, ...(reason === undefined ? {} : { reason }) };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    // Where in the words of a command something stands is plain to see.
    throw new StageError(error.problems.map(({ message }) => message).join('\n'), 'docs/scenarios.md lists the steps');
  }
}

function complain(error: Error, status: number): number {
  const cure = error instanceof StageError && error.cure !== undefined ? `\n${error.cure}` : '';
  process.stderr.write(`${`${error.message}${cure}`.split('\n').map(printable).join('\n')}\n`);
  return status;
}
