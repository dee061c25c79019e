import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requirementsMarkdown } from '../../src/report/requirements-text.ts';
import { coverRequirements, isCovered } from '../../src/scenario/coverage.ts';
import { parseScenario } from '../../src/scenario/parse.ts';
import { PUBLIC_TESTS } from '../../src/scenario/public-suite.ts';

const files = (await readdir('scenarios', { recursive: true })).filter((name) => name.endsWith('.yaml'));
const scenarios = await Promise.all(
  files.sort().map(async (file) => ({
    name: basename(file, '.yaml'),
    document: parseScenario(await readFile(`scenarios/${file}`, 'utf8'), file).document,
  })),
);
const rows = coverRequirements(scenarios);

describe('the ledger', () => {
  it('has no row that nothing covers and nobody explains', () => {
    const unexplained = rows.filter(({ v2, v3, reason }) => {
      const versions = [v2, v3].filter((one) => one !== undefined);
      return reason === undefined && versions.some((one) => !isCovered(one));
    });
    expect(unexplained.map(({ requirement }) => requirement.id)).toEqual([]);
  });

  it('is provoked by a scenario wherever a router must be provoked to show that it receives as it must', () => {
    const receiving = rows.filter(({ requirement: { id, how } }) => id.startsWith('rx.') && how.includes('active'));
    const missing = receiving.filter(({ v2, v3 }) => [v2, v3].some((one) => one?.scenarios.length === 0));
    expect(missing.map(({ requirement }) => requirement.id)).toEqual([]);
  });

  it('is the one that is published', async () => {
    const published = await readFile('docs/requirements.md', 'utf8');
    expect(published, 'vrrpbench requirements --markdown writes it').toBe(requirementsMarkdown(rows, PUBLIC_TESTS));
  });
});

describe('the public suite', () => {
  it('has 22 tests, each with scenarios that are there', () => {
    expect(PUBLIC_TESTS).toHaveLength(22);
    const names = new Set(scenarios.map(({ name }) => name));
    for (const { number, scenarios: wanted } of PUBLIC_TESTS) {
      expect(wanted.length, number).toBeGreaterThan(0);
      expect(
        wanted.filter((name) => !names.has(name)),
        number,
      ).toEqual([]);
    }
  });
});
