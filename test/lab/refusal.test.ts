import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot } from '../peers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'dist', 'test', 'refused-program.js');
const NOBODY = 65534;

const user = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : ['env'];

/** In a user namespace that may hold no other, without the rights over the one that it is in. */
const CONFINED = [
  ...user,
  ...['unshare', '--user', '--map-root-user', '--fork', '--kill-child', 'sh', '-c'],
  'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all "$@"',
  'sh',
];

describe('a host that forbids namespaces', () => {
  beforeAll(async () => {
    await build({
      stdin: {
        contents: `import { openLab } from './src/lab/lab.ts';
          try { await openLab({ launchFor: () => { throw new Error(); }, implementations: new Set() }); console.log('open'); process.exit(0); }
          catch (error) { console.log(JSON.stringify({ name: error.name, message: error.message, cure: error.cure })); }`,
        resolveDir: root,
        loader: 'ts',
      },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['koffi'],
      logLevel: 'error',
    });
  });

  afterAll(() => {
    rmSync(program, { force: true });
  });

  it('is an error that says so, with a cure, and nothing stays', async () => {
    const [command, ...words] = [...CONFINED, process.execPath, program];
    const child = spawn(command!, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await once(child, 'close');
    const error = JSON.parse(output) as { name: string; message: string; cure: string };
    expect(error.name).toBe('StageError');
    expect(error.message).toMatch(/does not let the lab make namespaces: /);
    expect(error.cure.length).toBeGreaterThan(10);
  });

  it('is told by run in two lines, what and the cure, and nothing was played: exit status 3', async () => {
    const out = await mkdtemp(join(tmpdir(), 'vrrpbench-refused-'));
    await chmod(out, 0o777);
    const words = [join(root, 'dist', 'cli.js'), 'run', 'scenarios/both-start.yaml', '--out', out];
    const [command, ...rest] = [...CONFINED, process.execPath, ...words];
    const child = spawn(command!, rest, { stdio: ['ignore', 'ignore', 'pipe'], cwd: root });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    const [status] = (await once(child, 'close')) as [number];
    rmSync(out, { recursive: true, force: true });
    expect(complaint).toMatch(/^this host does not let the lab make namespaces: .+\n.+\n$/);
    expect(status).toBe(3);
  });
});
