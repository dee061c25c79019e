import { stringify } from 'yaml';
import { citation, requirementOf } from '../conformance/ledger/ledger.ts';
import { isConclusive } from './deviations.ts';
import { type JudgedDeviation, judgeDeviations, repairedDeviations } from './known-deviations.ts';
import type { KnownDeviation, KnownDeviations } from './known-deviations-schema.ts';
import type { ScenarioResult } from './result.ts';
import { VARIANTS } from './variant.ts';

/** What stands as evidence until somebody has looked at the capture. */
export const NOT_LOOKED_AT = 'Nobody has looked at the capture yet.';

type Where = NonNullable<KnownDeviation['rules']>[string];

/** Scenarios that an entry names one by one; where its rule finds it in more, it is known anywhere. */
const NAMED_SCENARIOS = 12;

/**
 * The file as a run would have it: what the run refutes is gone, what is new has an entry that waits for its sentence, and
 * what stands keeps its own.
 */
export function updateKnownDeviations(file: KnownDeviations, results: readonly ScenarioResult[]): KnownDeviations {
  const own = results.filter((result) => result.router === file.implementation && isConclusive(result));
  const kept = file.deviations.flatMap((entry) => withoutRepaired(file, entry, own));
  const news = own.flatMap((result) =>
    judgeDeviations(result, [{ ...file, deviations: kept }]).flatMap((deviation) =>
      deviation.known === undefined ? [{ result, deviation }] : [],
    ),
  );
  return { ...file, deviations: [...kept, ...newEntries(news)] };
}

/** The file's text: JSON where its name says so, else YAML. */
export function formatKnownDeviations(file: KnownDeviations, name: string): string {
  if (name.endsWith('.json')) return `${JSON.stringify(file, null, 2)}\n`;
  return stringify(file, { lineWidth: 120 });
}

/** An entry without what a run refutes; one that is refuted in one variant alone is split. */
function withoutRepaired(
  file: KnownDeviations,
  entry: KnownDeviation,
  results: readonly ScenarioResult[],
): readonly KnownDeviation[] {
  const repaired = repairedDeviations(results, { ...file, deviations: [entry] });
  if (repaired.length === 0) return [entry];
  const rests = entry.variants.flatMap((variant) => {
    const gone = repaired.filter((one) => one.variant === variant);
    const { rules = {}, scenarios = {}, ...head } = entry;
    const restOfRules = Object.entries(rules).flatMap(([rule, where]): readonly (readonly [string, Where])[] => {
      const ruleGone = gone.filter((one) => one.rule === rule);
      if (where === 'anywhere') return ruleGone.length > 0 ? [] : [[rule, where]];
      const left = where.filter((scenario) => !ruleGone.some((one) => one.scenario === scenario));
      return left.length === 0 ? [] : [[rule, left]];
    });
    const restOfScenarios = Object.entries(scenarios).flatMap(([scenario, expectations]) => {
      const left = expectations.filter(
        (text) => !gone.some((one) => one.scenario === scenario && one.expectation === text),
      );
      return left.length === 0 ? [] : [[scenario, left] as const];
    });
    if (restOfRules.length === 0 && restOfScenarios.length === 0) return [];
    return [
      {
        ...head,
        variants: [variant],
        ...(restOfRules.length === 0 ? {} : { rules: Object.fromEntries(restOfRules) }),
        ...(restOfScenarios.length === 0 ? {} : { scenarios: Object.fromEntries(restOfScenarios) }),
      },
    ];
  });
  return joinVariants(rests);
}

interface NewDeviation {
  readonly result: ScenarioResult;
  readonly deviation: JudgedDeviation;
}

/** An entry for each requirement that is newly broken, and for each expectation that newly does not hold. */
function newEntries(news: readonly NewDeviation[]): readonly KnownDeviation[] {
  const entries = new Map<string, KnownDeviation>();
  for (const { result, deviation } of news) {
    const { requirement, expectation, message } = deviation;
    const key = `${result.variant} ${requirement ?? `${result.scenario} ${expectation}`}`;
    const before = entries.get(key);
    if (before !== undefined) {
      const where = requirement === undefined ? undefined : before.rules?.[requirement];
      if (Array.isArray(where)) where.push(result.scenario);
      continue;
    }
    const broken = requirement ?? (result.covers.length === 1 ? result.covers[0] : undefined);
    const section = broken === undefined ? undefined : citation(requirementOf(broken), result.profile);
    entries.set(key, {
      finding: message,
      ...(broken === undefined ? {} : { requirement: broken }),
      variants: [result.variant],
      ...(section === undefined ? {} : { section }),
      evidence: NOT_LOOKED_AT,
      ...(requirement === undefined ? {} : { rules: { [requirement]: [result.scenario] } }),
      ...(expectation === undefined ? {} : { scenarios: { [result.scenario]: [expectation] } }),
    });
  }
  return joinVariants([...entries.values()].map(named));
}

function named(entry: KnownDeviation): KnownDeviation {
  if (entry.rules === undefined) return entry;
  const rules = Object.entries(entry.rules).map(([rule, where]): readonly [string, Where] => [
    rule,
    Array.isArray(where) && where.length > NAMED_SCENARIOS ? 'anywhere' : where,
  ]);
  return { ...entry, rules: Object.fromEntries(rules) };
}

/** Entries that differ in their variants alone, the example in the finding aside, are one. */
function joinVariants(entries: readonly KnownDeviation[]): readonly KnownDeviation[] {
  const joined = new Map<string, KnownDeviation>();
  for (const entry of entries) {
    const { variants, finding, section: _, ...rest } = entry;
    const key = JSON.stringify([rest, rest.evidence === NOT_LOOKED_AT ? '' : finding]);
    const before = joined.get(key);
    const all = new Set([...(before?.variants ?? []), ...variants]);
    const sections = [before?.section, entry.section].filter((section) => section !== undefined);
    joined.set(key, {
      ...(before ?? entry),
      variants: VARIANTS.filter((variant) => all.has(variant)),
      ...(sections.length === 0
        ? {}
        : { section: [...new Set(sections.flatMap((text) => text.split('; ')))].join('; ') }),
    });
  }
  return [...joined.values()];
}
