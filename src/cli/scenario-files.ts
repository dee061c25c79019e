import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { packageRoot } from '../linux/programs.ts';
import { type ParsedScenario, parseScenario } from '../scenario/parse.ts';
import { ScenarioError, type ScenarioProblem } from '../scenario/problem.ts';

/** The folder of the scenarios that come with the bench; as seen from here, where it lies below. */
export function bundledScenarios(): string {
  const folder = join(packageRoot(), 'scenarios');
  const fromHere = relative(process.cwd(), folder);
  return fromHere.startsWith('..') ? folder : fromHere;
}

/** Reads every scenario of these files and folders. Throws a ScenarioError with every problem of every file. */
export async function readScenarios(paths: readonly string[]): Promise<readonly ParsedScenario[]> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  const problems: ScenarioProblem[] = [];
  const scenarios: ParsedScenario[] = [];
  for (const file of new Set(files)) {
    try {
      scenarios.push(parseScenario(await readFile(file, 'utf8'), file));
    } catch (error) {
      problems.push(...problemsOf(file, error));
    }
  }
  if (problems.length > 0) throw new ScenarioError(problems);
  return scenarios;
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((error: Error) => error);
  if (found instanceof Error || !found.isDirectory()) return [path];
  const inside = await readdir(path, { recursive: true });
  return inside
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

function problemsOf(file: string, error: unknown): readonly ScenarioProblem[] {
  if (error instanceof ScenarioError) return error.problems;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') throw error;
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'you may not read it',
  };
  return [{ file, line: 1, column: 1, message: words[code] ?? code }];
}
