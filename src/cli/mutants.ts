import { LEDGER } from '../conformance/ledger/ledger.ts';
import { findMisbehaviour, MISBEHAVIOURS } from '../misbehaviour/catalogue.ts';
import type { Misbehaviour } from '../misbehaviour/misbehaviour.ts';
import { mutantsJson, mutantsSummary, mutantText } from '../report/mutants-text.ts';
import { printable } from '../report/printable.ts';
import { isCaught, runMutants } from '../scenario/mutants.ts';
import type { ParsedScenario } from '../scenario/parse.ts';
import { ScenarioError } from '../scenario/problem.ts';
import { VARIANTS, type Variant } from '../scenario/variant.ts';
import { type Stage, StageError } from '../stage/stage.ts';
import { EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';
import { openStage, type StageChoice } from './open-stage.ts';
import { bundledScenarios, readScenarios } from './scenario-files.ts';

/** The options of `vrrpbench mutants` as commander hands them over. */
export interface MutantsCommandOptions {
  readonly only?: readonly string[];
  readonly variant?: readonly Variant[];
  readonly stage: StageChoice;
  readonly jobs?: number;
  readonly json?: boolean;
}

/** Misbehaviours side by side in a lab; virtual time has one thread. */
const JOBS: Readonly<Record<StageChoice, number>> = { lab: 12, virtual: 1 };
const SEED = 1;
const MUTANT_SCENARIOS = ['conformance', 'field'];

/** Plays scenarios with routers that misbehave, prints which were caught by what, and returns the exit status. */
export async function mutantsCommand(paths: readonly string[], options: MutantsCommandOptions): Promise<number> {
  const asked = choose(options.only);
  if (typeof asked === 'string') return complain(asked);
  const chosen = asked.filter(({ notInVirtualTime }) => options.stage === 'lab' || notInVirtualTime === undefined);
  let scenarios: readonly ParsedScenario[];
  let stage: Stage;
  try {
    scenarios = await readScenarios(
      paths.length === 0 ? MUTANT_SCENARIOS.map((name) => `${bundledScenarios()}/${name}`) : paths,
    );
    stage = await openStage(options.stage);
  } catch (error) {
    if (error instanceof ScenarioError) return complain(error.message);
    if (!(error instanceof StageError)) throw error;
    complain(error.message);
    return EXIT_INCONCLUSIVE;
  }
  const screen = options.json === true ? process.stderr : process.stdout;
  for (const { name, notInVirtualTime } of asked.filter((one) => !chosen.includes(one)))
    screen.write(`left out: ${name}: not in virtual time, ${notInVirtualTime} (--stage lab)\n`);
  try {
    const results = await runMutants(stage, scenarios, chosen, {
      seed: SEED,
      jobs: options.jobs ?? JOBS[options.stage],
      variants: options.variant ?? VARIANTS,
      listener: (result) => screen.write(mutantText(result)),
      onUnfit: (plan, { verdict, reason }) =>
        screen.write(
          `left out: ${plan.scenario}/${plan.variant}: ${verdict}${reason === undefined ? '' : `, ${reason}`}\n`,
        ),
    });
    if (options.json === true) process.stdout.write(mutantsJson(results));
    screen.write(`${mutantsSummary(results)}\n${unbroken(options)}`);
    return results.every(isCaught) ? EXIT_PASSED : EXIT_FAILED;
  } finally {
    await stage.close();
  }
}

function choose(names: readonly string[] | undefined): readonly Misbehaviour[] | string {
  if (names === undefined) return MISBEHAVIOURS;
  const unknown = names.find((name) => findMisbehaviour(name) === undefined);
  if (unknown === undefined) return names.map((name) => findMisbehaviour(name)!);
  return `there is no misbehaviour '${unknown}'; there are ${MISBEHAVIOURS.map(({ name }) => name).join(', ')}`;
}

function complain(text: string): number {
  process.stderr.write(`${text.split('\n').map(printable).join('\n')}\n`);
  return EXIT_UNUSABLE;
}

/** What of the ledger no misbehaviour breaks, where all of them were asked for. */
function unbroken({ only }: MutantsCommandOptions): string {
  if (only !== undefined) return '';
  const broken = new Set(MISBEHAVIOURS.flatMap(({ breaks }) => breaks));
  const names = LEDGER.filter(({ id }) => !broken.has(id)).map(({ id }) => id);
  return `requirements that no misbehaviour breaks: ${names.join(', ')}\n`;
}
