import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { endingWithUs } from '../child.ts';
import { isRoot } from '../peers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOBODY = '65534';

/** Who runs a program: the user of the tests, or, where that is root, also one without any privilege. */
export type RunAs = 'this user' | 'an ordinary user';

/** As whom programs can be run here. */
export const USERS: readonly RunAs[] = isRoot ? ['this user', 'an ordinary user'] : ['this user'];

const folders: string[] = [];

/** Takes away what was bundled. */
export function removePrograms(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

/** Bundles a program of test/linux/programs, and returns where it is until `removePrograms`. */
export function bundleProgram(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-test-'));
  folders.push(folder);
  chmodSync(folder, 0o755);
  const outfile = join(folder, `${name}.cjs`);
  buildSync({
    entryPoints: [join(ROOT, 'test/linux/programs', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['koffi'],
    logLevel: 'warning',
  });
  return outfile;
}

/** Runs a command line as that user, without a namespace of its own. */
export function runAs(user: RunAs, command: readonly string[]): SpawnSyncReturns<string> {
  const privileges =
    isRoot && user === 'an ordinary user' ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  const [program, ...words] = command;
  const env = { ...process.env, NODE_PATH: join(ROOT, 'node_modules') };
  return spawnSync(...endingWithUs(program!, words, privileges), { encoding: 'utf8', timeout: 25_000, env });
}

/** Runs a bundled program inside namespaces of its own and returns what it printed as JSON. */
export function runInside(user: RunAs, program: string, ...options: string[]): unknown {
  const mapped = isRoot && user === 'this user' ? [] : ['--user', '--map-root-user'];
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const result = runAs(user, ['unshare', ...mapped, ...namespaces, process.execPath, program, ...options]);
  if (result.status !== 0)
    throw new Error(`${program} ended with ${result.status ?? result.signal}:\n${result.stderr}`);
  return JSON.parse(result.stdout);
}
