import { type Document, isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type DocumentPath, ScenarioError, type ScenarioProblem, suggestion } from './problem.ts';
import { keysAt } from './schema-keys.ts';

/** A longer text is none of ours; aliases that multiply are refused by the parser of YAML. */
const LARGEST_FILE = 1_000_000;

/** What a kind of file may say: for the reader, and as JSON Schema, from which the keys are told that may have been meant. */
export interface DocumentFormat<T> {
  readonly schema: z.ZodType<T>;
  jsonSchema(): object;
}

/** A file that has been read: its content, and where each part of it stands. */
export interface ReadDocument<T> {
  readonly document: T;
  /** Line and column, from 1, of what a path leads to, or of the nearest part around it. */
  placeOf(path: DocumentPath): { readonly line: number; readonly column: number };
}

/**
 * Reads YAML (JSON is YAML too) that users write. Throws a ScenarioError that lists what is wrong, with line and column.
 */
export function readDocument<T>(text: string, file: string, format: DocumentFormat<T>): ReadDocument<T> {
  if (text.length > LARGEST_FILE) {
    throw new ScenarioError([{ file, line: 1, column: 1, message: `longer than ${LARGEST_FILE} characters` }]);
  }
  const lineCounter = new LineCounter();
  const yaml = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, version: '1.2' });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (yaml.errors.length > 0) {
    throw new ScenarioError(yaml.errors.map(({ pos, message }) => ({ file, ...at(pos[0]), message })));
  }
  const placeOf = (path: DocumentPath) => at(offsetOf(yaml, path, 'value'));
  const keyPlace = (path: DocumentPath) => at(offsetOf(yaml, path, 'key'));
  const result = format.schema.safeParse(toPlainValue(yaml, file), { reportInput: true });
  if (result.success) return { document: result.data, placeOf };
  const keysOf = (path: DocumentPath) => keysAt(format.jsonSchema(), path);
  const problems = withoutConsequences(result.error.issues).flatMap((issue) =>
    describeIssue(issue, [], keysOf).map(
      ({ path, key, message }): ScenarioProblem => ({ file, message, ...(key ? keyPlace(path) : placeOf(path)) }),
    ),
  );
  throw new ScenarioError(problems.sort((left, right) => left.line - right.line || left.column - right.column));
}

function toPlainValue(yaml: Document.Parsed, file: string): unknown {
  try {
    return yaml.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new ScenarioError([{ file, line: 1, column: 1, message: (error as Error).message }]);
  }
}

/** Where in the text a path's value or key begins; where it leads nowhere, the nearest part around it. */
function offsetOf(yaml: Document.Parsed, path: DocumentPath, part: 'key' | 'value'): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? yaml.contents : yaml.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1]!;
    if (isMap(parent)) {
      const pair = parent.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(last),
      );
      const value = isNode(pair?.value) ? pair.value : undefined;
      const empty = value === undefined || (isScalar(value) && value.value === null);
      const wanted = part === 'key' || empty || length < path.length ? pair?.key : value;
      if (isNode(wanted)) return startOf(wanted);
    } else {
      const node = yaml.getIn(path.slice(0, length), true);
      if (isNode(node)) return startOf(node);
    }
  }
  return yaml.contents === null ? 0 : startOf(yaml.contents);
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

interface DescribedIssue {
  readonly path: DocumentPath;
  /** Whether the key at the end of the path is meant, rather than its value. */
  readonly key?: boolean;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** The keys that are allowed at a place. */
type KeysOf = (path: DocumentPath) => readonly string[];

/** That no known key is there follows from a misspelt one: then only the misspelling is told. */
function withoutConsequences(issues: readonly Issue[]): readonly Issue[] {
  const others = issues.filter(({ code }) => code !== 'custom');
  return others.length > 0 ? others : issues;
}

/** What the schema found, in words for whoever writes the file. */
function describeIssue(issue: Issue, base: DocumentPath, keysOf: KeysOf): readonly DescribedIssue[] {
  const path = [...base, ...(issue.path as DocumentPath)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        key: true,
        message: `unknown key '${key}'${suggestion(key, keysOf(path))}`,
      }));
    case 'invalid_union':
      return describeUnion(issue.errors, path, issue.message, keysOf);
    case 'invalid_type':
      if (issue.input === undefined && typeof path.at(-1) === 'string') {
        return [{ path, message: `'${path.at(-1)}' is missing; expected ${typeInWords(issue.expected)}` }];
      }
      return [{ path, message: `expected ${typeInWords(issue.expected)}${found(issue.input)}` }];
    case 'invalid_value': {
      const values = issue.values.map(String);
      const word = typeof issue.input === 'string' ? issue.input : undefined;
      if (word === undefined) return [{ path, message: `expected one of ${values.join(', ')}` }];
      if (keysOf(path).includes(word)) {
        return [{ path, message: `'${word}' says nothing by itself; expected '${word}: …'` }];
      }
      return [{ path, message: `'${word}' is not known here${suggestion(word, values)}` }];
    }
    case 'too_big':
      return [{ path, message: `expected ${issue.maximum} at the most${found(issue.input)}` }];
    case 'too_small':
      return [{ path, message: `expected ${issue.minimum} at the least${found(issue.input)}` }];
    case 'invalid_key':
      return [{ path, key: true, message: issue.issues.map(({ message }) => message).join('; ') }];
    default:
      return [{ path, message: issue.message }];
  }
}

/** Of a union's alternatives the one counts that came furthest: its first complaint lies deepest, or is about a key. */
function describeUnion(
  alternatives: readonly (readonly Issue[])[],
  path: DocumentPath,
  message: string,
  keysOf: KeysOf,
): readonly DescribedIssue[] {
  const matching = alternatives.filter(
    (issues) => !issues.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0),
  );
  const depth = (issues: readonly Issue[]) =>
    Math.max(...issues.map(({ path: at, code }) => at.length + (code === 'unrecognized_keys' ? 1 : 0)), 0);
  const candidates = matching.length > 0 ? matching : alternatives;
  const best = candidates.reduce<readonly Issue[] | undefined>(
    (found, issues) => (found === undefined || depth(issues) > depth(found) ? issues : found),
    undefined,
  );
  if (best === undefined) return [{ path, message }];
  if (matching.length === 0) {
    const wanted = alternatives.flatMap((issues) =>
      issues.map((issue) => ('expected' in issue ? typeInWords(issue.expected) : '')),
    );
    return [{ path, message: `expected ${[...new Set(wanted.filter(Boolean))].join(' or ')}` }];
  }
  return withoutConsequences(best).flatMap((issue) => describeIssue(issue, path, keysOf));
}

function typeInWords(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    int: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    object: 'a mapping (key: value)',
    record: 'a mapping (key: value)',
    array: 'a list',
    null: 'nothing',
  };
  return words[expected] ?? expected;
}

function found(input: unknown): string {
  if (input === undefined) return ', but there is nothing';
  if (input === null) return ', found nothing';
  if (Array.isArray(input)) return ', found a list';
  return typeof input === 'object' ? ', found a mapping' : `, found ${String(input).slice(0, 60)}`;
}
