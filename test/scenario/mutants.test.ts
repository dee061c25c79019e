import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { findMisbehaviour, MISBEHAVIOURS } from '../../src/misbehaviour/catalogue.ts';
import { mutantText } from '../../src/report/mutants-text.ts';
import { isCaught, type MutantsOptions, runMutants } from '../../src/scenario/mutants.ts';
import { type ParsedScenario, parseScenario } from '../../src/scenario/parse.ts';
import { VARIANTS } from '../../src/scenario/variant.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';

const FOLDERS = ['scenarios/conformance', 'scenarios/field'];
const OPTIONS: MutantsOptions = { seed: 1, jobs: 1, variants: VARIANTS };
/** Every misbehaviour in every variant. */
const WHOLE_SUITE_MS = 300_000;

let suite: readonly ParsedScenario[];

beforeAll(async () => {
  const files = (
    await Promise.all(FOLDERS.map(async (folder) => (await readdir(folder)).map((name) => `${folder}/${name}`)))
  ).flat();
  suite = await Promise.all(
    files
      .filter((file) => file.endsWith('.yaml'))
      .sort()
      .map(async (file) => parseScenario(await readFile(file, 'utf8'), file)),
  );
});

describe('the conformance suite, and what goes wrong in the field', () => {
  it('catches every misbehaving router, in every variant that it can show in', {
    timeout: WHOLE_SUITE_MS,
  }, async () => {
    const unfit: string[] = [];
    const shown = MISBEHAVIOURS.filter(({ notInVirtualTime }) => notInVirtualTime === undefined);
    const results = await runMutants(createSimulation(), suite, shown, {
      ...OPTIONS,
      // What virtual time cannot play is the lab's, and what goes wrong in the field takes a real machine more often than not.
      onUnfit: ({ file, scenario, variant }, { verdict }) => {
        if (verdict !== 'not-applicable' && file?.startsWith(FOLDERS[0]!)) unfit.push(`${scenario}/${variant}`);
      },
    });
    expect(unfit).toEqual([]);
    expect(results.filter((result) => !isCaught(result)).map(mutantText)).toEqual([]);
    expect(results).toHaveLength(shown.length);
  });

  it('names the scenario and the rule', async () => {
    const [result] = await runMutants(createSimulation(), suite, [findMisbehaviour('ttl-254')!], OPTIONS);
    expect(result?.verdicts.map(({ caught }) => caught?.by)).toEqual(['tx.ttl', 'tx.ttl', 'tx.ttl']);
  });
});

describe('a suite with a hole', () => {
  it('is told of it: nothing in it provokes what is wrong', async () => {
    // Scenarios of the field stop routers, too.
    const hole = suite.filter(
      ({ file }) => file.startsWith('scenarios/conformance/') && !file.endsWith('/backup-priority-zero.yaml'),
    );
    expect(hole.length).toBeGreaterThan(50);
    const [result] = await runMutants(createSimulation(), hole, [findMisbehaviour('ignores-priority-zero')!], OPTIONS);
    expect(isCaught(result!)).toBe(false);
    expect(mutantText(result!)).toMatch(/^MISSED {2}ignores-priority-zero: ignores priority 0 as Backup\n/);
  });
});
