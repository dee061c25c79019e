import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requirePeer } from '../peers.ts';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import type { SeenFrame } from './seen-frame.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

function configuration(version: 2 | 3, interval: string, priority: number, lines: readonly string[] = []): string {
  return `vrrp_instance VI {
    interface eth0
    virtual_router_id 51
    version ${version}
    priority ${priority}
    advert_int ${interval}
    use_vmac vrrp.51
${lines.map((line) => `    ${line}`).join('\n')}
    virtual_ipaddress {
        192.0.2.101/24
    }
}
`;
}

const bothVersions = (interval: string, priority: number) => configuration(3, interval, priority, ['v2_v3_mode']);
const advertises =
  (name: string, since = 0) =>
  (frame: SeenFrame) =>
    frame.node === name && frame.vrrp !== undefined && frame.timeNs > since;

function nodes(): readonly [LanNode, LanNode, LanNode] {
  const [first, second, third] = [1, 2, 3].map((number) => lan.node(`r${number}`, [`192.0.2.${number}/24`]));
  return [first!, second!, third!];
}

describe.runIf(requirePeer('keepalived'))('v2/v3 mode (RFC 9568 §8.4), with keepalived', () => {
  it('keeps a Backup of either version Backup, with both sent at the configured rate', async () => {
    const [native, old, recent] = nodes();
    lan.router(native, bothVersions('1', 200));
    await lan.until('the native router is Active', advertises('r1'));
    const version2 = lan.keepalived(old, configuration(2, '1', 100));
    const version3 = lan.keepalived(recent, configuration(3, '1', 100));
    await Promise.all([version2, version3].map((keepalived) => keepalived.line(/Entering BACKUP STATE/)));
    await lan.pass(6000);
    expect(lan.frames.filter((frame) => advertises('r2')(frame) || advertises('r3')(frame))).toEqual([]);
    const sent = lan.frames.filter(advertises('r1'));
    for (const version of [2, 3]) {
      const ofVersion = sent.filter(({ vrrp }) => vrrp!.version === version);
      const periods = ofVersion.slice(1).map(({ timeNs }, index) => timeNs - ofVersion[index]!.timeNs);
      expect(Math.min(...periods)).toBeGreaterThan(0.9e9);
      expect(Math.max(...periods)).toBeLessThan(1.1e9);
    }
    expect(new Set(sent.map(({ vrrp }) => `${vrrp!.version} ${vrrp!.interval}`))).toEqual(new Set(['2 1', '3 100']));
  }, 40_000);

  it('reports an Active router that sends version 3 alone, once, and none that sends both', async () => {
    const [native, recent, both] = nodes();
    const heardInBoth = lan.router(both, bothVersions('0.2', 200));
    await lan.until('the one that sends both is Active', advertises('r3'));
    const router = lan.router(native, bothVersions('0.2', 100));
    await router.line(/ready/);
    await lan.pass(1500);
    expect(router.lines.join('\n')).not.toContain('version 3 alone');
    lan.keepalived(recent, configuration(3, '0.2', 250));
    await router.line(/192\.0\.2\.2 advertises in version 3 alone/);
    await lan.pass(1500);
    expect(router.lines.filter((line) => line.includes('version 3 alone'))).toHaveLength(1);
    expect(heardInBoth.lines.filter((line) => line.includes('version 3 alone'))).toHaveLength(1);
  }, 40_000);

  it('times out by the seconds of a version 2 router, though its own interval is shorter', async () => {
    const [native, old] = nodes();
    lan.keepalived(old, configuration(2, '1', 200));
    await lan.until('keepalived is Active', advertises('r2'), 15_000);
    const router = lan.router(native, bothVersions('0.4', 100));
    await router.line(/ready/);
    await lan.pass(3000);
    expect(lan.frames.filter(advertises('r1'))).toEqual([]);
    lan.cable('r2', false);
    const taken = await lan.until('the native router takes over', advertises('r1'));
    // 3 s and the skew of version 3: (256 - 100) / 256 of a second.
    const silenceNs = taken.timeNs - lan.frames.filter(advertises('r2')).at(-1)!.timeNs;
    expect(silenceNs / 1e9).toBeCloseTo(3.609, 1);
    expect(router.lines.join('\n')).not.toContain('discarded');
  }, 40_000);
});

describe('v2/v3 mode between two such routers', () => {
  it('elects one, by version 3, and hands over by both', async () => {
    const [first, second] = nodes();
    const active = lan.router(first, bothVersions('0.2', 200));
    await lan.until('the first is Active', advertises('r1'));
    const backup = lan.router(second, bothVersions('0.2', 100));
    await backup.line(/ready/);
    await lan.pass(2500);
    expect(lan.frames.filter(advertises('r2'))).toEqual([]);
    active.signal('SIGTERM');
    await lan.until('the second takes over', advertises('r2'));
    const farewells = lan.frames.filter(advertises('r1')).filter(({ vrrp }) => vrrp!.priority === 0);
    expect(farewells.map(({ vrrp }) => vrrp!.version)).toEqual([3, 2]);
    expect([...active.lines, ...backup.lines].join('\n')).not.toContain('discarded');
  }, 30_000);
});

describe('an Active router that gives way and takes over again and again', () => {
  it('says that it is flapping, the third time', async () => {
    const [first, second] = nodes();
    const router = lan.router(first, configuration(3, '0.1', 100));
    await lan.until('the first is Active', advertises('r1'));
    lan.router(second, configuration(3, '0.1', 200));
    for (let round = 1; round <= 3; round++) {
      await router.line(/higher priority/);
      expect(router.lines.join('\n')).not.toContain('flapping');
      lan.cable('r2', false);
      const unplugged = lan.frames.findLast(advertises('r2'))!.timeNs;
      await lan.until('the first takes over', advertises('r1', unplugged));
      lan.cable('r2', true);
      await lan.until('the second preempts', advertises('r2', unplugged + 0.5e9));
    }
    await router.line(/flapping: gave way and became Active again 3 times within a minute/);
  }, 30_000);
});

describe('an Active router that is told to advertise before it yields', () => {
  it.each([
    ['sends one more advertisement', 'higher_prio_send_advert', 1],
    ['without that word it is silent', 'higher_prio_send_advert off', 0],
  ])(
    '%s',
    async (_what, line, count) => {
      const [first, second] = nodes();
      const loser = lan.router(first, configuration(3, '5', 100, [line, 'down_timer_adverts 1']));
      await lan.until('the first is Active', advertises('r1'), 15_000);
      lan.router(second, configuration(3, '0.1', 200, ['down_timer_adverts 1']));
      await loser.line(/higher priority/);
      await lan.pass(100);
      const won = lan.frames.find(advertises('r2'))!.timeNs;
      const last = lan.frames.filter(advertises('r1', won));
      expect(last.map(({ vrrp }) => vrrp!.priority)).toEqual(Array<number>(count).fill(100));
    },
    30_000,
  );
});
