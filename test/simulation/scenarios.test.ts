import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../src/conformance/result.ts';
import { variantsOf } from '../../src/scenario/compile.ts';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import { isJudgedBy } from '../../src/scenario/variant.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';

const folder = fileURLToPath(new URL('../../scenarios', import.meta.url));
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
const plays = names.flatMap((name) => {
  const parsed = parseScenario(readFileSync(`${folder}/${name}`, 'utf8'), name);
  return variantsOf(parsed.document).map((variant) => {
    // Where RFC 9568 wants something else, the document that wants this.
    const documents = parsed.document['judged-by'] as readonly Profile[] | undefined;
    const profile = documents?.find((one) => isJudgedBy(variant, one));
    const options = { implementation: 'native', variant, ...(profile === undefined ? {} : { profile }) };
    return [name, variant, compileScenario(parsed, options)] as const;
  });
});
/** What runs programs on machines, reloads, or takes interfaces away: a simulated machine has none of that. */
const NEED_A_MACHINE: ReadonlySet<string> = new Set([
  'conformance/hosts-move.yaml',
  'conformance/router-advertisements.yaml',
  'field/address-added-by-reload.yaml',
  'field/address-conflict.yaml',
  'field/macvlan-set-down.yaml',
  'field/one-answer.yaml',
  'field/parent-address-lost.yaml',
  'field/parent-made-anew.yaml',
  'field/reload-within-an-interval.yaml',
  'field/reverse-path-filter.yaml',
]);
/** With the native router as a scenario says it, not by a configuration word for word. */
const playsOfNative = plays.filter(
  ([name, , { topology }]) =>
    !NEED_A_MACHINE.has(name) &&
    topology.nodes.every(
      (node) => node.kind !== 'router' || (node.implementation === 'native' && node.configuration === undefined),
    ),
);
const otherPlays = plays.filter((one) => !playsOfNative.includes(one));
const NOT_HERE = new RegExp(
  [
    "^the simulation has no implementation '(?:frr|keepalived)' \\(it has native\\)$",
    "^the simulation plays what a scenario says of router 'r[12]', not its configuration file \\(play this scenario in the lab\\)$",
    '^the simulation cannot (?:run-command|reload|remove-interface|begin-answering) ',
  ].join('|'),
);

describe('the scenarios of the lab, in virtual time', () => {
  it.each(playsOfNative)('%s, %s', async (_, __, plan) => {
    const result = await runPlan(createSimulation(), plan, { seed: 1 });
    expect(result).toMatchObject({ stage: 'simulation', droppedFrames: 0, unexpectedExits: [] });
    expect(result.steps.length).toBeGreaterThan(1);
    expect([...result.steps, ...result.expectations].filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(result.verdict).toBe('pass');
  });

  it.each(otherPlays)('%s, %s: needs the lab, and says so before anything starts', async (_, __, plan) => {
    const result = await runPlan(createSimulation(), plan, { seed: 1 });
    expect(result).toMatchObject({
      verdict: 'not-applicable',
      reason: expect.stringMatching(NOT_HERE),
    });
  });

  it('are many, and few of them need the lab', () => {
    expect(playsOfNative.length).toBeGreaterThan(190);
    expect(otherPlays.length).toBeLessThan(50);
  });
});
