import { describe, expect, it } from 'vitest';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import type { RouterTiming, Topology } from '../../src/stage/topology.ts';
import { MS, type Seen, twoRouters, watch } from './seen.ts';

const SECOND_NS = 1_000_000_000;

/** r1 and r2 on a LAN, r1 with this timing; what is seen in so many seconds after both were told to start. */
async function live(timing: RouterTiming, seconds: number, seed = 1): Promise<Seen> {
  const { lans, nodes } = twoRouters({ version: 3, family: 'ipv4', intervalMs: 1000 });
  const topology: Topology = {
    lans,
    nodes: nodes.map((node) => (node.kind === 'router' && node.name === 'r1' ? { ...node, timing } : node)),
  };
  const seen = watch();
  const set = await createSimulation().build(topology, seen, { seed });
  for (const router of ['r1', 'r2']) await set.perform({ kind: 'start', router });
  await set.advance(seconds * SECOND_NS);
  await set.close();
  return seen;
}

/** When r1 advertised. */
const timesOf = ({ frames }: Seen): readonly number[] =>
  frames
    .filter(({ port, direction, what }) => port === 'r1-lan' && direction === 'out' && what === 'advertisement')
    .map(({ timeNs }) => timeNs);

const gapsOf = (times: readonly number[]): readonly number[] =>
  times.slice(1).map((timeNs, index) => timeNs - times[index]!);

describe("a router's clock", () => {
  it.each([
    ['fast', 100_000, SECOND_NS / 1.1],
    ['slow', -100_000, SECOND_NS / 0.9],
    ['right', 0, SECOND_NS],
  ])('that is %s by %d millionths counts its interval so', async (_, clockDriftPpm, intervalNs) => {
    const gaps = gapsOf(timesOf(await live({ clockDriftPpm }, 60)));
    expect(gaps.length).toBeGreaterThan(40);
    for (const gap of gaps) expect(Math.abs(gap - intervalNs)).toBeLessThanOrEqual(2);
  });

  it('counts Active_Down_Interval too', async () => {
    const skewNs = ((256 - 200) / 256) * SECOND_NS;
    const [first] = timesOf(await live({ clockDriftPpm: -50_000 }, 5));
    expect(first).toBeCloseTo((3 * SECOND_NS + skewNs) / 0.95, -2);
  });
});

describe('a process that waits for a core', () => {
  const delay = { schedulingDelayNs: 50 * MS };

  it('is late each time by up to so long, and by the mean of it in the long run', async () => {
    const late = timesOf(await live(delay, 200)).map((timeNs) => timeNs % SECOND_NS);
    const skewNs = ((256 - 200) / 256) * SECOND_NS;
    // The first one is late itself, and what follows is due from there.
    const base = Math.min(...late);
    expect(base).toBeGreaterThanOrEqual(skewNs);
    expect(base).toBeLessThan(skewNs + 60 * MS);
    expect(Math.max(...late) - base).toBeLessThanOrEqual(50 * MS);
    expect(Math.max(...late) - base).toBeGreaterThan(40 * MS);
  });

  it('waits the same again with the same seed, and otherwise with another', async () => {
    const times = timesOf(await live(delay, 30));
    expect(timesOf(await live(delay, 30))).toEqual(times);
    expect(timesOf(await live(delay, 30, 2))).not.toEqual(times);
  });
});

describe('a router that starts later', () => {
  it('is not there until then', async () => {
    const { events } = await live({ startOffsetNs: 700 * MS }, 2);
    const started = events.filter(({ kind }) => kind === 'router-started');
    expect(started.map(({ timeNs }) => timeNs)).toEqual([0, 700 * MS]);
  });

  it('stays away where its power goes before', async () => {
    const { lans, nodes } = twoRouters({ version: 3, family: 'ipv4', intervalMs: 1000 });
    const late = nodes.map((node) =>
      node.kind === 'router' ? { ...node, timing: { startOffsetNs: 700 * MS } } : node,
    );
    const seen = watch();
    const set = await createSimulation().build({ lans, nodes: late }, seen, { seed: 1 });
    await set.perform({ kind: 'start', router: 'r1' });
    await expect(set.perform({ kind: 'start', router: 'r1' })).rejects.toThrow('running already');
    await set.perform({ kind: 'power-off', node: 'r1' });
    await set.advance(5 * SECOND_NS);
    expect(seen.events.filter(({ kind }) => kind === 'router-started')).toEqual([]);
  });
});

describe('a scenario', () => {
  it('says all three of a router', () => {
    const text = `
name: Three clocks
routers: { r1: { clock-drift: -200, scheduling-delay: 5ms, start-offset: 1s }, r2: }
steps: [{ start: [r1, r2] }, { pause: 5s }]
expect: [one-active]
`;
    const plan = compileScenario(parseScenario(text, 'clocks.yaml'), { variant: 'v3-ipv4', implementation: 'native' });
    expect(plan.topology.nodes).toMatchObject([
      { timing: { clockDriftPpm: -200, schedulingDelayNs: 5 * MS, startOffsetNs: SECOND_NS } },
      { name: 'r2' },
    ]);
    expect(plan.topology.nodes[1]).not.toHaveProperty('timing');
  });
});
