import type { ExpectationResult, ScenarioResult, StepResult, UnexpectedExit } from './result.ts';

/** One way in which a router was not what a scenario expected. */
export interface Deviation {
  /** The requirement that its frames break; absent where an expectation or a step of the scenario tells it. */
  readonly requirement?: string;
  /** The expectation or the step, in the words of the scenario, or how the router ended by itself. */
  readonly expectation?: string;
  readonly verdict: 'fail' | 'warning';
  /** What was seen. */
  readonly message: string;
}

/** What deviations are found in: a result that was just played. */
export interface Deviating {
  readonly steps: readonly Pick<StepResult, 'text' | 'verdict' | 'reason'>[];
  readonly expectations: readonly Pick<ExpectationResult, 'kind' | 'text' | 'verdict' | 'seen' | 'broken'>[];
  readonly unexpectedExits: readonly Pick<UnexpectedExit, 'description'>[];
}

/** Everything that makes a result fail or warn, each thing once. What stayed inconclusive is none of it. */
export function deviationsOf(result: Deviating): readonly Deviation[] {
  const exits = result.unexpectedExits.map(
    ({ description }): Deviation => ({ expectation: description, verdict: 'fail', message: description }),
  );
  const steps = result.steps.flatMap(({ text, verdict, reason }): readonly Deviation[] =>
    verdict === 'fail' ? [{ expectation: text, verdict, message: reason ?? 'it did not succeed' }] : [],
  );
  const expectations = result.expectations.flatMap(({ kind, text, verdict, seen }): readonly Deviation[] =>
    kind !== 'rules' && (verdict === 'fail' || verdict === 'warning')
      ? [{ expectation: text, verdict, message: seen }]
      : [],
  );
  return [...exits, ...steps, ...expectations, ...brokenRequirements(result)];
}

function brokenRequirements({ expectations }: Deviating): readonly Deviation[] {
  const worst = new Map<string, Deviation>();
  for (const { requirement, verdict, message } of expectations.flatMap(({ broken }) => broken ?? [])) {
    if (verdict !== 'fail' && verdict !== 'warning') continue;
    const before = worst.get(requirement);
    if (before === undefined || (before.verdict === 'warning' && verdict === 'fail')) {
      worst.set(requirement, { requirement, verdict, message });
    }
  }
  return [...worst.values()];
}

/** Whether a result came to a verdict from which something follows for the router. */
export function isConclusive({ verdict }: Pick<ScenarioResult, 'verdict'>): boolean {
  return verdict === 'pass' || verdict === 'warning' || verdict === 'fail';
}
