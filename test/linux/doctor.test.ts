import { afterAll, describe, expect, test } from 'vitest';
import type { Capability } from '../../src/linux/capability.ts';
import { linkCure } from '../../src/linux/doctor-inside.ts';
import { programPath } from '../../src/linux/programs.ts';
import { isRoot } from '../peers.ts';
import { bundleProgram, type RunAs, removePrograms, runAs, USERS } from './run-inside.ts';

interface Report {
  readonly labs: boolean;
  readonly capabilities: readonly Capability[];
}

function examine(user: RunAs, wrapper: readonly string[] = []): { status: number | null; report: Report } {
  const result = runAs(user, [...wrapper, process.execPath, programPath('cli'), 'doctor', '--json']);
  return { status: result.status, report: JSON.parse(result.stdout) as Report };
}

describe.each(USERS)('vrrpbench doctor as %s', (user) => {
  test('everything that labs need is looked at, and is there on a machine that runs these tests', () => {
    const { status, report } = examine(user);
    expect(report.capabilities.filter((capability) => capability.needed && !capability.available)).toEqual([]);
    expect(status).toBe(0);
    expect(report.labs).toBe(true);
    const names = report.capabilities.map((capability) => capability.name);
    for (const name of [
      ...['network namespaces', 'veth', 'bridge', 'macvlan', 'packet sockets', 'raw sockets', 'nftables', 'TAP'],
      ...['timerfd', 'real-time priority', 'keepalived', 'frr', 'tshark'],
    ]) {
      expect(names).toContain(name);
    }
  });

  test('what is missing comes with a cure, in one line each', () => {
    for (const capability of examine(user).report.capabilities) {
      expect(capability.why).not.toContain('\n');
      expect(capability.cure === '').toBe(capability.available);
    }
  });
});

/** Runs a shell command, then what follows it, in a mount namespace where what it does is seen by nobody else. */
function after(command: string, namespaces: readonly string[] = ['--mount']): string[] {
  return ['unshare', ...namespaces, 'sh', '-c', `${command} && exec "$@"`, 'sh'];
}

/** A user namespace with limits of its own; inside, the user is an ordinary one with the right to set them. */
const OWN_LIMITS = ['--user', '--map-current-user', '--keep-caps'];
const ORDINARY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
const without = (...names: readonly string[]): string[] => {
  const dropped = names.map((name) => `-${name}`).join(',');
  return ['setpriv', `--bounding-set=${dropped}`, `--inh-caps=${dropped}`, '--'];
};
const last = USERS.at(-1)!;
const seccomp = [process.execPath, bundleProgram('seccomp')];
afterAll(removePrograms);

/** Bind-mounts a file over one of /proc, and its like: the administrator's settings as other distributions have them. */
function withSetting(name: string, value: string): string[] {
  return after(`mount -t tmpfs none /proc/sys/kernel && echo ${value} > /proc/sys/kernel/${name}`);
}

interface Refusal {
  readonly of: string;
  readonly wrapper: readonly string[];
  readonly user?: RunAs;
  readonly needsRoot?: boolean;
  readonly expected: { readonly name: string; readonly why: string | RegExp; readonly cure: string | RegExp };
}

/** What forbids namespaces, as far as it can be had here. */
const REFUSALS: readonly Refusal[] = [
  {
    of: 'user namespaces that the administrator has switched off',
    wrapper: [
      ...after('echo 0 > /proc/sys/user/max_user_namespaces', OWN_LIMITS),
      ...['setpriv', '--ambient-caps=-all', '--inh-caps=-all', '--'],
    ],
    expected: {
      name: 'user namespaces',
      why: 'user.max_user_namespaces is 0',
      cure: 'sudo sysctl -w user.max_user_namespaces=15000',
    },
  },
  {
    of: 'the same for root of a container, who has no privileges',
    wrapper: [
      ...after('echo 0 > /proc/sys/user/max_user_namespaces', ['--user', '--map-root-user']),
      ...['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'],
    ],
    expected: {
      name: 'user namespaces',
      why: 'user.max_user_namespaces is 0',
      cure: 'sudo sysctl -w user.max_user_namespaces=15000',
    },
  },
  {
    of: 'no network namespaces',
    wrapper: after('echo 0 > /proc/sys/user/max_net_namespaces', OWN_LIMITS),
    expected: {
      name: 'network namespaces',
      why: 'user.max_net_namespaces is 0',
      cure: 'sudo sysctl -w user.max_net_namespaces=15000',
    },
  },
  {
    of: 'a limit of a namespace around this one',
    wrapper: [
      ...after('echo 1 > /proc/sys/user/max_user_namespaces', OWN_LIMITS),
      ...['unshare', '--user', '--map-current-user'],
    ],
    expected: {
      name: 'user namespaces',
      why: /^a limit on the number of namespaces is reached/,
      cure: /max_user_namesp/,
    },
  },
  {
    of: 'hidden parts of /proc, as in a container',
    wrapper: [...after('mount -t tmpfs none /proc/scsi || mount -t tmpfs none /proc/fs'), ...ORDINARY],
    user: 'this user',
    needsRoot: true,
    expected: { name: 'PID namespaces', why: /^parts of \/proc are hidden here/, cure: /systempaths=unconfined/ },
  },
  {
    of: 'a chroot',
    wrapper: [
      ...after('mkdir -p /run/there && mount --rbind / /run/there && set -- chroot /run/there "$@"'),
      ...ORDINARY,
    ],
    user: 'this user',
    needsRoot: true,
    expected: { name: 'user namespaces', why: /^this may run in a chroot/, cure: /outside of the chroot, or as root/ },
  },
  {
    of: 'a seccomp profile',
    wrapper: seccomp,
    expected: {
      name: 'user namespaces',
      why: /^a seccomp profile forbids it/,
      cure: /--security-opt seccomp=unconfined/,
    },
  },
  {
    of: 'Debian’s restriction',
    wrapper: [...withSetting('unprivileged_userns_clone', '0'), ...ORDINARY, ...seccomp],
    user: 'this user',
    needsRoot: true,
    expected: {
      name: 'user namespaces',
      why: "kernel.unprivileged_userns_clone is 0 (Debian's restriction)",
      cure: /^sudo sysctl -w kernel\.unprivileged_userns_clone=1/,
    },
  },
  {
    of: 'AppArmor’s restriction',
    wrapper: [...withSetting('apparmor_restrict_unprivileged_userns', '1'), ...ORDINARY, ...seccomp],
    user: 'this user',
    needsRoot: true,
    expected: {
      name: 'user namespaces',
      why: /^AppArmor restricts user namespaces/,
      cure: /^sudo sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0/,
    },
  },
];

describe('what forbids namespaces is named with its cure, and the exit status is 3:', () => {
  for (const { of, wrapper, user = last, needsRoot = false, expected } of REFUSALS) {
    test.skipIf(needsRoot && !isRoot)(of, () => {
      const { status, report } = examine(user, wrapper);
      const found = report.capabilities.find(({ needed, available }) => needed && !available)!;
      expect(found.name).toBe(expected.name);
      expect(found.why).toMatch(expected.why);
      expect(found.cure).toMatch(expected.cure);
      expect(report.labs).toBe(false);
      expect(status).toBe(3);
    });
  }
});

describe.runIf(isRoot)('root without every privilege', () => {
  test.each(['sys_admin', 'net_admin', 'net_raw'])('of %s has a user namespace for a lab', (name) => {
    const { status, report } = examine('this user', without(name));
    expect(report.capabilities[0]).toMatchObject({ name: 'user namespaces', available: true });
    expect(status).toBe(0);
  });
});

interface Lack {
  readonly of: string;
  readonly wrapper: readonly string[];
  readonly why: RegExp;
  readonly cure: RegExp;
}

/** What a lab can do without; `of` is the capability's name. */
const LACKS: readonly Lack[] = [
  {
    of: 'real-time priority',
    wrapper: [...without('sys_nice'), 'prlimit', '--rtprio=0'],
    why: /^SCHED_FIFO is refused/,
    cure: /rtprio 30' in \/etc\/security\/limits\.conf \(Docker: --cap-add SYS_NICE\)/,
  },
  {
    of: 'nftables',
    wrapper: after('for i in /usr/sbin /usr/local/sbin /sbin; do mount -t tmpfs none $i; done'),
    why: /^the program nft is not installed$/,
    cure: /^apt-get install nftables$/,
  },
  {
    of: 'keepalived',
    wrapper: after('for i in /usr/sbin /usr/local/sbin /sbin; do mount -t tmpfs none $i; done'),
    why: /^the program keepalived is not installed$/,
    cure: /^apt-get install keepalived$/,
  },
  {
    of: 'TAP',
    wrapper: after('mount -t tmpfs none /dev/net'),
    why: /ENOENT/,
    cure: /^sudo modprobe tun \(Docker: --device \/dev\/net\/tun\)/,
  },
  {
    of: 'TAP',
    wrapper: [
      ...after('mount -t tmpfs none /dev/net && mknod -m 0600 /dev/net/tun c 10 200 && mount --bind /dev/net /dev/net'),
      ...ORDINARY,
    ],
    why: /EACCES/,
    cure: /^sudo chmod 0666 \/dev\/net\/tun/,
  },
];

describe.runIf(isRoot)('what a lab can do without is named with its cure, and the exit status is 0:', () => {
  for (const { of, wrapper, why, cure } of LACKS) {
    test(`${of}: ${why.source}`, () => {
      const { status, report } = examine('this user', wrapper);
      const found = report.capabilities.find(({ name }) => name === of)!;
      expect(found).toMatchObject({ available: false, needed: false });
      expect(found.why).toMatch(why);
      expect(found.cure).toMatch(cure);
      expect(status).toBe(0);
    });
  }
});

describe('inside the sandbox', () => {
  test('links that are not permitted want CAP_NET_ADMIN, those that the kernel does not know a module', () => {
    const cure = linkCure('macvlan');
    expect(cure('EPERM')).toContain('allow CAP_NET_ADMIN');
    expect(cure('EOPNOTSUPP')).toContain('sudo modprobe macvlan');
  });

  test.runIf(isRoot)('a lack of CAP_NET_ADMIN is named', () => {
    const words = [...without('net_admin'), 'unshare', '--net', '--mount', process.execPath, programPath('cli')];
    const { stdout } = runAs('this user', [...words, 'doctor', '--inside']);
    const veth = (JSON.parse(stdout) as Capability[]).find(({ name }) => name === 'veth')!;
    expect(veth).toMatchObject({ available: false, why: expect.stringContaining('EPERM') });
    expect(veth.cure).toMatch(/^allow CAP_NET_ADMIN/);
  });
});
