import { basename } from 'node:path';
import { LEDGER } from '../conformance/ledger/ledger.ts';
import type { Profile } from '../conformance/result.ts';
import { compileExpectations } from './compile-expectations.ts';
import { compileSteps } from './compile-steps.ts';
import { compileTopology, setScene } from './compile-topology.ts';
import { requireName } from './compile-values.ts';
import { PLAN_VERSION, type Plan } from './plan.ts';
import type { DocumentPath } from './problem.ts';
import type { ScenarioDocument } from './schema.ts';
import { VARIANTS, type Variant } from './variant.ts';

/** What a document is compiled for. */
export interface CompileOptions {
  readonly variant: Variant;
  /** The implementation that plays every router that names no other. */
  readonly implementation: string;
  /** The one thing that every router does wrong that names neither implementation nor misbehaviour. */
  readonly misbehaviour?: string;
  /** The document that is judged by, whatever the file says. */
  readonly profile?: Profile;
  /** The file that it came from. */
  readonly file?: string;
  /** A short name, where there is no file to take it from. */
  readonly scenario?: string;
  /** A node that sends crafted frames is there even if no step asks for one. */
  readonly tester?: true;
  /** The line of a step or expectation in the file. */
  readonly lineOf?: (path: DocumentPath) => number;
}

/** The variants that a document is played as. */
export function variantsOf(document: ScenarioDocument): readonly Variant[] {
  return document.variants ?? VARIANTS;
}

/**
 * Compiles a document into a plan: addresses by convention, timers in nanoseconds, names resolved. Throws a
 * DocumentError where the document contradicts itself.
 */
export function compileDocument(document: ScenarioDocument, options: CompileOptions): Plan {
  const scene = setScene(document, options.variant, options);
  const { steps, probes } = compileSteps(scene, options);
  const scenario = options.scenario ?? shortName(options.file === undefined ? document.name : basename(options.file));
  return {
    planVersion: PLAN_VERSION,
    scenario,
    title: document.name,
    variant: options.variant,
    profile: scene.profile,
    implementation: options.implementation,
    topology: compileTopology(scene, options),
    steps: steps.map((step, index) => withLine(step, ['steps', index], options)),
    expectations: compileExpectations(scene, steps, probes).map((expectation, index) =>
      index < document.expect.length ? withLine(expectation, ['expect', index], options) : expectation,
    ),
    ...(document['judged-by'] === undefined ? {} : { judgedBy: document['judged-by'] as readonly Profile[] }),
    ...(document.covers === undefined ? {} : { covers: knownRequirements(document.covers) }),
    ...(options.file === undefined ? {} : { file: options.file }),
  };
}

function knownRequirements(covers: readonly string[]): readonly string[] {
  const known = LEDGER.map(({ id }) => id);
  for (const [index, id] of covers.entries()) requireName(id, known, 'requirement', ['covers', index]);
  return covers;
}

function withLine<T extends object>(written: T, path: DocumentPath, { lineOf }: CompileOptions): T {
  return lineOf === undefined ? written : { ...written, line: lineOf(path) };
}

/** `power-off` of `power-off.yaml`: letters, digits and hyphens, fit for a folder's name. */
function shortName(name: string): string {
  const plain = name.replace(/\.ya?ml$/, '').replaceAll(/[^A-Za-z0-9]+/g, '-');
  return plain.replace(/^-+|-+$/g, '').slice(0, 64) || 'scenario';
}
