import { describe, expect, it } from 'vitest';
import { DIRECTION_IN, DIRECTION_OUT } from '../../src/capture/frame.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import { WIRE_DELAY_NS } from '../../src/simulation/switch.ts';
import type { StageAction, WireFault } from '../../src/stage/action.ts';
import { StageError, type StageSet } from '../../src/stage/stage.ts';
import type { Topology } from '../../src/stage/topology.ts';
import { activeDownIntervalNs } from '../../src/vrrp/timers.ts';
import { arpFrame } from '../../src/wire/build.ts';
import { advertisementFrame } from '../../src/wire/build-advertisement.ts';
import { MS, type Seen, type SeenFrame, type TwoRouters, twoRouters, VIRTUAL_MAC, watch } from './seen.ts';

const SECOND = 1000 * MS;
const INTERVAL_NS = 100 * MS;
const VERSION_3: TwoRouters = { version: 3, family: 'ipv4', intervalMs: 100 };
const DOWN_R2_NS = activeDownIntervalNs(3, 100, INTERVAL_NS);

const advertisementsOf = (seen: Seen, router: string): readonly SeenFrame[] =>
  seen.frames.filter(
    ({ port, direction, what }) => port === `${router}-lan` && direction === 'out' && what === 'advertisement',
  );
const heardBy = (seen: Seen, router: string): readonly SeenFrame[] =>
  seen.frames.filter(
    ({ port, direction, what }) => port === `${router}-lan` && direction === 'in' && what === 'advertisement',
  );
const count = (seen: Seen, what: SeenFrame['what'], sinceNs: number): number =>
  seen.frames.filter((one) => one.what === what && one.timeNs >= sinceNs && one.port === 'h1-lan').length;

/** Both run, and r1 has been Active for a second. */
async function play(topology: Topology = twoRouters(VERSION_3), seed = 1) {
  const seen = watch();
  const set = await createSimulation().build(topology, seen, { seed });
  await set.perform({ kind: 'start', router: 'r1' });
  await set.perform({ kind: 'start', router: 'r2' });
  await set.advance(20 * SECOND, () => advertisementsOf(seen, 'r1').length > 10);
  await set.advance(set.now() + 1 * MS);
  return { set, seen };
}

async function probe(set: StageSet): Promise<void> {
  const name = `probe at ${set.now()}`;
  await set.perform({ kind: 'begin-probe', probe: { name, from: 'h1', to: '192.0.2.254', intervalNs: 10 * MS } });
  await set.advance(set.now() + 100 * MS - 1);
  await set.perform({ kind: 'end-probe', name });
  await set.advance(set.now() + 1 * MS);
}

describe('the process of the Active router', () => {
  it('killed: its kernel is silent for the virtual MAC, and the other takes over', async () => {
    const { set, seen } = await play();
    await set.perform({ kind: 'kill', router: 'r1' });
    const killedNs = set.now();
    await probe(set);
    expect(count(seen, 'echo-reply', killedNs)).toBe(0);
    await set.advance(killedNs + SECOND);
    const ofFirst = seen.frames.filter(({ port, direction }) => port === 'r1-lan' && direction === 'out');
    expect(ofFirst.every(({ timeNs }) => timeNs < killedNs)).toBe(true);
    expect(advertisementsOf(seen, 'r2').length).toBeGreaterThan(0);
    const answeredNs = set.now();
    await probe(set);
    expect(count(seen, 'echo-reply', answeredNs)).toBe(10);
  });

  it('killed, without a virtual MAC: its kernel goes on answering, beside the new Active router', async () => {
    const { set, seen } = await play(twoRouters({ ...VERSION_3, changes: { virtualMac: false } }));
    await set.perform({ kind: 'kill', router: 'r1' });
    const killedNs = set.now();
    await probe(set);
    expect(count(seen, 'echo-reply', killedNs)).toBe(10);
    await set.advance(set.now() + SECOND);
    expect(advertisementsOf(seen, 'r2').length).toBeGreaterThan(0);
    expect(advertisementsOf(seen, 'r1').every(({ timeNs }) => timeNs < killedNs)).toBe(true);
  });

  it('killed, then started again: nothing is left of the former one, and it takes over as configured', async () => {
    const { set, seen } = await play();
    await set.perform({ kind: 'kill', router: 'r1' });
    await set.advance(set.now() + SECOND);
    const againNs = set.now();
    await set.perform({ kind: 'start', router: 'r1' });
    const question = { senderMac: '02:00:00:00:00:03', senderAddress: '192.0.2.3', targetAddress: '192.0.2.254' };
    const bytes = arpFrame({ operation: 'request', ...question });
    await set.perform({ kind: 'send-frame', node: 'r1', lan: 'lan', direction: DIRECTION_IN, bytes });
    expect(seen.frames.at(-1)?.what).toBe('question');
    await set.advance(againNs + 2 * SECOND);
    const back = advertisementsOf(seen, 'r1').find(({ timeNs }) => timeNs >= againNs);
    expect(back!.timeNs - againNs).toBe(activeDownIntervalNs(3, 200, INTERVAL_NS));
    const yieldedNs = back!.timeNs + WIRE_DELAY_NS;
    expect(advertisementsOf(seen, 'r2').filter(({ timeNs }) => timeNs > yieldedNs)).toEqual([]);
  });

  it('frozen for less than the others wait: makes up for the advertisement that it missed, and only once', async () => {
    const { set, seen } = await play();
    await set.perform({ kind: 'freeze', router: 'r1' });
    await set.advance(set.now() + 2.5 * INTERVAL_NS);
    const before = advertisementsOf(seen, 'r1').length;
    await set.perform({ kind: 'thaw', router: 'r1' });
    expect(advertisementsOf(seen, 'r1').length - before).toBe(1);
    await set.advance(set.now() + INTERVAL_NS);
    expect(advertisementsOf(seen, 'r1').length - before).toBe(2);
    expect(advertisementsOf(seen, 'r2')).toEqual([]);
  });

  it('frozen: advertises nothing, its kernel answers; thawed: has heard the new one, and preempts it', async () => {
    const { set, seen } = await play();
    await set.perform({ kind: 'freeze', router: 'r1' });
    const frozenNs = set.now();
    await probe(set);
    await set.advance(frozenNs + 3 * SECOND);
    expect(count(seen, 'echo-reply', frozenNs)).toBe(10);
    expect(advertisementsOf(seen, 'r1').some(({ timeNs }) => timeNs > frozenNs)).toBe(false);
    expect(advertisementsOf(seen, 'r2').length).toBeGreaterThan(20);
    await set.perform({ kind: 'thaw', router: 'r1' });
    await set.advance(set.now() + SECOND);
    const lastOfSecond = advertisementsOf(seen, 'r2').at(-1)!.timeNs;
    expect(lastOfSecond).toBeLessThan(set.now() - 900 * MS);
    expect(advertisementsOf(seen, 'r1').at(-1)!.timeNs).toBeGreaterThan(set.now() - INTERVAL_NS - 1);
  });
});

describe('a frozen process that has more messages than its socket holds', () => {
  it('still learns that its link was lost: thawed and plugged again, it begins as after a startup', async () => {
    const { set, seen } = await play();
    await set.perform({ kind: 'freeze', router: 'r1' });
    await set.advance(set.now() + 40 * SECOND);
    expect(heardBy(seen, 'r1').length).toBeGreaterThan(256);
    await set.perform({ kind: 'pull-cable', node: 'r1', lan: 'lan' });
    await set.perform({ kind: 'thaw', router: 'r1' });
    await set.advance(set.now() + SECOND);
    const pluggedNs = set.now();
    await set.perform({ kind: 'plug-cable', node: 'r1', lan: 'lan' });
    await set.advance(set.now() + SECOND);
    const [first] = advertisementsOf(seen, 'r1').filter(({ timeNs }) => timeNs >= pluggedNs);
    expect(first!.timeNs - pluggedNs).toBeGreaterThanOrEqual(activeDownIntervalNs(3, 200, INTERVAL_NS));
  });
});

describe('power and cables', () => {
  it('a node without power answers nothing, and one that gets it back has forgotten everything', async () => {
    const { set, seen } = await play();
    await set.perform({ kind: 'power-off', node: 'r2' });
    await set.perform({ kind: 'power-off', node: 'r1' });
    const offNs = set.now();
    await probe(set);
    expect(count(seen, 'echo-reply', offNs)).toBe(0);
    await set.perform({ kind: 'power-on', node: 'r1' });
    // The host has given up asking by then, and asks anew.
    await set.advance(set.now() + 5 * SECOND);
    const onNs = set.now();
    await probe(set);
    expect(count(seen, 'question', onNs)).toBe(1);
    expect(count(seen, 'echo-reply', onNs)).toBe(0);
    await set.advance(set.now() + 5 * SECOND);
    await set.perform({ kind: 'start', router: 'r1' });
    await set.advance(set.now() + SECOND);
    const startedNs = set.now();
    await probe(set);
    expect(count(seen, 'echo-reply', startedNs)).toBe(10);
  });

  it('the switch forgets who was behind a port that lost its link, and floods', async () => {
    const { set, seen } = await play();
    const probing = { name: 'p', from: 'h1', to: '192.0.2.1', intervalNs: 10 * MS };
    const requestsAtR2 = () => seen.frames.filter(({ port, what }) => port === 'r2-lan' && what === 'echo-request');
    await set.perform({ kind: 'begin-probe', probe: probing });
    await set.advance(set.now() + 95 * MS);
    expect(requestsAtR2()).toEqual([]);
    await set.perform({ kind: 'pull-cable', node: 'r1', lan: 'lan' });
    await set.advance(set.now() + 100 * MS);
    expect(requestsAtR2()).toHaveLength(10);
  });

  it('a router that is started without its cable waits for it', async () => {
    const seen = watch();
    const set = await createSimulation().build(twoRouters(VERSION_3), seen, { seed: 1 });
    await set.perform({ kind: 'pull-cable', node: 'r1', lan: 'lan' });
    await set.perform({ kind: 'start', router: 'r1' });
    await set.advance(5 * SECOND);
    await set.perform({ kind: 'plug-cable', node: 'r1', lan: 'lan' });
    await set.advance(10 * SECOND);
    expect(advertisementsOf(seen, 'r1')[0]?.timeNs).toBe(5 * SECOND + activeDownIntervalNs(3, 200, INTERVAL_NS));
    const { logs } = await set.close();
    expect(logs.r1?.filter((line) => line.includes('to active'))).toHaveLength(1);
  });

  it('a pulled cable: the other takes over at its time; plugged again: as after a startup', async () => {
    const { set, seen } = await play();
    const lastHeardNs = heardBy(seen, 'r2').at(-1)!.timeNs;
    await set.perform({ kind: 'pull-cable', node: 'r1', lan: 'lan' });
    await set.advance(set.now() + SECOND);
    expect(advertisementsOf(seen, 'r2')[0]!.timeNs - lastHeardNs).toBe(DOWN_R2_NS);
    await set.perform({ kind: 'plug-cable', node: 'r1', lan: 'lan' });
    const pluggedNs = set.now();
    await set.advance(pluggedNs + SECOND);
    const back = advertisementsOf(seen, 'r1').find(({ timeNs }) => timeNs >= pluggedNs)!;
    expect(back.timeNs - pluggedNs).toBe(activeDownIntervalNs(3, 200, INTERVAL_NS));
  });
});

describe('faults in the wire', () => {
  const atR2: Omit<WireFault, 'effect'> = {
    name: 'f',
    lan: 'lan',
    node: 'r2',
    direction: 'in',
    matcher: { protocol: 'vrrp', virtualRouterId: 51, sourceMac: VIRTUAL_MAC.ipv4 },
  };
  const begin = (fault: WireFault): StageAction => ({ kind: 'begin-fault', fault });

  it('one direction lost: r2 takes over, r1 hears it and stays, and both are Active', async () => {
    const { set, seen } = await play();
    const lastHeardNs = heardBy(seen, 'r2').at(-1)!.timeNs;
    await set.perform(begin({ ...atR2, effect: { kind: 'drop' } }));
    await set.advance(set.now() + 2 * SECOND);
    expect(advertisementsOf(seen, 'r2')[0]!.timeNs - lastHeardNs).toBe(DOWN_R2_NS);
    expect(heardBy(seen, 'r2').at(-1)!.timeNs).toBe(lastHeardNs);
    expect(advertisementsOf(seen, 'r1').at(-1)!.timeNs).toBeGreaterThan(set.now() - INTERVAL_NS);
    await set.perform({ kind: 'end-fault', name: 'f' });
    const endedNs = set.now();
    await set.advance(endedNs + SECOND);
    expect(advertisementsOf(seen, 'r2').filter(({ timeNs }) => timeNs > endedNs + INTERVAL_NS)).toEqual([]);
  });

  it('drops the frames at the positions that are named, and no others', async () => {
    const { set, seen } = await play();
    const sinceNs = set.now();
    await set.perform(begin({ ...atR2, effect: { kind: 'drop' }, positions: [1, 3] }));
    await set.advance(sinceNs + 5 * INTERVAL_NS);
    const sent = advertisementsOf(seen, 'r1').filter(({ timeNs }) => timeNs > sinceNs);
    const heard = heardBy(seen, 'r2').filter(({ timeNs }) => timeNs > sinceNs);
    expect(heard.map(({ timeNs }) => timeNs - WIRE_DELAY_NS)).toEqual([1, 3, 4].map((index) => sent[index]!.timeNs));
  });

  it('delays', async () => {
    const { set, seen } = await play();
    const sinceNs = set.now();
    await set.perform(begin({ ...atR2, effect: { kind: 'delay', delayNs: 30 * MS } }));
    await set.advance(sinceNs + 3 * INTERVAL_NS + 50 * MS);
    const sent = advertisementsOf(seen, 'r1').filter(({ timeNs }) => timeNs > sinceNs);
    const heard = heardBy(seen, 'r2').filter(({ timeNs }) => timeNs > sinceNs);
    expect(heard.map(({ timeNs }) => timeNs - WIRE_DELAY_NS - 30 * MS)).toEqual(sent.map(({ timeNs }) => timeNs));
  });

  it('duplicates', async () => {
    const { set, seen } = await play();
    const before = heardBy(seen, 'r2').length;
    await set.perform(begin({ ...atR2, effect: { kind: 'duplicate', copies: 2 }, positions: [1] }));
    await set.advance(set.now() + 2 * INTERVAL_NS);
    expect(heardBy(seen, 'r2').length - before).toBe(2 + 2);
  });

  it('leaves what does not match alone, and what goes the other way', async () => {
    const { set, seen } = await play();
    const before = heardBy(seen, 'r2').length;
    await set.perform(begin({ ...atR2, matcher: { priority: 100 }, effect: { kind: 'drop' } }));
    await set.perform(begin({ ...atR2, name: 'g', direction: 'out', effect: { kind: 'drop' } }));
    await set.perform(begin({ ...atR2, name: 'h', matcher: { protocol: 'arp' }, effect: { kind: 'drop' } }));
    await set.advance(set.now() + 5 * INTERVAL_NS);
    expect(heardBy(seen, 'r2').length - before).toBe(5);
  });

  it('lose what the seed says, the same each time', async () => {
    const lossy = async (seed: number) => {
      const { set, seen } = await play(twoRouters(VERSION_3), seed);
      await set.perform(begin({ ...atR2, effect: { kind: 'drop' }, probability: 0.5 }));
      await set.advance(60 * SECOND);
      return { seen, share: heardBy(seen, 'r2').length / advertisementsOf(seen, 'r1').length };
    };
    const [first, again, other] = [await lossy(7), await lossy(7), await lossy(8)];
    expect(again.seen.frames).toEqual(first.seen.frames);
    expect(again.seen.events).toEqual(first.seen.events);
    expect(other.seen.frames).not.toEqual(first.seen.frames);
    expect(first.share).toBeGreaterThan(0.4);
    expect(first.share).toBeLessThan(0.6);
  });
});

describe('an IPv4 packet whose header was damaged on its way', () => {
  it('is heard by nobody: r2 takes over from r1, whose address was changed in every advertisement', async () => {
    const { set, seen } = await play();
    const sourceAddressOffset = 14 + 12;
    const effect = { kind: 'corrupt', offset: sourceAddressOffset } as const;
    const matcher = { protocol: 'vrrp' } as const;
    await set.perform({
      kind: 'begin-fault',
      fault: { name: 'noise', lan: 'lan', node: 'r1', direction: 'out', matcher, effect },
    });
    const beganNs = set.now();
    await set.advance(beganNs + SECOND);
    expect(heardBy(seen, 'r2').filter(({ timeNs }) => timeNs > beganNs).length).toBeGreaterThan(5);
    expect(advertisementsOf(seen, 'r2').length).toBeGreaterThan(3);
  });
});

describe('crafted frames', () => {
  const stronger = advertisementFrame({
    version: 3,
    virtualRouterId: 51,
    priority: 250,
    interval: 100,
    source: '192.0.2.9',
    addresses: ['192.0.2.254'],
  });

  it('go out of a port into the LAN', async () => {
    const { set, seen } = await play();
    await set.perform({ kind: 'send-frame', node: 'h1', lan: 'lan', direction: DIRECTION_OUT, bytes: stronger });
    const sentNs = set.now();
    await set.advance(sentNs + 2 * INTERVAL_NS);
    expect(seen.frames.filter(({ priority }) => priority === 250)).toHaveLength(3);
    expect(advertisementsOf(seen, 'r1').at(-1)!.timeNs).toBeLessThan(sentNs);
  });

  it('or into one node alone', async () => {
    const { set, seen } = await play();
    await set.perform({ kind: 'send-frame', node: 'r1', lan: 'lan', direction: DIRECTION_IN, bytes: stronger });
    const sentNs = set.now();
    await set.advance(sentNs + 2 * INTERVAL_NS);
    expect(seen.frames.filter(({ priority }) => priority === 250).map(({ port }) => port)).toEqual(['r1-lan']);
    expect(advertisementsOf(seen, 'r1').at(-1)!.timeNs).toBeLessThan(sentNs);
  });
});

describe('what cannot be done', () => {
  const wrong: readonly (readonly [string, StageAction, string])[] = [
    ['a node that is not there', { kind: 'power-off', node: 'r9' }, "there is no node 'r9'"],
    ['a host as a router', { kind: 'start', router: 'h1' }, "'h1' is not a router"],
    ['a router that runs', { kind: 'start', router: 'r1' }, "router 'r1' is running already"],
    ['a LAN that is not there', { kind: 'pull-cable', node: 'r1', lan: 'x' }, "node 'r1' has no port on LAN 'x'"],
    ['power that is there', { kind: 'power-on', node: 'r1' }, "'r1' has power already"],
    ['a fault that is not under way', { kind: 'end-fault', name: 'f' }, "no fault named 'f' is under way"],
    ['a probe that is not under way', { kind: 'end-probe', name: 'p' }, "no probe named 'p' is under way"],
    ['thawing what is not frozen', { kind: 'thaw', router: 'r1' }, "router 'r1' is not frozen"],
  ];
  it.each(wrong)('%s is refused by name', async (_what, action, message) => {
    const { set } = await play();
    await expect(set.perform(action)).rejects.toThrow(new StageError(message));
  });

  it('a router of another implementation is refused before anything starts', async () => {
    const { nodes, lans } = twoRouters(VERSION_3);
    const topology = {
      lans,
      nodes: nodes.map((node) => (node.kind === 'router' ? { ...node, implementation: 'keepalived' } : node)),
    };
    await expect(createSimulation().build(topology, watch(), { seed: 1 })).rejects.toThrow(
      "the simulation cannot run 'keepalived'",
    );
  });

  it('a closed set does nothing more', async () => {
    const { set } = await play();
    await set.close();
    await expect(set.advance(set.now() + 1)).rejects.toThrow('the set is closed');
  });
});

describe('a virtual router that does not accept', () => {
  it('answers questions for its address, but no echo to it', async () => {
    const { set, seen } = await play(twoRouters({ ...VERSION_3, changes: { acceptMode: false } }));
    const sinceNs = set.now();
    await probe(set);
    expect(count(seen, 'answer', sinceNs)).toBe(1);
    expect(count(seen, 'echo-request', sinceNs)).toBe(10);
    expect(count(seen, 'echo-reply', sinceNs)).toBe(0);
  });
});
