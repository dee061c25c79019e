import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { endingWithUs } from './child.ts';
import { isRoot, requirePeer } from './peers.ts';
import { describeSkipped } from './skipped.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-peers-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The tests' configuration without what is set up before: the programs that other tests use are not built anew. */
const configuration = join(folder, 'vitest.config.mjs');
writeFileSync(
  configuration,
  `import { skippedReporter } from ${JSON.stringify(join(root, 'test/skipped.ts'))};
   export default { test: { reporters: ['default', skippedReporter()] } };`,
);

/** Runs a test file where the folders of programs for administrators are empty: keepalived is not there. */
function withoutKeepalived(file: string, ci: string): Promise<{ status: number | null; said: string }> {
  const user = isRoot ? [] : ['--user', '--map-root-user'];
  const hide = 'for i in /usr/sbin /usr/local/sbin /sbin; do mount -t tmpfs none $i; done; exec "$@"';
  const vitest = [process.execPath, join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', root];
  const words = [...user, '--mount', 'sh', '-c', hide, 'sh', ...vitest, '--config', configuration, file];
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, CI: ci, NO_COLOR: '1' } };
    const child = execFile(...endingWithUs('unshare', words), options, (_, out, error) => {
      resolve({ status: child.exitCode, said: out + error });
    });
  });
}

describe('a peer that is not installed', () => {
  const file = 'test/implementations/keepalived.test.ts';

  it('leaves its tests out; they are counted, and the command is told', async () => {
    const { status, said } = await withoutKeepalived(file, '');
    expect(said).toMatch(/Tests .*\d+ skipped/);
    expect(said).toMatch(/Skipped: \d+ tests in 1 file, for want of what they need\. To run them:/);
    expect(said).toContain('keepalived is not installed: sudo apt-get install --no-install-recommends keepalived');
    expect(status).toBe(0);
  });

  it('is a failure with CI=true', async () => {
    const { status, said } = await withoutKeepalived(file, 'true');
    expect(said).toContain('Error: keepalived is not installed: sudo apt-get install');
    expect(status).toBe(1);
  });
});

it.runIf(requirePeer('tshark'))('a peer that is there is used, with CI=true too', () => {
  expect(requirePeer('tshark')).toBe(true);
});

describe('tools/peers.sh, as an ordinary user', () => {
  const privileges = isRoot ? ['--reuid=65534', '--regid=65534', '--clear-groups'] : [];

  function run(wrapper: readonly string[]): Promise<{ status: number | null; said: string }> {
    const script = join(root, 'tools/peers.sh');
    const [program, ...words] = [...wrapper, ...endingWithUs('bash', [script], privileges).flat()];
    return new Promise((resolve) => {
      // As Debian gives it to ordinary users: without the folders of programs for administrators.
      const options = { cwd: '/', env: { PATH: '/usr/local/bin:/usr/bin:/bin' } };
      const child = execFile(program!, words, options, (_, out, error) => {
        resolve({ status: child.exitCode, said: out + error });
      });
    });
  }

  const hasAll = (['keepalived', 'frr', 'tshark', 'nft', 'ip'] as const).every(requirePeer);
  it.runIf(hasAll)('finds what is installed, wherever it is', async () => {
    expect(await run([])).toEqual({ status: 0, said: '' });
  });

  it.runIf(isRoot)('says which packages are missing, and the command', async () => {
    const hide = 'for i in /usr/sbin /usr/local/sbin /sbin; do mount -t tmpfs none $i; done; exec "$@"';
    const { status, said } = await run(['unshare', '--mount', 'sh', '-c', hide, 'sh']);
    expect(said).toMatch(/^Not installed: keepalived .*To install them: sudo apt-get install .* keepalived /);
    expect(status).toBe(0);
  });
});

describe('what is said at the end of a run', () => {
  const missing = [{ what: 'not root', command: 'sudo make test' }];

  it('is nothing where nothing was skipped, or nothing is missing', () => {
    expect(describeSkipped(0, 0, missing)).toBe('');
    expect(describeSkipped(3, 1, [])).toBe('');
  });

  it('is how many tests were skipped, and each reason with its command', () => {
    expect(describeSkipped(3, 1, missing)).toBe(
      'Skipped: 3 tests in 1 file, for want of what they need. To run them:\n  not root: sudo make test\n',
    );
  });
});
