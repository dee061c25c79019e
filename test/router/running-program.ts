import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setRealtimePriority } from '../../src/linux/scheduling.ts';
import { endingWithUs } from '../child.ts';

/** A program that runs in a node. */
export interface RunningProgram {
  readonly child: ChildProcess;
  /** Lines of standard error until now. */
  readonly lines: readonly string[];
  /** Standard output until now. */
  output(): string;
  /** Resolves when a line of standard error matches. */
  line(pattern: RegExp, timeoutMs?: number): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit status, or the signal's name. */
  readonly ended: Promise<number | string>;
}

/**
 * How long a test waits for what must come. A router starts at normal priority: while labs beside it keep every core busy
 * at real-time priority that takes seconds, and says nothing of the router.
 */
export const PATIENCE_MS = 30_000;
export const STOP_TIMEOUT_MS = 10_000;

/** Starts a program that ends with the test. */
export function startProgram(program: string, words: readonly string[], environment: object): RunningProgram {
  const lines: string[] = [];
  let output = '';
  let rest = '';
  const listeners = new Set<(line: string) => void>();
  const child = spawn(...endingWithUs(program, words), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    const parts = (rest + data.toString()).split('\n');
    rest = parts.pop()!;
    for (const line of parts) {
      lines.push(line);
      for (const tell of [...listeners]) tell(line);
    }
  });
  return {
    child,
    lines,
    output: () => output,
    line: (pattern, timeoutMs = PATIENCE_MS) =>
      new Promise((resolve, reject) => {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) {
          resolve(found);
          return;
        }
        const end = (): void => {
          clearTimeout(timer);
          listeners.delete(tell);
          child.off('close', onClose);
        };
        const fail = (why: string): void => {
          end();
          reject(new Error(`no line ${pattern} ${why}:\n${lines.join('\n')}`));
        };
        const onClose = (code: number | null, signal: string | null): void =>
          fail(`before it ended with ${signal ?? code}`);
        const tell = (line: string): void => {
          if (!pattern.test(line)) return;
          end();
          resolve(line);
        };
        const timer = setTimeout(() => fail(`within ${timeoutMs} ms, ${standing(child.pid!)}`), timeoutMs);
        listeners.add(tell);
        child.on('close', onClose);
      }),
    signal: (signal) => {
      child.kill(signal);
    },
    ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code ?? -1))),
  };
}

/** What the kernel says of a program that says nothing itself: its command line, and where each of its threads waits. */
function standing(pid: number): string {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map((thread) => {
      const read = (name: string): string => readFileSync(`/proc/${pid}/task/${thread}/${name}`, 'utf8').trim();
      return `${read('comm')} ${read('stat').split(') ')[1]?.[0]} ${read('wchan')}`;
    });
    return `running as ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]} (${threads.join(', ')})`;
  } catch {
    return 'no longer running';
  }
}

/** Asks a program to stop, and kills it where it does not; whether it did. */
export async function stop({ child, ended }: RunningProgram): Promise<boolean> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  let hung = false;
  const limit = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(limit);
  return !hung;
}

/** Gives every thread of a program real-time priority, as the lab does once it is ready. */
export function raise(program: RunningProgram, priority = 10): void {
  setRealtimePriority(program.child.pid!, priority);
}
