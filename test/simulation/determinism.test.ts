import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import { runSuite } from '../../src/scenario/suite.ts';
import { VARIANTS, type Variant } from '../../src/scenario/variant.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';

const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-determinism-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every way to be disturbed, and all that chance decides; two LANs, so that routers forward. */
const SCENARIO = `
name: Everything at once
lans: [left, right]
virtual-routers: [{ id: 10, lan: left }, { id: 20, lan: right }]
routers: [r1, r2, r3]
hosts: { h1: { lan: left }, h2: { lan: right } }
steps:
  - start: [r1, r2, r3]
  - await: { active: r1 }
  - probe: { from: h1, to: h2, every: 10ms }
  - fault: { lose: everything to r2, chance: 0.3, lan: left, name: loss }
  - fault: { delay: everything from r1, by: 3ms, jitter: 2ms, lan: right, name: lateness }
  - fault: { duplicate: every advertisement to r3, chance: 0.5, lan: left, name: copies }
  - fault: { corrupt: every advertisement to r3, chance: 0.2, lan: right, name: noise }
  - pause: 20s
  - end-fault: loss
  - freeze: r1
  - pause: 5s
  - thaw: r1
  - pause: 1s
  - kill: r1
  - pause: 5s
  - start: r1
  - pull-cable: { node: r2, lan: left }
  - pause: 2s
  - power-off: r3
  - plug-cable: { node: r2, lan: left }
  - send: { advertisement: { priority: 150 }, lan: left, count: 3 }
  - stop: r1
  - pause: 5s
expect:
  - rules: { only: [] }
`;

/**
 * What the seed and the scenario alone decide, octet by octet. It changes when the simulation does otherwise, or when a
 * run's capture is written otherwise: then look at a capture with `vrrpbench check` before the new sum is written here.
 */
const SUMS: Readonly<Record<Variant, string>> = {
  'v2-ipv4': '563c0a48e8af6506db4a690983b7956ac3d08601051a90f53c4568427ec57e0f',
  'v3-ipv4': 'b193cca68851e59d4ee41f6115ebfdcd7c23569e02ad0439254bf12eb096d13a',
  'v3-ipv6': 'cd57ae0694103a5d058e780f3bc8d3decbd8cc1bddfbe389d3348327bf13a328',
};

const planOf = (variant: Variant) =>
  compileScenario(parseScenario(SCENARIO, 'everything.yaml'), { variant, implementation: 'native' });

const sumOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

async function captureOf(variant: Variant, seed: number, name: string): Promise<string> {
  const { capture, steps } = await runPlan(createSimulation(), planOf(variant), { seed, folder: join(folder, name) });
  expect(steps.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  return sumOf(capture!);
}

describe('the same seed gives the same capture, octet by octet', () => {
  it.each(VARIANTS)('on every machine and with every version of Node.js: %s', async (variant) => {
    expect(await captureOf(variant, 1, `stored-${variant}`)).toBe(SUMS[variant]);
  });

  it('whoever else is played at the same time', async () => {
    const plans = VARIANTS.flatMap((variant) => [planOf(variant), planOf(variant)]);
    const { results } = await runSuite(createSimulation(), plans, { seed: 1, jobs: 6, folder: join(folder, 'suite') });
    expect(results.map(({ capture }) => sumOf(capture!))).toEqual(plans.map(({ variant }) => SUMS[variant]));
  });

  it('and another seed another one', async () => {
    expect(await captureOf('v3-ipv4', 2, 'another')).not.toBe(SUMS['v3-ipv4']);
  });
});
