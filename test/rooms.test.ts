import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const folders: string[] = [];

interface Cruise {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

async function cruise(folder: string): Promise<Cruise> {
  const command = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const options = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src'];
  const { stdout } = await run(process.execPath, [command, ...options], { cwd: folder, maxBuffer: 64 << 20 }).catch(
    (error: { stdout: string }) => error,
  );
  return JSON.parse(stdout) as Cruise;
}

/** A copy of the house with one file more, so that the check itself is checked. */
async function houseWith(path: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vrrpbench-rooms-'));
  folders.push(folder);
  for (const name of ['src', 'tsconfig.json', 'package.json', '.dependency-cruiser.mjs']) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
  return folder;
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

describe('the table of rooms', () => {
  it('holds for every module of src, and has seen them', async () => {
    const { summary } = await cruise(root);
    expect(summary.totalCruised).toBeGreaterThan(10);
    expect(summary.violations).toEqual([]);
  });

  it('catches a forbidden import of a value', async () => {
    const planted = "import { LINK_TYPE_NULL } from '../capture/frame.ts';\nexport const planted = LINK_TYPE_NULL;\n";
    const { summary } = await cruise(await houseWith('src/wire/planted.ts', planted));
    expect(summary.violations.map(({ rule }) => rule.name)).toContain('room-wire');
  });

  it('catches a forbidden import of a type alone', async () => {
    const planted = "import type { Stage } from '../stage/stage.ts';\nexport type Planted = Stage;\n";
    const { summary } = await cruise(await houseWith('src/conformance/planted.ts', planted));
    expect(summary.violations.map(({ rule }) => rule.name)).toContain('room-conformance');
  });

  it('catches a file that is in no room', async () => {
    const planted = "import type { Family } from '../wire/vrrp.ts';\nexport type Planted = Family;\n";
    const { summary } = await cruise(await houseWith('src/attic/planted.ts', planted));
    const named = summary.violations.map(({ rule }) => rule.name);
    expect(named).toContain('room-unlisted');
  });
});
