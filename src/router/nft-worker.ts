import { spawnSync } from 'node:child_process';
import { parentPort } from 'node:worker_threads';

/** One run of nft, in the words of its command line, with a text for its standard input. */
export interface NftRequest {
  readonly program: string;
  readonly words: readonly string[];
  readonly input: string;
}

/** How it ended: what it wrote, or why it did not do what it was told. */
export type NftAnswer = { readonly output: string } | { readonly refusal: string };

const MOST_OUTPUT = 16 << 20;

function run({ program, words, input }: NftRequest): NftAnswer {
  const options = { input, encoding: 'utf8', maxBuffer: MOST_OUTPUT } as const;
  const { error, status, stdout, stderr } = spawnSync(program, words, options);
  if (status === 0) return { output: stdout };
  return {
    refusal:
      error === undefined ? `nft refuses: ${stderr.trim().split('\n')[0]}` : `nft cannot be run: ${error.message}`,
  };
}

parentPort?.on('message', (request: NftRequest) => parentPort!.postMessage(run(request)));
