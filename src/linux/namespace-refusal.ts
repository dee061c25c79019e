import { existsSync, readFileSync } from 'node:fs';

function setting(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Why something is refused, and what to do about it; one line each. */
export interface Diagnosis {
  readonly why: string;
  readonly cure: string;
}

/**
 * Who forbids namespaces on this host: those who are known to, asked in the order of how sure the answer is.
 * @param message what the refused program or call said; told where nobody is known to forbid it
 */
export function diagnoseRefusal(message: string): Diagnosis {
  const ordinary = process.geteuid?.() !== 0;
  if (ordinary && setting('/proc/sys/user/max_user_namespaces') === '0') {
    return { why: 'user.max_user_namespaces is 0', cure: 'sudo sysctl -w user.max_user_namespaces=15000' };
  }
  if (ordinary && setting('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
    return {
      why: "kernel.unprivileged_userns_clone is 0 (Debian's restriction)",
      cure: 'sudo sysctl -w kernel.unprivileged_userns_clone=1',
    };
  }
  if (ordinary && setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return {
      why: "AppArmor restricts user namespaces of ordinary users (Ubuntu 23.10 and later: 'apparmor_restrict_unprivileged_userns')",
      cure: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run as root',
    };
  }
  if (process.env.KUBERNETES_SERVICE_HOST !== undefined) {
    return {
      why: `the pod's security context forbids it (${message})`,
      cure: 'securityContext: {privileged: true}, or capabilities SYS_ADMIN, NET_ADMIN, NET_RAW with seccompProfile Unconfined',
    };
  }
  if (existsSync('/.dockerenv') || /^Seccomp:\s*2$/m.test(setting('/proc/self/status') ?? '')) {
    return {
      why: `a seccomp profile forbids it, as Docker's default one does (${message})`,
      cure: 'docker run --privileged, or --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined',
    };
  }
  return { why: message, cure: 'run as root, or ask the administrator of this machine to allow user namespaces' };
}
