import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { c, check, closeDescriptor, errnoOf, LinuxError, nativeBuffer } from './libc.ts';
import { watchReadable } from './watch.ts';

/** A program to run. */
export interface Command {
  /** Its full path. */
  readonly program: string;
  readonly words: readonly string[];
  /** Descriptors that become its standard input, output and error; absent: nothing to read, and nobody reads. */
  readonly input?: number;
  readonly output?: number;
  readonly error?: number;
  /** It leads a session and a process group of its own, which its number names. */
  readonly leadsSession?: boolean;
}

/** How a program ended; both are null where somebody else was told. */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that runs. */
export interface Spawned {
  readonly pid: number;
  /** Waiting for it does not keep this process alive, unless `ref` says so. */
  readonly ended: Promise<Ending>;
  ref(): void;
}

// Sizes that suffice for glibc and musl on every architecture.
const ATTRIBUTES_OCTETS = 512;
const ACTIONS_OCTETS = 256;
const SIGNALS_OCTETS = 128;
const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
const SETSID = 0x80;
/** The same number on every architecture. */
const PIDFD_OPEN = 434;
const P_PIDFD = 3;
const WEXITED = 4;
const CLD_EXITED = 1;
const ENOEXEC = errnoOf('ENOEXEC');

let last: Promise<unknown> = Promise.resolve();

/**
 * Starts a program. Node's own `spawn` copies the page tables of this process, and everything that runs in it, threads
 * too, waits for that and faults afterwards, 5 to 15 ms with 40 MB; this (posix_spawn, on libuv's pool) borrows them
 * until the program has begun, and holds up nothing. Programs start in the order in which they are asked for.
 * @throws LinuxError (rejects) where the program cannot be run
 */
export function spawnProgram(command: Command): Promise<Spawned> {
  const started = last.then(() => start(command));
  last = started.catch(() => {});
  return started;
}

async function start(command: Command): Promise<Spawned> {
  const { program, words } = command;
  const nothing = openSync('/dev/null', 'r+');
  try {
    const descriptors = [command.input ?? nothing, command.output ?? nothing, command.error ?? nothing];
    const leadsSession = command.leadsSession ?? false;
    const first = await posixSpawn(program, [program, ...words], descriptors, leadsSession);
    // A script without a line that names its interpreter is the shell's.
    const result = first.errno === ENOEXEC ? await runByShell(program, words, descriptors, leadsSession) : first;
    if (result.errno !== 0) throw new LinuxError('posix_spawn', result.errno, `run ${program}`);
    return { pid: result.pid, ...follow(result.pid) };
  } finally {
    closeSync(nothing);
  }
}

function runByShell(
  program: string,
  words: readonly string[],
  descriptors: readonly number[],
  leadsSession: boolean,
): Promise<{ errno: number; pid: number }> {
  return posixSpawn('/bin/sh', ['/bin/sh', program, ...words], descriptors, leadsSession);
}

function posixSpawn(
  path: string,
  words: readonly string[],
  descriptors: readonly number[],
  leadsSession: boolean,
): Promise<{ errno: number; pid: number }> {
  const actions = nativeBuffer(ACTIONS_OCTETS);
  const attributes = nativeBuffer(ATTRIBUTES_OCTETS);
  const pid = nativeBuffer(4);
  c.spawnActionsInit(actions);
  for (const [wanted, descriptor] of descriptors.entries()) c.spawnActionsDuplicate(actions, descriptor, wanted);
  c.spawnAttributesInit(attributes);
  c.spawnAttributesFlags(attributes, SETSIGDEF | SETSIGMASK | (leadsSession ? SETSID : 0));
  // Node ignores SIGPIPE, and threads of the pool take no signals: neither is the program's.
  c.spawnAttributesDefaultSignals(attributes, nativeBuffer(SIGNALS_OCTETS).fill(0xff));
  c.spawnAttributesSignalMask(attributes, nativeBuffer(SIGNALS_OCTETS));
  const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  return new Promise((resolve, reject) => {
    c.posixSpawnAsync(pid, path, actions, attributes, [...words, null], [...environment, null], (error, errno) => {
      c.spawnActionsDestroy(actions);
      c.spawnAttributesDestroy(attributes);
      if (error) reject(error as Error);
      else resolve({ errno, pid: new DataView(pid.buffer).getInt32(0, true) });
    });
  });
}

/** Waits for a child on the event loop. */
function follow(pid: number): Pick<Spawned, 'ended' | 'ref'> {
  const descriptor = check(c.syscall(PIDFD_OPEN, pid, 0), 'pidfd_open', `wait for process ${pid}`);
  let ref = (): void => {};
  const ended = new Promise<Ending>((resolve) => {
    const watch = watchReadable(descriptor, () => {
      watch.close();
      resolve(reap(descriptor));
      closeDescriptor(descriptor);
    });
    watch.unref();
    ref = () => watch.ref();
  });
  return { ended, ref: () => ref() };
}

function reap(descriptor: number): Ending {
  const information = nativeBuffer(128);
  if (c.waitid(P_PIDFD, descriptor, information, WEXITED) < 0) return { status: null, signal: null };
  const view = new DataView(information.buffer);
  const code = view.getInt32(8, true);
  const status = view.getInt32(24, true);
  if (code === CLD_EXITED) return { status, signal: null };
  return { status: null, signal: signalName(status) };
}

function signalName(number: number): NodeJS.Signals {
  const entry = Object.entries(constants.signals).find(([, value]) => value === number);
  return (entry?.[0] ?? `SIG${number}`) as NodeJS.Signals;
}
