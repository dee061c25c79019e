import { workerData } from 'node:worker_threads';
import { MILLISECOND } from '../../capture/time.ts';
import { realtimeNow } from '../../linux/clock.ts';
import { setAffinity } from '../../linux/scheduling.ts';
import { raise, STALL_PRIORITY } from '../server/real-time.ts';
import { announceReady } from '../worker-call.ts';
import { openStallWriter, type StallJournal } from './journal.ts';

/** Which core this detector watches, and where it notes that the core ran nobody, not even this highest of our priorities. */
export interface CoreDetectorData {
  readonly core: number;
  readonly journal: StallJournal;
}

const WAKE_INTERVAL_MS = 1;
/** Waking later than this is a stall: more than the jitter of a healthy host, less than what a verdict allows. */
const LATE_NS = 2 * MILLISECOND;

const { core, journal } = workerData as CoreDetectorData;
const note = openStallWriter(journal);
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
  if (lateNs > LATE_NS) note({ realtimeNs: realtimeNow() - BigInt(lateNs), durationNs: lateNs });
  lastMs = nowMs;
}
