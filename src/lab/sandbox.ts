import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { programPath } from '../linux/programs.ts';
import { StageError } from '../stage/stage.ts';
import { CONTROL_DESCRIPTOR, FRAMES_DESCRIPTOR } from './channel/protocol.ts';

/** The lab's server in namespaces of its own, and the two channels to it. */
export interface Sandbox {
  readonly control: Socket;
  readonly frames: Socket;
  /** Resolves when the server and everything inside has ended. */
  readonly ended: Promise<void>;
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
 * Starts the server. Nothing of it outlives this process: when the channel closes it ends, and its PID namespace takes
 * everything inside with it.
 * @throws StageError where the server is not built or `unshare` is missing
 */
export async function startSandbox(asOwnUser: boolean): Promise<Sandbox> {
  const unshare = ['--mount', '--pid', '--net', '--fork', '--kill-child', '--mount-proc'];
  if (asOwnUser) unshare.unshift('--user', '--map-root-user');
  const child = spawn('unshare', [...unshare, process.execPath, ...STEADY_NODE_FLAGS, findServer()], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    // A session of its own: a Ctrl-C at the terminal reaches this process alone, which ends the server by the channel.
    detached: true,
    cwd: '/',
  });
  await started(child);
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_OCTETS);
  });
  return {
    control: child.stdio[CONTROL_DESCRIPTOR] as Socket,
    frames: child.stdio[FRAMES_DESCRIPTOR] as Socket,
    ended: new Promise((resolve) => child.once('close', () => resolve())),
    complaint: () => complaint.trim(),
    kill: () => child.kill('SIGKILL'),
  };
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

function sysctl(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Why this host forbids namespaces, by name, and what to do about it. */
export function namespaceCure(): string {
  if (sysctl('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return "Ubuntu's AppArmor restriction forbids user namespaces; run as root, or: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0";
  }
  if (sysctl('kernel/unprivileged_userns_clone') === '0') {
    return 'user namespaces are reserved for root; run as root, or: sudo sysctl kernel.unprivileged_userns_clone=1';
  }
  if (sysctl('user/max_user_namespaces') === '0') {
    return 'user namespaces are limited to none; run as root, or: sudo sysctl user.max_user_namespaces=10000';
  }
  if (process.env.KUBERNETES_SERVICE_HOST !== undefined) {
    return "the pod's security context forbids namespaces; it needs privileged: true, or the capability SYS_ADMIN and seccompProfile: Unconfined";
  }
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv')) {
    return "the container's seccomp profile forbids namespaces; start it with --privileged, or with --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined";
  }
  return 'run as root, or allow user namespaces';
}
