import { execFile, spawn } from 'node:child_process';

const MOST_OUTPUT = 16 << 20;

/** Why nft did not do what it was told. */
export class NftError extends Error {
  override readonly name = 'NftError';
}

/** Runs nft with these words, and hands on what it writes. @throws NftError */
export function readNft(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { encoding: 'utf8', maxBuffer: MOST_OUTPUT }, (error, output) => {
      if (error === null) resolve(output);
      else reject(new NftError(`nft refuses: ${error.message.trim().split('\n').at(-1)}`));
    });
  });
}

/** Runs nft with this text on its standard input: all of it is done, or nothing. @throws NftError */
export function runNft(program: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
    });
    child.once('error', (error) => reject(new NftError(`nft cannot be run: ${error.message}`)));
    child.once('close', (status) => {
      if (status === 0) resolve();
      else reject(new NftError(`nft refuses: ${said.trim().split('\n')[0]}`));
    });
    // Whoever ends early does not read to the end; its status tells.
    child.stdin.on('error', () => {});
    child.stdin.end(text);
  });
}
