import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endingWithUs } from '../child.ts';
import { isRoot, requirePeer } from '../peers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NOBODY = 65534;

/** Processes below this one, by their parents, whatever their namespaces. */
function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended while we looked.
    }
  }
  const found = [pid];
  for (const parent of found) {
    for (const [child, itsParent] of parents) if (itsParent === parent) found.push(child);
  }
  return found.slice(1);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function hostState(): { mounts: string; links: string } {
  return {
    mounts: readFileSync('/proc/self/mounts', 'utf8'),
    links: readFileSync('/proc/self/net/dev', 'utf8').replace(/:.*$/gm, ''),
  };
}

/** Waits until none of them lives; the milliseconds that it took. */
async function awaitDeath(pids: readonly number[], limitMs: number): Promise<number> {
  const begin = performance.now();
  while (pids.some(isAlive)) {
    if (performance.now() - begin > limitMs) throw new Error(`still alive: ${pids.filter(isAlive).join(', ')}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return performance.now() - begin;
}

describe.runIf(requirePeer('keepalived'))('nothing of a lab is left', () => {
  // Inside the package, because the program looks for its server from where it is.
  const program = join(root, 'dist', 'test', 'lab-program.js');
  beforeAll(async () => {
    await build({
      entryPoints: [join(root, 'test/lab/lab-program.ts')],
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

  async function play(how: string, ordinary: boolean): Promise<{ child: ChildProcess; output: () => string }> {
    const words = [program, how, 'keepalived', 'wire'];
    const environment = { ...process.env, HOME: '/nonexistent', TMPDIR: '/nonexistent' };
    const privileges = ordinary && isRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
    const child = spawn(...endingWithUs(process.execPath, words, privileges), {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    while (!output.includes('playing')) {
      if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}: ${output}`);
      await Promise.race([once(child.stdout!, 'data'), once(child, 'close')]);
    }
    return { child, output: () => output };
  }

  for (const user of ['root', 'an ordinary user']) {
    const ordinary = user !== 'root';
    describe.skipIf(!ordinary && !isRoot)(`as ${user}`, () => {
      it('after close', async () => {
        const before = hostState();
        const { child, output } = await play('close', ordinary);
        const inside = descendantsOf(child.pid!);
        expect(inside.length).toBeGreaterThanOrEqual(6);
        child.kill('SIGUSR2');
        const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode];
        expect(code).toBe(0);
        expect(output()).toContain('closed 0');
        await awaitDeath(inside, 2_000);
        expect(hostState()).toEqual(before);
      });

      for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
        it(`after ${signal}`, async () => {
          const before = hostState();
          const { child } = await play('wait', ordinary);
          const inside = descendantsOf(child.pid!);
          // unshare, the server, and two routers of two processes each.
          expect(inside.length).toBeGreaterThanOrEqual(6);
          child.kill(signal);
          await awaitDeath([child.pid!, ...inside], 5_000);
          expect(hostState()).toEqual(before);
        });
      }

      it('after SIGKILL of the server itself: the command is told', async () => {
        const { child, output } = await play('wait', ordinary);
        const [outer, ...inside] = descendantsOf(child.pid!);
        const closed = once(child, 'close');
        process.kill(outer!, 'SIGKILL');
        await awaitDeath(inside, 5_000);
        const [code] = await closed;
        expect(code).not.toBe(0);
        expect(output()).toContain('StageError: the lab server ended');
      });
    });
  }
});
