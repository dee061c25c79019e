import { existsSync, readFileSync } from 'node:fs';
import { needsUserNamespace } from './privileges.ts';

/** Why something is refused, and what to do about it; one line each. */
export interface Diagnosis {
  readonly why: string;
  readonly cure: string;
}

/** Kinds of namespaces whose number the kernel limits, namespaces(7): /proc/sys/user/max_KIND_namespaces. */
const LIMITED = ['user', 'net', 'mnt', 'pid'] as const;

const DOCKER =
  'docker run --privileged, or --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined';

function setting(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** ENOSPC is for limits alone: this namespace's own, those of the ones around it, and 32 levels of user namespaces. */
function ofLimits(message: string): Diagnosis | undefined {
  if (!message.includes('No space left on device')) return undefined;
  const zero = LIMITED.find((kind) => setting(`/proc/sys/user/max_${kind}_namespaces`) === '0');
  if (zero !== undefined) {
    const name = `user.max_${zero}_namespaces`;
    return { why: `${name} is 0`, cure: `sudo sysctl -w ${name}=15000` };
  }
  return {
    why: `a limit on the number of namespaces is reached (${message})`,
    cure: "raise the limits: 'sysctl user' lists them (max_user_namespaces and its like); for a container, on its host",
  };
}

/** The kernel mounts no new /proc where parts of the old one are hidden, as in a container; nor in a chroot without one. */
function ofMounts(message: string): Diagnosis | undefined {
  if (/root filesystem propagation: Invalid argument/.test(message)) {
    return {
      why: `the root folder is no mount, as in a chroot (${message})`,
      cure: "run it outside of the chroot, or 'mount --bind FOLDER FOLDER' before 'chroot FOLDER'",
    };
  }
  if (!/mount .*proc/.test(message)) return undefined;
  return {
    why: `parts of /proc are hidden here, so that no other may be mounted (${message})`,
    cure: 'docker run --security-opt systempaths=unconfined, Kubernetes procMount: Unmasked, or run as root',
  };
}

/** Settings of the administrator against user namespaces of ordinary users. */
function ofSettings(): Diagnosis | undefined {
  if (setting('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
    return {
      why: "kernel.unprivileged_userns_clone is 0 (Debian's restriction)",
      cure: 'sudo sysctl -w kernel.unprivileged_userns_clone=1, or run as root',
    };
  }
  if (setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return {
      why: "AppArmor restricts user namespaces of ordinary users (Ubuntu 23.10 and later: 'apparmor_restrict_unprivileged_userns')",
      cure: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run as root',
    };
  }
  return undefined;
}

function ofContainers(message: string): Diagnosis | undefined {
  if (process.env.KUBERNETES_SERVICE_HOST !== undefined) {
    return {
      why: `the pod's security context forbids it (${message})`,
      cure: 'securityContext: {privileged: true}, or capabilities SYS_ADMIN, NET_ADMIN, NET_RAW with seccompProfile Unconfined',
    };
  }
  if (/^Seccomp:\s*2$/m.test(setting('/proc/self/status') ?? '')) {
    return { why: `a seccomp profile forbids it, as Docker's default one does (${message})`, cure: DOCKER };
  }
  return undefined;
}

/** The kernel makes no user namespace for a process whose root folder is not that of its mount namespace. */
function ofChroot(message: string): Diagnosis | undefined {
  const rootOf = (pid: string) => /^\d+ \d+ \S+ \S+ \/ .*$/m.exec(setting(`/proc/${pid}/mountinfo`) ?? '')?.[0];
  if (rootOf('self') !== undefined && rootOf('self') === rootOf('1')) return undefined;
  return {
    why: `this may run in a chroot, where the kernel makes no user namespaces (${message})`,
    cure: 'run it outside of the chroot, or as root',
  };
}

/**
 * Who forbids namespaces on this host: those who are known to, asked in the order of how sure the answer is.
 * @param message what unshare(1) said, in the C locale; told where nobody is known to forbid it
 */
export function diagnoseRefusal(message: string): Diagnosis {
  const inUserNamespace = needsUserNamespace();
  return (
    ofLimits(message) ??
    ofMounts(message) ??
    (inUserNamespace ? ofSettings() : undefined) ??
    ofContainers(message) ??
    (inUserNamespace ? ofChroot(message) : undefined) ??
    (existsSync('/.dockerenv') ? { why: `the container forbids it (${message})`, cure: DOCKER } : undefined) ?? {
      why: message,
      cure: 'run as root, or ask the administrator of this machine to allow user namespaces (CONFIG_USER_NS of the kernel)',
    }
  );
}
