import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type RunningProgram } from './lan.ts';
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
});
