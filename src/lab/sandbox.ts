import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { sandboxArguments } from '../linux/privileges.ts';
import { programPath } from '../linux/programs.ts';
import { StageError } from '../stage/stage.ts';
import { CONTROL_DESCRIPTOR, FRAMES_DESCRIPTOR } from './channel/protocol.ts';

/** The lab's server in namespaces of its own, and the two channels to it. */
export interface Sandbox {
  readonly control: Socket;
  readonly frames: Socket;
  /** Resolves when the server and everything inside has ended. */
  readonly ended: Promise<void>;
  readonly inUserNamespace: boolean;
  /** The server, as this process counts processes. @throws StageError where it has ended */
  processId(): number;
  /** What it last wrote to its standard error. */
  complaint(): string;
  /** Ends it without asking. */
  kill(): void;
}

const COMPLAINT_OCTETS = 8 * 1024;

/**
 * Garbage collection on helper threads, which run at normal priority, holds a thread at real-time priority up: see
 * `v8 --help`. The young generation is kept small for the same reason.
 */
const STEADY_NODE_FLAGS = ['--single-threaded-gc', '--max-semi-space-size=1'];

/** @throws StageError where it is not built */
function findServer(): string {
  try {
    return programPath('lab-server');
  } catch (error) {
    throw new StageError((error as Error).message, 'make build');
  }
}

/**
 * Starts the server, which inherits the descriptors. Nothing of it outlives this process: when the channel closes it ends, and its PID namespace takes
 * everything inside with it.
 * @throws StageError where the server is not built or `unshare` is missing
 */
export async function startSandbox(inUserNamespace: boolean, descriptors: readonly number[]): Promise<Sandbox> {
  const child = spawn(
    'unshare',
    [...sandboxArguments(inUserNamespace), process.execPath, ...STEADY_NODE_FLAGS, findServer()],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', ...descriptors],
      // A session of its own: a Ctrl-C at the terminal reaches this process alone, which ends the server by the channel.
      detached: true,
      cwd: '/',
      // Refusals of unshare are read by a program; daemons speak to us as their manuals have it.
      env: { ...process.env, LC_ALL: 'C' },
    },
  );
  await started(child);
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_OCTETS);
  });
  return {
    control: child.stdio[CONTROL_DESCRIPTOR] as Socket,
    frames: child.stdio[FRAMES_DESCRIPTOR] as Socket,
    ended: new Promise((resolve) => child.once('close', () => resolve())),
    inUserNamespace,
    processId: () => childOf(child.pid),
    complaint: () => complaint.trim(),
    kill: () => child.kill('SIGKILL'),
  };
}

/** The one child of unshare(1), which is process 1 inside. */
function childOf(unshare: number | undefined): number {
  try {
    const child = Number.parseInt(readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8'), 10);
    if (child > 0) return child;
  } catch (error) {
    throw new StageError(`nobody can be let into the lab: ${(error as Error).message}`);
  }
  throw new StageError('the lab server has ended');
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'ENOENT'
          ? new StageError('the program unshare is missing', 'install the package util-linux')
          : new StageError(`the lab server cannot be started: ${error.message}`),
      );
    });
  });
}
