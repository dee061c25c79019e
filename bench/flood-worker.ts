import { workerData } from 'node:worker_threads';
import { announceReady } from '../src/lab/worker-call.ts';
import { openNamespace } from '../src/linux/namespace.ts';
import { openPacketSocket } from '../src/linux/packet-socket.ts';
import type { FloodData } from './flood-data.ts';

const { namespacePath, link, frame, framesPerMs, state } = workerData as FloodData;
/** What was missed while this thread had no core is left out beyond this: it would be a burst that no buffer holds. */
const MOST_AT_ONCE_MS = 5;

const control = new Int32Array(state);
const namespace = openNamespace(namespacePath);
const socket = openPacketSocket({ namespace, interfaceIndex: link, protocol: 0 });
announceReady();
for (let formerMs = performance.now(); Atomics.load(control, 1) === 0; ) {
  Atomics.wait(control, 1, 0, 1);
  const nowMs = performance.now();
  const due = Math.round(Math.min(MOST_AT_ONCE_MS, nowMs - formerMs) * framesPerMs);
  formerMs = nowMs;
  for (let sent = 0; sent < due; sent += 1) socket.send(frame, link);
  Atomics.add(control, 0, due);
}
socket.close();
namespace.close();
