import { workerData } from 'node:worker_threads';
import { MILLISECOND } from '../../capture/time.ts';
import { realtimeNow } from '../../linux/clock.ts';
import { setAffinity } from '../../linux/scheduling.ts';
import { raise, STALL_PRIORITY } from '../server/real-time.ts';
import { announceReady, notifyMain } from '../worker-call.ts';

/** Which core this detector watches. */
export interface StallDetectorData {
  readonly core: number;
}

/** The core ran nobody, not even this highest of our priorities, from here on for this long. */
export interface StallNotice {
  readonly core: number;
  /** CLOCK_REALTIME at its beginning, nanoseconds since 1970, decimal. */
  readonly realtimeNs: string;
  readonly durationNs: number;
}

const WAKE_INTERVAL_MS = 1;
/** Waking later than this is a stall: more than the jitter of a healthy host, less than what a verdict allows. */
const LATE_NS = 2_000_000;

const { core } = workerData as StallDetectorData;
setAffinity(0, [core]);
raise(0, STALL_PRIORITY);

announceReady();
const nobody = new Int32Array(new SharedArrayBuffer(4));
let lastMs = performance.now();
for (;;) {
  // Nobody wakes it: only the time does.
  Atomics.wait(nobody, 0, 0, WAKE_INTERVAL_MS);
  const nowMs = performance.now();
  const lateNs = Math.round((nowMs - lastMs - WAKE_INTERVAL_MS) * MILLISECOND);
  if (lateNs > LATE_NS) {
    const begin = realtimeNow() - BigInt(lateNs);
    notifyMain({ core, realtimeNs: String(begin), durationNs: lateNs } satisfies StallNotice);
  }
  lastMs = nowMs;
}
