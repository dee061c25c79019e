import { constants, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import { announceReady } from '../src/lab/worker-call.ts';
import { createFrameBurst } from '../src/linux/frame-burst.ts';
import { openNamespace } from '../src/linux/namespace.ts';
import { openPacketSocket } from '../src/linux/packet-socket.ts';
import type { FloodData } from './flood-data.ts';

const { namespacePath, link, frame, framesPerMs, state } = workerData as FloodData;
/** What was missed while this thread had no core is left out beyond this: it would be a burst that no buffer holds. */
const MOST_AT_ONCE_MS = 5;

const control = new Int32Array(state);
const namespace = openNamespace(namespacePath);
const socket = openPacketSocket({ namespace, interfaceIndex: link, protocol: 0 });
const burst = createFrameBurst(socket.fd, frame, link, MOST_AT_ONCE_MS * framesPerMs);
// Before other programs, behind all real-time ones: this thread alone, for Linux takes 0 to be the thread that asks.
setPriority(0, constants.priority.PRIORITY_HIGHEST);
announceReady();
for (let formerMs = performance.now(); Atomics.load(control, 1) === 0; ) {
  Atomics.wait(control, 1, 0, 1);
  const nowMs = performance.now();
  const due = Math.round(Math.min(MOST_AT_ONCE_MS, nowMs - formerMs) * framesPerMs);
  formerMs = nowMs;
  Atomics.add(control, 0, burst.send(due));
}
socket.close();
namespace.close();
