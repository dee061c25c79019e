import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { variantsOf } from '../../src/scenario/compile.ts';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';

const folder = fileURLToPath(new URL('../../scenarios', import.meta.url));
const scenarios = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => parseScenario(readFileSync(`${folder}/${name}`, 'utf8'), name));
const played = scenarios.flatMap((parsed) =>
  variantsOf(parsed.document).map((variant) => [basename(parsed.file, '.yaml'), variant, parsed] as const),
);

/**
 * Scenarios in which a kernel goes on without its process: it answers the gratuitous ARP of the router that took over,
 * with the virtual MAC. Every other expectation holds, and the rules name what was left.
 */
const LEFT_ANSWERING = ['active-killed', 'frozen-active'];
const NAMES_THE_REST = [
  'down.no-residue',
  'down.no-garp-reply',
  'backup.no-vmac-source',
  'backup.no-arp',
  'backup.no-ns',
  // A thawed router that is Active all along need not announce; frames alone do not tell it from one that must.
  'backup.takeover.announce.v4',
  'backup.takeover.announce.v6',
];

describe('the scenarios of the lab, in virtual time', () => {
  it.each(played)('%s, %s', async (name, variant, parsed) => {
    const plan = compileScenario(parsed, { implementation: 'native', variant });
    const result = await runPlan(createSimulation(), plan, { seed: 1 });
    expect(result).toMatchObject({ stage: 'simulation', droppedFrames: 0, unexpectedExits: [] });
    expect(result.steps.length).toBeGreaterThan(2);
    const others = [...result.steps, ...result.expectations].filter(({ verdict }) => verdict !== 'pass');
    if (!LEFT_ANSWERING.includes(name)) {
      expect(others).toEqual([]);
      return;
    }
    expect(others.every(({ text }) => text.startsWith('the rules'))).toBe(true);
    const broken = result.observation!.findings.filter(
      ({ verdict }) => verdict !== 'pass' && verdict !== 'not-applicable',
    );
    const requirements = broken.map(({ requirement }) => requirement);
    expect(requirements.filter((requirement) => !NAMES_THE_REST.includes(requirement))).toEqual([]);
    if (variant !== 'v3-ipv6') expect(requirements).toContain('down.no-garp-reply');
  });
});
