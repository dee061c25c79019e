import { type CompileOptions, compileDocument } from './compile.ts';
import type { Plan } from './plan.ts';
import { DocumentError, ScenarioError } from './problem.ts';
import { type ReadDocument, readDocument } from './read-document.ts';
import { type ScenarioDocument, scenarioJsonSchema, scenarioSchema } from './schema.ts';

/** A scenario file that has been read: its content, and where each part of it stands. */
export interface ParsedScenario extends ReadDocument<ScenarioDocument> {
  readonly file: string;
}

/** Reads the YAML text of a scenario. Throws a ScenarioError that lists what is wrong, with line and column. */
export function parseScenario(text: string, file: string): ParsedScenario {
  return { file, ...readDocument(text, file, { schema: scenarioSchema, jsonSchema: scenarioJsonSchema }) };
}

/** Compiles a scenario that was read for one variant. Throws a ScenarioError where it contradicts itself. */
export function compileScenario(parsed: ParsedScenario, options: Omit<CompileOptions, 'file' | 'lineOf'>): Plan {
  const { file, document } = parsed;
  try {
    return compileDocument(document, { ...options, file, lineOf: (path) => parsed.placeOf(path).line });
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    throw new ScenarioError([{ file, message: error.message, ...parsed.placeOf(error.path) }]);
  }
}
