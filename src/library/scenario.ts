import { readFile } from 'node:fs/promises';
import type { Profile } from '../conformance/result.ts';
import { compileDocument, variantsOf } from '../scenario/compile.ts';
import { compileScenario, parseScenario } from '../scenario/parse.ts';
import type { Plan } from '../scenario/plan.ts';
import type { ScenarioDocument } from '../scenario/schema.ts';
import type { Variant } from '../scenario/variant.ts';

/** What a scenario is played with. */
export interface PlanOptions {
  /** Who plays the routers that name no other: native, keepalived, frr or the name in a manifest; native unless said. */
  readonly router?: string;
  /** The first of the scenario's own unless said. */
  readonly variant?: Variant;
  /** The document that is judged by; that of the variant unless said. */
  readonly profile?: Profile;
}

/** A scenario that can be played. */
export interface Scenario {
  readonly name: string;
  readonly variants: readonly Variant[];
  /** @throws ScenarioError or DocumentError where it contradicts itself */
  plan(options?: PlanOptions): Plan;
}

/**
 * Reads a scenario: the path of a YAML file, or a document written in TypeScript. Rejects with a ScenarioError that lists
 * every problem with its place, or as `readFile` does.
 */
export async function scenario(source: string | ScenarioDocument): Promise<Scenario> {
  if (typeof source !== 'string') return scenarioOf(source, (options) => compileDocument(source, options));
  const parsed = parseScenario(await readFile(source, 'utf8'), source);
  return scenarioOf(parsed.document, (options) => compileScenario(parsed, options));
}

function scenarioOf(
  document: ScenarioDocument,
  compile: (options: { variant: Variant; implementation: string; profile?: Profile }) => Plan,
): Scenario {
  const variants = variantsOf(document);
  return {
    name: document.name,
    variants,
    plan: ({ router = 'native', variant = variants[0]!, profile } = {}) =>
      compile({ variant, implementation: router, ...(profile === undefined ? {} : { profile }) }),
  };
}
