import { appliesTo, type Misbehaviour } from '../misbehaviour/misbehaviour.ts';
import type { Stage } from '../stage/stage.ts';
import { variantsOf } from './compile.ts';
import { compileScenario, type ParsedScenario } from './parse.ts';
import type { Plan } from './plan.ts';
import type { ScenarioResult } from './result.ts';
import { runPlan } from './runner.ts';
import { VARIANT_FACTS, type Variant } from './variant.ts';

/** How a misbehaviour was noticed: by a scenario, and by which of its rules or expectations. */
export interface Catch {
  readonly scenario: string;
  /** A requirement that is broken, or the words of an expectation that does not hold. */
  readonly by: string;
}

/** What became of one misbehaviour in one variant. */
export interface MutantVerdict {
  readonly variant: Variant;
  /** By what it is meant to be noticed: a rule of a requirement that it breaks, or a scenario that covers one. */
  readonly caught?: Catch;
  /** It was noticed, but as something else. */
  readonly noticed?: Catch;
  /** Scenarios that were played until then. */
  readonly played: number;
}

export interface MutantResult {
  readonly misbehaviour: Misbehaviour;
  readonly verdicts: readonly MutantVerdict[];
}

export interface MutantsOptions {
  readonly seed: number;
  /** How many misbehaviours are tried side by side. */
  readonly jobs: number;
  readonly variants: readonly Variant[];
  readonly listener?: (result: MutantResult) => void;
  /** A scenario that does not pass though nothing misbehaves: it can catch nobody. */
  readonly onUnfit?: (plan: Plan, result: ScenarioResult) => void;
  readonly signal?: AbortSignal;
}

interface Trial {
  readonly scenario: ParsedScenario;
  readonly variant: Variant;
  readonly plan: Plan;
}

/**
 * Plays scenarios with a router that misbehaves, one misbehaviour after the other, each in every variant that it can
 * show in: those first that cover what it breaks, until one catches it. What is found in a router that does not
 * misbehave counts for nothing.
 */
export async function runMutants(
  stage: Stage,
  scenarios: readonly ParsedScenario[],
  misbehaviours: readonly Misbehaviour[],
  options: MutantsOptions,
): Promise<readonly MutantResult[]> {
  const trials = await fitTrials(stage, scenarios, options);
  const results = new Map<Misbehaviour, MutantResult>();
  await sideBySide(misbehaviours, options, async (misbehaviour) => {
    const verdicts: MutantVerdict[] = [];
    for (const variant of options.variants) {
      const { version, family } = VARIANT_FACTS[variant];
      if (!appliesTo(misbehaviour, version, family)) continue;
      const own = trials.filter((trial) => trial.variant === variant);
      verdicts.push({ variant, ...(await tryToCatch(stage, own, misbehaviour, options)) });
    }
    const result = { misbehaviour, verdicts };
    results.set(misbehaviour, result);
    options.listener?.(result);
  });
  return misbehaviours.flatMap((one) => results.get(one) ?? []);
}

/** Whether it was caught wherever it can show. */
export function isCaught({ verdicts }: MutantResult): boolean {
  return verdicts.length > 0 && verdicts.every(({ caught }) => caught !== undefined);
}

async function fitTrials(
  stage: Stage,
  scenarios: readonly ParsedScenario[],
  options: MutantsOptions,
): Promise<readonly Trial[]> {
  const all = scenarios.flatMap((scenario) =>
    variantsOf(scenario.document)
      .filter((variant) => options.variants.includes(variant))
      .map((variant) => ({
        scenario,
        variant,
        plan: compileScenario(scenario, { variant, implementation: 'native' }),
      })),
  );
  const fit = new Set<Trial>();
  await sideBySide(all, options, async (trial) => {
    const result = await runPlan(stage, trial.plan, options);
    if (result.verdict === 'pass') fit.add(trial);
    else options.onUnfit?.(trial.plan, result);
  });
  return all.filter((trial) => fit.has(trial));
}

async function tryToCatch(
  stage: Stage,
  trials: readonly Trial[],
  misbehaviour: Misbehaviour,
  options: MutantsOptions,
): Promise<Omit<MutantVerdict, 'variant'>> {
  const { name, breaks } = misbehaviour;
  const covers = ({ plan }: Trial): boolean => plan.covers?.some((id) => breaks.includes(id)) === true;
  const inOrder = [...trials.filter(covers), ...trials.filter((trial) => !covers(trial))];
  let noticed: Catch | undefined;
  let played = 0;
  for (const trial of inOrder) {
    if (options.signal?.aborted === true) break;
    const { scenario, variant } = trial;
    const plan = compileScenario(scenario, { variant, implementation: 'native', misbehaviour: name });
    const result = await runPlan(stage, plan, options);
    played += 1;
    const caught = catchOf(result, breaks, covers(trial));
    if (caught !== undefined) return { caught, played };
    noticed ??= noticeOf(result);
  }
  return { ...(noticed === undefined ? {} : { noticed }), played };
}

function catchOf(result: ScenarioResult, breaks: readonly string[], covers: boolean): Catch | undefined {
  const finding = result.observation?.findings.find(({ requirement }) => breaks.includes(requirement));
  if (finding !== undefined) return { scenario: result.scenario, by: finding.requirement };
  // Another requirement's rule says nothing of what the scenario is about.
  return covers ? unkept(result) : undefined;
}

function noticeOf(result: ScenarioResult): Catch | undefined {
  if (!isBad(result)) return undefined;
  const { scenario, unexpectedExits, reason } = result;
  const finding = result.observation?.findings.find(isBad);
  const by = finding?.requirement ?? unexpectedExits[0]?.description ?? reason ?? 'something else';
  return unkept(result) ?? { scenario, by };
}

/** The expectation that does not hold, or the step that did not come true. */
function unkept({ scenario, expectations, steps }: ScenarioResult): Catch | undefined {
  const one =
    expectations.find((expectation) => expectation.kind !== 'rules' && isBad(expectation)) ?? steps.find(isBad);
  return one === undefined ? undefined : { scenario, by: one.text };
}

function isBad({ verdict }: { readonly verdict: string }): boolean {
  return verdict === 'fail' || verdict === 'warning';
}

async function sideBySide<T>(
  all: readonly T[],
  { jobs, signal }: MutantsOptions,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const waiting = [...all];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && signal?.aborted !== true; next = waiting.shift())
      await work(next);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, all.length) }, worker));
}
