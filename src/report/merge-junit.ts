import { create } from 'xmlbuilder2';
import { ReportError } from './merge.ts';

/** A JUnit document and where it was read. */
export interface NamedDocument {
  readonly file: string;
  readonly text: string;
}

/** A node of a JUnit document as xmlbuilder2 reads it: attributes begin with `@`. */
type Node = Readonly<Record<string, unknown>>;

interface Suite {
  readonly name: string;
  readonly cases: Node[];
}

const COUNTED = ['failures', 'errors', 'skipped'] as const;

/** Joins JUnit documents of several shards: cases of suites of one name come together, and are counted anew. */
export function mergeJunit(documents: readonly NamedDocument[]): string {
  const suites = new Map<string, Suite>();
  for (const { file, text } of documents) {
    for (const one of suitesOf(file, text)) {
      const name = String(one['@name'] ?? 'unnamed');
      const suite = suites.get(name) ?? { name, cases: [] };
      suite.cases.push(...listOf(one.testcase));
      suites.set(name, suite);
    }
  }
  const cases = [...suites.values()].flatMap((suite) => suite.cases);
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    name: 'vrrpbench',
    ...countsOf(cases),
  });
  for (const suite of suites.values()) {
    root.ele({ testsuite: { '@name': suite.name, ...attributes(countsOf(suite.cases)), testcase: suite.cases } });
  }
  return `${root.end({ prettyPrint: true })}\n`;
}

function suitesOf(file: string, text: string): readonly Node[] {
  let document: Node;
  try {
    document = create(text).end({ format: 'object' }) as unknown as Node;
  } catch (error) {
    throw new ReportError(`${file}: this is no XML: ${(error as Error).message.split('\n')[0]}`);
  }
  const root = document.testsuites;
  if (typeof root === 'string' || (typeof root === 'object' && root !== null)) {
    return typeof root === 'string' ? [] : listOf((root as Node).testsuite);
  }
  if (document.testsuite !== undefined) return listOf(document.testsuite);
  throw new ReportError(`${file}: this is no JUnit report: it has neither testsuites nor testsuite`);
}

/** XML does not tell one element from a list of one. */
function listOf(value: unknown): readonly Node[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]) as readonly Node[];
}

function countsOf(cases: readonly Node[]): Readonly<Record<string, string | number>> {
  const [failures, errors, skipped] = COUNTED.map((kind) => {
    const element = kind === 'skipped' ? kind : kind.slice(0, -1);
    return cases.filter((one) => element in one).length;
  });
  const time = cases.reduce((total, one) => total + (Number(one['@time']) || 0), 0);
  return { tests: cases.length, failures: failures!, errors: errors!, skipped: skipped!, time: time.toFixed(3) };
}

function attributes(fields: Readonly<Record<string, string | number>>): Readonly<Record<string, string | number>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`@${name}`, value]));
}
