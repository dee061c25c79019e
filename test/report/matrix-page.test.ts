import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { LEDGER } from '../../src/conformance/ledger/ledger.ts';
import { CELL_WORDS, MATRIX_PREFACE } from '../../src/report/matrix-text.ts';
import { parseKnownDeviations } from '../../src/scenario/known-deviations.ts';
import { VARIANTS } from '../../src/scenario/variant.ts';

const page = await readFile('docs/matrix.md', 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '));
const [header, , ...table] = [rows[0]!, [], ...rows.slice(1)];
const known = await Promise.all(
  (await readdir('expectations')).map(async (file) =>
    parseKnownDeviations(await readFile(`expectations/${file}`, 'utf8'), file),
  ),
);
const conformance = new Set((await readdir('scenarios/conformance')).map((name) => name.replace(/\.yaml$/, '')));

describe('docs/matrix.md (make matrix writes it)', () => {
  it('has a column for each router and variant, and says what its words mean', () => {
    expect(page.startsWith(MATRIX_PREFACE)).toBe(true);
    const routers = ['native', 'keepalived', 'frr'];
    const columns = routers.flatMap((router) => ['v2', 'v3 IPv4', 'v3 IPv6'].map((variant) => `${router} ${variant}`));
    // The native router follows each document, and is judged by each.
    const plain = header.map((name) => name.replace(/ RFC \d+$/, ''));
    expect(plain.filter((name, index) => name !== plain[index - 1])).toEqual(['requirement', 'level', ...columns]);
  });

  it('has rows of requirements, in the order of the ledger, and names every other requirement with a reason', () => {
    const order = LEDGER.map(({ id }) => id);
    const ids = table.map(([id]) => id!);
    expect(ids.length).toBeGreaterThan(60);
    expect(order.filter((id) => ids.includes(id))).toEqual(ids);
    const [, reasons] = page.split('rows are missing\n');
    const words = new Set(reasons!.split(/[\s,]+/));
    expect(order.filter((id) => !ids.includes(id) && !words.has(id))).toEqual([]);
  });

  it('has nothing in its cells that nobody has looked at', () => {
    const words = new Set(Object.values(CELL_WORDS).map((word) => (word === 'deviates' ? '**deviates**' : word)));
    const strange = table.filter((cells) => cells.slice(2).some((cell) => !words.has(cell)));
    expect(strange).toEqual([]);
  });

  it('says of the native router that it deviates in nothing', () => {
    const own = header.flatMap((name, index) => (name.startsWith('native ') ? [index] : []));
    expect(own.length).toBeGreaterThanOrEqual(3);
    expect(table.filter((cells) => own.some((index) => cells[index] === '**deviates**'))).toEqual([]);
  });

  it('deviates just where the files of known deviations say so', () => {
    for (const { implementation, deviations } of known) {
      const first = header.indexOf(`${implementation} v2`);
      for (const [index, variant] of VARIANTS.entries()) {
        const shown = table.flatMap((cells) => (cells[first + index] === '**deviates**' ? [cells[0]!] : []));
        const entries = deviations.filter(({ variants }) => variants.includes(variant));
        // The matrix is of the conformance suite: what shows in scenarios of the field alone is not in it.
        const certain = entries
          .filter(({ sometimes, scenarios = {}, rules = {} }) => {
            const where = [...Object.keys(scenarios), ...Object.values(rules).flat()];
            return sometimes !== true && where.some((name) => name === 'anywhere' || conformance.has(name));
          })
          .map(({ requirement }) => requirement);
        const possible = new Set(entries.map(({ requirement }) => requirement));
        expect(
          shown.filter((id) => !possible.has(id)),
          `${implementation} ${variant}`,
        ).toEqual([]);
        expect(
          certain.filter((id) => !shown.includes(id!)),
          `${implementation} ${variant}`,
        ).toEqual([]);
      }
    }
  });
});
