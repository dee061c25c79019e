import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import type { Plan } from '../../src/scenario/plan.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';

const file = 'test/scenario/files/lans/each-lan.yaml';
const text = await readFile(file, 'utf8');

function compile(changed: string): Plan {
  return compileScenario(parseScenario(changed, file), { variant: 'v3-ipv4', implementation: 'native' });
}

/** What came of each expectation, `text: verdict`. */
async function outcomes(changed: string): Promise<string[]> {
  const { expectations } = await runPlan(createSimulation(), compile(changed), { seed: 1 });
  return expectations.map((one) => `${one.text}: ${one.verdict}`);
}

// The LANs have one VRID in common; on the left r2 takes over, on the right r1 stays.
describe('a condition or expectation of one LAN', () => {
  it('holds there alone', async () => {
    expect(await outcomes(text)).toEqual([
      'takeover of r2 after pull-cable r1 (LAN left): pass',
      'r2 alone is Active at the end (LAN left): pass',
      'r1 alone is Active at the end (LAN right): pass',
      'r2 is silent after start r2 (LAN right): pass',
      'never r2 Active on LAN right after start r1: pass',
      'one Active router at a time (LAN right): pass',
      'the rules of RFC 9568 (LAN right): pass',
    ]);
  });

  it('does not hold on the other', async () => {
    const swapped = text
      .slice(text.indexOf('expect:'))
      .replaceAll(/left|right/g, (one) => (one === 'left' ? 'right' : 'left'));
    const came = await outcomes(text.slice(0, text.indexOf('expect:')) + swapped);
    expect(came.slice(0, 5)).toEqual([
      'takeover of r2 after pull-cable r1 (LAN right): fail',
      'r2 alone is Active at the end (LAN right): fail',
      'r1 alone is Active at the end (LAN left): fail',
      'r2 is silent after start r2 (LAN left): fail',
      'never r2 Active on LAN left after start r1: fail',
    ]);
  });

  it('is of every LAN where none is said', async () => {
    const came = await outcomes(text.replaceAll(/^ +lan: .*\n/gm, ''));
    expect(came.slice(0, 4)).toEqual([
      'takeover of r2 after pull-cable r1: fail',
      'r2 alone is Active at the end: fail',
      'r1 alone is Active at the end: fail',
      'r2 is silent after start r2: fail',
    ]);
  });

  it('is awaited there alone', async () => {
    const changed = text.replace('await: { active: r2, lan: left }', 'await: { active: r2, lan: right, within: 2s }');
    const { steps } = await runPlan(createSimulation(), compile(changed), { seed: 1 });
    expect(steps.find(({ verdict }) => verdict === 'fail')).toMatchObject({
      text: 'await r2 Active on LAN right',
      reason: expect.stringContaining('the newest advertisement is from: VRID 10 r1'),
    });
  });

  it('may name a VRID too', () => {
    const changed = text.replace('- active: r1\n', '- active: r1\n    virtual-router: 10\n');
    expect(compile(changed).expectations[2]).toMatchObject({
      text: 'r1 alone is Active at the end (VRID 10, LAN right)',
      virtualRouterId: 10,
      lan: 'right',
    });
  });

  it('needs a LAN that there is, in steps and expectations', () => {
    expect(() => compile(text.replace('{ active: r2, lan: left }', '{ active: r2, lan: lift }'))).toThrow(
      "each-lan.yaml:13:31: there is no LAN 'lift'; did you mean 'left'?",
    );
    expect(() => compile(text.replace('    lan: right', '    lan: write'))).toThrow(/there is no LAN 'write'/);
  });
});
