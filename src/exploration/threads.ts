import { Worker } from 'node:worker_threads';
import { type Explored, firstOfEach, joinExplored, nothingExplored, type Smallest } from './explore.ts';
import type { GenerateOptions } from './generate.ts';
import type { WorkerAnswer, WorkerRequest } from './worker.ts';

/** How far an exploration goes, and by how many threads. */
export interface ExplorationOptions extends GenerateOptions {
  readonly seed: number;
  /** So many schedules; or until this time is over, in milliseconds. */
  readonly schedules?: number;
  readonly forMs?: number;
  readonly jobs: number;
  /** The built program of worker.ts. */
  readonly program: string;
  readonly onProgress?: (explored: Explored) => void;
}

export interface Exploration {
  readonly explored: Explored;
  /** The first violation of each invariant, at its smallest. */
  readonly smallest: readonly Smallest[];
}

/** Schedules that a thread plays at a time. */
const CHUNK = 20;

/**
 * Plays schedules from the seeds that follow each other, and makes the first violation of each invariant smaller. What it
 * comes to does not depend on the number of threads. Rejects where a schedule could not be played, which is an error of ours.
 */
export async function explore(options: ExplorationOptions): Promise<Exploration> {
  const { seed, schedules, forMs, jobs, onProgress } = options;
  const untilMs = forMs === undefined ? undefined : performance.now() + forMs;
  const threads = Array.from({ length: jobs }, () => startThread(options));
  try {
    const parts = new Map<number, Explored>();
    let nextSeed = seed;
    let shown = nothingExplored(seed);
    const isOver = (): boolean =>
      untilMs === undefined ? nextSeed - seed >= (schedules ?? 0) : performance.now() >= untilMs;
    const work = async (thread: Thread): Promise<void> => {
      while (!isOver()) {
        const firstSeed = nextSeed;
        const count = schedules === undefined ? CHUNK : Math.min(CHUNK, seed + schedules - firstSeed);
        nextSeed += count;
        const answer = await thread.ask({ kind: 'explore', firstSeed, schedules: count });
        if (answer.kind !== 'explored') throw new Error('a thread answered something else');
        parts.set(firstSeed, answer.explored);
        shown = joinExplored(shown, answer.explored);
        onProgress?.(shown);
      }
    };
    await Promise.all(threads.map(work));
    const explored = [...parts.keys()]
      .sort((left, right) => left - right)
      .reduce((sum, key) => joinExplored(sum, parts.get(key)!), nothingExplored(seed));
    return { explored, smallest: await shrinkFirst(explored, threads) };
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

async function shrinkFirst({ found }: Explored, threads: readonly Thread[]): Promise<readonly Smallest[]> {
  const waiting = [...firstOfEach(found)];
  const smallest: Smallest[] = [];
  const work = async (thread: Thread): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const answer = await thread.ask({ kind: 'shrink', seed: next.seed });
      if (answer.kind === 'shrunk' && answer.smallest !== undefined) smallest.push(answer.smallest);
    }
  };
  await Promise.all(threads.map(work));
  return smallest.sort((left, right) => left.seed - right.seed);
}

interface Thread {
  ask(request: WorkerRequest): Promise<WorkerAnswer>;
  end(): Promise<unknown>;
}

function startThread({ program, beyond, clocks, misbehaviour }: ExplorationOptions): Thread {
  const workerData: GenerateOptions = { beyond, clocks, ...(misbehaviour === undefined ? {} : { misbehaviour }) };
  const worker = new Worker(program, { workerData });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        worker.once('error', reject);
        worker.once('message', (answer: WorkerAnswer) => {
          worker.off('error', reject);
          if (answer.kind === 'error') reject(new Error(answer.message));
          else resolve(answer);
        });
        worker.postMessage(request);
      }),
    end: () => worker.terminate(),
  };
}
