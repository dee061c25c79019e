import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseKnownDeviations } from '../../src/scenario/known-deviations.ts';
import { NOT_LOOKED_AT } from '../../src/scenario/known-deviations-update.ts';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';

const FOLDERS = ['scenarios/conformance', 'scenarios/field'];
const files = (await readdir('expectations')).sort();

/** Where each scenario is, by its name. */
const paths = new Map<string, string>();
for (const folder of FOLDERS)
  for (const name of await readdir(folder)) paths.set(name.replace(/\.yaml$/, ''), `${folder}/${name}`);

it('there are files for keepalived and FRR', () => {
  expect(files).toEqual(['frr-8.4.4.yaml', 'keepalived-2.2.7.yaml']);
});

describe.each(files)('expectations/%s', (file) => {
  it('is named after the router and version that it speaks of, and each entry was looked at', async () => {
    const known = parseKnownDeviations(await readFile(`expectations/${file}`, 'utf8'), file);
    expect(`${known.implementation}-${known.version}.yaml`).toBe(file);
    for (const { evidence, requirement, scenarios = {} } of known.deviations) {
      expect(evidence).not.toBe(NOT_LOOKED_AT);
      // What goes wrong in the field alone may break no document.
      const isOfTheField = Object.keys(scenarios).every((name) => paths.get(name)?.startsWith('scenarios/field/'));
      expect(requirement !== undefined || isOfTheField).toBe(true);
    }
  });

  it('names scenarios that are there, with expectations and steps that they have', async () => {
    const known = parseKnownDeviations(await readFile(`expectations/${file}`, 'utf8'), file);
    for (const { variants, scenarios = {}, rules = {} } of known.deviations) {
      for (const [scenario, texts] of Object.entries(scenarios)) {
        const path = paths.get(scenario) ?? `no scenario ${scenario}`;
        const parsed = parseScenario(await readFile(path, 'utf8'), path);
        for (const variant of variants) {
          const plan = compileScenario(parsed, { variant, implementation: known.implementation });
          const said = [...plan.steps, ...plan.expectations].map(({ text }) => text);
          expect(said, `${scenario} as ${variant}`).toEqual(expect.arrayContaining(texts));
        }
      }
      for (const where of Object.values(rules)) {
        if (where === 'anywhere') continue;
        expect(where.filter((scenario) => !paths.has(scenario))).toEqual([]);
      }
    }
  });
});
