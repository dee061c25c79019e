import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import { type Stage, StageError, type StageSet } from '../../src/stage/stage.ts';

/** A power-off whose expectations all fail: nobody takes over before the set is taken down. */
async function failingPlan() {
  const file = 'scenarios/power-off.yaml';
  const text = (await readFile(file, 'utf8')).replace('  - await: { active: r2 }\n', '');
  return compileScenario(parseScenario(text, file), { variant: 'v3-ipv4', implementation: 'native' });
}

/** Virtual time that breaks at one call. */
function breaking(change: (set: StageSet) => Partial<StageSet>): Stage {
  const simulation = createSimulation();
  return {
    ...simulation,
    build: async (...parameters) => {
      const set = await simulation.build(...parameters);
      return { ...set, ...change(set) };
    },
  };
}

describe('a stage that breaks', () => {
  it('is the control: the same plan fails on a stage that does not', async () => {
    expect(await runPlan(createSimulation(), await failingPlan(), { seed: 1 })).toMatchObject({ verdict: 'fail' });
  });

  it('while it is taken down leaves the verdict open, since frames may be missing', async () => {
    const stage = breaking((set) => ({
      close: async () => {
        await set.close();
        throw new StageError('the last frames did not come within 10 s');
      },
    }));
    expect(await runPlan(stage, await failingPlan(), { seed: 1 })).toMatchObject({
      verdict: 'inconclusive',
      reason: "the frames' end is missing: the last frames did not come within 10 s",
    });
  });

  it('in the middle leaves the verdict open, whatever was expected of what was not played', async () => {
    const stage = breaking((set) => ({
      perform: (action) =>
        action.kind === 'power-off' ? Promise.reject(new StageError('the lab server ended')) : set.perform(action),
    }));
    expect(await runPlan(stage, await failingPlan(), { seed: 1 })).toMatchObject({
      verdict: 'inconclusive',
      reason: 'power-off r1: the lab server ended',
    });
  });
});
