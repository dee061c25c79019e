import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNetworkNamespace, type Namespace } from '../../src/linux/namespace.ts';
import { openRoute, type Route } from '../../src/linux/netlink/route.ts';
import { descendants, readProcess, signalTree } from '../../src/linux/processes.ts';
import { findProgram, programPath } from '../../src/linux/programs.ts';
import {
  canUseRealtime,
  clearRealtimePriority,
  getAffinity,
  isRealtime,
  openRunQueueRecord,
  setAffinity,
  setRealtimePriority,
} from '../../src/linux/scheduling.ts';
import { interfaceSysctl, readSysctl, writeSysctl, writeSysctls } from '../../src/linux/sysctl.ts';
import { endingWithUs } from '../child.ts';
import { isRoot } from '../peers.ts';
import { enterSandbox, NEEDS_ROOT, until } from './sandbox.ts';

describe.skipIf(!isRoot)(`sysctls of a namespace${NEEDS_ROOT}`, () => {
  let r1: Namespace;
  let router: Route;

  beforeAll(() => {
    enterSandbox();
    r1 = createNetworkNamespace('r1');
    router = openRoute(r1);
    router.createVeth({ name: 'eth0', index: 10, peer: { name: 'other', index: 11 } });
    router.createMacvlan({ name: 'vrrp.51', index: 12, parent: 10, mode: 'private' });
  });
  afterAll(() => {
    router?.close();
    r1?.delete();
  });

  test('an interface with a dot in its name has settings, and what was written is read', () => {
    const name = interfaceSysctl('ipv4', 'vrrp.51', 'arp_ignore');
    expect(writeSysctl(r1, name, 1)).toBe('0');
    expect(readSysctl(r1, name)).toBe('1');
    expect(readSysctl(r1, interfaceSysctl('ipv4', 'eth0', 'arp_ignore'))).toBe('0');
  });

  test('names may be written with dots where none has one, and one namespace is not another', () => {
    const other = createNetworkNamespace('r2');
    writeSysctl(r1, 'net.ipv4.ip_forward', 1);
    expect(readSysctl(r1, 'net/ipv4/ip_forward')).toBe('1');
    expect(readSysctl(other, 'net.ipv4.ip_forward')).toBe('0');
    other.delete();
  });

  test('several are written at once, and what came back restores them; those that there are not are left out', () => {
    const names = ['arp_filter', 'rp_filter'].map((setting) => interfaceSysctl('ipv4', 'eth0', setting));
    const before = names.map((name) => readSysctl(r1, name));
    const absent = interfaceSysctl('ipv4', 'nobody', 'arp_filter');
    const former = writeSysctls(r1, { [names[0]!]: 1, [absent]: 1, [names[1]!]: 2 });
    expect(names.map((name) => readSysctl(r1, name))).toEqual(['1', '2']);
    expect(Object.keys(former)).toEqual(names);
    writeSysctls(r1, former);
    expect(names.map((name) => readSysctl(r1, name))).toEqual(before);
  });

  test('one that there is not is undefined; a value that the kernel refuses is an error that names it', () => {
    expect(readSysctl(r1, 'net.ipv4.nothing')).toBeUndefined();
    expect(writeSysctl(r1, interfaceSysctl('ipv4', 'nobody', 'arp_ignore'), 1)).toBeUndefined();
    expect(() => writeSysctl(r1, 'net.ipv4.ip_forward', 'perhaps')).toThrow(
      /set the sysctl net\.ipv4\.ip_forward to perhaps.*EINVAL/,
    );
    expect(() => readSysctl(r1, '../../etc/passwd')).toThrow(/not a sysctl/);
  });
});

describe('processes', () => {
  test('the descendants of a process are found, and a signal reaches all of them', async () => {
    const shell = spawn(...endingWithUs('sh', ['-c', 'sh -c "sleep 100; true" & sleep 100; true']), {
      stdio: 'ignore',
    });
    const pid = shell.pid!;
    const commands = (): string[] => descendants(pid).map((entry) => entry.command);
    await until('the children have started', () => commands().filter((name) => name === 'sleep').length === 2);
    expect(descendants(process.pid).map((entry) => entry.pid)).toContain(pid);
    const members = descendants(pid).map((entry) => entry.pid);
    signalTree(pid, 'SIGKILL');
    await once(shell, 'exit');
    await until('all have ended', () =>
      members.every((member) => {
        const entry = readProcess(member);
        return entry === undefined || entry.state === 'Z' || entry.parent !== pid;
      }),
    );
    expect(readProcess(pid)).toBeUndefined();
  });

  test("a process's name may hold spaces and parentheses", async () => {
    const child = spawn(
      ...endingWithUs(process.execPath, ['-e', 'process.title = "a) (b"; console.log(); setTimeout(() => {}, 1e5)']),
    );
    await once(child.stdout, 'data');
    expect(readProcess(child.pid!)).toMatchObject({ pid: child.pid, parent: process.pid, command: 'a) (b' });
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  test('programs of this package and of this machine are found', () => {
    expect(programPath('cli')).toMatch(/\/dist\/cli\.js$/);
    expect(findProgram('sh')).toMatch(/\/sh$/);
    expect(findProgram('no-such-program')).toBeUndefined();
  });
});

describe('scheduling', () => {
  test('how long a thread waited for a core is told, and nothing of one that is gone', async () => {
    const [core] = getAffinity(0);
    const loop = () =>
      spawn('taskset', ['-c', String(core), 'sh', '-c', 'i=0; while [ $i -lt 9000000 ]; do i=$((i+1)); done']);
    const [one, other] = [loop(), loop()];
    try {
      const record = openRunQueueRecord(one.pid!)!;
      const waited = () => (record.read() ? record.waitedNs : 0);
      const waitedBefore = waited();
      // Two want one core: each waits for about half of the time.
      await expect.poll(() => waited() - waitedBefore, { timeout: 10_000 }).toBeGreaterThan(50_000_000);
      const gone = once(one, 'exit');
      one.kill('SIGKILL');
      await gone;
      expect(record.read()).toBe(false);
      record.close();
      expect(openRunQueueRecord('own')!.read()).toBe(true);
      expect(openRunQueueRecord(2 ** 30)).toBeUndefined();
    } finally {
      one.kill('SIGKILL');
      other.kill('SIGKILL');
    }
  });

  test('a thread is bound to a core and let go', () => {
    const before = getAffinity(0);
    setAffinity(0, [before[0]!]);
    expect(getAffinity(0)).toEqual([before[0]]);
    setAffinity(0, before);
    expect(getAffinity(0)).toEqual(before);
    expect(() => setAffinity(0, [1023])).toThrow(/bind to cores 1023.*EINVAL/);
  });

  const refused = canUseRealtime() ? '' : ' (skipped: SCHED_FIFO is not permitted here)';
  describe.skipIf(refused !== '')(`real-time priority${refused}`, () => {
    test('asking whether it is permitted changes nothing', () => {
      expect(isRealtime(0)).toBe(false);
    });

    test('every thread of a process gets it, and its children do not', async () => {
      const child = spawn(
        ...endingWithUs(process.execPath, [
          '-e',
          `process.stdin.once('data', () => {
             console.log(require('child_process').execFileSync('chrt', ['-p', '0']).toString());
           });
           console.log('ready');`,
        ]),
        { stdio: ['pipe', 'pipe', 'inherit'] },
      );
      await once(child.stdout, 'data');
      setRealtimePriority(child.pid!, 10);
      const policies = execFileSync('chrt', ['-a', '-p', String(child.pid)], { encoding: 'utf8' });
      expect(policies.match(/SCHED_FIFO\|SCHED_RESET_ON_FORK/g)!.length).toBeGreaterThan(4);
      expect(policies).not.toContain('SCHED_OTHER');
      child.stdin.write('\n');
      const [answer] = (await once(child.stdout, 'data')) as [Buffer];
      expect(String(answer)).toContain('SCHED_OTHER');
      clearRealtimePriority(child.pid!);
      expect(isRealtime(child.pid!)).toBe(false);
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(() => setRealtimePriority(child.pid!, 10)).toThrow(/ESRCH/);
    });
  });
});
