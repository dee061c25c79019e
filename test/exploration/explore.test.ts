import { describe, expect, it } from 'vitest';
import { coverageSummary, exploreSeeds, smallestOf } from '../../src/exploration/explore.ts';
import { type GenerateOptions, generateCase } from '../../src/exploration/generate.ts';
import { playCase } from '../../src/exploration/play.ts';
import { explore } from '../../src/exploration/threads.ts';
import { withPossibleSteps } from '../../src/exploration/world.ts';
import { programPath } from '../../src/linux/programs.ts';
import { explorationJson } from '../../src/report/explore-text.ts';

const PROMISED: GenerateOptions = { beyond: false, clocks: false };
const WITH_CLOCKS: GenerateOptions = { beyond: false, clocks: true };
const BEYOND: GenerateOptions = { beyond: true, clocks: false };

describe('a schedule', () => {
  it('is made and played by its seed alone', async () => {
    for (const options of [PROMISED, WITH_CLOCKS, BEYOND]) {
      const [first, again] = [generateCase(7, options), generateCase(7, options)];
      expect(first).toEqual(again);
      expect(await playCase(first, options.beyond)).toEqual(await playCase(again, options.beyond));
    }
    expect(generateCase(8, PROMISED)).not.toEqual(generateCase(7, PROMISED));
  });

  it('has 2 to 20 routers, all variants, ties, owners, mixed intervals, and steps that can be taken', () => {
    const cases = Array.from({ length: 300 }, (_, index) => generateCase(index + 1, PROMISED));
    const sizes = cases.map(({ routers }) => routers.length);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([2, 20]);
    const variants = new Set(cases.flatMap(({ virtualRouters }) => virtualRouters.map(({ variant }) => variant)));
    expect([...variants].sort()).toEqual(['v2-ipv4', 'v3-ipv4', 'v3-ipv6']);
    const groups = cases.flatMap(({ virtualRouters }) =>
      virtualRouters.map(({ priorities }) => Object.values(priorities)),
    );
    expect(groups.some((priorities) => new Set(priorities).size < priorities.length)).toBe(true);
    expect(groups.some((priorities) => priorities.includes(255))).toBe(true);
    expect(cases.some(({ routers }) => new Set(routers.map(({ intervalMs }) => intervalMs)).size > 1)).toBe(true);
    for (const one of cases) expect(withPossibleSteps(one)).toEqual(one);
  });
});

describe('the protocol core', () => {
  it('keeps every invariant in schedules where an RFC promises something', async () => {
    const { found, schedules } = await exploreSeeds(1, 200, PROMISED);
    expect(found).toEqual([]);
    expect(schedules).toBe(200);
  });

  it('keeps them where clocks drift and processes wait', async () => {
    expect((await exploreSeeds(1, 100, WITH_CLOCKS)).found).toEqual([]);
  });

  it('is reached in every transition that the simulation can take, and in none that it cannot', async () => {
    const { coverage } = await exploreSeeds(EVERY_TRANSITION.first, EVERY_TRANSITION.count, WITH_CLOCKS);
    const { missed, reached, outOfReach } = coverageSummary(coverage);
    expect(missed).toEqual([]);
    expect(reached).toHaveLength(46);
    expect(outOfReach).toHaveLength(24);
  });

  it('has two Active routers where one hears the other and is not heard, which no RFC rules out', async () => {
    const { found } = await exploreSeeds(1, 10, BEYOND);
    expect(found.map(({ invariant }) => invariant)).toContain('two-active');
  });
});

describe('threads', () => {
  const exploreWith = (jobs: number) =>
    explore({ ...BEYOND, seed: 1, schedules: 45, jobs, program: programPath('exploration-worker') });

  it('come to the same, however many they are', async () => {
    const [one, three] = await Promise.all([exploreWith(1), exploreWith(3)]);
    expect(one.explored.schedules).toBe(45);
    expect(one.smallest.length).toBeGreaterThan(0);
    expect(explorationJson(one, BEYOND)).toBe(explorationJson(three, BEYOND));
  });
});

describe('a violation', () => {
  it('is made as small as it can be, and is the same again from its seed', async () => {
    const smallest = await smallestOf(2, BEYOND);
    expect(smallest?.violation.invariant).toBe('two-active');
    const { explored } = smallest!;
    expect(explored.routers.map(({ name }) => name)).toEqual(['r1', 'r2']);
    expect(explored.virtualRouters).toHaveLength(1);
    expect(explored.schedule.length).toBeLessThanOrEqual(5);
    expect(await smallestOf(2, BEYOND)).toEqual(smallest);
  });

  it('needs every step that is left', async () => {
    const { explored } = (await smallestOf(2, BEYOND))!;
    for (const step of explored.schedule) {
      const less = withPossibleSteps({ ...explored, schedule: explored.schedule.filter((one) => one !== step) });
      expect((await playCase(less, true)).violation?.invariant, JSON.stringify(step)).not.toBe('two-active');
    }
  });
});

/** Schedules that reach every transition together. */
const EVERY_TRANSITION = { first: 1, count: 200 };
