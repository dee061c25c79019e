import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { NotifyScripts, Script, ScriptUser } from '../config/configuration.ts';
import type { Log } from './log.ts';

/** States as keepalived's scripts know them. */
export type NotifiedState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP';

/** Runs a virtual router's scripts; nothing waits for them. */
export interface Notifier {
  state(state: NotifiedState, priority: number): void;
  receivedLowerPriority(): void;
}

/** How scripts are run: as whom unless they say, and whether root's may lie where others can write. */
export interface NotifyOptions {
  readonly user?: ScriptUser;
  readonly security: boolean;
}

/** Numbers of a user and a group. */
interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Why a script cannot be run as it is configured. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

const SCRIPT_OF: Readonly<Record<NotifiedState, keyof NotifyScripts>> = {
  MASTER: 'active',
  BACKUP: 'backup',
  FAULT: 'fault',
  STOP: 'stop',
};
/** Scripts of one virtual router that run at the same time; a script that hangs does not use up the machine. */
const MOST_RUNNING = 16;

/**
 * Prepares the scripts of a virtual router: users are looked up now, so that a name that does not exist stops the start.
 * `notify` gets keepalived's arguments, INSTANCE "name" STATE priority; the others get their own alone.
 * @throws ScriptError
 */
export function createNotifier(name: string, scripts: NotifyScripts, options: NotifyOptions, log: Log): Notifier {
  const identities = new Map<Script, Identity | undefined>();
  for (const script of Object.values(scripts) as Script[]) {
    identities.set(script, identityOf(script.user ?? options.user));
    if (options.security) requireSafe(script, identities.get(script));
  }
  let running = 0;

  function run(script: Script | undefined, extra: readonly string[] = []): void {
    if (script === undefined) return;
    if (running >= MOST_RUNNING) {
      log.line(`(${name}) ${script.program} is not run: ${running} scripts are still running`);
      return;
    }
    running += 1;
    const identity = identities.get(script);
    const child = spawn(script.program, [...script.arguments, ...extra], {
      stdio: ['ignore', 'ignore', 'inherit'],
      ...(identity ?? {}),
    });
    let told = false;
    const ended = (text: string | undefined): void => {
      if (told) return;
      told = true;
      running -= 1;
      if (text !== undefined) log.line(`(${name}) ${script.program} ${text}`);
    };
    child.once('error', (error) => ended(`cannot be run: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (signal !== null) ended(`was ended by ${signal}`);
      else ended(code === 0 ? undefined : `exited with status ${code}`);
    });
    child.unref();
  }

  return {
    state(state, priority) {
      run(scripts[SCRIPT_OF[state]]);
      run(scripts.any, ['INSTANCE', name, state, String(priority)]);
    },
    receivedLowerPriority() {
      run(scripts.activeReceivedLowerPriority);
    },
  };
}

function identityOf(user: ScriptUser | undefined): Identity | undefined {
  if (user === undefined) return undefined;
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
function requireSafe(script: Script, identity: Identity | undefined): void {
  if ((identity?.uid ?? process.getuid?.() ?? 0) !== 0) return;
  for (let path = script.program; ; path = dirname(path)) {
    const { uid, mode } = statSync(path, { throwIfNoEntry: false }) ?? { uid: 0, mode: 0 };
    const sticky = (mode & 0o1000) !== 0;
    if (uid !== 0 || ((mode & 0o022) !== 0 && !sticky)) {
      throw new ScriptError(`${script.program} would run as root, but others may write to ${path}`);
    }
    if (path === '/' || path === '.') return;
  }
}
