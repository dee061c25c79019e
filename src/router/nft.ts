import { Worker } from 'node:worker_threads';
import { programPath } from '../linux/programs.ts';
import type { NftAnswer, NftRequest } from './nft-worker.ts';

/** Why nft did not do what it was told. */
export class NftError extends Error {
  override readonly name = 'NftError';
}

/**
 * nft runs from a thread of its own: to start a program takes milliseconds, now and then some dozen, during which the
 * thread that starts it does nothing else; this one has advertisements to send.
 */
let worker: Worker | undefined;
const waiting: ((answer: NftAnswer) => void)[] = [];

function start(): Worker {
  const started = new Worker(programPath('nft-worker'), { resourceLimits: { maxYoungGenerationSizeMb: 1 } });
  // Answers come in the order of the requests.
  started.on('message', (answer: NftAnswer) => waiting.shift()?.(answer));
  started.on('error', (error) => {
    worker = undefined;
    for (const answer of waiting.splice(0)) answer({ refusal: `nft cannot be run: ${error.message}` });
  });
  return started;
}

function ask(request: NftRequest): Promise<string> {
  worker ??= start();
  const current = worker;
  // While nothing is asked the thread holds up no exit.
  current.ref();
  return new Promise((resolve, reject) => {
    waiting.push((answer) => {
      if (waiting.length === 0) current.unref();
      if ('output' in answer) resolve(answer.output);
      else reject(new NftError(answer.refusal));
    });
    current.postMessage(request);
  });
}

/** Runs nft with these words, and hands on what it writes. @throws NftError */
export function readNft(program: string, words: readonly string[]): Promise<string> {
  return ask({ program, words, input: '' });
}

/** Runs nft with this text on its standard input: all of it is done, or nothing. @throws NftError */
export async function runNft(program: string, text: string): Promise<void> {
  await ask({ program, words: ['-f', '-'], input: text });
}
