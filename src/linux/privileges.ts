import { readFileSync } from 'node:fs';

/** Numbers of capabilities, capabilities(7). */
const CAPABILITIES = { CAP_NET_ADMIN: 12, CAP_NET_RAW: 13, CAP_SYS_ADMIN: 21, CAP_SYS_NICE: 23 } as const;
export type PrivilegeName = keyof typeof CAPABILITIES;

/** What a lab needs outside of a user namespace of its own. */
const LAB_PRIVILEGES: readonly PrivilegeName[] = ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN', 'CAP_NET_RAW'];

/** Whether this process has a capability in its user namespace; root of a container often has not. */
export function hasPrivilege(name: PrivilegeName): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
    return ((BigInt(`0x${effective}`) >> BigInt(CAPABILITIES[name])) & 1n) === 1n;
  } catch {
    return process.geteuid?.() === 0;
  }
}

/** Whether a sandbox is to have a user namespace of its own, in which this user may do all that a lab does. */
export function needsUserNamespace(): boolean {
  return !LAB_PRIVILEGES.every(hasPrivilege);
}

const USER_NAMESPACE = ['--user', '--map-root-user'];

/** What unshare(1) is told to make a sandbox. */
export function sandboxArguments(inUserNamespace: boolean): string[] {
  const user = inUserNamespace ? USER_NAMESPACE : [];
  return [...user, '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
}

/** The steps to a sandbox, one after the other, so that the first that is refused can be named. */
export function sandboxSteps(inUserNamespace: boolean): [name: string, meaning: string, options: string[]][] {
  const user = inUserNamespace ? USER_NAMESPACE : [];
  return [
    ...(inUserNamespace
      ? [['user namespaces', 'an ordinary user can be root inside', user] as [string, string, string[]]]
      : []),
    ['network namespaces', 'routers get interfaces of their own', [...user, '--net']],
    ['mount namespaces', 'names of namespaces stay inside', [...user, '--mount', '--net']],
    ['PID namespaces', 'nothing outlives the bench', sandboxArguments(inUserNamespace)],
  ];
}
