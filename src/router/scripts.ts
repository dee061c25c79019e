import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RouterConfiguration, Script, ScriptUser } from '../config/configuration.ts';
import { findProgram } from '../linux/programs.ts';
import { type Ending, spawnProgram } from '../linux/spawn.ts';

/** A script that can be run: its user is known, and it lies where it may. */
export interface PreparedScript {
  readonly program: string;
  /**
   * Starts it, with more arguments after its own, at normal priority, as the leader of a process group of its own. It
   * does not keep the router alive, and nothing waits until it has begun.
   */
  start(extra?: readonly string[]): RunningScript;
}

/** A script that was started. */
export interface RunningScript {
  readonly ended: Promise<ScriptEnd>;
  /** Sends a signal to it and to what it has started. */
  signal(signal: NodeJS.Signals): void;
}

/** How a script ended, in words where it did not end well. */
export type ScriptEnd =
  | { readonly kind: 'well' }
  | { readonly kind: 'badly'; readonly text: string }
  | { readonly kind: 'not-run'; readonly text: string };

/** How scripts are run: as whom unless they say, and whether root's may lie where others can write. */
export type ScriptOptions = Pick<RouterConfiguration, 'scriptUser' | 'scriptSecurity'>;

/** Numbers of a user and a group. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Why a script cannot be run as it is configured. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** Whom keepalived runs scripts as where nothing is configured, if there is such a user. */
const USUAL_USER = 'keepalived_script';
const STANDARD_ERROR = 2;

/**
 * Prepares a script: its program and its user are looked up now, so that a name that does not exist stops the start.
 * @throws ScriptError
 */
export function prepareScript(script: Script, { scriptUser, scriptSecurity }: ScriptOptions): PreparedScript {
  const program = script.program.includes('/') ? script.program : findProgram(script.program);
  if (program === undefined) throw new ScriptError(`${script.program} is not found in PATH: write its full path`);
  const user = script.user ?? scriptUser;
  const identity = user === undefined ? usualIdentity() : identityOf(user);
  if (scriptSecurity) requireSafe(program, identity);
  const [command, ...words] = asUser(identity, [program, ...script.arguments]);
  return { program, start: (extra = []) => run(command!, [...words, ...extra]) };
}

/** Its words, for another user by the program that changes the user and becomes the script. @throws ScriptError */
function asUser(identity: Identity | undefined, words: readonly string[]): readonly string[] {
  if (identity === undefined) return words;
  const { uid, gid } = identity;
  if (uid === process.getuid?.() && gid === process.getgid?.()) return words;
  const setpriv = findProgram('setpriv');
  if (setpriv === undefined)
    throw new ScriptError(`to run ${words[0]} as user ${uid}, setpriv is needed (the package is called util-linux)`);
  return [setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', ...words];
}

function run(program: string, words: readonly string[]): RunningScript {
  let pid: number | undefined;
  let over = false;
  const early: NodeJS.Signals[] = [];

  function signal(name: NodeJS.Signals): void {
    if (over) return;
    if (pid === undefined) {
      early.push(name);
      return;
    }
    try {
      process.kill(-pid, name);
    } catch {
      // Nothing of it runs any more.
    }
  }

  async function follow(): Promise<ScriptEnd> {
    try {
      const spawned = await spawnProgram({ program, words, error: STANDARD_ERROR, leadsSession: true });
      pid = spawned.pid;
      for (const name of early) signal(name);
      const ending = await spawned.ended;
      over = true;
      return endOf(ending);
    } catch (error) {
      over = true;
      return { kind: 'not-run', text: `cannot be run: ${(error as Error).message}` };
    }
  }

  return { ended: follow(), signal };
}

function endOf({ status, signal }: Ending): ScriptEnd {
  if (signal !== null) return { kind: 'badly', text: `was ended by ${signal}` };
  return status === 0 ? { kind: 'well' } : { kind: 'badly', text: `exited with status ${status}` };
}

function usualIdentity(): Identity | undefined {
  return process.getuid?.() === 0 && findEntry('/etc/passwd', USUAL_USER) !== undefined
    ? identityOf({ user: USUAL_USER })
    : undefined;
}

/** The numbers of a user, and of the group where one is named. @throws ScriptError */
export function identityOf(user: ScriptUser): Identity {
  const entry = findEntry('/etc/passwd', user.user);
  if (entry === undefined) throw new ScriptError(`script_user ${user.user}: there is no such user`);
  const uid = Number(entry[2]);
  if (user.group === undefined) return { uid, gid: Number(entry[3]) };
  const group = findEntry('/etc/group', user.group);
  if (group === undefined) throw new ScriptError(`script_user ${user.user} ${user.group}: there is no such group`);
  return { uid, gid: Number(group[2]) };
}

function findEntry(file: string, name: string): string[] | undefined {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n').map((line) => line.split(':'));
  return lines.find((fields) => fields[0] === name);
}

/** enable_script_security: a script that runs as root must not lie where another may change it. */
function requireSafe(program: string, identity: Identity | undefined): void {
  if ((identity?.uid ?? process.getuid?.() ?? 0) !== 0) return;
  for (let path = program; ; path = dirname(path)) {
    const { uid, mode } = statSync(path, { throwIfNoEntry: false }) ?? { uid: 0, mode: 0 };
    const sticky = (mode & 0o1000) !== 0;
    if (uid !== 0 || ((mode & 0o022) !== 0 && !sticky)) {
      throw new ScriptError(`${program} would run as root, but others may write to ${path}`);
    }
    if (path === '/' || path === '.') return;
  }
}
