import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CaptureData, CaptureNotice, CaptureRequest } from '../capture/request.ts';
import type { CoreDetectorData } from '../stalls/core-worker.ts';
import { createStallJournal } from '../stalls/journal.ts';
import type { LockDetectorData } from '../stalls/lock-worker.ts';
import type { WireAnswer, WireRequest } from '../wire/request.ts';
import { callWorker, type WorkerCaller } from '../worker-call.ts';

/** The server's other threads. */
export interface Workers {
  /** Resolves when the capture and the stall detectors have started. */
  readonly ready: Promise<void>;
  readonly capture: WorkerCaller<CaptureRequest, void>;
  /** Started when it is first needed. */
  wire(): WorkerCaller<WireRequest, WireAnswer>;
  /** Ends what the wire does for a set, where it was ever needed; says how many frames it lost though no fault said so. */
  endWire(set: number): Promise<number>;
}

/** Garbage is collected often and briefly: these threads allocate little and must not pause. */
const YOUNG_GENERATION_MB = 1;

function start(file: string, workerData?: unknown): Worker {
  return new Worker(fileURLToPath(new URL(file, import.meta.url)), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
}

/**
 * Who holds the kernel's lock may keep his core from everybody for as long, a detector of the lock among them: one on
 * another core still asks.
 */
const LOCK_DETECTORS = 2;

/** Starts the capture, one stall detector for each of these cores, and those of the kernel's lock. */
export function startWorkers(cores: readonly number[], onClockStep: (notice: CaptureNotice) => void): Workers {
  const journals = cores.map((core) => ({ core, journal: createStallJournal() }));
  const locks = cores.slice(0, LOCK_DETECTORS).map((core) => ({ core, journal: createStallJournal() }));
  const capture = callWorker<CaptureRequest, void, CaptureNotice>(
    start('capture-worker.js', { cores: journals, locks: locks.map(({ journal }) => journal) } satisfies CaptureData),
    onClockStep,
  );
  const detectors = [
    ...journals.map((data) => start('core-worker.js', data satisfies CoreDetectorData)),
    ...locks.map((data) => start('lock-worker.js', data satisfies LockDetectorData)),
  ].map((worker) => callWorker<never, never, never>(worker, () => {}));
  let wire: WorkerCaller<WireRequest, WireAnswer> | undefined;
  return {
    ready: Promise.all([capture, ...detectors].map((worker) => worker.ready)).then(() => {}),
    capture,
    wire() {
      wire ??= callWorker<WireRequest, WireAnswer, never>(start('wire-worker.js'), () => {});
      return wire;
    },
    async endWire(set) {
      const answer = await wire?.call({ kind: 'end', set });
      return answer?.overflows ?? 0;
    },
  };
}
