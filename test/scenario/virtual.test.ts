import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import type { Plan } from '../../src/scenario/plan.ts';
import type { ScenarioResult } from '../../src/scenario/result.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import { runSuite } from '../../src/scenario/suite.ts';
import { VARIANTS, type Variant } from '../../src/scenario/variant.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';

/** A plan of a scenario that comes with the bench, its text changed. */
async function planOf(
  name: string,
  variant: Variant,
  change: (text: string) => string = (text) => text,
): Promise<Plan> {
  const file = `scenarios/${name}.yaml`;
  return compileScenario(parseScenario(change(await readFile(file, 'utf8')), file), {
    variant,
    implementation: 'native',
  });
}

function expectation(result: ScenarioResult, text: string) {
  return result.expectations.find((one) => one.text.startsWith(text));
}

describe('in virtual time', () => {
  it.each(
    ['power-off', 'graceful-stop', 'preemption-on-return'].flatMap((name) =>
      VARIANTS.map((variant) => [name, variant] as const),
    ),
  )('%s passes as %s', async (name, variant) => {
    const result = await runPlan(createSimulation(), await planOf(name, variant), { seed: 1 });
    expect(result).toMatchObject({ verdict: 'pass', stage: 'simulation', attempts: 1, unexpectedExits: [] });
    expect(result.expectations.map(({ text, verdict }) => [text, verdict])).toEqual(
      result.expectations.map(({ text }) => [text, 'pass']),
    );
  });

  it('a takeover takes Active_Down_Interval, and the probe shows the outage', async () => {
    const result = await runPlan(createSimulation(), await planOf('power-off', 'v3-ipv4'), { seed: 1 });
    expect(expectation(result, 'takeover')).toMatchObject({ seen: '3.609 s' });
    const { longest } = result.probes.probe!;
    expect(longest!.upperNs).toBeLessThan(3_629_375_000);
    expect(longest!.lowerNs).toBeGreaterThan(2_600_000_000);
  });

  it('the same seed gives the same run', async () => {
    const lossy = (text: string) =>
      text.replace('  - pause: 500ms', '  - fault: { lose: everything to r2, chance: 0.3 }\n  - pause: 500ms');
    const plan = await planOf('power-off', 'v3-ipv4', lossy);
    const play = async (seed: number) => {
      const { observation, expectations } = await runPlan(createSimulation(), plan, { seed });
      return { frames: observation!.frames, expectations };
    };
    expect(await play(3)).toEqual(await play(3));
  });

  it('what is not so fails, with what was seen', async () => {
    const plan = await planOf('power-off', 'v3-ipv4', (text) =>
      text.replace('- active: r2', '- active: r1').replace('below: active-down-interval + 20ms', 'below: 1s'),
    );
    const result = await runPlan(createSimulation(), plan, { seed: 1 });
    expect(result.verdict).toBe('fail');
    expect(expectation(result, 'r1 alone')).toMatchObject({ verdict: 'fail', line: 24 });
    expect(expectation(result, 'outage below 1s')).toMatchObject({ verdict: 'fail' });
  });

  it('a step that never comes true ends the scenario by its deadline', async () => {
    const plan = await planOf('power-off', 'v3-ipv4', (text) =>
      text.replace('- await: { active: r2 }', '- await: { active: r1, within: 2s }'),
    );
    const result = await runPlan(createSimulation(), plan, { seed: 1 });
    expect(result).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('not seen within 2 s') });
    expect(result.steps.map(({ verdict }) => verdict)).toEqual([
      'pass',
      'pass',
      'pass',
      'pass',
      'pass',
      'fail',
      'skipped',
      'skipped',
    ]);
    expect(expectation(result, 'takeover')).toMatchObject({ verdict: 'skipped' });
  });

  it('silence is waited for though nothing is seen', async () => {
    const plan = await planOf('power-off', 'v3-ipv4', (text) =>
      text.replace(
        '- await: { active: r2 }',
        '- await: { silence: { from: r1, for: 2s }, within: 5s }\n  - await: { active: r2 }',
      ),
    );
    const result = await runPlan(createSimulation(), plan, { seed: 1 });
    expect(result.verdict).toBe('pass');
    const step = result.steps.find(({ text }) => text.startsWith('await silence'))!;
    expect(step.endedNs! - step.beganNs!).toBeCloseTo(2e9, -7);
  });

  it('a crafted advertisement of higher priority silences the Active router', async () => {
    const plan = await planOf('power-off', 'v3-ipv4', (text) =>
      text.replace(/steps:[^$]*/, '').concat(
        `steps:
  - start: r2
  - await: { active: r2 }
  - send: { advertisement: { priority: 150 }, count: 3 }
expect:
  - silent: { router: r2, after: await r2 Active }
  - rules: { only: [] }
`,
      ),
    );
    const result = await runPlan(createSimulation(), plan, { seed: 1 });
    expect(result.expectations.map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
  });

  it('a plan that asks for what is not there is not applicable, before anything starts', async () => {
    const plan = await planOf('power-off', 'v3-ipv4');
    const nodes = plan.topology.nodes.map((node) =>
      node.kind === 'router' ? { ...node, implementation: 'frr' } : node,
    );
    const result = await runPlan(createSimulation(), { ...plan, topology: { ...plan.topology, nodes } }, { seed: 1 });
    expect(result).toMatchObject({
      verdict: 'not-applicable',
      reason: "the simulation has no implementation 'frr' (it has native)",
    });
  });

  it('a suite keeps the order of its plans, and tells how it goes on', async () => {
    const plans = await Promise.all(VARIANTS.map((variant) => planOf('graceful-stop', variant)));
    const told: string[] = [];
    const outcome = await runSuite(createSimulation(), plans, {
      seed: 1,
      jobs: 3,
      listener: {
        suiteStarted: (scenarios, jobs) => told.push(`${scenarios.length} by ${jobs}`),
        scenarioFinished: ({ id }) => told.push(id),
      },
    });
    expect(outcome.results.map(({ id }) => id)).toEqual(VARIANTS.map((variant) => `graceful-stop/${variant}/native`));
    expect(told[0]).toBe('3 by 3');
    expect(told.slice(1).sort()).toEqual(outcome.results.map(({ id }) => id));
  });
});
