import { closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMemoryFile, readMemoryFile } from '../../src/linux/memory-file.ts';
import { type Command, type Ending, spawnProgram } from '../../src/linux/spawn.ts';
import { watchCount } from '../../src/linux/watch.ts';
import { openDescriptors } from './sandbox.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vrrpbench-spawn-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command to its end, with what it wrote to standard output. */
async function run(command: Command, text = ''): Promise<Ending & { output: string }> {
  const input = openMemoryFile(text);
  const output = openMemoryFile();
  try {
    const spawned = await spawnProgram({ ...command, input, output });
    spawned.ref();
    return { ...(await spawned.ended), output: readMemoryFile(output, 65_536) };
  } finally {
    closeSync(input);
    closeSync(output);
  }
}

const shell = (script: string): Command => ({ program: '/bin/sh', words: ['-c', script] });

describe('a program', () => {
  it('reads and writes memory, and ends with its status', async () => {
    expect(await run(shell('cat; exit 3'), 'what it is told\n')).toEqual({
      status: 3,
      signal: null,
      output: 'what it is told\n',
    });
  });

  it('ends by a signal, whose name is told', async () => {
    expect(await run(shell('kill -SEGV $$'))).toMatchObject({ status: null, signal: 'SIGSEGV' });
  });

  it('has the environment, and signals as they are at the beginning: nothing ignored, nothing blocked', async () => {
    process.env.VRRPBENCH_SPAWN = 'as it is';
    const { output } = await run(shell('echo "$VRRPBENCH_SPAWN"; grep -E "Sig(Blk|Ign)" /proc/self/status'));
    expect(output).toBe('as it is\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  });

  it('leads a session where it is told so', async () => {
    const { output } = await run({ ...shell('echo $$; cut -d " " -f 6 /proc/$$/stat'), leadsSession: true });
    const [pid, session] = output.split('\n');
    expect(session).toBe(pid);
  });

  it('is the shell’s where no line names its interpreter', async () => {
    const program = join(folder, 'plain');
    writeFileSync(program, 'echo "plain $1"\n', { mode: 0o755 });
    expect(await run({ program, words: ['words'] })).toMatchObject({ status: 0, output: 'plain words\n' });
  });

  it('that is not there is refused by name', async () => {
    await expect(spawnProgram({ program: '/nowhere/at-all', words: [] })).rejects.toThrow(
      /cannot run \/nowhere\/at-all: posix_spawn: \(ENOENT/,
    );
  });

  it('starts after those that were asked for before', async () => {
    const order: number[] = [];
    const words = Array.from({ length: 20 }, (_, index) => index);
    await Promise.all(
      words.map(async (index) => {
        const { ended, ref } = await spawnProgram(shell('true'));
        order.push(index);
        ref();
        expect(await ended).toEqual({ status: 0, signal: null });
      }),
    );
    expect(order).toEqual(words);
  });

  it('leaves nothing open when it has ended', async () => {
    const descriptors = openDescriptors();
    const watches = watchCount();
    for (let count = 0; count < 5; count += 1) await run(shell('true'));
    await expect(spawnProgram({ program: '/nowhere/at-all', words: [] })).rejects.toThrow();
    expect(openDescriptors()).toBe(descriptors);
    expect(watchCount()).toBe(watches);
  });
});
