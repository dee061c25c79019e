import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const command = join(process.cwd(), 'dist/cli.js');

describe('vrrpbench init', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vrrpbench-init-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const bench = (...words: readonly string[]) =>
    spawnSync(process.execPath, [command, ...words], { cwd: folder, encoding: 'utf8' });

  it('writes a scenario that passes as it is', () => {
    expect(bench('init')).toMatchObject({ status: 0, stderr: '' });
    const { status, stdout } = bench('run', 'scenario.yaml', '--stage', 'virtual');
    expect(stdout).toMatch(/pass {2}scenario\/v3-ipv4\/native/);
    expect(status).toBe(0);
  });

  it('writes nothing over a file that is there', async () => {
    bench('init', 'mine.yaml');
    const before = await readFile(join(folder, 'mine.yaml'), 'utf8');
    const { status, stderr } = bench('init', 'mine.yaml');
    expect(status).toBe(2);
    expect(stderr).toBe('mine.yaml is there already; name another file: vrrpbench init FILE\n');
    expect(await readFile(join(folder, 'mine.yaml'), 'utf8')).toBe(before);
  });

  it('has comments alone that hold when they are used', async () => {
    bench('init', 'commented.yaml');
    const text = await readFile(join(folder, 'commented.yaml'), 'utf8');
    for (const line of ['preempt: false', 'accept: false']) {
      // Without accept mode nobody answers the pings.
      const changed = text
        .replace(`# ${line}`, line)
        .replace('- outage: { below: active-down-interval + 20ms }', '# -');
      await writeFile(join(folder, 'changed.yaml'), changed);
      const { status } = bench('run', 'changed.yaml', '--stage', 'virtual');
      expect(status, line).toBe(0);
    }
  });
});
