import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import type { Plan } from '../../src/scenario/plan.ts';
import { isFlaky, joinPlays } from '../../src/scenario/repeat.ts';
import { scenariosOfShard } from '../../src/scenario/shard.ts';
import { runSuite } from '../../src/scenario/suite.ts';
import type { Variant } from '../../src/scenario/variant.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import type { Stage } from '../../src/stage/stage.ts';
import { lateResult, result } from '../report/outcome.ts';

/** A scenario that takes no time to speak of. */
function quickPlan(name: string, variant: Variant = 'v3-ipv4'): Plan {
  const text = [
    'name: A router starts',
    'virtual-router: { interval: { v2-ipv4: 1s, otherwise: 100ms } }',
    'routers: [r1]',
    'steps: [{ start: r1 }, { await: { active: r1 } }]',
    'expect: [{ active: r1 }]',
  ].join('\n');
  return compileScenario(parseScenario(text, `${name}.yaml`), { variant, implementation: 'native' });
}

describe('a suite that plays each scenario several times', () => {
  it('has one result for each, with every play and its seed', async () => {
    const told: string[] = [];
    const outcome = await runSuite(createSimulation(), [quickPlan('a'), quickPlan('b')], {
      seed: 10,
      jobs: 1,
      repeat: 3,
      listener: { scenarioFinished: ({ id, play }) => told.push(`${id} ${play?.number}/${play?.of}`) },
    });
    expect(outcome.results.map(({ id, plays }) => [id, plays?.map(({ seed }) => seed)])).toEqual([
      ['a/v3-ipv4/native', [10, 13, 16]],
      ['b/v3-ipv4/native', [10, 13, 16]],
    ]);
    expect(told.slice(0, 3)).toEqual(['a/v3-ipv4/native 1/3', 'b/v3-ipv4/native 1/3', 'a/v3-ipv4/native 2/3']);
  });

  it('tells the worst of them', () => {
    const joined = joinPlays([result({ seed: 1 }), lateResult({ seed: 4 }), lateResult({ seed: 7 })]);
    expect(joined).toMatchObject({ verdict: 'fail', seed: 4, folder: 'runs/power-off' });
    expect(joined.plays?.map(({ verdict }) => verdict)).toEqual(['pass', 'fail', 'fail']);
  });

  it('names what is not always the same; what stayed open is no other verdict', () => {
    expect(isFlaky(joinPlays([result(), lateResult()]))).toBe(true);
    expect(isFlaky(joinPlays([result(), result({ verdict: 'inconclusive' })]))).toBe(false);
    expect(isFlaky(joinPlays([lateResult(), lateResult()]))).toBe(false);
    expect(isFlaky(result())).toBe(false);
  });
});

describe('a suite that several machines share', () => {
  const scenarios = ['e', 'a', 'd', 'b', 'c'].map((id) => ({ id, plan: quickPlan(id) }));
  const dealt = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      scenariosOfShard(scenarios, { index: index + 1, count }).map(({ id }) => id),
    );

  it('gives each scenario to one machine, whatever the order in which files are read', () => {
    expect(dealt(2)).toEqual([
      ['e', 'a', 'c'],
      ['d', 'b'],
    ]);
    expect(dealt(2).flat().sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    const backwards = scenariosOfShard([...scenarios].reverse(), { index: 2, count: 2 });
    expect(backwards.map(({ id }) => id).sort()).toEqual(['b', 'd']);
  });

  it('has machines without work where there are more of them than scenarios', () => {
    expect(dealt(7).map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 0, 0]);
  });

  it('names a scenario as the whole suite does, though two files have one name', async () => {
    const twins = [quickPlan('a'), quickPlan('a'), quickPlan('b')];
    const options = { seed: 1, shard: { index: 2, count: 3 } };
    const { results, shard } = await runSuite(createSimulation(), twins, options);
    expect(results.map(({ id }) => id)).toEqual(['a/v3-ipv4/native-2']);
    expect(shard).toEqual({ index: 2, count: 3 });
  });
});

describe('how much is played side by side', () => {
  /** The simulation in the place of a lab at real-time priority, and how many scenarios it had at a time. */
  function counted() {
    const simulation = createSimulation();
    let most = 0;
    let open = 0;
    const stage: Stage = {
      ...simulation,
      capabilities: { ...simulation.capabilities, name: 'lab' },
      async build(...given) {
        open += 1;
        most = Math.max(most, open);
        const set = await simulation.build(...given);
        return {
          ...set,
          close() {
            open -= 1;
            return set.close();
          },
        };
      },
    };
    return { stage, most: () => most };
  }

  /** A router with so many virtual routers. */
  function crowdedPlan(name: string, virtualRouters: number): Plan {
    const plan = quickPlan(name);
    const nodes = plan.topology.nodes.map((node) =>
      node.kind === 'router'
        ? {
            ...node,
            virtualRouters: Array.from({ length: virtualRouters }, (_, index) => ({
              ...node.virtualRouters[0]!,
              virtualRouterId: index + 1,
            })),
          }
        : node,
    );
    return { ...plan, topology: { ...plan.topology, nodes } };
  }

  const room = availableParallelism() * 16;

  it('is as many as were asked for, whatever they are', async () => {
    const { stage, most } = counted();
    await runSuite(
      stage,
      [255, 255, 1, 1].map((count, index) => crowdedPlan(`p${index}`, count)),
      { seed: 1, jobs: 3 },
    );
    expect(most()).toBe(3);
  });

  it('is as many as the cores bear where nothing was asked for', async () => {
    const { stage, most } = counted();
    const { jobs } = await runSuite(
      stage,
      Array.from({ length: room + 4 }, (_, index) => quickPlan(`p${index}`)),
      {
        seed: 1,
      },
    );
    expect([jobs, most()]).toEqual([room, room]);
  });

  it('is fewer where there are many virtual routers, and the heaviest is played, too', async () => {
    const { stage, most } = counted();
    const plans = ['a', 'b'].map((name) => crowdedPlan(name, 16 * room));
    const { results } = await runSuite(stage, plans, { seed: 1 });
    expect(most()).toBe(1);
    expect(results).toHaveLength(2);
  });
});
