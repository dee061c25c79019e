import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programPath } from '../../src/linux/programs.ts';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import { advertises, instance, routerNode, six, stateOf } from './native.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

const node = (number: number): LanNode => routerNode(lan, number);

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
    expect(stderr).toMatch(/cannot start without CAP_NET_ADMIN and CAP_NET_RAW \(run it as root, or with/);
    expect(status).toBe(1);
  });

  it.runIf(process.getuid?.() === 0).each(['net_admin', 'net_raw'])('says that it lacks %s', (privilege) => {
    const r1 = node(1);
    const file = join(mkdtempSync(join(tmpdir(), 'vrrpbench-unprivileged-')), 'k.conf');
    writeFileSync(file, instance({ priority: 100 }));
    const words = [`--net=${r1.namespace.path}`, 'setpriv', `--bounding-set=-${privilege}`, process.execPath];
    const { status, stderr } = spawnSync('nsenter', [...words, programPath('router'), '-f', file], {
      encoding: 'utf8',
    });
    rmSync(dirname(file), { recursive: true });
    expect(stderr).toMatch(new RegExp(`cannot start without CAP_${privilege.toUpperCase()} \\(run it`));
    expect(status).toBe(1);
  });

  it('leaves its virtual router to one that runs, and does not start', async () => {
    const r1 = node(1);
    const text = instance({ priority: 200, lines: ['use_vmac'] });
    const first = lan.router(r1, text);
    await first.line(/Entering MASTER STATE/);
    const before = stateOf(r1);
    const second = lan.router(r1, text);
    await second.line(
      /cannot start: another router of this machine \(process \d+, "[^"]*node[^"]*"\) runs VRID 51 over IPv4 on eth0 already: stop it, or/,
    );
    expect(await second.ended).toBe(1);
    expect(stateOf(r1)).toEqual(before);
    expect(lan.frames.filter(({ vrrp }) => vrrp?.priority === 0)).toEqual([]);
  });

  it('says which interface does not exist', async () => {
    const router = lan.router(node(1), instance({ priority: 100 }).replace('eth0', 'eth9'));
    expect(await router.ended).toBe(1);
    expect(router.lines.join('\n')).toMatch(/the interface eth9 of vrrp_instance VI does not exist/);
  });
});
