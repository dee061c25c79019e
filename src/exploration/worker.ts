import { parentPort, workerData } from 'node:worker_threads';
import { type Explored, exploreSeeds, type Smallest, smallestOf } from './explore.ts';
import type { GenerateOptions } from './generate.ts';

/** What a thread is asked: to play schedules, or to make the violation of one smaller. */
export type WorkerRequest =
  | { readonly kind: 'explore'; readonly firstSeed: number; readonly schedules: number }
  | { readonly kind: 'shrink'; readonly seed: number };

export type WorkerAnswer =
  | { readonly kind: 'explored'; readonly explored: Explored }
  | { readonly kind: 'shrunk'; readonly smallest: Smallest | undefined }
  /** What went wrong, and the seed where it did: an error of ours. */
  | { readonly kind: 'error'; readonly message: string };

const options = workerData as GenerateOptions;

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  try {
    if (request.kind === 'shrink') return { kind: 'shrunk', smallest: await smallestOf(request.seed, options) };
    return { kind: 'explored', explored: await exploreSeeds(request.firstSeed, request.schedules, options) };
  } catch (error) {
    return { kind: 'error', message: (error as Error).stack ?? String(error) };
  }
}

parentPort?.on('message', async (request: WorkerRequest) => {
  parentPort!.postMessage(await answer(request));
});
