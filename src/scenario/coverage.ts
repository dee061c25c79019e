import { LEDGER } from '../conformance/ledger/ledger.ts';
import type { Requirement } from '../conformance/ledger/requirement.ts';
import { RULES } from '../conformance/rules/rules.ts';
import { variantsOf } from './compile.ts';
import type { ScenarioDocument } from './schema.ts';
import { DOCUMENTS_OF_VERSION, VARIANT_FACTS } from './variant.ts';

/** What puts a requirement to the test in one version of the protocol. */
export interface Coverage {
  /** Whether a rule judges it in any frames; it does so in every scenario. */
  readonly rule: boolean;
  /** Scenarios that provoke it. */
  readonly scenarios: readonly string[];
}

/** One row of the ledger, and what covers it; a version whose documents do not have it is absent. */
export interface CoveredRequirement {
  readonly requirement: Requirement;
  readonly v2?: Coverage;
  readonly v3?: Coverage;
  /** Why nothing covers it. */
  readonly reason?: string;
}

/** A scenario as coverage counts it. */
export interface CoveringScenario {
  readonly name: string;
  readonly document: Pick<ScenarioDocument, 'covers' | 'variants'>;
}

/** What the observer finds itself while it tells frames apart, without a rule of its own. */
const FOUND_BY_THE_OBSERVER: ReadonlySet<string> = new Set(['lan.echo']);

/** Every row of the ledger with the rules and scenarios that cover it, for version 2 and version 3. */
export function coverRequirements(scenarios: readonly CoveringScenario[]): readonly CoveredRequirement[] {
  return LEDGER.map((requirement) => {
    const v2 = coverageIn(2, requirement, scenarios);
    const v3 = coverageIn(3, requirement, scenarios);
    const open = [v2, v3].some((one) => one !== undefined && !isCovered(one));
    return {
      requirement,
      ...(v2 === undefined ? {} : { v2 }),
      ...(v3 === undefined ? {} : { v3 }),
      ...(open && requirement.unseen !== undefined ? { reason: requirement.unseen } : {}),
    };
  });
}

/** Whether a rule or a scenario covers it. */
export function isCovered({ rule, scenarios }: Coverage): boolean {
  return rule || scenarios.length > 0;
}

function coverageIn(
  version: 2 | 3,
  { id, sections }: Requirement,
  scenarios: readonly CoveringScenario[],
): Coverage | undefined {
  const documents = DOCUMENTS_OF_VERSION[version];
  const nowhere = Object.keys(sections).length === 0;
  if (!nowhere && !documents.some((document) => sections[document] !== undefined)) return undefined;
  return {
    rule:
      FOUND_BY_THE_OBSERVER.has(id) ||
      RULES.some((rule) => rule.requirement === id && rule.profiles.some((profile) => documents.includes(profile))),
    scenarios: scenarios.flatMap(({ name, document }) => {
      const played = variantsOf(document as ScenarioDocument).some(
        (variant) => VARIANT_FACTS[variant].version === version,
      );
      return played && document.covers?.includes(id) === true ? [name] : [];
    }),
  };
}
