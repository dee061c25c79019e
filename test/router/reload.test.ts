import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRealtime } from '../../src/linux/scheduling.ts';
import './needs-lan.ts';
import { buildLan, type Lan } from './lan.ts';
import { type RunningProgram, raise } from './running-program.ts';
import type { SeenFrame } from './seen-frame.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

/** A vrrp_instance with a virtual MAC, version 3 at 100 ms. */
function instance(id: number, priority: number, lines: readonly string[] = []): string {
  const body = ['interface eth0', `virtual_router_id ${id}`, 'version 3', 'advert_int 0.1', 'use_vmac', ...lines];
  return `vrrp_instance V${id} {\n${body.join('\n')}\npriority ${priority}\nvirtual_ipaddress {\n192.0.2.${100 + id}\n}\n}\n`;
}

const advertises =
  (id: number, priority: number) =>
  ({ vrrp }: SeenFrame): boolean =>
    vrrp?.virtualRouterId === id && vrrp.priority === priority;

/** The file that a program was started with. */
function fileOf({ child }: RunningProgram): string {
  return child.spawnargs[child.spawnargs.indexOf('-f') + 1]!;
}

describe('reload', () => {
  it('leaves nothing of a virtual router that cannot start', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-without-nft-'));
    const router = lan.router(r1, instance(1, 200), [], [{ folder, over: '/usr/sbin' }]);
    await lan.until('1 is Active', advertises(1, 200));
    const links = r1.run('ip', '-o', 'link').match(/^\d+: \S+/gm);
    writeFileSync(fileOf(router), instance(1, 200) + instance(2, 200, ['no_accept']));
    router.signal('SIGHUP');
    await router.line(/\(V2\) cannot start: no_accept of vrrp_instance V2 cannot be honoured: nft is not installed/);
    await router.line(/Reload complete/);
    expect(r1.run('ip', '-o', 'link').match(/^\d+: \S+/gm)).toEqual(links);
    // Another one may have it.
    const second = lan.router(r1, instance(2, 200, ['no_accept']));
    await lan.until('2 is Active', advertises(2, 200));
    for (const one of [second, router]) {
      one.signal('SIGTERM');
      expect(await one.ended).toBe(0);
    }
    expect(r1.run('ip', '-o', 'link')).not.toContain('vrrp.');
    rmSync(folder, { recursive: true });
  });

  it('keeps the beat of what is unchanged, ends with priority 0 what is removed, starts what is added', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const router = lan.router(r1, instance(1, 200) + instance(2, 200) + instance(3, 150));
    for (const id of [1, 2]) await lan.until(`${id} is Active`, advertises(id, 200));
    await lan.until('3 is Active', advertises(3, 150));
    await lan.pass(300);
    writeFileSync(fileOf(router), instance(4, 120) + instance(3, 160) + instance(1, 200));
    router.signal('SIGHUP');
    await lan.until('2 says that it ends', advertises(2, 0));
    await lan.until('3 has its new priority', advertises(3, 160));
    await lan.until('4 is Active', advertises(4, 120));
    await router.line(/Reload complete: 3 virtual routers/);
    await lan.pass(300);
    for (const id of [1, 3]) {
      const times = lan.frames.filter(({ vrrp }) => vrrp?.virtualRouterId === id).map(({ timeNs }) => timeNs);
      const gaps = times.slice(1).map((timeNs, index) => (timeNs - times[index]!) / 1e6);
      expect(Math.max(...gaps), `gaps of virtual router ${id}`).toBeLessThan(160);
    }
    expect(lan.frames.filter(advertises(1, 0)).concat(lan.frames.filter(advertises(3, 0)))).toEqual([]);
    const links = r1.run('ip', 'link');
    expect(links).toContain('vrrp.4@');
    expect(links).not.toContain('vrrp.2@');
    router.signal('SIGTERM');
    expect(await router.ended).toBe(0);
    expect(r1.run('ip', 'link')).not.toContain('vrrp.');
    expect(r1.run('nft', 'list', 'ruleset')).toBe('');
  });

  it('refuses a bad configuration by file and line, and goes on', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const router = lan.router(r1, instance(1, 200));
    await lan.until('1 is Active', advertises(1, 200));
    writeFileSync(fileOf(router), instance(1, 300));
    router.signal('SIGHUP');
    await router.line(/\.conf:7:10: priority needs a whole number from 1 to 255, not "300"/);
    await router.line(/the configuration cannot be used: the old one goes on/);
    writeFileSync(fileOf(router), instance(1, 200, ['notify_master "/bin/true" nobody_at_all']));
    router.signal('SIGHUP');
    await router.line(/there is no such user: the old one goes on/);
    const since = lan.frames.length;
    await lan.until('1 goes on', (frame) => lan.frames.indexOf(frame) > since && advertises(1, 200)(frame));
    expect(lan.frames.filter(advertises(1, 0))).toEqual([]);
  });

  /** Replaces the configuration of a program, and has it read. */
  async function reload(router: RunningProgram, text: string): Promise<void> {
    const count = router.lines.filter((line) => line.includes('Reload complete')).length;
    writeFileSync(fileOf(router), text);
    router.signal('SIGHUP');
    await expect
      .poll(() => router.lines.filter((line) => line.includes('Reload complete')).length, { timeout: 5000 })
      .toBe(count + 1);
  }

  function gapsOf(id: number, sinceNs = 0): number[] {
    const times = lan.frames
      .filter(({ vrrp, timeNs }) => vrrp?.virtualRouterId === id && timeNs > sinceNs)
      .map(({ timeNs }) => timeNs);
    return times.slice(1).map((timeNs, index) => (timeNs - times[index]!) / 1e6);
  }

  it.each([
    ['the virtual MAC', ['use_vmac'], 'vrrp.1'],
    ['the physical MAC', [], 'eth0'],
  ])('announces an address that is new, and takes one away, without leaving Active: %s', async (_, lines, device) => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const of = (addresses: readonly string[]): string =>
      `vrrp_instance V1 {\ninterface eth0\nvirtual_router_id 1\nversion 3\nadvert_int 0.1\ngarp_master_delay 0\n${lines.join('\n')}\nvirtual_ipaddress {\n${addresses.join('\n')}\n}\n}\n`;
    const router = lan.router(r1, of(['192.0.2.101', '192.0.2.102']));
    await router.line(/announcing/);
    raise(router);
    await lan.pass(200);
    const sinceNs = lan.clock.now();
    await reload(router, of(['192.0.2.101', '192.0.2.103']));
    await lan.until('the new one', ({ arp, timeNs }) => timeNs > sinceNs && arp?.sender === '192.0.2.103');
    await lan.until(
      'what is advertised',
      ({ vrrp }) => vrrp?.addresses.join() === '192.0.2.101,192.0.2.103' && vrrp.priority === 100,
    );
    await lan.pass(200);
    const shown = r1.run('ip', 'addr', 'show', 'dev', device);
    expect(shown).toContain('192.0.2.103');
    expect(shown).not.toContain('192.0.2.102');
    expect(lan.frames.filter(({ arp, timeNs }) => timeNs > sinceNs && arp?.sender === '192.0.2.101')).toEqual([]);
    expect(lan.frames.filter(advertises(1, 0))).toEqual([]);
    expect(Math.max(...gapsOf(1))).toBeLessThan(130);
  });

  it.each([
    { from: 200, to: 255, why: 'becomes the owner of its addresses (priority 255)' },
    { from: 255, to: 200, why: 'is no more the owner of its addresses (priority 200)' },
  ])(
    'starts anew who becomes the owner, or is it no more, says why, and disturbs nobody else: $from to $to',
    async ({ from, to, why }) => {
      const r1 = lan.node('r1', ['192.0.2.1/24', '192.0.2.101/24']);
      const router = lan.router(r1, instance(1, from) + instance(2, 200));
      await router.line(/ready/);
      raise(router);
      await lan.until('1 is Active', advertises(1, from));
      await lan.until('2 is Active', advertises(2, 200));
      await lan.pass(300);
      const sinceNs = lan.clock.now();
      await reload(router, instance(1, to) + instance(2, 200));
      await lan.until('1 says that it ends', advertises(1, 0));
      await lan.until('1 is Active again', advertises(1, to));
      await lan.pass(200);
      const restarts = router.lines.filter((line) => line.includes('starts anew'));
      expect(restarts).toHaveLength(1);
      expect(restarts[0]).toContain(`(V1) ends and starts anew: it ${why}`);
      expect(Math.max(...gapsOf(2, sinceNs))).toBeLessThan(160);
      expect(lan.frames.filter(advertises(2, 0))).toEqual([]);
      expect(router.lines.filter((line) => line.includes('(V2) Entering MASTER STATE'))).toHaveLength(1);
    },
  );

  it('has another interval from the next advertisement on', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const router = lan.router(r1, instance(1, 200));
    await lan.until('1 is Active', advertises(1, 200));
    // At normal priority whoever else uses the cores decides when an advertisement leaves.
    raise(router);
    const sinceNs = lan.clock.now();
    await lan.pass(250);
    await reload(router, instance(1, 200).replace('advert_int 0.1', 'advert_int 0.3'));
    await lan.until('30 centiseconds', ({ vrrp }) => vrrp?.interval === 30);
    await lan.pass(1000);
    const after = lan.frames.filter(({ vrrp }) => vrrp?.interval === 30).map(({ timeNs }) => timeNs);
    expect(after.length).toBeGreaterThanOrEqual(3);
    for (const gap of gapsOf(1, after[0]! - 1)) expect(Math.abs(gap - 300)).toBeLessThan(20);
    expect(Math.max(...gapsOf(1, sinceNs))).toBeLessThan(320);
    expect(lan.frames.filter(advertises(1, 0))).toEqual([]);
  });

  it('accepts packets no more where it is told so, and refreshes announcements', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const host = lan.node('h', ['192.0.2.50/24']);
    const router = lan.router(r1, instance(1, 200));
    await lan.until('1 is Active', advertises(1, 200));
    expect(host.run('ping', '-c', '1', '192.0.2.101')).toContain(' 0% packet loss');
    await reload(router, instance(1, 200, ['no_accept', 'garp_master_refresh 1']));
    expect(() => host.run('ping', '-c', '1', '-W', '0.3', '192.0.2.101')).toThrow();
    const sinceNs = lan.clock.now();
    await lan.until('the refresh', ({ arp, timeNs }) => timeNs > sinceNs && arp?.sender === '192.0.2.101', 2000);
    await reload(router, instance(1, 200, ['accept']));
    expect(host.run('ping', '-c', '1', '192.0.2.101')).toContain(' 0% packet loss');
    expect(lan.frames.filter(advertises(1, 0))).toEqual([]);
    router.signal('SIGTERM');
    await router.ended;
    expect(r1.run('nft', 'list', 'ruleset')).toBe('');
  });

  it('sets the parameters of its interface again, and its routes', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const router = lan.router(r1, instance(1, 200, ['virtual_routes {\n10.1.0.0/16 via 192.0.2.9\n}']));
    await lan.until('1 is Active', advertises(1, 200));
    r1.run('sysctl', '-qw', 'net.ipv4.conf.eth0.arp_ignore=0');
    await reload(router, instance(1, 200, ['virtual_routes {\n10.2.0.0/16 via 192.0.2.9\n}']));
    expect(r1.run('sysctl', '-n', 'net.ipv4.conf.eth0.arp_ignore').trim()).toBe('1');
    expect(r1.run('ip', 'route')).toContain('10.2.0.0/16 via 192.0.2.9');
    expect(r1.run('ip', 'route')).not.toContain('10.1.0.0/16');
    expect(lan.frames.filter(advertises(1, 0))).toEqual([]);
  });

  it('runs at the real-time priority that it is told, and at none where it is told none', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const router = lan.router(r1, instance(1, 200));
    await router.line(/ready/);
    // All of them: the one that sends waits for locks of the others.
    const raised = (): string[] => {
      const threads = readdirSync(`/proc/${router.child.pid}/task`);
      return threads.filter((thread) => isRealtime(Number(thread)));
    };
    expect(raised()).toEqual([]);
    await reload(router, `global_defs {\nvrrp_rt_priority 12\n}\n${instance(1, 200)}`);
    expect(raised()).toEqual(readdirSync(`/proc/${router.child.pid}/task`));
    await reload(router, instance(1, 200));
    expect(raised()).toEqual([]);
    expect(router.lines.filter((line) => line.includes('is not permitted'))).toEqual([]);
  });

  it('announces at another pace', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const of = (pause: string): string =>
      `global_defs {\n${pause}\n}\n${instance(1, 200, ['garp_master_refresh 1', 'garp_master_refresh_repeat 3'])}`;
    const router = lan.router(r1, of(''));
    await lan.until('1 is Active', advertises(1, 200));
    await reload(router, of('vrrp_garp_interval 0.05'));
    const sinceNs = lan.clock.now();
    const times = (): number[] =>
      lan.frames.filter(({ arp, timeNs }) => arp !== undefined && timeNs > sinceNs).map(({ timeNs }) => timeNs);
    while (times().length < 3) await lan.pass(50);
    const [first, , third] = times();
    // Two pauses of 50 ms, of which a busy machine may take away what it held the first one up.
    expect((third! - first!) / 1e6).toBeGreaterThan(60);
  });

  it('goes on with its FIFOs where another cannot be', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-fifo-'));
    const fifo = (name: string): string => `global_defs {\nvrrp_notify_fifo ${join(folder, name)}\n}\n`;
    const router = lan.router(r1, fifo('one') + instance(1, 200));
    await lan.until('1 is Active', advertises(1, 200));
    writeFileSync(join(folder, 'file'), '');
    writeFileSync(fileOf(router), fifo('file') + instance(1, 200));
    router.signal('SIGHUP');
    await router.line(/file is there, but is no FIFO: .*the old one goes on/);
    expect(statSync(join(folder, 'one')).isFIFO()).toBe(true);
    await reload(router, fifo('two') + instance(1, 200));
    expect(statSync(join(folder, 'two')).isFIFO()).toBe(true);
    expect(existsSync(join(folder, 'one'))).toBe(false);
    router.signal('SIGTERM');
    await router.ended;
    rmSync(folder, { recursive: true });
  });

  // How exactly they go on is measured by `make bench` (reload); here no Backup may have a reason to take over.
  const INTERVAL_MS = 30;
  const often = (id: number): string => instance(id, 200).replace('0.1', String(INTERVAL_MS / 1000));

  it('of some virtual routers keeps the others Active', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const text = (count: number): string => Array.from({ length: count }, (_, index) => often(index + 1)).join('');
    const router = lan.router(r1, text(5));
    await router.line(/ready/);
    raise(router);
    await lan.until('5 is Active', advertises(5, 200));
    await lan.pass(300);
    const sinceNs = lan.clock.now();
    for (const count of [6, 4, 8, 5]) await reload(router, text(count));
    await lan.pass(100);
    for (const id of [1, 2, 3, 4]) {
      expect(gapsOf(id, sinceNs).length).toBeGreaterThan(5);
      expect(Math.max(...gapsOf(id, sinceNs))).toBeLessThan(3 * INTERVAL_MS);
    }
  });

  it('of a configuration that takes long to read keeps them Active all the while', async () => {
    const r1 = lan.node('r1', ['192.0.2.1/24']);
    const text = `${often(1)}${'# what takes the reader its time\n'.repeat(500_000)}`;
    const router = lan.router(r1, text);
    await router.line(/ready/);
    raise(router);
    await lan.until('1 is Active', advertises(1, 200));
    await lan.pass(300);
    const sinceNs = lan.clock.now();
    await reload(router, text);
    const tookMs = (lan.clock.now() - sinceNs) / 1e6;
    expect(tookMs).toBeGreaterThan(2 * 3 * INTERVAL_MS);
    await lan.pass(100);
    expect(Math.max(...gapsOf(1, sinceNs))).toBeLessThan(3 * INTERVAL_MS);
  });
});
