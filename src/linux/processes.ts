import { readdirSync, readFileSync } from 'node:fs';
import { c, check, nativeBuffer } from './libc.ts';

const PR_SET_PDEATHSIG = 1;
const PR_SET_CHILD_SUBREAPER = 36;
const P_ALL = 0;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const SIGKILL = 9;

/** A process as /proc shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** The program's name, cut to 15 characters by the kernel. */
  readonly command: string;
  /** `R`unning, `S`leeping, s`T`opped, `Z`ombie, … */
  readonly state: string;
}

/** One process; undefined where there is none. */
export function readProcess(pid: number): ProcessEntry | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name is in parentheses and may hold parentheses and spaces itself.
  const nameEnd = text.lastIndexOf(')');
  const [state = '', parent = '0'] = text.slice(nameEnd + 2).split(' ');
  return { pid, parent: Number(parent), command: text.slice(text.indexOf('(') + 1, nameEnd), state };
}

/** Every process of the PID namespace that /proc belongs to. */
export function listProcesses(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const entry = readProcess(Number(name));
    if (entry) entries.push(entry);
  }
  return entries;
}

/** The children of a process, their children, and so on; parents come before their children. */
export function descendants(pid: number): ProcessEntry[] {
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of listProcesses()) {
    const siblings = children.get(entry.parent);
    if (siblings) siblings.push(entry);
    else children.set(entry.parent, [entry]);
  }
  const found: ProcessEntry[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const entry of children.get(next) ?? []) {
      found.push(entry);
      queue.push(entry.pid);
    }
  }
  return found;
}

/** Sends a signal; false where the process is gone. @throws Error EPERM */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Sends a signal to a process and all that descend from it at this moment. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  const tree = [pid, ...descendants(pid).map((entry) => entry.pid)];
  for (const member of tree) signalProcess(member, signal);
}

/**
 * Lets the kernel kill this process when the thread that started it ends. It is not inherited, and a parent that is
 * gone already does not count: compare `process.ppid` afterwards.
 */
export function dieWithParent(): void {
  check(c.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), 'prctl', 'die with the parent');
}

/** Makes this process the parent of descendants whose own parent ends; it must reap them (`reapOrphans`). */
export function adoptOrphans(): void {
  check(c.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 'prctl', 'adopt orphans');
}

const information = nativeBuffer(128);
const status = nativeBuffer(4);

/** Whether a child has ended that nobody has reaped. It stays as it is. */
function someoneEnded(): boolean {
  information.fill(0);
  // Without children: ECHILD.
  if (c.waitid(P_ALL, 0, information, WEXITED | WNOHANG | WNOWAIT) < 0) return false;
  return new DataView(information.buffer).getInt32(16, true) !== 0;
}

/**
 * Reaps ended processes that were left to this one (process 1 of a PID namespace, or one that adopts orphans). Node's
 * own children are Node's to reap, or their exit would never be told.
 * @param isOwnChild whether this process started it by Node's means and has not been told of its exit
 * @returns the processes that were reaped
 */
export function reapOrphans(isOwnChild: (pid: number) => boolean): number[] {
  if (!someoneEnded()) return [];
  const reaped: number[] = [];
  for (const entry of listProcesses()) {
    if (entry.parent !== process.pid || entry.state !== 'Z' || isOwnChild(entry.pid)) continue;
    if (c.waitpid(entry.pid, status, WNOHANG) === entry.pid) reaped.push(entry.pid);
  }
  return reaped;
}

/** Reaps orphans whenever a child ends, from now on. @returns a function that ends it */
export function keepReapingOrphans(isOwnChild: (pid: number) => boolean): () => void {
  const reap = (): void => {
    reapOrphans(isOwnChild);
  };
  process.on('SIGCHLD', reap);
  reap();
  return () => {
    process.off('SIGCHLD', reap);
  };
}
