import { closeSync } from 'node:fs';
import { openMemoryFile, readMemoryFile } from '../linux/memory-file.ts';
import { type Ending, spawnProgram } from '../linux/spawn.ts';

/** Why nft did not do what it was told. */
export class NftError extends Error {
  override readonly name = 'NftError';
}

const MOST_OUTPUT = 16 << 20;

/** One after the other: what is asked for later finds what was asked for before. */
let last: Promise<unknown> = Promise.resolve();

function run(program: string, words: readonly string[], text: string): Promise<string> {
  const done = last.then(() => runOnce(program, words, text));
  last = done.catch(() => {});
  return done;
}

/** Its input and its output are in memory: nobody has to feed it, or to read what it writes. */
async function runOnce(program: string, words: readonly string[], text: string): Promise<string> {
  const input = openMemoryFile(text);
  const output = openMemoryFile();
  const error = openMemoryFile();
  try {
    let ending: Ending;
    try {
      const spawned = await spawnProgram({ program, words, input, output, error });
      spawned.ref();
      ending = await spawned.ended;
    } catch (reason) {
      throw new NftError(`nft cannot be run: ${(reason as Error).message}`);
    }
    if (ending.status === 0) return readMemoryFile(output, MOST_OUTPUT);
    const [said = ''] = readMemoryFile(error, MOST_OUTPUT).trim().split('\n');
    throw new NftError(ending.signal === null ? `nft refuses: ${said}` : `nft was ended by ${ending.signal}`);
  } finally {
    for (const descriptor of [input, output, error]) closeSync(descriptor);
  }
}

/** Runs nft with these words, and hands on what it writes. @throws NftError (rejects) */
export function readNft(program: string, words: readonly string[]): Promise<string> {
  return run(program, words, '');
}

/** Runs nft with this text on its standard input: all of it is done, or nothing. @throws NftError (rejects) */
export async function runNft(program: string, text: string): Promise<void> {
  await run(program, ['-f', '-'], text);
}
