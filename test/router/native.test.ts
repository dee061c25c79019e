import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programPath } from '../../src/linux/programs.ts';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import type { SeenFrame } from './seen-frame.ts';

const VIRTUAL_MAC = '00:00:5e:00:01:33';
const VIRTUAL_MAC_6 = '00:00:5e:00:02:33';
const MILLISECOND = 1_000_000;

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

interface Wanted {
  readonly priority: number;
  readonly lines?: readonly string[];
  readonly addresses?: readonly string[];
  readonly interval?: string;
}

/** A vrrp_instance of VRID 51, version 3 and an interval of 100 ms unless told. */
function instance({ priority, lines = [], addresses = ['192.0.2.101/24'], interval = '0.1' }: Wanted): string {
  const usual = ['interface eth0', 'virtual_router_id 51', 'version 3', `advert_int ${interval}`];
  const body = [...usual, `priority ${priority}`, 'garp_master_repeat 1', 'garp_master_delay 0', ...lines];
  return `vrrp_instance VI {\n${body.join('\n')}\nvirtual_ipaddress {\n${addresses.join('\n')}\n}\n}\n`;
}

const six = ['fe80::51/64', '2001:db8::51/64'];

function node(number: number): LanNode {
  return lan.node(`r${number}`, [`192.0.2.${number}/24`, `fe80::${number}/64`, `2001:db8::${number}/64`]);
}

const advertises = (name: string, priority?: number) => (frame: SeenFrame) =>
  frame.node === name && frame.vrrp !== undefined && (priority === undefined || frame.vrrp.priority === priority);

/** Everything that the router may change: links and addresses, and every parameter of IPv4 and IPv6 interfaces. */
function stateOf({ run }: LanNode): { links: unknown; addresses: unknown; sysctls: string } {
  const strip = (text: string): unknown =>
    JSON.parse(text, (key, value) => (key.endsWith('life_time') || key === 'stats64' ? undefined : value));
  return {
    links: strip(run('ip', '-j', '-d', 'link')),
    addresses: strip(run('ip', '-j', 'addr')),
    sysctls: run('sysctl', '-a', '--pattern', '^net\\.ipv[46]\\.conf'),
  };
}

describe('becoming Active', () => {
  it('advertises, then announces every address, IPv4', async () => {
    const r1 = node(1);
    const router = lan.router(
      r1,
      instance({ priority: 200, lines: ['use_vmac'], addresses: ['192.0.2.101/24', '192.0.2.102'] }),
    );
    const first = await lan.until('an advertisement', advertises('r1'));
    expect(first).toMatchObject({
      sourceMac: VIRTUAL_MAC,
      destinationMac: '01:00:5e:00:00:12',
      source: '192.0.2.1',
      destination: '224.0.0.18',
      hopLimit: 255,
      vrrp: { version: 3, virtualRouterId: 51, priority: 200, interval: 10, addresses: ['192.0.2.101', '192.0.2.102'] },
    });
    await lan.until('both announcements', (frame) => frame.arp?.sender === '192.0.2.102');
    const announcements = lan.frames.filter(({ arp }) => arp !== undefined);
    expect(announcements.map(({ arp }) => arp)).toEqual(
      ['192.0.2.101', '192.0.2.102'].map((address) => ({
        operation: 1,
        senderMac: VIRTUAL_MAC,
        sender: address,
        targetMac: VIRTUAL_MAC,
        target: address,
      })),
    );
    for (const { sourceMac, destinationMac, timeNs } of announcements) {
      expect([sourceMac, destinationMac]).toEqual([VIRTUAL_MAC, 'ff:ff:ff:ff:ff:ff']);
      expect(timeNs).toBeGreaterThan(first.timeNs);
    }
    expect(router.lines.join('\n')).toMatch(/\(VI\) Entering BACKUP STATE \(init\)\n.*ready: 1 virtual routers/);
    await router.line(/\(VI\) Entering MASTER STATE/);
  });

  it('advertises, then announces every address, IPv6', async () => {
    lan.router(node(1), instance({ priority: 200, lines: ['use_vmac'], addresses: six }));
    const first = await lan.until('an advertisement', advertises('r1'));
    expect(first).toMatchObject({
      sourceMac: VIRTUAL_MAC_6,
      destinationMac: '33:33:00:00:00:12',
      source: 'fe80::1',
      destination: 'ff02::12',
      hopLimit: 255,
      vrrp: { version: 3, priority: 200, interval: 10, addresses: ['fe80::51', '2001:db8::51'] },
    });
    const announced = (target: string) => (frame: SeenFrame) =>
      frame.neighbor?.type === 136 && frame.neighbor.target === target;
    for (const target of ['fe80::51', '2001:db8::51']) {
      const frame = await lan.until(`the announcement of ${target}`, announced(target));
      expect(frame).toMatchObject({
        sourceMac: VIRTUAL_MAC_6,
        destination: 'ff02::1',
        hopLimit: 255,
        neighbor: { router: true, solicited: false, override: true, linkLayer: VIRTUAL_MAC_6 },
      });
      expect(frame.timeNs).toBeGreaterThan(first.timeNs);
    }
    const fromVirtualMac = lan.frames.filter(({ sourceMac }) => sourceMac === VIRTUAL_MAC_6);
    expect(fromVirtualMac[0]).toBe(first);
  });

  it('sends version 2 as RFC 3768 has it', async () => {
    const text = instance({ priority: 255, lines: ['use_vmac'], interval: '1' }).replace('version 3', 'version 2');
    lan.router(node(1), text);
    const { vrrp } = await lan.until('an advertisement', advertises('r1'));
    expect(vrrp).toMatchObject({ version: 2, priority: 255, interval: 1, checksum: 1 });
  });

  it('transmits on the base interface where it is told to, and announces the virtual MAC all the same', async () => {
    lan.router(node(1), instance({ priority: 200, lines: ['use_vmac', 'vmac_xmit_base'] }));
    expect(await lan.until('an advertisement', advertises('r1'))).toMatchObject({ sourceMac: '02:00:00:00:00:01' });
    expect(await lan.until('an announcement', ({ arp }) => arp !== undefined)).toMatchObject({
      sourceMac: VIRTUAL_MAC,
    });
  });

  it('uses the physical MAC where no virtual one is configured', async () => {
    const r1 = node(1);
    lan.router(r1, instance({ priority: 200 }));
    expect(await lan.until('an advertisement', advertises('r1'))).toMatchObject({ sourceMac: '02:00:00:00:00:01' });
    await lan.until(
      'an announcement',
      ({ arp }) => arp?.senderMac === '02:00:00:00:00:01' && arp.sender === '192.0.2.101',
    );
    expect(r1.run('ip', 'addr', 'show', 'dev', 'eth0')).toContain('inet 192.0.2.101/24');
  });
});

describe('the owner of the addresses', () => {
  it('is Active at once, from its own address, and its physical MAC does not answer for it', async () => {
    const r1 = node(1);
    const host = lan.node('h', ['192.0.2.50/24']);
    const before = stateOf(r1);
    const router = lan.router(r1, instance({ priority: 255, lines: ['use_vmac'], addresses: ['192.0.2.1'] }));
    const first = await lan.until('an advertisement', advertises('r1'));
    expect(first).toMatchObject({ source: '192.0.2.1', vrrp: { priority: 255, addresses: ['192.0.2.1'] } });
    expect(router.lines.join('\n')).not.toContain('BACKUP');
    await lan.until('its announcement', ({ arp }) => arp?.senderMac === VIRTUAL_MAC);
    expect(host.run('ping', '-c', '2', '-i', '0.2', '192.0.2.1')).toContain(' 0% packet loss');
    await lan.pass(20);
    const answers = lan.frames.filter(({ arp }) => arp?.operation === 2 && arp.sender === '192.0.2.1');
    expect(answers.map(({ arp }) => arp!.senderMac)).toEqual([VIRTUAL_MAC]);
    router.signal('SIGTERM');
    await router.ended;
    expect(stateOf(r1)).toEqual(before);
  });
});

describe('two routers', () => {
  async function twoRouters(lines: readonly string[], addresses?: readonly string[]) {
    const nodes = [node(1), node(2)] as const;
    const wanted = (priority: number): Wanted => ({
      priority,
      lines,
      ...(addresses === undefined ? {} : { addresses }),
    });
    const first = lan.router(nodes[0], instance(wanted(200)));
    await lan.until('r1 is Active', advertises('r1'));
    const second = lan.router(nodes[1], instance(wanted(100)));
    await second.line(/ready/);
    return { nodes, first, second };
  }

  it.each([
    ['IPv4', undefined],
    ['IPv6', six],
  ])('takes over when the Active router is silent, in the time of the RFC: %s', async (_, addresses) => {
    const { first } = await twoRouters(['use_vmac'], addresses);
    await lan.pass(500);
    expect(lan.frames.filter(advertises('r2'))).toEqual([]);
    first.signal('SIGKILL');
    const taken = await lan.until('r2 takes over', advertises('r2'));
    const last = lan.frames.filter(advertises('r1')).at(-1)!;
    const elapsedMs = (taken.timeNs - last.timeNs) / MILLISECOND;
    // 3 intervals and (256 - 100) / 256 of one.
    expect(elapsedMs).toBeGreaterThan(360.9 - 1);
    expect(elapsedMs).toBeLessThan(360.9 + 60);
  });

  it('hands over gracefully: priority 0, then the other after its skew, then nothing of the first', async () => {
    const { nodes, first } = await twoRouters(['use_vmac']);
    first.signal('SIGTERM');
    const farewell = await lan.until('priority 0', advertises('r1', 0));
    const taken = await lan.until('r2 takes over', advertises('r2'));
    const elapsedMs = (taken.timeNs - farewell.timeNs) / MILLISECOND;
    expect(elapsedMs).toBeGreaterThan(60.9 - 1);
    expect(elapsedMs).toBeLessThan(60.9 + 60);
    expect(await first.ended).toBe(0);
    await lan.pass(200);
    expect(lan.frames.filter(advertises('r1')).at(-1)).toBe(farewell);
    expect(nodes[0].run('ip', 'link')).not.toContain('vrrp');
    expect(lan.portOf(VIRTUAL_MAC)).toBe('r2');
  });

  it('sends nothing from the virtual MAC while Backup, and the Active router’s port keeps it', async () => {
    const { nodes } = await twoRouters(['use_vmac']);
    const host = lan.node('h', ['192.0.2.50/24']);
    await lan.pass(800);
    expect(host.run('ping', '-c', '2', '-i', '0.2', '192.0.2.101')).toContain(' 0% packet loss');
    expect(host.run('ip', 'neigh', 'show', '192.0.2.101')).toContain(VIRTUAL_MAC);
    await lan.pass(20);
    expect(lan.frames.filter(({ node: name, sourceMac }) => name === 'r2' && sourceMac === VIRTUAL_MAC)).toEqual([]);
    const answers = lan.frames.filter(({ arp }) => arp?.operation === 2 && arp.sender === '192.0.2.101');
    expect(answers.map((frame) => [frame.node, frame.sourceMac, frame.arp?.senderMac])).toEqual([
      ['r1', VIRTUAL_MAC, VIRTUAL_MAC],
    ]);
    expect(lan.portOf(VIRTUAL_MAC)).toBe('r1');
    expect(nodes[1].run('ip', 'link', 'show', 'dev', 'vrrp.51')).toContain('state DOWN');
  });

  it('never names a virtual address with the physical MAC, whatever the mask', async () => {
    const { nodes } = await twoRouters(['use_vmac']);
    const host = lan.node('h', ['192.0.2.50/24']);
    nodes[0].run('ping', '-c', '1', '-I', '192.0.2.101', '192.0.2.50');
    expect(host.run('ip', 'neigh', 'show', '192.0.2.101')).toContain(VIRTUAL_MAC);
    await lan.pass(20);
    for (const { arp } of lan.frames) if (arp?.sender === '192.0.2.101') expect(arp.senderMac).toBe(VIRTUAL_MAC);
  });

  it('answers solicitations with the virtual MAC and the Router flag', async () => {
    await twoRouters(['use_vmac'], six);
    const host = lan.node('h', ['2001:db8::50/64', 'fe80::50/64']);
    expect(host.run('ping', '-c', '1', '2001:db8::51')).toContain(' 0% packet loss');
    expect(host.run('ping', '-c', '1', 'fe80::51%eth0')).toContain(' 0% packet loss');
    expect(host.run('ip', 'neigh', 'show', '2001:db8::51')).toContain(`${VIRTUAL_MAC_6} router`);
    await lan.pass(20);
    const answers = lan.frames.filter(
      ({ neighbor }) => neighbor?.type === 136 && neighbor.solicited && neighbor.target.endsWith('::51'),
    );
    expect(answers.length).toBeGreaterThan(0);
    for (const { neighbor } of answers) expect(neighbor).toMatchObject({ linkLayer: VIRTUAL_MAC_6, router: true });
  });

  it('yields to a higher priority, and takes its addresses away', async () => {
    const low = node(1);
    const router = lan.router(low, instance({ priority: 100, lines: ['use_vmac'] }));
    await lan.until('r1 is Active', advertises('r1'));
    lan.router(node(2), instance({ priority: 200, lines: ['use_vmac'] }));
    const taken = await lan.until('r2 preempts', advertises('r2'));
    await router.line(/Entering BACKUP STATE \(received an advertisement with higher priority\)/);
    await lan.pass(300);
    const late = lan.frames.filter(
      (frame) => advertises('r1')(frame) && frame.timeNs > taken.timeNs + 10 * MILLISECOND,
    );
    expect(late).toEqual([]);
    const shown = low.run('ip', 'addr', 'show', 'dev', 'vrrp.51');
    expect(shown).toContain('state DOWN');
    expect(shown).not.toContain('inet ');
    expect(lan.portOf(VIRTUAL_MAC)).toBe('r2');
    // The kernel would answer the new Active router's gratuitous ARP, and move the virtual MAC to the wrong port.
    expect(lan.frames.filter(({ arp }) => arp?.operation === 2)).toEqual([]);
  });

  it('accepts no packets to a virtual address where it is told not to, and resolves it all the same', async () => {
    const r1 = node(1);
    const host = lan.node('h', ['192.0.2.50/24', '2001:db8::50/64', 'fe80::50/64']);
    const before = stateOf(r1);
    const text = `${instance({ priority: 200, lines: ['use_vmac', 'no_accept'] })}${instance({ priority: 200, lines: ['use_vmac', 'no_accept'], addresses: six }).replace('VI', 'V6')}`;
    const router = lan.router(r1, text);
    await lan.until('IPv4 is Active', ({ arp }) => arp !== undefined);
    await lan.until('IPv6 is Active', ({ neighbor }) => neighbor?.type === 136);
    for (const address of ['192.0.2.101', '2001:db8::51', 'fe80::51%eth0']) {
      expect(() => host.run('ping', '-c', '1', '-W', '0.3', address)).toThrow();
    }
    expect(host.run('ping', '-c', '1', '192.0.2.1')).toContain(' 0% packet loss');
    expect(host.run('ip', 'neigh', 'show', '192.0.2.101')).toContain(VIRTUAL_MAC);
    expect(host.run('ip', 'neigh', 'show', '2001:db8::51')).toContain(`${VIRTUAL_MAC_6} router`);
    expect(r1.run('nft', 'list', 'ruleset')).toContain('192.0.2.101 drop');
    router.signal('SIGTERM');
    await router.ended;
    expect(r1.run('nft', 'list', 'ruleset')).toBe('');
    expect(stateOf(r1)).toEqual(before);
  });

  it('leaves a lower router Active where preemption is off', async () => {
    lan.router(node(1), instance({ priority: 100, lines: ['use_vmac'] }));
    await lan.until('r1 is Active', advertises('r1'));
    const second = lan.router(node(2), instance({ priority: 200, lines: ['use_vmac', 'nopreempt'] }));
    await second.line(/ready/);
    await lan.pass(700);
    expect(lan.frames.filter(advertises('r2'))).toEqual([]);
  });
});

describe('the end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('undoes everything on %s', async (signal) => {
    const r1 = node(1);
    r1.run('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=1', 'net.ipv4.conf.eth0.arp_ignore=0');
    const before = stateOf(r1);
    const text = `${instance({ priority: 200, lines: ['use_vmac'] })}${instance({ priority: 200, lines: ['use_vmac'], addresses: six }).replace('VI', 'V6')}${instance(
      { priority: 200, addresses: ['192.0.2.110'] },
    )
      .replace('VI', 'V52')
      .replace('51', '52')}`;
    const router = lan.router(r1, text);
    await lan.until('IPv6 is Active', ({ vrrp, etherType }) => vrrp !== undefined && etherType === 0x86dd);
    await lan.until('the one without a virtual MAC is Active', ({ vrrp }) => vrrp?.virtualRouterId === 52);
    await lan.pass(200);
    expect(stateOf(r1)).not.toEqual(before);
    router.signal(signal);
    expect(await router.ended).toBe(0);
    expect(stateOf(r1)).toEqual(before);
    const farewells = lan.frames.filter(advertises('r1', 0));
    expect(farewells.map(({ vrrp, etherType }) => [vrrp!.virtualRouterId, etherType])).toEqual([
      [51, 0x0800],
      [51, 0x86dd],
      [52, 0x0800],
    ]);
  });

  it('clears away what a killed router left, and starts', async () => {
    const r1 = node(1);
    const before = stateOf(r1).links;
    const text = instance({ priority: 200, lines: ['use_vmac'] });
    const killed = lan.router(r1, text);
    await lan.until('r1 is Active', advertises('r1'));
    killed.signal('SIGKILL');
    await killed.ended;
    expect(r1.run('ip', 'link')).toContain('vrrp.51');
    const again = lan.router(r1, text);
    await again.line(/removing vrrp\.51, which a router left behind/);
    await again.line(/Entering MASTER STATE/);
    again.signal('SIGTERM');
    expect(await again.ended).toBe(0);
    expect(stateOf(r1).links).toEqual(before);
  });

  it('runs more virtual routers than the kernel allows a socket memberships, and takes all away', async () => {
    const r1 = node(1);
    const before = stateOf(r1);
    const one = (number: number): string =>
      instance({ priority: 200, lines: ['use_vmac'], addresses: [`198.51.100.${number}/24`], interval: '1' })
        .replace('VI', `V${number}`)
        .replace('virtual_router_id 51', `virtual_router_id ${number}`);
    const numbers = Array.from({ length: 64 }, (_, index) => index + 1);
    const router = lan.router(r1, numbers.map(one).join(''));
    await lan.until('the last is Active', ({ vrrp }) => vrrp?.virtualRouterId === 64);
    await lan.pass(300);
    const active = new Set(lan.frames.flatMap(({ vrrp }) => vrrp?.virtualRouterId ?? []));
    expect(active.size).toBe(64);
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(stateOf(r1)).toEqual(before);
  });

  it('leaves nothing where it cannot start', async () => {
    const r1 = node(1);
    r1.run('ip', 'link', 'add', 'vrrp.52', 'link', 'eth0', 'type', 'macvlan', 'mode', 'bridge');
    const before = stateOf(r1);
    const text = `${instance({ priority: 200, lines: ['use_vmac'] })}${instance({ priority: 200, lines: ['use_vmac'] })
      .replace('VI', 'VJ')
      .replace('51', '52')}`;
    const router = lan.router(r1, text);
    await router.line(/cannot start: vrrp\.52 is there, but it is no private macvlan of eth0/);
    expect(await router.ended).toBe(1);
    expect(stateOf(r1)).toEqual(before);
  });

  it('says which line of a configuration it cannot use, and touches nothing', async () => {
    const r1 = node(1);
    const before = stateOf(r1);
    const router = lan.router(r1, instance({ priority: 300 }));
    expect(await router.ended).toBe(2);
    expect(router.lines.join('\n')).toMatch(/\.conf:6:10: priority needs a whole number from 1 to 255, not "300"/);
    expect(stateOf(r1)).toEqual(before);
  });

  it.runIf(process.getuid?.() === 0)('says which privileges it lacks', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-unprivileged-'));
    chmodSync(folder, 0o755);
    const file = join(folder, 'k.conf');
    writeFileSync(file, instance({ priority: 100 }));
    const words = [
      '--reuid',
      '65534',
      '--regid',
      '65534',
      '--clear-groups',
      process.execPath,
      programPath('router'),
      '-f',
      file,
    ];
    const { status, stderr } = spawnSync('setpriv', words, { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(stderr).toMatch(/cannot start: .*EPERM.*\(run it as root, or with CAP_NET_ADMIN and CAP_NET_RAW\)/);
    expect(status).toBe(1);
  });

  it('says which interface does not exist', async () => {
    const router = lan.router(node(1), instance({ priority: 100 }).replace('eth0', 'eth9'));
    expect(await router.ended).toBe(1);
    expect(router.lines.join('\n')).toMatch(/the interface eth9 of vrrp_instance VI does not exist/);
  });
});

describe('faults', () => {
  it('is in the fault state while its cable is pulled, and starts again as Backup', async () => {
    const router = lan.router(node(1), instance({ priority: 200, lines: ['use_vmac'] }));
    await lan.until('r1 is Active', advertises('r1'));
    lan.cable('r1', false);
    await router.line(/Entering FAULT STATE/);
    lan.cable('r1', true);
    await router.line(/Entering BACKUP STATE \(the fault has ended\)/);
    const count = router.lines.filter((line) => line.includes('Entering MASTER STATE')).length;
    expect(count).toBe(1);
    await lan.pass(600);
    expect(router.lines.filter((line) => line.includes('Entering MASTER STATE')).length).toBe(2);
  });

  it('hands over with priority 0 when its source address goes, and comes back with it', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const router = lan.router(r1, instance({ priority: 200, lines: ['use_vmac'] }));
    await lan.until('r1 is Active', advertises('r1'));
    r1.run('ip', 'addr', 'del', '192.0.2.1/24', 'dev', 'eth0');
    await lan.until('priority 0', advertises('r1', 0));
    await router.line(/Entering FAULT STATE \(the interface has no source address\)/);
    r1.run('ip', 'addr', 'add', '192.0.2.9/24', 'dev', 'eth0');
    await lan.until('r1 is Active again', ({ vrrp, source }) => vrrp !== undefined && source === '192.0.2.9');
  });

  it('waits for a source address', async () => {
    const r1 = lan.node('r1', []);
    const router = lan.router(r1, instance({ priority: 200, lines: ['use_vmac'] }));
    await router.line(/waits for eth0: no ipv4 source address yet/);
    r1.run('ip', 'addr', 'add', '192.0.2.1/24', 'dev', 'eth0');
    expect(await lan.until('an advertisement', advertises('r1'))).toMatchObject({ source: '192.0.2.1' });
  });
});

describe('what it tells', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vrrpbench-notify-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function written(path: string, size: number): Promise<string> {
    for (let turn = 0; turn < 200 && !(existsSync(path) && statSync(path).size >= size); turn += 1) await lan.pass(25);
    return readFileSync(path, 'utf8');
  }

  it('runs scripts with keepalived’s arguments, at normal priority', async () => {
    const log = join(folder, 'log');
    const script = join(folder, 'script.sh');
    writeFileSync(script, `#!/bin/sh\necho "$@ policy $(cut -d' ' -f41 /proc/$$/stat)" >> ${log}\n`, { mode: 0o755 });
    const lines = [
      'use_vmac',
      `notify_master "${script} vrrp.51"`,
      `notify_stop "${script} 'is stopping'"`,
      `notify ${script}`,
    ];
    const router = lan.router(node(1), instance({ priority: 200, lines }), ['--priority', '5']);
    await written(log, 3 * 20);
    router.signal('SIGTERM');
    await router.ended;
    const expected = [
      'INSTANCE VI BACKUP 200 policy 0',
      'INSTANCE VI MASTER 200 policy 0',
      'INSTANCE VI STOP 200 policy 0',
      'is stopping policy 0',
      'vrrp.51 policy 0',
    ];
    expect((await written(log, expected.join('\n').length)).trim().split('\n').sort()).toEqual(expected);
  });

  it('writes its state on a signal, as JSON of keepalived’s shape', async () => {
    const router = lan.router(node(1), instance({ priority: 200, lines: ['use_vmac'] }));
    await router.line(/Entering MASTER STATE/);
    router.signal('SIGUSR1');
    while (!router.output().includes('\n')) await lan.pass(5);
    expect(JSON.parse(router.output())).toMatchObject([
      {
        data: { iname: 'VI', vrid: 51, state: 2, base_priority: 200, vips: ['192.0.2.101'] },
        stats: { become_master: 1 },
      },
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
