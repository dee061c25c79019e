import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '../linux/programs.ts';

declare const VRRPBENCH_VERSION: string;

const TIMEOUT_MS = 5000;
const PROGRAMS: Readonly<Record<string, string>> = { keepalived: 'keepalived', frr: 'vrrpd' };

/** The version of a router that is installed here: `2.2.7`; undefined where it is not, or does not say. */
export async function routerVersion(implementation: string): Promise<string | undefined> {
  if (implementation === 'native') return VRRPBENCH_VERSION;
  const program = findProgram(PROGRAMS[implementation] ?? '');
  if (PROGRAMS[implementation] === undefined || program === undefined) return undefined;
  try {
    const { stdout, stderr } = await promisify(execFile)(program, ['--version'], { timeout: TIMEOUT_MS });
    return /\d+\.\d+(?:\.\d+)*/.exec(`${stdout}\n${stderr}`)?.[0];
  } catch {
    return undefined;
  }
}
