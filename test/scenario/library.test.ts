import { describe, expect, it } from 'vitest';
import { compileDocument, createSimulation, type Plan, runPlan, type ScenarioDocument } from '../../src/index.ts';

describe('a program that uses the library', () => {
  const document: ScenarioDocument = {
    name: 'Written in TypeScript',
    routers: { r1: { priority: 150 }, r2: null },
    steps: [{ start: ['r1', 'r2'] }, { await: { active: 'r1' } }, { 'power-off': 'r1' }, { await: { active: 'r2' } }],
    expect: [{ takeover: { of: 'r2' } }, 'one-active'],
  };

  it('writes a scenario, and plays it', async () => {
    const plan = compileDocument(document, { variant: 'v3-ipv4', implementation: 'native' });
    const result = await runPlan(createSimulation(), plan, { seed: 1 });
    expect(result.expectations.map(({ text, verdict }) => [text, verdict])).toEqual([
      ['takeover of r2 after power-off r1', 'pass'],
      ['one Active router at a time', 'pass'],
      ['the rules of RFC 9568', 'pass'],
    ]);
  });

  it('may keep a plan as JSON, and play it later', async () => {
    const plan = compileDocument(document, { variant: 'v3-ipv6', implementation: 'native' });
    const kept = JSON.parse(JSON.stringify(plan)) as Plan;
    const result = await runPlan(createSimulation(), kept, { seed: 1 });
    expect(result).toMatchObject({ verdict: 'pass', scenario: 'Written-in-TypeScript' });
  });
});
