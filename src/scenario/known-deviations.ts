import { type Deviation, deviationsOf, isConclusive } from './deviations.ts';
import {
  type KnownDeviation,
  type KnownDeviations,
  knownDeviationsJsonSchema,
  knownDeviationsSchema,
} from './known-deviations-schema.ts';
import { readDocument } from './read-document.ts';
import type { ScenarioResult } from './result.ts';
import type { Variant } from './variant.ts';

/** A deviation of a result, and the entry that knows it. */
export interface JudgedDeviation extends Deviation {
  readonly known?: KnownDeviation;
}

/** An entry, or a part of one, that a run has refuted. */
export interface RepairedDeviation {
  readonly implementation: string;
  readonly known: KnownDeviation;
  readonly variant: Variant;
  /** The scenario that shows it; absent where a rule finds nothing any more, wherever it looks. */
  readonly scenario?: string;
  /** The expectation that holds now, or the requirement whose rule finds nothing any more. */
  readonly expectation?: string;
  readonly rule?: string;
}

/** Reads a file of known deviations, YAML or JSON. Throws a ScenarioError that lists what is wrong, with its place. */
export function parseKnownDeviations(text: string, file: string): KnownDeviations {
  const format = { schema: knownDeviationsSchema, jsonSchema: knownDeviationsJsonSchema };
  return readDocument(text, file, format).document;
}

/** What a result deviates in, each with the entry that knows it, from the files of its implementation. */
export function judgeDeviations(result: ScenarioResult, files: readonly KnownDeviations[]): readonly JudgedDeviation[] {
  const entries = files.flatMap(({ implementation, deviations }) =>
    implementation === result.router ? deviations : [],
  );
  return deviationsOf(result).map((deviation) => {
    const known = entries.find((entry) => knows(entry, result, deviation));
    return known === undefined ? deviation : { ...deviation, known };
  });
}

function knows(entry: KnownDeviation, { scenario, variant }: ScenarioResult, deviation: Deviation): boolean {
  if (!entry.variants.includes(variant)) return false;
  if (deviation.expectation !== undefined) return entry.scenarios?.[scenario]?.includes(deviation.expectation) === true;
  const where = deviation.requirement === undefined ? undefined : entry.rules?.[deviation.requirement];
  return where === 'anywhere' || where?.includes(scenario) === true;
}

/** What was known and is not so any more, by the results of a run; nothing follows from what was not played. */
export function repairedDeviations(
  results: readonly ScenarioResult[],
  { implementation, deviations }: KnownDeviations,
): readonly RepairedDeviation[] {
  const conclusive = results.filter((result) => result.router === implementation && isConclusive(result));
  return deviations
    .filter(({ sometimes }) => sometimes !== true)
    .flatMap((known) =>
      known.variants.flatMap((variant) => {
        const played = conclusive.filter((result) => result.variant === variant);
        const parts = [...repairedRules(known, played), ...repairedExpectations(known, played)];
        return parts.map((part) => ({ implementation, known, variant, ...part }));
      }),
    );
}

type RepairedPart = Pick<RepairedDeviation, 'scenario' | 'expectation' | 'rule'>;

function repairedRules({ rules = {} }: KnownDeviation, played: readonly ScenarioResult[]): readonly RepairedPart[] {
  return Object.entries(rules).flatMap(([rule, where]) => {
    if (where !== 'anywhere') {
      const asked = played.filter((result) => where.includes(result.scenario) && wasAsked(result, rule));
      return asked.flatMap((result) => (breaks(result, rule) ? [] : [{ scenario: result.scenario, rule }]));
    }
    // A few scenarios out of many need not show it: what proves something is that the rule had something to judge.
    const asked = played.some((result) => wasAsked(result, rule));
    return asked && !played.some((result) => breaks(result, rule)) ? [{ rule }] : [];
  });
}

/** Whether a rule had something to judge: on a host that stood still it may have held its tongue. */
function wasAsked({ observation }: ScenarioResult, rule: string): boolean {
  if (observation === undefined) return false;
  const open = observation.findings.some((one) => one.requirement === rule && one.verdict === 'inconclusive');
  return !open && observation.judged.some((one) => one.requirement === rule && one.judgements > 0);
}

function breaks(result: ScenarioResult, requirement: string): boolean {
  return deviationsOf(result).some((deviation) => deviation.requirement === requirement);
}

function repairedExpectations(
  { scenarios = {} }: KnownDeviation,
  played: readonly ScenarioResult[],
): readonly RepairedPart[] {
  return Object.entries(scenarios).flatMap(([scenario, expectations]) =>
    played
      .filter((result) => result.scenario === scenario)
      .flatMap((result) =>
        expectations.filter((text) => !isOpen(result, text)).map((expectation) => ({ scenario, expectation })),
      ),
  );
}

/** Whether an expectation or a step still does not hold, or was not looked at. */
function isOpen(result: ScenarioResult, text: string): boolean {
  if (deviationsOf(result).some(({ expectation }) => expectation === text)) return true;
  const judged = [...result.steps, ...result.expectations].find((one) => one.text === text);
  return judged?.verdict === 'inconclusive' || judged?.verdict === 'skipped';
}
