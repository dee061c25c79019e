import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import { machineState } from './machine-state.ts';
import type { RunningProgram } from './running-program.ts';

let lan: Lan;
let r1: LanNode;
beforeEach(async () => {
  lan = await buildLan();
  r1 = lan.node('r1', ['192.0.2.1/24', 'fe80::1/64', '2001:db8::1/64']);
  // Settings of a machine that somebody has hardened: each overrules what an interface says.
  r1.run('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=1', 'net.ipv4.conf.all.arp_filter=1');
  r1.run('sysctl', '-qw', 'net.ipv4.conf.all.arp_ignore=2', 'net.ipv4.conf.eth0.arp_announce=1');
});
afterEach(async () => {
  await lan.close();
});

function instance(id: number, lines: readonly string[], addresses: readonly string[]): string {
  const usual = ['interface eth0', `virtual_router_id ${id}`, 'version 3', 'advert_int 0.1'];
  return `vrrp_instance V${id} {\n${[...usual, ...lines].join('\n')}\nvirtual_ipaddress {\n${addresses.join('\n')}\n}\n}\n`;
}

/** Everything that leaves traces, on one interface. */
const EVERYTHING = [
  'static_ipaddress {\n192.0.2.9/24 dev eth0\n}\nstatic_routes {\n10.8.0.0/16 via 192.0.2.254\n}\n',
  instance(
    1,
    ['use_vmac', 'no_accept', 'promote_secondaries', 'virtual_routes {\n10.9.0.0/16 via 192.0.2.254\n}'],
    ['192.0.2.101/24'],
  ),
  instance(2, ['use_vmac'], ['192.0.2.102', '198.51.100.1/24']),
  instance(3, ['use_vmac', 'no_accept'], ['fe80::3', '2001:db8::103/64']),
  instance(4, ['use_vmac', 'priority 255'], ['192.0.2.1']),
  instance(5, ['use_vmac', 'priority 255'], ['fe80::1', '2001:db8::1']),
  instance(6, ['virtual_rules {\nto 10.9.0.0/16 table 9 priority 99\n}'], ['192.0.2.106/24']),
  instance(7, [], ['fe80::7', '2001:db8::107/64']),
].join('');

async function active(text: string): Promise<RunningProgram> {
  const router = lan.router(r1, text);
  for (const id of [1, 2, 3, 4, 5, 6, 7]) await router.line(new RegExp(`\\(V${id}\\) Entering MASTER STATE`));
  await lan.pass(50);
  return router;
}

function configurationOf({ child }: RunningProgram): string {
  return child.spawnargs[child.spawnargs.indexOf('-f') + 1]!;
}

/** Until so many lines of the log match. */
async function seen(router: RunningProgram, pattern: RegExp, count: number): Promise<void> {
  await expect.poll(() => router.lines.filter((line) => pattern.test(line)).length, { timeout: 10_000 }).toBe(count);
}

describe('everything of the machine is as before', () => {
  it('after SIGTERM', async () => {
    const before = machineState(r1);
    const router = await active(EVERYTHING);
    expect(machineState(r1)).not.toEqual(before);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(machineState(r1)).toEqual(before);
  });

  it('after SIGKILL, a start, and SIGTERM', async () => {
    const before = machineState(r1);
    const killed = await active(EVERYTHING);
    killed.signal('SIGKILL');
    await killed.ended;
    expect(machineState(r1)).not.toEqual(before);
    const router = lan.router(r1, EVERYTHING);
    await router.line(/ready/);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(machineState(r1)).toEqual(before);
  });

  it('after SIGKILL and the start of a router that names nothing of it', async () => {
    const before = machineState(r1);
    const killed = await active(EVERYTHING);
    killed.signal('SIGKILL');
    await killed.ended;
    const router = lan.router(r1, instance(9, ['advert_int 10'], ['192.0.2.109']));
    await router.line(/ready/);
    const { nftables, ...now } = machineState(r1);
    expect({ ...now, nftables: '' }).toEqual(before);
    const own = /^table \w+ vrrpbench_(lives|runs|sysctls)_/;
    expect(
      String(nftables)
        .match(/^table .*/gm)
        ?.filter((table) => !own.test(table)),
    ).toEqual([]);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(machineState(r1)).toEqual(before);
  });

  it('after SIGKILL at twenty moments of the start, a start, and SIGTERM; also for an interface that came in between', async () => {
    const before = machineState(r1);
    let index: number | undefined;
    for (let moment = 0; moment < 20; moment += 1) {
      const router = lan.router(r1, EVERYTHING);
      // The first link of its own: parameters are set from here on, then nftables, then it rehearses.
      while ([undefined, index].includes(r1.route.link('vrrp.1')?.index) && router.child.exitCode === null)
        await lan.pass(1);
      index = r1.route.link('vrrp.1')?.index;
      await lan.pass((moment * moment) / 2);
      router.signal('SIGKILL');
      expect(await router.ended).toBe('SIGKILL');
      if (moment === 12) r1.run('ip', 'link', 'add', 'late0', 'type', 'veth', 'peer', 'name', 'late1');
    }
    const ofLate = (parameter: string): string => r1.run('sysctl', '-n', `net.ipv4.conf.late0.${parameter}`).trim();
    const parameters = ['rp_filter', 'arp_filter', 'arp_ignore'];
    expect(parameters.map(ofLate), 'what `all` said of an interface that came').toEqual(['1', '1', '2']);
    const router = lan.router(r1, EVERYTHING);
    await router.line(/ready/);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(parameters.map(ofLate)).toEqual(['0', '0', '0']);
    r1.run('ip', 'link', 'del', 'late0');
    expect(machineState(r1)).toEqual(before);
  });

  it('after a reload that leaves little, and SIGTERM', async () => {
    const before = machineState(r1);
    const router = await active(EVERYTHING);
    writeFileSync(configurationOf(router), instance(2, ['use_vmac'], ['192.0.2.102', '198.51.100.1/24']));
    router.signal('SIGHUP');
    await router.line(/Reload complete/);
    expect(r1.run('ip', '-br', 'link')).toMatch(/vrrp\.2@/);
    expect(r1.run('ip', '-br', 'link')).not.toMatch(/vrrp\.[13]@/);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(machineState(r1)).toEqual(before);
  });

  it('after a reload that changes addresses in place, and SIGTERM', async () => {
    const before = machineState(r1);
    const router = await active(EVERYTHING);
    const others = EVERYTHING.replace('192.0.2.102', '192.0.2.112')
      .replace('2001:db8::103/64', '2001:db8::113/64')
      .replace('10.9.0.0/16 via', '10.10.0.0/16 via');
    writeFileSync(configurationOf(router), others);
    router.signal('SIGHUP');
    await router.line(/Reload complete/);
    expect(r1.run('ip', '-br', 'addr')).toContain('192.0.2.112');
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(machineState(r1)).toEqual(before);
  });

  it('after it used a macvlan that was there, up and with addresses', async () => {
    r1.run('ip', 'link', 'add', 'vrrp.1', 'link', 'eth0', 'type', 'macvlan', 'mode', 'private');
    r1.run('ip', 'link', 'set', 'vrrp.1', 'address', '00:00:5e:00:01:01', 'up');
    r1.run('ip', 'addr', 'add', '203.0.113.1/24', 'dev', 'vrrp.1');
    await expect.poll(() => r1.run('ip', '-br', 'addr')).toMatch(/vrrp\.1@.*fe80/);
    const before = machineState(r1);
    const router = await active(EVERYTHING);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(machineState(r1)).toEqual(before);
  });

  /** Up, with an address of each kind that the kernel takes away with the link or with IPv6. */
  async function makeMacvlan(id: number, macAddress: string): Promise<void> {
    const name = `vrrp.${id}`;
    r1.run('ip', 'link', 'add', name, 'link', 'eth0', 'type', 'macvlan', 'mode', 'private');
    r1.run('ip', 'link', 'set', name, 'address', macAddress, 'up');
    r1.run('ip', 'addr', 'add', `203.0.113.${id}/24`, 'dev', name);
    r1.run('ip', 'addr', 'add', `2001:db8:${id}::1/64`, 'dev', name);
    r1.run('ip', 'addr', 'add', `2001:db8:${id}::2/64`, 'dev', name, 'noprefixroute', 'preferred_lft', '0');
    await expect.poll(() => r1.run('ip', '-br', 'addr', 'show', 'dev', name)).toMatch(/fe80/);
  }

  it('after it used macvlans with IPv6 addresses that were there', async () => {
    await makeMacvlan(1, '00:00:5e:00:01:01');
    await makeMacvlan(3, '00:00:5e:00:02:03');
    const before = machineState(r1);
    const router = await active(EVERYTHING);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(machineState(r1)).toEqual(before);
  });

  it.each([
    { moment: 'Backup', interval: '10', next: 'that uses them' },
    { moment: 'Backup', interval: '10', next: 'that does not' },
    { moment: 'Active', interval: '0.1', next: 'that uses them' },
    { moment: 'Active', interval: '0.1', next: 'that does not' },
  ])(
    'after it used macvlans that were there, SIGKILL as $moment, a start $next, and SIGTERM',
    async ({ moment, interval, next }) => {
      await makeMacvlan(1, '00:00:5e:00:01:01');
      await makeMacvlan(3, '00:00:5e:00:02:03');
      const before = machineState(r1);
      const text = (
        instance(1, ['use_vmac'], ['192.0.2.101']) + instance(3, ['use_vmac'], ['fe80::3', '2001:db8::103/64'])
      ).replaceAll('advert_int 0.1', `advert_int ${interval}`);
      const killed = lan.router(r1, text);
      await killed.line(/ready/);
      if (moment === 'Active') for (const id of [1, 3]) await killed.line(new RegExp(`V${id}\\) announcing`));
      killed.signal('SIGKILL');
      await killed.ended;
      expect(machineState(r1)).not.toEqual(before);
      const router = lan.router(r1, next === 'that uses them' ? text : instance(9, [], ['192.0.2.109']));
      await router.line(/ready/);
      if (next === 'that does not') {
        const addresses = r1.run('ip', '-br', 'addr', 'show', 'up');
        expect(addresses).toMatch(/vrrp\.1@.*\n.*vrrp\.3@/);
        expect(addresses).not.toMatch(/192\.0\.2\.101|2001:db8::103/);
      }
      router.signal('SIGTERM');
      expect(await router.ended).toBe(0);
      expect(machineState(r1)).toEqual(before);
    },
  );

  it('after its interface was deleted and made anew', async () => {
    const make = async (): Promise<void> => {
      const [own, peer] = ['02:00:00:00:01:77', '02:00:00:00:01:78'];
      const veth = ['name', 'eth1', 'index', '77', 'address', own, 'type', 'veth'];
      r1.run('ip', 'link', 'add', ...veth, 'peer', 'name', 'eth2', 'index', '78', 'address', peer);
      r1.run('ip', 'addr', 'add', '198.51.100.7/24', 'dev', 'eth1');
      for (const name of ['eth1', 'eth2']) r1.run('ip', 'link', 'set', name, 'up');
      // The kernel makes link-local addresses when it has noticed the carrier.
      await expect.poll(() => r1.run('ip', '-br', 'addr')).toMatch(/eth1@.*fe80.*\neth2@.*fe80/);
    };
    await make();
    const before = machineState(r1);
    const text = instance(8, ['use_vmac', 'no_accept'], ['198.51.100.8']).replace('eth0', 'eth1');
    const router = lan.router(r1, text);
    await router.line(/Entering MASTER STATE/);
    r1.run('ip', 'link', 'del', 'eth1');
    await make();
    await seen(router, /Entering MASTER STATE/, 2);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(machineState(r1)).toEqual(before);
  });

  it('after a start that fails', async () => {
    r1.run('ip', 'link', 'add', 'vrrp.7', 'link', 'eth0', 'type', 'macvlan', 'mode', 'bridge');
    const before = machineState(r1);
    const router = lan.router(r1, EVERYTHING.replace('virtual_router_id 7', 'virtual_router_id 7\nuse_vmac'));
    await router.line(/cannot start: vrrp\.7 is there, but it is no private macvlan of eth0/);
    expect(await router.ended).toBe(1);
    expect(machineState(r1)).toEqual(before);
  });
});

it('is reached where settings of `all` would overrule its interface, and says so', async () => {
  const host = lan.node('h', ['192.0.2.50/24']);
  const router = lan.router(r1, instance(1, ['use_vmac'], ['192.0.2.101/24']));
  await router.line(/Entering MASTER STATE/);
  expect(host.run('ping', '-c', '2', '-i', '0.2', '192.0.2.101')).toContain(' 0% packet loss');
  for (const parameter of ['rp_filter', 'arp_filter', 'arp_ignore'])
    await router.line(new RegExp(`sysctl net/ipv4/conf/all/${parameter} = 0 \\(was \\d\\): it would overrule`));
});
