import { monotonicNow } from '../../linux/clock.ts';
import { type Namespace, openNamespace } from '../../linux/namespace.ts';
import { openPacketSocket, type PacketSocket } from '../../linux/packet-socket.ts';
import { createTimer } from '../../linux/timer.ts';
import { raise, WIRE_PRIORITY } from '../server/real-time.ts';
import { serveCalls } from '../worker-call.ts';
import { createDelayQueue } from './delay-queue.ts';
import type { FaultClock } from './fault.ts';
import { startProbe } from './probe.ts';
import type { WireRequest } from './request.ts';
import { createSwitch, type Switch } from './switch.ts';

// The wires of every set, and the probes of their hosts: what must run on time, in a thread of its own.

interface WiredSet {
  readonly socket: PacketSocket;
  readonly wires: Switch;
}

/** Frames that wait in delays, of all sets together; beyond them a frame that is delayed is lost. */
const MOST_WAITING = 50_000;
/** Batches that one set may read before the others have their turn. */
const BATCHES_A_TURN = 16;

const sets = new Map<number, WiredSet>();
const probes = new Map<string, () => void>();
const queue = createDelayQueue(MOST_WAITING);

const timer = createTimer(() => {
  queue.run(monotonicNow());
  rearm();
});

function rearm(): void {
  const next = queue.next();
  if (next === undefined) timer.disarm();
  else timer.arm(next);
}

const clock: FaultClock = {
  later(delayNs, work) {
    const timeNs = monotonicNow() + delayNs;
    const earliest = queue.next();
    if (!queue.add(timeNs, work)) return false;
    if (earliest === undefined || timeNs < earliest) timer.arm(timeNs);
    return true;
  },
};

function inside<Result>(path: string, work: (namespace: Namespace) => Result): Result {
  const namespace = openNamespace(path);
  try {
    return work(namespace);
  } finally {
    namespace.close();
  }
}

function begin({ set, namespacePath, ports, seed }: Extract<WireRequest, { kind: 'begin' }>): void {
  const socket = inside(namespacePath, (namespace) =>
    openPacketSocket({ namespace, interfaceIndex: 0, ignoreOutgoing: true }),
  );
  const wires = createSwitch(ports, seed, clock, (interfaceIndex, bytes, start, end) => {
    // A full queue or a link that is down: the frame is lost, as on a real wire.
    socket.send(bytes.subarray(start, end), interfaceIndex);
  });
  const readTurn = (): void => {
    for (let turn = 0; turn < BATCHES_A_TURN; turn += 1) {
      const count = socket.receiveBatch(({ interfaceIndex, bytes, start, end }) => {
        wires.receive(interfaceIndex, bytes, start, end);
      });
      if (count === 0) return;
    }
  };
  // A link that goes down leaves an error on the socket; the frames of the others still come.
  socket.watch(readTurn, () => {});
  sets.set(set, { socket, wires });
}

function endProbe(key: string): void {
  probes.get(key)?.();
  probes.delete(key);
}

async function end(number: number): Promise<void> {
  for (const key of probes.keys()) {
    if (key.startsWith(`${number}/`)) endProbe(key);
  }
  const set = sets.get(number);
  sets.delete(number);
  await set?.socket.closeAsync();
}

/** @throws Error where the set has no wire */
function wiresOf(number: number): Switch {
  const set = sets.get(number);
  if (!set) throw new Error('no LAN of this set is a wire');
  return set.wires;
}

function handle(request: WireRequest): void | Promise<void> {
  switch (request.kind) {
    case 'begin':
      return begin(request);
    case 'end':
      return end(request.set);
    case 'begin-fault':
      return wiresOf(request.set).beginFault(request.fault);
    case 'end-fault':
      return wiresOf(request.set).endFault(request.name);
    case 'forget':
      return wiresOf(request.set).forget(request.interfaceIndex);
    case 'begin-probe': {
      const key = `${request.set}/${request.name}`;
      if (probes.has(key)) throw new Error(`a probe named '${request.name}' is under way already`);
      probes.set(
        key,
        inside(request.namespacePath, (namespace) => startProbe({ ...request, namespace })),
      );
      return undefined;
    }
    case 'end-probe': {
      const key = `${request.set}/${request.name}`;
      if (!probes.has(key)) throw new Error(`no probe named '${request.name}' is under way`);
      return endProbe(key);
    }
  }
}

raise(0, WIRE_PRIORITY);
serveCalls(handle);
