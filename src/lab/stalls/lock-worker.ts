import { workerData } from 'node:worker_threads';
import { MILLISECOND } from '../../capture/time.ts';
import { realtimeNow } from '../../linux/clock.ts';
import { ownNamespace } from '../../linux/namespace.ts';
import { openRoute } from '../../linux/netlink/route.ts';
import { openRunQueueRecord, setAffinity } from '../../linux/scheduling.ts';
import { raise, STALL_PRIORITY } from '../server/real-time.ts';
import { announceReady } from '../worker-call.ts';
import { openStallWriter, type StallJournal } from './journal.ts';

// The kernel changes links, addresses and routes under one lock for the whole host (RTNL), and holds it for milliseconds
// while it takes links away. A router that becomes Active needs it. This thread asks for it all the time, and notes when
// it had to wait.

/** From which core the detector asks, and where it notes how long the lock was not to be had. */
export interface LockDetectorData {
  readonly core: number;
  readonly journal: StallJournal;
}

const ASK_INTERVAL_MS = 2;
const LATE_NS = 2 * MILLISECOND;
const LOOPBACK = 1;

const { core, journal } = workerData as LockDetectorData;
const note = openStallWriter(journal);
const route = openRoute(ownNamespace());
const own = openRunQueueRecord('own');
const waitedSoFar = () => (own?.read() === true ? own.waitedNs : 0);
setAffinity(0, [core]);
raise(0, STALL_PRIORITY);

announceReady();
const nobody = new Int32Array(new SharedArrayBuffer(4));
for (;;) {
  Atomics.wait(nobody, 0, 0, ASK_INTERVAL_MS);
  const beganNs = realtimeNow();
  const waitedNs = waitedSoFar();
  // A change that changes nothing takes the lock and lets go.
  route.changeLink(LOOPBACK, {});
  const heldNs = Number(realtimeNow() - beganNs) - (waitedSoFar() - waitedNs);
  if (heldNs > LATE_NS) note({ realtimeNs: beganNs, durationNs: heldNs });
}
