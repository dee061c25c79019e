import { parentPort, type Worker } from 'node:worker_threads';

// Requests from a program's main thread to a worker of its own, and what the worker tells unasked.

interface CallMessage {
  readonly id: number;
  readonly request: unknown;
}

type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly result?: unknown; readonly error?: string }
  | { readonly kind: 'notice'; readonly notice: unknown };

/** Asks a worker. */
export interface WorkerCaller<Request, Result> {
  /** Resolves when the worker has loaded and does its work. */
  readonly ready: Promise<void>;
  /** Resolves when the worker has done it. @throws Error with the worker's words */
  call(request: Request): Promise<Result>;
}

/** The main thread's side. `onNotice` gets what the worker tells unasked. A worker that fails ends the program. */
export function callWorker<Request, Result, Notice>(
  worker: Worker,
  onNotice: (notice: Notice) => void,
): WorkerCaller<Request, Result> {
  const waiting = new Map<number, { resolve: (result: Result) => void; reject: (error: Error) => void }>();
  let last = 0;
  let announce: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    announce = resolve;
  });
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'ready') {
      announce();
      return;
    }
    if (message.kind === 'notice') {
      onNotice(message.notice as Notice);
      return;
    }
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) call?.resolve(message.result as Result);
    else call?.reject(new Error(message.error));
  });
  worker.on('error', (error) => {
    throw error;
  });
  return {
    ready,
    call(request) {
      last += 1;
      const id = last;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, request } satisfies CallMessage);
      });
    },
  };
}

/** The worker's side: answers each request with what `handle` returns or throws. */
export function serveCalls<Request, Result>(handle: (request: Request) => Result | Promise<Result>): void {
  parentPort?.on('message', async ({ id, request }: CallMessage) => {
    let answer: WorkerMessage;
    try {
      answer = { kind: 'answer', id, result: await handle(request as Request) };
    } catch (error) {
      answer = { kind: 'answer', id, error: error instanceof Error ? error.message : String(error) };
    }
    parentPort?.postMessage(answer);
  });
  announceReady();
}

/** Tells the main thread that this worker has loaded; `serveCalls` does it, too. */
export function announceReady(): void {
  parentPort?.postMessage({ kind: 'ready' } satisfies WorkerMessage);
}

/** Tells the main thread something unasked. */
export function notifyMain(notice: unknown): void {
  parentPort?.postMessage({ kind: 'notice', notice } satisfies WorkerMessage);
}
