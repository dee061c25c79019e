import { describe, expect, it } from 'vitest';
import { createSimulation } from '../../src/simulation/simulation.ts';
import type { StageSet } from '../../src/stage/stage.ts';
import { activeDownIntervalNs, skewTimeNs } from '../../src/vrrp/timers.ts';
import { CHECKSUM_EITHER, CHECKSUM_MESSAGE_ALONE, CHECKSUM_WITH_PSEUDO_HEADER } from '../../src/wire/vrrp.ts';
import { MS, type Seen, type SeenFrame, twoRouters, VIRTUAL_ADDRESSES, VIRTUAL_MAC, watch } from './seen.ts';

const SECOND = 1000 * MS;

const VARIANTS = [
  { name: 'v2 over IPv4', version: 2, family: 'ipv4', intervalMs: 1000 },
  { name: 'v3 over IPv4', version: 3, family: 'ipv4', intervalMs: 100 },
  { name: 'v3 over IPv6', version: 3, family: 'ipv6', intervalMs: 100 },
] as const;

const sentBy = (seen: Seen, router: string): readonly SeenFrame[] =>
  seen.frames.filter(({ port, direction }) => port === `${router}-lan` && direction === 'out');
const advertisementsOf = (seen: Seen, router: string) =>
  sentBy(seen, router).filter(({ what }) => what === 'advertisement');
const answeredAfter = (seen: Seen, timeNs: number): readonly number[] =>
  seen.frames
    .filter(
      (one) => one.timeNs > timeNs && one.port === 'h1-lan' && one.direction === 'in' && one.what === 'echo-reply',
    )
    .map(({ sequence }) => sequence!);

async function start(variant: (typeof VARIANTS)[number]): Promise<{ readonly set: StageSet; readonly seen: Seen }> {
  const seen = watch();
  const set = await createSimulation().build(twoRouters(variant), seen, { seed: 1 });
  await set.perform({ kind: 'start', router: 'r1' });
  await set.perform({ kind: 'start', router: 'r2' });
  return { set, seen };
}

/** Both run, r1 is Active for ten intervals, and the host probes the virtual address a hundred times a second. */
async function startAndProbe(variant: (typeof VARIANTS)[number]) {
  const { set, seen } = await start(variant);
  await set.advance(20 * SECOND, () => advertisementsOf(seen, 'r1').length > 0);
  const to = VIRTUAL_ADDRESSES[variant.family].at(-1)!;
  await set.perform({ kind: 'begin-probe', probe: { name: 'p', from: 'h1', to, intervalNs: 10 * MS } });
  await set.advance(set.now() + 10 * variant.intervalMs * MS);
  return { set, seen };
}

describe.each(VARIANTS)('both start: $name', (variant) => {
  it('r1 is Active alone, exactly Active_Down_Interval after its start, and goes on by its interval', async () => {
    const { set, seen } = await start(variant);
    await set.advance(30 * SECOND);
    const times = advertisementsOf(seen, 'r1').map(({ timeNs }) => timeNs);
    const firstNs = activeDownIntervalNs(variant.version, 200, variant.intervalMs * MS);
    expect(times.slice(0, 3)).toEqual([0, 1, 2].map((number) => firstNs + number * variant.intervalMs * MS));
    expect(times.length).toBe(Math.floor((30 * SECOND - firstNs) / (variant.intervalMs * MS)) + 1);
    expect(sentBy(seen, 'r2')).toEqual([]);
  });

  it('advertises first, then announces every virtual address with the virtual MAC', async () => {
    const { set, seen } = await start(variant);
    await set.advance(5 * SECOND);
    const announced = VIRTUAL_ADDRESSES[variant.family];
    const first = sentBy(seen, 'r1').slice(0, 1 + announced.length);
    expect(first.map(({ what, target }) => target ?? what)).toEqual(['advertisement', ...announced]);
    expect(new Set(first.map(({ sourceMac }) => sourceMac))).toEqual(new Set([VIRTUAL_MAC[variant.family]]));
    const right = variant.family === 'ipv6' ? CHECKSUM_WITH_PSEUDO_HEADER : CHECKSUM_MESSAGE_ALONE;
    expect([right, CHECKSUM_EITHER]).toContain(first[0]?.checksum);
  });

  it('shows each frame at the port that sends it and at every port that receives it, later', async () => {
    const { set, seen } = await start(variant);
    await set.advance(20 * SECOND, () => advertisementsOf(seen, 'r1').length > 0);
    await set.advance(set.now() + 1 * MS);
    const [sent, ...received] = seen.frames.filter(({ what }) => what === 'advertisement');
    expect([sent?.port, sent?.direction]).toEqual(['r1-lan', 'out']);
    expect(received.map(({ port, direction }) => [port, direction])).toEqual([
      ['r2-lan', 'in'],
      ['h1-lan', 'in'],
    ]);
    for (const one of received) {
      expect(one.timeNs).toBeGreaterThan(sent!.timeNs);
      expect(one.bytes).toEqual(sent!.bytes);
    }
    expect(seen.interfaces.map(({ name, port }) => [name, port?.kind])).toEqual([
      ['r1-lan', 'router'],
      ['r2-lan', 'router'],
      ['h1-lan', 'host'],
    ]);
  });

  it('answers the host’s question and its probes with the virtual MAC', async () => {
    const { set, seen } = await startAndProbe(variant);
    await set.close();
    const question = sentBy(seen, 'h1').filter(({ what }) => what === 'question');
    const answer = sentBy(seen, 'r1').filter(({ what }) => what === 'answer');
    expect(question).toHaveLength(1);
    expect(answer.map(({ sourceMac, target }) => [sourceMac, target])).toEqual([
      [VIRTUAL_MAC[variant.family], VIRTUAL_ADDRESSES[variant.family].at(-1)],
    ]);
    const probes = sentBy(seen, 'h1').filter(({ what }) => what === 'echo-request');
    expect(new Set(probes.map(({ destinationMac }) => destinationMac))).toEqual(new Set([VIRTUAL_MAC[variant.family]]));
    expect(probes.map(({ sequence }) => sequence)).toEqual(probes.map((_, index) => index + 1));
    expect(answeredAfter(seen, 0).slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });
});

describe.each(VARIANTS)('the Active router loses its power: $name', (variant) => {
  it('r2 takes over exactly Active_Down_Interval after the last advertisement reached it', async () => {
    const { set, seen } = await startAndProbe(variant);
    const offNs = set.now();
    await set.perform({ kind: 'power-off', node: 'r1' });
    const how = await set.advance(offNs + 20 * SECOND, () => advertisementsOf(seen, 'r2').length > 0);
    expect(how).toBe('reached');
    const lastHeard = seen.frames.filter(({ what, port }) => what === 'advertisement' && port === 'r2-lan').at(-2);
    const took = advertisementsOf(seen, 'r2')[0]!;
    expect(lastHeard?.direction).toBe('in');
    expect(took.timeNs - lastHeard!.timeNs).toBe(activeDownIntervalNs(variant.version, 100, variant.intervalMs * MS));
    expect(set.now()).toBe(took.timeNs);
    expect(sentBy(seen, 'r1').every(({ timeNs }) => timeNs <= offNs)).toBe(true);
  });

  it('loses the probes of that time alone: then they are answered as before, with the virtual MAC', async () => {
    const { set, seen } = await startAndProbe(variant);
    const offNs = set.now();
    await set.perform({ kind: 'power-off', node: 'r1' });
    await set.advance(offNs + 20 * SECOND, () => advertisementsOf(seen, 'r2').length > 0);
    const tookNs = set.now();
    await set.advance(tookNs + SECOND);
    const probes = sentBy(seen, 'h1').filter(({ what }) => what === 'echo-request');
    const lost = probes.filter(({ timeNs }) => timeNs > offNs && timeNs < tookNs - 1 * MS);
    const later = probes.filter(({ timeNs }) => timeNs >= tookNs && timeNs < tookNs + 900 * MS);
    const answered = new Set(answeredAfter(seen, 0));
    expect(lost.length).toBeGreaterThan(20);
    expect(lost.filter(({ sequence }) => answered.has(sequence!))).toEqual([]);
    expect(later.length).toBeGreaterThanOrEqual(89);
    expect(later.filter(({ sequence }) => !answered.has(sequence!))).toEqual([]);
    expect(new Set(later.map(({ destinationMac }) => destinationMac))).toEqual(new Set([VIRTUAL_MAC[variant.family]]));
    expect(sentBy(seen, 'h1').filter(({ what }) => what === 'question')).toHaveLength(1);
  });

  it('says so in events', async () => {
    const { set, seen } = await startAndProbe(variant);
    await set.perform({ kind: 'power-off', node: 'r1' });
    expect(seen.events.map(({ kind }) => kind)).toEqual([
      'router-started',
      'router-ready',
      'router-started',
      'router-ready',
      'probe-began',
      'power-off',
      'router-exited',
    ]);
    expect(seen.events.at(-1)).toMatchObject({ router: 'r1', expected: true, signal: 'SIGKILL' });
    const { logs, droppedFrames } = await set.close();
    expect(droppedFrames).toBe(0);
    expect(logs.r1?.some((line) => line.endsWith('backup to active (silence)'))).toBe(true);
  });
});

describe.each(VARIANTS)('the Active router is stopped gracefully: $name', (variant) => {
  it('r2 takes over exactly Skew_Time after the farewell reached it', async () => {
    const { set, seen } = await startAndProbe(variant);
    await set.perform({ kind: 'stop', router: 'r1' });
    await set.advance(set.now() + 20 * SECOND, () => advertisementsOf(seen, 'r2').length > 0);
    const farewell = seen.frames.find(({ port, priority }) => port === 'r2-lan' && priority === 0);
    const skewNs = skewTimeNs(variant.version, 100, variant.intervalMs * MS);
    expect(advertisementsOf(seen, 'r2')[0]!.timeNs - farewell!.timeNs).toBe(skewNs);
  });
});
