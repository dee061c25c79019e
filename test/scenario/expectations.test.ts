import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseKnownDeviations } from '../../src/scenario/known-deviations.ts';
import { NOT_LOOKED_AT } from '../../src/scenario/known-deviations-update.ts';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';

const FOLDER = 'scenarios/conformance';
const files = (await readdir('expectations')).sort();

it('there are files for keepalived and FRR', () => {
  expect(files).toEqual(['frr-8.4.4.yaml', 'keepalived-2.2.7.yaml']);
});

describe.each(files)('expectations/%s', (file) => {
  it('is named after the router and version that it speaks of, and each entry was looked at', async () => {
    const known = parseKnownDeviations(await readFile(`expectations/${file}`, 'utf8'), file);
    expect(`${known.implementation}-${known.version}.yaml`).toBe(file);
    for (const { evidence, requirement } of known.deviations) {
      expect(evidence).not.toBe(NOT_LOOKED_AT);
      expect(requirement).toBeDefined();
    }
  });

  it('names scenarios that are there, with expectations and steps that they have', async () => {
    const known = parseKnownDeviations(await readFile(`expectations/${file}`, 'utf8'), file);
    for (const { variants, scenarios = {}, rules = {} } of known.deviations) {
      for (const [scenario, texts] of Object.entries(scenarios)) {
        const path = `${FOLDER}/${scenario}.yaml`;
        const parsed = parseScenario(await readFile(path, 'utf8'), path);
        for (const variant of variants) {
          const plan = compileScenario(parsed, { variant, implementation: known.implementation });
          const said = [...plan.steps, ...plan.expectations].map(({ text }) => text);
          expect(said, `${scenario} as ${variant}`).toEqual(expect.arrayContaining(texts));
        }
      }
      for (const where of Object.values(rules)) {
        if (where === 'anywhere') continue;
        for (const scenario of where) await expect(readFile(`${FOLDER}/${scenario}.yaml`)).resolves.toBeDefined();
      }
    }
  });
});
