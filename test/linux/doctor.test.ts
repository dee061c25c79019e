import { describe, expect, test } from 'vitest';
import type { Capability } from '../../src/linux/capability.ts';
import { programPath } from '../../src/linux/programs.ts';
import { type RunAs, runAs, USERS } from './run-inside.ts';

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

test('user namespaces that the administrator has switched off are named, and the exit status is 3', () => {
  // A user namespace in which no further one is allowed; inside, the user is an ordinary one.
  const wrapper = [
    ...['unshare', '--user', '--map-current-user', '--keep-caps', 'sh', '-c'],
    'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"',
    'sh',
  ];
  const { status, report } = examine(USERS.at(-1)!, wrapper);
  expect(status).toBe(3);
  expect(report.labs).toBe(false);
  expect(report.capabilities.find((capability) => capability.name === 'user namespaces')).toMatchObject({
    available: false,
    needed: true,
    why: 'user.max_user_namespaces is 0',
    cure: 'sudo sysctl -w user.max_user_namespaces=15000',
  });
});
