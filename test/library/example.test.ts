import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);

describe('the example project, beside an installed vrrpbench', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'example-'));
    await cp('examples/failover-tests', folder, { recursive: true });
    await mkdir(join(folder, 'node_modules', '@types'), { recursive: true });
    for (const name of ['vitest', '@types/node', 'zod'])
      await symlink(resolve('node_modules', name), join(folder, 'node_modules', name));
    await symlink(resolve('.'), join(folder, 'node_modules', 'vrrpbench'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('passes its own tests on real routers', async () => {
    const { stdout } = await run(
      process.execPath,
      [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', folder],
      {
        cwd: folder,
        env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      },
    );
    expect(stdout).toMatch(/Tests\s+6 passed \(6\)/);
  });

  it('runs what docs/library.md shows', async () => {
    const [, shown] = /```ts\n([\s\S]+?)```/.exec(await readFile('docs/library.md', 'utf8'))!;
    const { code } = await transform(shown!, { loader: 'ts', format: 'esm', target: 'node20' });
    await writeFile(join(folder, 'shown.mjs'), code);
    const { stdout } = await run(process.execPath, ['shown.mjs'], { cwd: folder });
    expect(stdout).toMatch(/^(pass|warning|fail) \[/);
    expect(stdout).toContain('takeover of r2 after power-off r1');
    expect(stdout).toMatch(/\nr2 .*r1/);
  });

  it('has types for all that it uses', async () => {
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json']);
    const options = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }));
    await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder]);
  });
});
