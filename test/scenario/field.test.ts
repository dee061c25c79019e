import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { CAUSE_IDS } from '../../src/conformance/result.ts';
import { MISBEHAVIOURS } from '../../src/misbehaviour/catalogue.ts';

const FOLDERS = ['scenarios', 'scenarios/conformance', 'scenarios/field'];

/** Rows of the table, as its columns. */
async function readRows(): Promise<string[][]> {
  const text = await readFile('docs/field.md', 'utf8');
  return text
    .split('\n')
    .filter((line) => /^\| \d+ \|/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const namesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);

it('has a scenario, a misbehaviour and a cause that are there, or a reason, for everything that goes wrong', async () => {
  const rows = await readRows();
  expect(rows.length).toBeGreaterThanOrEqual(40);
  expect(rows.map(([number]) => Number(number))).toEqual(rows.map((_, index) => index + 1));
  const files = (await Promise.all(FOLDERS.map((folder) => readdir(folder)))).flat();
  const known: readonly ReadonlySet<string>[] = [
    new Set(files.map((name) => name.replace(/\.yaml$/, ''))),
    new Set(MISBEHAVIOURS.map(({ name }) => name)),
    new Set<string>(CAUSE_IDS),
  ];
  for (const [number, , ...cells] of rows) {
    expect(cells, number).toHaveLength(known.length);
    for (const [column, cell] of cells.entries()) {
      const names = namesIn(cell);
      expect(
        names.filter((name) => !known[column]!.has(name)),
        number,
      ).toEqual([]);
      if (names.length === 0) expect(cell, number).toMatch(/^no router is to blame$|^none: \w/);
    }
  }
});

it('names every scenario of scenarios/field', async () => {
  const named = new Set((await readRows()).flatMap((cells) => namesIn(cells[2]!)));
  const own = (await readdir('scenarios/field')).map((name) => name.replace(/\.yaml$/, ''));
  expect(own.filter((name) => !named.has(name))).toEqual([]);
});
