import { LEDGER } from '../conformance/ledger/ledger.ts';
import type { Requirement } from '../conformance/ledger/requirement.ts';
import { PROFILES, type Profile } from '../conformance/result.ts';
import { isJudgedBy, VARIANT_FACTS, VARIANTS, type Variant } from '../scenario/variant.ts';
import type { NamedReport } from './merge.ts';
import type { RunReport, ScenarioReport } from './run-schema.ts';

/** What runs show of a requirement, a router and a variant. */
export type CellState = 'holds' | 'deviates' | 'inconclusive' | 'not-provoked' | 'not-applicable';

/** What is known of a deviation, from a file of known deviations. */
type Known = NonNullable<RunReport['scenarios'][number]['deviations'][number]['known']>;

export interface MatrixCell {
  readonly router: string;
  readonly variant: Variant;
  /** The document that was judged by. */
  readonly profile: Profile;
  readonly state: CellState;
  /** Why it is not applicable or inconclusive, or was not provoked. */
  readonly reason?: string;
  /** Scenarios that show it: those that deviate, or those that put it to the test and hold. */
  readonly scenarios: readonly string[];
  /** Whether it is a SHOULD, or a MUST, that is broken. */
  readonly level?: 'must' | 'should';
  /** What is known of the deviation. */
  readonly known?: readonly Known[];
  /** Scenarios that deviate in what nobody has looked at. */
  readonly unknown?: readonly string[];
}

export interface MatrixRow {
  readonly requirement: Requirement;
  readonly cells: readonly MatrixCell[];
}

/** A router as one variant, judged by one document. */
export type MatrixColumn = Pick<MatrixCell, 'router' | 'variant' | 'profile'>;

/** Requirement by router, variant and document. */
export interface Matrix {
  readonly routers: readonly string[];
  readonly columns: readonly MatrixColumn[];
  readonly rows: readonly MatrixRow[];
}

/**
 * What the reports of runs show of every requirement. Of a scenario that several reports have, judged by the same
 * document, the last one counts.
 */
export function createMatrix(reports: readonly NamedReport[]): Matrix {
  const scenarios = [
    ...new Map(
      reports.flatMap(({ report }) => report.scenarios.map((one) => [`${one.profile} ${one.id}`, one] as const)),
    ).values(),
  ];
  const routers = [...new Set(scenarios.map(({ router }) => router))];
  const columns = routers.flatMap((router) => columnsOf(router, scenarios));
  const rows = LEDGER.map((requirement) => ({
    requirement,
    cells: columns.map((column) => ({ ...column, ...cellOf(requirement, column, scenarios) })),
  }));
  return { routers, columns, rows };
}

/** Each variant once for each document that speaks of it and was judged by; by the newest where it was not played. */
function columnsOf(router: string, scenarios: readonly ScenarioReport[]): readonly MatrixColumn[] {
  return VARIANTS.flatMap((variant) => {
    const played = scenarios.filter((one) => one.router === router && one.variant === variant);
    const documents = PROFILES.filter(
      (profile) => isJudgedBy(variant, profile) && played.some((one) => one.profile === profile),
    );
    if (documents.length === 0) documents.push(VARIANT_FACTS[variant].profile);
    return documents.map((profile) => ({ router, variant, profile }));
  });
}

type Cell = Omit<MatrixCell, 'router' | 'variant' | 'profile'>;

function cellOf(requirement: Requirement, column: MatrixColumn, scenarios: readonly ScenarioReport[]): Cell {
  const excluded = excludedBecause(requirement, column);
  if (excluded !== undefined) return { state: 'not-applicable', reason: excluded, scenarios: [] };
  const played = scenarios.filter(
    ({ router, variant, profile }) =>
      router === column.router && variant === column.variant && profile === column.profile,
  );
  const covering = played.filter(({ covers }) => covers.includes(requirement.id));
  return (
    deviatingCell(requirement, played) ??
    holdingCell(requirement, covering, played) ??
    undecidedCell(covering) ?? { state: 'not-provoked', ...notProvokedBecause(requirement), scenarios: [] }
  );
}

/** Why a requirement says nothing of a variant. */
function excludedBecause({ sections, family }: Requirement, { variant, profile }: MatrixColumn): string | undefined {
  const facts = VARIANT_FACTS[variant];
  if (family !== undefined && family !== facts.family) return `of ${family === 'ipv4' ? 'IPv4' : 'IPv6'} alone`;
  if (Object.keys(sections).length === 0 || sections[profile] !== undefined) return undefined;
  return `not in ${profile.replace('rfc', 'RFC ')}`;
}

function deviatingCell({ id }: Requirement, played: readonly ScenarioReport[]): Cell | undefined {
  const found = played.flatMap((scenario) =>
    scenario.deviations
      .filter((deviation) => concerns(scenario, deviation, id))
      .map((deviation) => ({ scenario: scenario.scenario, deviation })),
  );
  if (found.length === 0) return undefined;
  const unknown = found.filter(({ deviation }) => deviation.known === undefined);
  const known = found.flatMap(({ deviation }) => deviation.known ?? []);
  return {
    state: 'deviates',
    scenarios: eachOnce(found.map(({ scenario }) => scenario)),
    level: found.some(({ deviation }) => deviation.verdict === 'fail') ? 'must' : 'should',
    ...(known.length === 0 ? {} : { known: [...new Map(known.map((one) => [one.finding, one])).values()] }),
    ...(unknown.length === 0 ? {} : { unknown: eachOnce(unknown.map(({ scenario }) => scenario)) }),
  };
}

/** A deviation is of the requirement that its entry or its rule names; else of all that its scenario puts to the test. */
function concerns(
  { covers }: ScenarioReport,
  { requirement, known }: ScenarioReport['deviations'][number],
  id: string,
): boolean {
  if (known !== undefined) return (known.requirement ?? requirement) === id;
  return requirement === undefined ? covers.includes(id) : requirement === id;
}

function holdingCell(
  { id }: Requirement,
  covering: readonly ScenarioReport[],
  played: readonly ScenarioReport[],
): Cell | undefined {
  const provoked = covering.filter(isPlayedOut);
  const judged = played.filter((scenario) => isPlayedOut(scenario) && hasJudged(scenario, id));
  if (provoked.length === 0 && judged.length === 0) return undefined;
  return { state: 'holds', scenarios: eachOnce(provoked.map(({ scenario }) => scenario)) };
}

/** Whether everything that a scenario does was done, and everything that it expects was decided. */
function isPlayedOut({ verdict, steps, expectations }: ScenarioReport): boolean {
  if (verdict === 'not-applicable' || verdict === 'skipped') return false;
  const open = (one: { readonly verdict: string }) => one.verdict === 'inconclusive' || one.verdict === 'skipped';
  return steps.every((step) => step.verdict === 'pass') && !expectations.some(open);
}

function hasJudged({ judged, findings }: ScenarioReport, id: string): boolean {
  return judged.includes(id) && !findings.some((one) => one.requirement === id && one.verdict === 'inconclusive');
}

function undecidedCell(covering: readonly ScenarioReport[]): Cell | undefined {
  const scenarios = eachOnce(covering.map(({ scenario }) => scenario));
  const open = covering.find(({ verdict }) => verdict !== 'not-applicable' && verdict !== 'skipped');
  if (open !== undefined) {
    const reason = open.reason ?? open.expectations.find(({ verdict }) => verdict === 'inconclusive')?.reason;
    return { state: 'inconclusive', reason: reason ?? 'a scenario was not played to its end', scenarios };
  }
  const refused = covering[0];
  if (refused === undefined) return undefined;
  return { state: 'not-applicable', reason: refused.reason ?? 'it could not be played', scenarios };
}

function notProvokedBecause({ unseen, unprovoked }: Requirement): { readonly reason: string } {
  return { reason: unseen ?? unprovoked ?? 'no scenario that was played puts it to the test, and no frames showed it' };
}

function eachOnce(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
