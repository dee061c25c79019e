import { spawnSync } from 'node:child_process';
import { attempt, available, type Capability, missing } from './capability.ts';
import { diagnoseRefusal } from './namespace-refusal.ts';
import { hasPrivilege, needsUserNamespace, sandboxArguments, sandboxSteps } from './privileges.ts';
import { findProgram, programPath } from './programs.ts';
import { canUseRealtime } from './scheduling.ts';
import { createTimer } from './timer.ts';

const TIMEOUT_MS = 20_000;

/** Tries unshare(1) with these arguments: undefined where it works, else what it says. */
function tryUnshare(unshare: string, options: readonly string[]): string | undefined {
  const result = spawnSync(unshare, [...options, 'true'], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    // What it says is read by a program, too.
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (result.status === 0) return undefined;
  return (
    result.stderr.trim().split('\n')[0] ||
    result.error?.message ||
    `unshare ended with ${result.status ?? result.signal}`
  );
}

/** The namespaces of the sandbox, one after the other, so that the first that is refused is named. */
function examineNamespaces(): Capability[] {
  const unshare = findProgram('unshare');
  if (!unshare) {
    return [missing('sandbox', true, 'the program unshare is not installed', 'apt-get install util-linux')];
  }
  const found: Capability[] = [];
  for (const [name, meaning, options] of sandboxSteps(needsUserNamespace())) {
    const refusal = tryUnshare(unshare, options);
    if (refusal !== undefined) {
      const { why, cure } = diagnoseRefusal(refusal);
      found.push(missing(name, true, why, cure));
      break;
    }
    found.push(available(name, true, meaning));
  }
  return found;
}

/** Runs `examineInside` in a sandbox, by the command's own program. */
function examineSandbox(): Capability[] {
  const cure = 'run the command that is named, to see what it says';
  const options = [
    ...sandboxArguments(needsUserNamespace()),
    process.execPath,
    programPath('cli'),
    'doctor',
    '--inside',
  ];
  const result = spawnSync(findProgram('unshare') ?? 'unshare', options, { encoding: 'utf8', timeout: TIMEOUT_MS });
  try {
    return JSON.parse(result.stdout) as Capability[];
  } catch {
    const said = result.stderr.trim().split('\n').at(-1) || `ended with ${result.status ?? result.signal}`;
    return [missing('sandbox', true, `unshare ${options.join(' ')}: ${said}`, cure)];
  }
}

function examineRealtime(): Capability {
  const name = 'real-time priority';
  if (canUseRealtime()) return available(name, false, 'SCHED_FIFO is permitted: timing is steady under load');
  return missing(
    name,
    false,
    'SCHED_FIFO is refused: under load, timing verdicts are often inconclusive',
    hasPrivilege('CAP_SYS_NICE')
      ? 'sudo sysctl -w kernel.sched_rt_runtime_us=950000, and give its control group a share (cpu.rt_runtime_us)'
      : "run as root, or allow it: 'USER - rtprio 30' in /etc/security/limits.conf (Docker: --cap-add SYS_NICE)",
  );
}

function examineTimer(): Capability {
  const cure = 'use a kernel with CONFIG_TIMERFD, and a seccomp profile that allows timerfd_create';
  return attempt('timerfd', true, 'timers of nanoseconds', cure, () => {
    createTimer(() => {}).close();
  });
}

function examineProgram(name: string, program: string, meaning: string, packageName: string): Capability {
  const path = findProgram(program);
  if (path) return available(name, false, `${path}: ${meaning}`);
  return missing(name, false, `the program ${program} is not installed`, `apt-get install ${packageName}`);
}

/** Looks at everything of this host that the bench uses, by trying it inside a sandbox that leaves nothing behind. */
export async function examineHost(): Promise<Capability[]> {
  const namespaces = examineNamespaces();
  const inside = namespaces.every((capability) => capability.available) ? examineSandbox() : [];
  return [
    ...namespaces,
    ...inside,
    examineTimer(),
    examineRealtime(),
    examineProgram('keepalived', 'keepalived', 'can be tested', 'keepalived'),
    examineProgram('frr', 'vrrpd', 'can be tested', 'frr'),
    examineProgram('tshark', 'tshark', 'the decoder that tests compare with', 'tshark'),
  ];
}

/** Whether labs can run: everything that they need is there. */
export function canRunLabs(capabilities: readonly Capability[]): boolean {
  return capabilities.every((capability) => capability.available || !capability.needed);
}
