import { describe, expect, it } from 'vitest';
import type { Case } from '../../src/exploration/case.ts';
import { smallestOf } from '../../src/exploration/explore.ts';
import { scenarioText } from '../../src/exploration/scenario-text.ts';
import type { Violation } from '../../src/exploration/violation.ts';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';

/** Plays the text as `vrrpbench run --stage virtual --seed` does, and gives its verdict. */
async function verdictOf(text: string, seed: number): Promise<string> {
  const parsed = parseScenario(text, 'found.yaml');
  const [variant] = parsed.document.variants!;
  const plan = compileScenario(parsed, { variant: variant!, implementation: 'native' });
  const { verdict, steps } = await runPlan(createSimulation(), plan, { seed });
  expect(steps.filter((step) => step.verdict !== 'pass')).toEqual([]);
  return verdict;
}

describe('the scenario of a violation', () => {
  it.each([
    ['two-active', 2, { beyond: true, clocks: false }],
    ['wrong-active', 2, { beyond: false, clocks: false, misbehaviour: 'says-owner' }],
    ['none-active', 2, { beyond: false, clocks: false, misbehaviour: 'never-takes-over' }],
    ['blackhole', 3, { beyond: false, clocks: false, misbehaviour: 'active-does-not-accept' }],
    ['flapping', 6, { beyond: false, clocks: false, misbehaviour: 'ignores-equal-priority' }],
    ['needless-change', 23, { beyond: false, clocks: false, misbehaviour: 'starts-active' }],
    ['wrong-port', 1, { beyond: false, clocks: false, misbehaviour: 'backup-announces' }],
  ] as const)('fails where it is run: %s', async (invariant, seed, options) => {
    const smallest = await smallestOf(seed, options);
    expect(smallest?.violation.invariant).toBe(invariant);
    expect(smallest!.text).toContain(`from seed ${seed}`);
    expect(await verdictOf(smallest!.text, seed)).toBe('fail');
    const right = smallest!.text.replace(/\n +misbehaviour: .*/, ' {}');
    // Who takes over when nothing happens may be the one who should have been Active before.
    if ('misbehaviour' in options && invariant !== 'flapping') expect(await verdictOf(right, seed)).toBe('pass');
  });

  it('says every kind of step and fault in words that a scenario has', () => {
    const parsed = parseScenario(scenarioText(EVERYTHING, VIOLATION), 'everything.yaml');
    const plan = compileScenario(parsed, { variant: 'v3-ipv6', implementation: 'native' });
    const kinds = plan.steps.flatMap((step) => (step.kind === 'perform' ? step.actions.map(({ kind }) => kind) : []));
    expect(kinds.filter((kind) => kind === 'begin-fault')).toHaveLength(14);
    expect(plan.topology.nodes.find(({ name }) => name === 'r1')).toMatchObject({
      timing: { clockDriftPpm: -50, schedulingDelayNs: 5_000_000 },
    });
  });
});

const VIOLATION: Violation = {
  invariant: 'two-active',
  virtualRouterId: 51,
  timeNs: 0,
  router: 'r1',
  sentence: 'r1 and r2 are Active at once.',
};

const EVERYTHING: Case = {
  seed: 1,
  rfc: '5798',
  host: true,
  routers: [
    { name: 'r1', intervalMs: 300, preempt: false, preemptDelayMs: 1000, driftPpm: -50, schedulingDelayMs: 5 },
    { name: 'r2', preempt: true, preemptDelayMs: 0, driftPpm: 0, schedulingDelayMs: 0 },
    { name: 'r3', preempt: true, preemptDelayMs: 0, driftPpm: 0, schedulingDelayMs: 0, misbehaviour: 'no-skew' },
  ],
  virtualRouters: [{ id: 51, variant: 'v3-ipv6', intervalMs: 1000, priorities: { r1: 200, r2: 100, r3: 100 } }],
  schedule: [
    { kind: 'start', router: 'r1' },
    { kind: 'start', router: 'r2' },
    { kind: 'begin-fault', name: 'f1', fault: { kind: 'isolate', router: 'r1' } },
    { kind: 'begin-fault', name: 'f2', fault: { kind: 'mute', router: 'r1' } },
    { kind: 'begin-fault', name: 'f3', fault: { kind: 'deafen', router: 'r1' } },
    { kind: 'begin-fault', name: 'f4', fault: { kind: 'cut', from: 'r1', router: 'r2' } },
    { kind: 'begin-fault', name: 'f5', fault: { kind: 'partition', routers: ['r1'] } },
    { kind: 'begin-fault', name: 'f6', fault: { kind: 'loss', router: 'r1', chance: 0.5 } },
    { kind: 'begin-fault', name: 'f7', fault: { kind: 'lose-one', router: 'r1', position: 3 } },
    { kind: 'begin-fault', name: 'f8', fault: { kind: 'delay', router: 'r1', byMs: 5, jitterMs: 1 } },
    { kind: 'begin-fault', name: 'f9', fault: { kind: 'duplicate', router: 'r1' } },
    { kind: 'begin-fault', name: 'f10', fault: { kind: 'reorder', router: 'r1' } },
    { kind: 'begin-fault', name: 'f11', fault: { kind: 'corrupt', router: 'r1', chance: 0.1 } },
    { kind: 'end-fault', name: 'f5' },
    { kind: 'forge', advertisement: { virtualRouterId: 51, priority: 0, as: 'r1' } },
    { kind: 'stop', router: 'r1' },
    { kind: 'power-off', router: 'r2' },
    { kind: 'pause', forMs: 20_000 },
  ],
};
