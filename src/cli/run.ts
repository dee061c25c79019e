import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErratumSwitch } from '../conformance/errata.ts';
import type { Profile } from '../conformance/result.ts';
import { type ChosenRouters, readRouters } from '../implementations/chosen-routers.ts';
import { programPath } from '../linux/programs.ts';
import { createCaptureReporter } from '../report/capture.ts';
import { createGithubReporter } from '../report/github.ts';
import { createJsonFileReporter, createJsonReporter, REPORT_FILE } from '../report/json.ts';
import { createJsonLinesReporter } from '../report/json-lines.ts';
import { createJunitReporter } from '../report/junit.ts';
import { printable } from '../report/printable.ts';
import { type Reporter, together } from '../report/reporter.ts';
import { createPageReporter, type PageMaker } from '../report/run-page/page.ts';
import { createTimelineReporter } from '../report/run-timeline.ts';
import { createTapReporter } from '../report/tap.ts';
import { createTerminalReporter } from '../report/terminal.ts';
import { variantsOf } from '../scenario/compile.ts';
import { routerOf } from '../scenario/judge-run.ts';
import { compileScenario, type ParsedScenario } from '../scenario/parse.ts';
import type { Plan } from '../scenario/plan.ts';
import { ScenarioError } from '../scenario/problem.ts';
import type { Shard } from '../scenario/shard.ts';
import { runSuite } from '../scenario/suite.ts';
import { isJudgedBy, type Variant } from '../scenario/variant.ts';
import { type Stage, StageError } from '../stage/stage.ts';
import { endOnSignal } from './end-on-signal.ts';
import { EXIT_INCONCLUSIVE, EXIT_UNUSABLE, exitStatus } from './exit-status.ts';
import { type KnownFile, otherVersions, readKnownFiles, updateKnownFiles } from './known-deviations.ts';
import { openStage, type StageChoice } from './open-stage.ts';
import { createOperator } from './operator.ts';
import { isStandardOutput, prepareOutput, writeTo } from './output.ts';
import { asksForOutside, castOutside, type OutsideCast, portText } from './outside.ts';
import type { PortChoice } from './port-choice.ts';
import { bundledScenarios, readScenarios } from './scenario-files.ts';

/** The options of `vrrpbench run` as commander hands them over. */
export interface RunCommandOptions {
  readonly router: readonly string[];
  readonly variant?: readonly Variant[];
  readonly stage: StageChoice;
  readonly jobs?: number;
  readonly repeat?: number;
  readonly shard?: Shard;
  readonly out: string;
  readonly json?: boolean;
  readonly junit?: string;
  readonly html?: string;
  readonly tap?: string;
  readonly events?: string;
  readonly profile?: Profile;
  readonly errata?: readonly ErratumSwitch[];
  readonly failOn: 'must' | 'should';
  readonly seed?: number;
  readonly expect?: readonly string[];
  readonly update?: boolean;
  /** The interfaces that lead to routers outside. */
  readonly port?: readonly PortChoice[];
  /** The program that runs those routers; a person at the terminal where it is absent. */
  readonly operator?: string;
}

/** Of this program: the build puts it in. */
declare const VRRPBENCH_VERSION: string;

const SEED_LIMIT = 2 ** 31;

/** Plays scenarios, tells what came of them, and returns the exit status. */
export async function runCommand(paths: readonly string[], given: RunCommandOptions): Promise<number> {
  let routers: ChosenRouters;
  try {
    routers = await readRouters(given.router);
    if (given.port === undefined && asksForOutside(routers.names))
      throw new StageError('which interface leads to the router outside? Say --port INTERFACE (docs/routers.md)');
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    process.stderr.write(`${error.message.split('\n').map(printable).join('\n')}\n`);
    return EXIT_UNUSABLE;
  }
  return await runWith(routers, paths, { ...given, router: routers.names });
}

async function runWith(routers: ChosenRouters, paths: readonly string[], options: RunCommandOptions): Promise<number> {
  let plans: readonly Plan[];
  let known: readonly KnownFile[];
  try {
    known = await readKnown(options);
    const scenarios = await readScenarios(paths.length === 0 ? [bundledScenarios()] : paths);
    plans = scenarios.flatMap((scenario) => compileAll(scenario, options));
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    process.stderr.write(`${error.message.split('\n').map(printable).join('\n')}\n`);
    return EXIT_UNUSABLE;
  }
  if (plans.length === 0) {
    process.stderr.write(`no scenario in ${paths.map(printable).join(', ') || 'scenarios'}${narrowed(options)}\n`);
    return EXIT_UNUSABLE;
  }
  const unusable = await prepareOutput(options);
  if (unusable !== undefined) {
    process.stderr.write(`${unusable}\n`);
    return EXIT_UNUSABLE;
  }
  for (const line of await otherVersions(known)) process.stderr.write(`${printable(line)}\n`);
  let stage: Stage;
  try {
    const outside = await outsideOf(plans, options);
    plans = outside?.plans ?? plans;
    stage = await openStage(options.stage, routers.manifests, outside?.options);
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    process.stderr.write(`${error.message}${error.cure === undefined ? '' : `\n${error.cure}`}\n`);
    return EXIT_INCONCLUSIVE;
  }
  return await play(stage, plans, known, routers, options);
}

/** The routers outside in their places, where interfaces lead to any. */
async function outsideOf(plans: readonly Plan[], options: RunCommandOptions): Promise<OutsideCast | undefined> {
  const { port, operator, stage } = options;
  if (stage === 'virtual' || port === undefined) return undefined;
  return await castOutside(plans, port, createOperator(operator));
}

function compileAll(scenario: ParsedScenario, options: RunCommandOptions): readonly Plan[] {
  const { profile, router, errata } = options;
  const variants = variantsOf(scenario.document)
    .filter((variant) => options.variant?.includes(variant) ?? true)
    .filter((variant) => profile === undefined || isJudgedBy(variant, profile));
  return variants.flatMap((variant) =>
    router.map((implementation) => {
      const judged = profile === undefined ? {} : { profile };
      return judgedWith(compileScenario(scenario, { variant, implementation, ...judged }), errata);
    }),
  );
}

/** What leaves the variants of scenarios out. */
function narrowed({ variant, profile }: RunCommandOptions): string {
  const words = [...(variant ?? []), ...(profile === undefined ? [] : [profile.replace('rfc', 'RFC ')])];
  return words.length === 0 ? '' : ` is played as ${words.join(', ')}`;
}

function judgedWith(plan: Plan, errata: readonly ErratumSwitch[] | undefined): Plan {
  return errata === undefined ? plan : { ...plan, errata };
}

async function readKnown({ expect = [], update = false, router }: RunCommandOptions): Promise<readonly KnownFile[]> {
  if (update && expect.length === 0) {
    throw new ScenarioError([{ file: '--update', line: 1, column: 1, message: 'which file? say --expect FILE too' }]);
  }
  return await readKnownFiles(expect, { routers: router, update });
}

async function play(
  stage: Stage,
  plans: readonly Plan[],
  known: readonly KnownFile[],
  routers: ChosenRouters,
  options: RunCommandOptions,
): Promise<number> {
  const reporter = together(reportersFor(options));
  const ending = endOnSignal(stage);
  try {
    const outcome = await runSuite(stage, plans, {
      seed: options.seed ?? randomInt(SEED_LIMIT),
      ...jobsOf(options),
      ...(options.repeat === undefined ? {} : { repeat: options.repeat }),
      ...(options.shard === undefined ? {} : { shard: options.shard }),
      known: known.map((one) => one.known),
      folder: options.out,
      listener: reporter,
      signal: ending.signal,
      rerun: (plan, seed) => rerunCommand(plan, seed, routers, options),
    });
    await reporter.suiteFinished(outcome);
    if (options.update === true) {
      const lines = await updateKnownFiles(known, outcome.results);
      process.stderr.write(lines.map((line) => `${printable(line)}\n`).join(''));
    }
    return ending.status() ?? exitStatus(outcome.results, options.failOn);
  } finally {
    ending.forget();
    await stage.close();
  }
}

/** An operator does one thing at a time. */
function jobsOf({ jobs, port }: RunCommandOptions): { readonly jobs?: number } {
  if (port !== undefined) return { jobs: 1 };
  return jobs === undefined ? {} : { jobs };
}

/** The command that plays one scenario again as it was played. */
function rerunCommand(plan: Plan, seed: number, { words: given }: ChosenRouters, options: RunCommandOptions): string {
  const name = plan.implementation ?? routerOf(plan);
  const words = [
    `vrrpbench run ${plan.file ?? plan.scenario} --variant ${plan.variant} --router ${given.get(name) ?? name} --seed ${seed}`,
    ...(options.stage === 'lab' ? [] : [`--stage ${options.stage}`]),
    ...(options.profile === undefined ? [] : [`--profile ${options.profile}`]),
    ...(options.errata === undefined ? [] : [`--errata ${options.errata.join(',') || 'none'}`]),
    ...(options.port ?? []).map((one) => `--port ${portText(one)}`),
    ...(options.operator === undefined ? [] : [`--operator ${options.operator}`]),
    ...(options.expect ?? []).map((file) => `--expect ${file}`),
  ];
  return words.join(' ');
}

/** The program that draws the page is one of those that the bench is built of. */
function pageMaker(): PageMaker {
  return { program: readFileSync(programPath('run-page'), 'utf8'), version: VRRPBENCH_VERSION };
}

function reportersFor(options: RunCommandOptions): readonly Reporter[] {
  const { failOn } = options;
  const { junit, html, tap, events } = options;
  const isTaken = options.json === true || isStandardOutput(tap) || isStandardOutput(events);
  const screen = isTaken ? process.stderr : process.stdout;
  const github = process.env.GITHUB_ACTIONS === 'true';
  return [
    createTimelineReporter(),
    createCaptureReporter(),
    createTerminalReporter(screen, { live: options.port === undefined }),
    createJsonFileReporter(join(options.out, REPORT_FILE)),
    ...(options.json === true ? [createJsonReporter(process.stdout)] : []),
    ...(junit === undefined ? [] : [createJunitReporter(junit, failOn)]),
    ...(html === undefined ? [] : [createPageReporter(html, pageMaker())]),
    ...(tap === undefined ? [] : [createTapReporter(writeTo(tap), failOn)]),
    ...(events === undefined ? [] : [createJsonLinesReporter(writeTo(events))]),
    ...(github ? [createGithubReporter(screen, process.env.GITHUB_STEP_SUMMARY, failOn)] : []),
  ];
}
