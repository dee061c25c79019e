import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

/** A program of a user's own; a profile that there is not must be refused, or the types would be 'any'. */
const PROGRAM = `import {
  availableImplementations, checkCapture, compileDocument, createObserver, createSimulation, launchFor, openLab,
  readCaptureFile, runPlan, type Observation, type ScenarioDocument,
} from 'vrrpbench';

const document: ScenarioDocument = { name: 'x', routers: ['r1'], steps: [{ start: 'r1' }], expect: ['one-active'] };
const plan = compileDocument(document, { variant: 'v3-ipv4', implementation: 'native' });
const { verdict } = await runPlan(createSimulation(), plan, { seed: 1 });
const { observation }: { observation: Observation } = await checkCapture('a.pcap', { profile: 'rfc9568' });
await readCaptureFile('a.pcap', createObserver({}));
export const lab = () => openLab({ launchFor, implementations: availableImplementations() });
// @ts-expect-error
await checkCapture('a.pcap', { profile: 'rfc1' });
console.log(verdict satisfies string, observation.frames satisfies number);
`;

/** Packs the package as npm publishes it, and installs it in an empty folder beside the packages that it names. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-package-'));
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.types.json'], {
    cwd: root,
  });
  // What is built is packed as it is: building it anew would take it from under the other tests.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const home = join(folder, 'node_modules', 'vrrpbench');
  await mkdir(home, { recursive: true });
  const [archive] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['-xzf', join(folder, archive!), '-C', home, '--strip-components', '1']);
  await symlink(join(root, 'node_modules'), join(home, 'node_modules'));
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function installed(...words: readonly string[]): Promise<{ stdout: string }> {
  return run(process.execPath, ['node_modules/vrrpbench/dist/cli.js', ...words], { cwd: folder });
}

describe('the package, installed in an empty folder', () => {
  it('type-checks a program that imports it, its declarations included', async () => {
    await writeFile(join(folder, 'program.mts'), PROGRAM);
    const compilerOptions = { noEmit: true, strict: true, target: 'es2023', module: 'nodenext', types: [] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.mts'] }));
    const command = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [command], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  }, 60_000);

  it('plays the scenarios that come with it, and checks what they left', async () => {
    const { stdout } = await installed('run', '--stage', 'virtual', '--variant', 'v3-ipv4');
    expect(stdout).toMatch(/scenarios: (?:[0-9]+ passed with warnings, )?[0-9]+ passed(?:, [0-9]+ not applicable)? in/);
    const capture = 'runs/graceful-stop/v3-ipv4/native/capture.pcapng';
    expect((await installed('check', capture)).stdout).toContain('VRID 51 IPv4, VRRPv3');
  }, 60_000);

  it('plays a failover by real routers', async () => {
    expect((await installed('demo')).stdout).toContain('r1 loses its power');
  }, 60_000);
});
