import { workerData } from 'node:worker_threads';
import { announceReady } from '../src/lab/worker-call.ts';
import { realtimeNow } from '../src/linux/clock.ts';
import { canUseRealtime, setAffinity, setRealtimePriority } from '../src/linux/scheduling.ts';
import { DETECTOR_INTERVAL_MS, type DetectorData, FIELDS, SAMPLES } from './host-samples.ts';

const { core, memory } = workerData as DetectorData;
const count = new Int32Array(memory, 0, 1);
const samples = new Float64Array(memory, 8);
const MILLISECOND_NS = 1_000_000;
/** Above the routers, which are measured at 10. */
const PRIORITY = 20;

setAffinity(0, [core]);
if (canUseRealtime()) setRealtimePriority(0, PRIORITY);
const originNs = BigInt((workerData as DetectorData).originNs);
announceReady();
const nobody = new Int32Array(new SharedArrayBuffer(4));
for (let written = 0; written < SAMPLES; written += 1) {
  const beganMs = performance.now();
  // Nobody wakes it: only the time does.
  Atomics.wait(nobody, 0, 0, DETECTOR_INTERVAL_MS);
  samples[written * FIELDS] = Number(realtimeNow() - originNs);
  samples[written * FIELDS + 1] = (performance.now() - beganMs - DETECTOR_INTERVAL_MS) * MILLISECOND_NS;
  Atomics.store(count, 0, written + 1);
}
