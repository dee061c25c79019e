import type { Namespace } from '../../linux/namespace.ts';
import type { Route } from '../../linux/netlink/route.ts';
import { findProgram } from '../../linux/programs.ts';
import { StageError } from '../../stage/stage.ts';
import { spawnIn } from './child.ts';

const TIMEOUT_MS = 10_000;
const LONGEST_COMPLAINT = 500;
/** The first three octets of a virtual MAC (RFC 9568 §7.3). */
const VIRTUAL_MAC = '00:00:5e:00:';

/** Words with `{name}` replaced by what it stands for. @throws StageError naming what stands for nothing */
export function fillInWords(words: readonly string[], values: Readonly<Record<string, string>>): readonly string[] {
  return words.map((word) =>
    word.replaceAll(/\{([A-Za-z][A-Za-z0-9_-]*)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value !== undefined) return value;
      throw new StageError(
        `'${whole}' stands for nothing here; there is ${Object.keys(values).join(', ') || 'nothing'}`,
      );
    }),
  );
}

/** The interface that has a virtual MAC, where the router has made one. */
export function macvlanOf(route: Route): string | undefined {
  return route.links().find(({ kind, macAddress }) => kind === 'macvlan' && macAddress.startsWith(VIRTUAL_MAC))?.name;
}

/** Runs a program to its end. @throws StageError with what it complained of, where it does not succeed */
export async function runMachineCommand(namespace: Namespace, words: readonly string[]): Promise<void> {
  const [program, ...rest] = words;
  const text = words.join(' ');
  if (program === undefined || findProgram(program) === undefined) {
    throw new StageError(`'${text}' cannot be run: there is no program '${program ?? ''}'`, 'install it');
  }
  const complaint = await new Promise<string>((resolve) => {
    const child = spawnIn(namespace, program, rest, { stdio: ['ignore', 'ignore', 'pipe'], timeout: TIMEOUT_MS });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      said = (said + part).slice(0, LONGEST_COMPLAINT);
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? '' : said.trim() || `it ended with ${signal ?? `exit status ${code}`}`),
    );
  });
  if (complaint !== '') throw new StageError(`'${text}' did not succeed: ${complaint}`);
}
