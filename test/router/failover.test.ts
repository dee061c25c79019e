import { afterEach, beforeEach, expect, it } from 'vitest';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import type { RunningProgram } from './running-program.ts';
import type { SeenFrame } from './seen-frame.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

const MILLISECOND = 1_000_000;
const MACS = { '00:00:5e:00:01:33': 'IPv4', '00:00:5e:00:02:33': 'IPv6' } as const;
/** Solicited-Node groups of fe80::51 and 2001:db8::51. */
const SOLICITED_NODE = 'ff02::1:ff00:51';

function configuration(priority: number): string {
  const usual = ['interface eth0', 'virtual_router_id 51', 'version 3', 'advert_int 0.1', 'use_vmac'];
  const repeats = ['garp_master_delay 1', 'garp_master_repeat 2'];
  const one = (name: string, addresses: readonly string[]): string =>
    `vrrp_instance ${name} {\n${[...usual, ...repeats, `priority ${priority}`].join('\n')}\nvirtual_ipaddress {\n${addresses.join('\n')}\n}\n}\n`;
  return one('V4', ['192.0.2.101/24', '192.0.2.102']) + one('V6', ['fe80::51', '2001:db8::51/64']);
}

/** When each node was Active, as its advertisements tell: until it said priority 0, or the other took over. */
function tenures(mac: string): { node: string; fromNs: number; untilNs: number }[] {
  const found: { node: string; fromNs: number; untilNs: number }[] = [];
  for (const { node, vrrp, sourceMac, timeNs } of lan.frames) {
    if (vrrp === undefined || sourceMac !== mac) continue;
    const current = found.at(-1);
    if (vrrp.priority === 0) {
      if (current?.node === node) current.untilNs = timeNs;
    } else if (current?.node !== node || current.untilNs < timeNs) {
      if (current !== undefined) current.untilNs = Math.min(current.untilNs, timeNs);
      found.push({ node, fromNs: timeNs, untilNs: Number.POSITIVE_INFINITY });
    }
  }
  return found;
}

it('never sends from the virtual MAC but while Active, and the switch knows it where the Active router is', async () => {
  const nodes = [1, 2].map((number) =>
    lan.node(`r${number}`, [`192.0.2.${number}/24`, `fe80::${number}/64`, `2001:db8::${number}/64`]),
  ) as [LanNode, LanNode];
  const [r1, r2] = nodes;

  async function isActive(name: string, why: string): Promise<void> {
    for (const etherType of [0x0800, 0x86dd]) {
      const sinceNs = lan.clock.now();
      await lan.until(
        `${name}: ${why}`,
        (frame) =>
          frame.node === name &&
          frame.timeNs > sinceNs &&
          frame.etherType === etherType &&
          (frame.vrrp?.priority ?? 0) > 0,
      );
    }
    // Delayed announcements, reports of groups with their repetitions.
    for (let turn = 0; turn < 15; turn += 1) {
      await lan.pass(100);
      if (turn === 0) continue;
      for (const mac of Object.keys(MACS)) expect(lan.portOf(mac), `${why}, port of ${mac}`).toBe(name);
    }
  }

  const start = async (node: LanNode, priority: number): Promise<RunningProgram> => {
    const program = lan.router(node, configuration(priority));
    await program.line(/ready/);
    return program;
  };
  const second = await start(r2, 100);
  await isActive('r2', 'starts alone');
  let first = await start(r1, 200);
  await isActive('r1', 'preempts');
  first.signal('SIGTERM');
  await first.ended;
  await isActive('r2', 'takes over from one that stops');
  first = await start(r1, 200);
  await isActive('r1', 'preempts again');
  first.signal('SIGKILL');
  await first.ended;
  await isActive('r2', 'takes over from one that was killed');
  first = await start(r1, 200);
  await isActive('r1', 'preempts after it was killed');
  lan.cable('r1', false);
  await isActive('r2', 'takes over from one without a cable');
  lan.cable('r1', true);
  await isActive('r1', 'preempts with its cable');
  second.signal('SIGTERM');
  await second.ended;
  await isActive('r1', 'goes on when the Backup stops');

  for (const [mac, family] of Object.entries(MACS)) {
    const all = tenures(mac);
    expect(all.map(({ node }) => node)).toEqual(['r2', 'r1', 'r2', 'r1', 'r2', 'r1', 'r2', 'r1']);
    // The other's advertisement has to be heard before it can be obeyed.
    const strays = lan.frames.filter(
      ({ sourceMac, node, timeNs }) =>
        sourceMac === mac &&
        !all.some((one) => one.node === node && timeNs >= one.fromNs && timeNs <= one.untilNs + 5 * MILLISECOND),
    );
    expect(strays, `${family} frames from the virtual MAC of one that was not Active`).toEqual([]);
  }
  const reports = ({ sourceMac, groups }: SeenFrame): boolean =>
    sourceMac === '00:00:5e:00:02:33' && groups?.includes(SOLICITED_NODE) === true;
  for (const { node, fromNs, untilNs } of tenures('00:00:5e:00:02:33')) {
    const told = lan.frames.some(
      (frame) => frame.node === node && reports(frame) && frame.timeNs > fromNs && frame.timeNs < untilNs,
    );
    expect(told, `${node} reports the Solicited-Node group while it is Active`).toBe(true);
  }
}, 120_000);
