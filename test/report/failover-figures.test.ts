import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILOVER_COLUMNS } from '../../src/report/failover-table.ts';

const BEGIN = '<!-- failover figures: make figures -->';
const END = '<!-- end of the failover figures -->';

/** What stands between the markers of a text. */
function between(text: string): string {
  const [, after = ''] = text.split(BEGIN);
  return after.split(END)[0]!;
}

describe('the figures in the README (make figures writes them)', () => {
  it('are tables as failover writes them, a row for each router, and the command that measured them', async () => {
    const figures = between(await readFile('README.md', 'utf8'));
    const lines = figures.split('\n');
    const head = `| ${FAILOVER_COLUMNS.map(([, name]) => name).join(' | ')} |`;
    const heads = lines.flatMap((line, index) => (line === head ? [index] : []));
    expect(heads.length).toBeGreaterThan(0);
    for (const index of heads) {
      const routers = lines.slice(index + 2, index + 5).map((line) => line.split(' | ')[0]);
      expect(routers).toEqual(['| native', '| keepalived', '| frr']);
    }
    expect(figures).toMatch(/Measured by `vrrpbench failover --router native,keepalived,frr .*` \(seed \d+\) on /);
  });
});

describe('tools/failover-figures.mjs', () => {
  const run = promisify(execFile);
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vrrpbench-figures-'));
    await writeFile(join(folder, 'failover.md'), '| new |\n');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const put = (readme: string) =>
    run(process.execPath, ['tools/failover-figures.mjs', join(folder, 'failover.md'), readme]);

  it('replaces what is between the markers, and nothing else; twice is as once', async () => {
    const readme = join(folder, 'README.md');
    await writeFile(readme, `before\n${BEGIN}\n\nold\n\n${END}\nafter\n`);
    for (const _ of [1, 2]) {
      await put(readme);
      expect(await readFile(readme, 'utf8')).toBe(`before\n${BEGIN}\n\n| new |\n\n${END}\nafter\n`);
    }
  });

  it('leaves a README without markers as it is, and says what is missing', async () => {
    const readme = join(folder, 'without.md');
    await writeFile(readme, 'text\n');
    await expect(put(readme)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(BEGIN) });
    expect(await readFile(readme, 'utf8')).toBe('text\n');
  });
});
