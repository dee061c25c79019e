import { readFile, writeFile } from 'node:fs/promises';
import { parseKnownDeviations } from '../scenario/known-deviations.ts';
import type { KnownDeviations } from '../scenario/known-deviations-schema.ts';
import { formatKnownDeviations, updateKnownDeviations } from '../scenario/known-deviations-update.ts';
import { ScenarioError } from '../scenario/problem.ts';
import type { ScenarioResult } from '../scenario/result.ts';
import { routerVersion } from './router-version.ts';

/** A file of known deviations as it was read, or as it is to be made. */
export interface KnownFile {
  readonly file: string;
  readonly known: KnownDeviations;
}

/**
 * Reads the files that --expect names; with --update one that is missing is begun for the only router under test. Throws a
 * ScenarioError where one cannot be used.
 */
export async function readKnownFiles(
  files: readonly string[],
  { routers, update }: { readonly routers: readonly string[]; readonly update: boolean },
): Promise<readonly KnownFile[]> {
  return await Promise.all(
    files.map(async (file) => {
      try {
        return { file, known: parseKnownDeviations(await readFile(file, 'utf8'), file) };
      } catch (error) {
        const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
        if (missing && update && routers.length === 1) return { file, known: await beginKnown(routers[0]!) };
        if (error instanceof ScenarioError) throw error;
        const cure = missing ? 'there is no such file; --update begins one for one --router' : (error as Error).message;
        throw new ScenarioError([{ file, line: 1, column: 1, message: cure }]);
      }
    }),
  );
}

async function beginKnown(implementation: string): Promise<KnownDeviations> {
  return { implementation, version: (await routerVersion(implementation)) ?? 'unknown', deviations: [] };
}

/** Where a router is not of the version that was looked at, one line each. */
export async function otherVersions(files: readonly KnownFile[]): Promise<readonly string[]> {
  const lines = files.map(async ({ file, known: { implementation, version } }) => {
    const installed = await routerVersion(implementation);
    if (installed === undefined || installed === version) return [];
    return [`${file} speaks of ${implementation} ${version}; this is ${installed}`];
  });
  return (await Promise.all(lines)).flat();
}

/** Writes each file anew as the results have it; what was written, one line each. */
export async function updateKnownFiles(
  files: readonly KnownFile[],
  results: readonly ScenarioResult[],
): Promise<readonly string[]> {
  return await Promise.all(
    files.map(async ({ file, known }) => {
      const updated = updateKnownDeviations(known, results);
      await writeFile(file, formatKnownDeviations(updated, file));
      const before = known.deviations.length;
      const after = updated.deviations.length;
      return `${file}: ${before} known deviations before, ${after} now`;
    }),
  );
}
