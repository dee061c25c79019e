import { createDelayQueue } from '../../fabric/delay-queue.ts';
import type { FaultClock } from '../../fabric/fault.ts';
import { createSwitch, MOST_WAITING, type Switch } from '../../fabric/switch.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { type Namespace, openNamespace } from '../../linux/namespace.ts';
import { openPacketSocket, type PacketSocket } from '../../linux/packet-socket.ts';
import { createTimer } from '../../linux/timer.ts';
import { raise, WIRE_PRIORITY } from '../server/real-time.ts';
import { serveCalls } from '../worker-call.ts';
import { startAnswerer } from './answerer.ts';
import { startConnection } from './connection.ts';
import { startProbe } from './probe.ts';
import { startRelay } from './relay.ts';
import type { WireAnswer, WireRequest } from './request.ts';
import { startStream } from './stream.ts';

// The wires of every set, the relays to routers outside, the probes and connections of hosts and the streams of crafted frames: what must run on time, in a thread of its own.

interface WiredSet {
  readonly socket: PacketSocket;
  readonly wires: Switch;
  /** Frames that found the transmit queue of their port full. */
  unsent: number;
}

/** Batches that one set may read before the others have their turn. */
const BATCHES_A_TURN = 16;

const sets = new Map<number, WiredSet>();
/** What ends each probe, each connection and each stream. */
const probes = new Map<string, () => void>();
const connections = new Map<string, () => void>();
const streams = new Map<string, () => void>();
/** What ends whoever answers in each set. */
const answerers = new Map<number, (() => Promise<void>)[]>();
/** The relays of each set: what ends them, and what they lost. */
const relays = new Map<number, { readonly ends: (() => Promise<void>)[]; lost: number }>();
/** Of all sets together. */
const queue = createDelayQueue(MOST_WAITING);

const timer = createTimer(() => {
  const nowNs = monotonicNow();
  for (let due = queue.take(nowNs); due !== undefined; due = queue.take(nowNs)) due.work();
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
    // What a delay held back beyond the set's end goes nowhere: its descriptor may be another set's by now.
    if (sets.get(set) !== wired) return;
    // At a link that is down the frame is lost, as on a real wire.
    if (socket.send(bytes.subarray(start, end), interfaceIndex) === 'full') wired.unsent += 1;
  });
  const wired: WiredSet = { socket, wires, unsent: 0 };
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
  sets.set(set, wired);
}

function endProbe(key: string): void {
  probes.get(key)?.();
  probes.delete(key);
}

function beginConnection(request: Extract<WireRequest, { kind: 'begin-connection' }>): void {
  const end = inside(request.clientPath, (client) =>
    inside(request.serverPath, (server) => startConnection({ ...request, client, server })),
  );
  connections.set(`${request.set}/${request.name}`, end);
}

function endConnection(key: string): void {
  connections.get(key)?.();
  connections.delete(key);
}

function beginStream(request: Extract<WireRequest, { kind: 'begin-stream' }>): void {
  const key = `${request.set}/${request.name}`;
  if (streams.has(key)) throw new Error(`a stream named '${request.name}' is under way already`);
  streams.set(
    key,
    inside(request.namespacePath, (namespace) => startStream({ ...request, namespace })),
  );
}

function endStream(key: string): void {
  streams.get(key)?.();
  streams.delete(key);
}

function beginRelay(request: Extract<WireRequest, { kind: 'begin-relay' }>): void {
  const { set, descriptor, hostInterfaceIndex, namespacePath, interfaceIndex } = request;
  const ofSet = relays.get(set) ?? { ends: [], lost: 0 };
  relays.set(set, ofSet);
  ofSet.ends.push(
    inside(namespacePath, (namespace) =>
      startRelay({
        outside: { descriptor, interfaceIndex: hostInterfaceIndex },
        inside: { namespace, interfaceIndex },
        onLost: () => {
          ofSet.lost += 1;
        },
      }),
    ),
  );
}

function beginAnswering(request: Extract<WireRequest, { kind: 'begin-answering' }>): void {
  const end = inside(request.namespacePath, (namespace) => startAnswerer({ ...request, namespace }));
  answerers.set(request.set, [...(answerers.get(request.set) ?? []), end]);
}

async function endRelays(number: number): Promise<number> {
  const { ends, lost } = relays.get(number) ?? { ends: [], lost: 0 };
  relays.delete(number);
  await Promise.all(ends.map((end) => end()));
  return lost;
}

/** @returns the frames that the set's wires and relays lost though no fault said so */
async function end(number: number): Promise<number> {
  for (const key of probes.keys()) {
    if (key.startsWith(`${number}/`)) endProbe(key);
  }
  for (const key of connections.keys()) {
    if (key.startsWith(`${number}/`)) endConnection(key);
  }
  for (const key of streams.keys()) {
    if (key.startsWith(`${number}/`)) endStream(key);
  }
  const answering = answerers.get(number) ?? [];
  answerers.delete(number);
  await Promise.all(answering.map((end) => end()));
  const lost = await endRelays(number);
  const set = sets.get(number);
  sets.delete(number);
  if (set === undefined) return lost;
  await set.socket.closeAsync();
  return lost + set.wires.overflows() + set.unsent;
}

/** @throws Error where the set has no wire */
function wiresOf(number: number): Switch {
  const set = sets.get(number);
  if (!set) throw new Error('no LAN of this set is a wire');
  return set.wires;
}

function beginProbe(request: Extract<WireRequest, { kind: 'begin-probe' }>): void {
  const key = `${request.set}/${request.name}`;
  if (probes.has(key)) throw new Error(`a probe named '${request.name}' is under way already`);
  probes.set(
    key,
    inside(request.namespacePath, (namespace) => startProbe({ ...request, namespace })),
  );
}

async function handle(request: WireRequest): Promise<WireAnswer> {
  switch (request.kind) {
    case 'begin':
      begin(request);
      break;
    case 'begin-answering':
      beginAnswering(request);
      break;
    case 'begin-relay':
      beginRelay(request);
      break;
    case 'end':
      return { overflows: await end(request.set) };
    case 'begin-fault':
      wiresOf(request.set).beginFault(request.fault);
      break;
    case 'end-fault':
      wiresOf(request.set).endFault(request.name);
      break;
    case 'forget':
      wiresOf(request.set).forget(request.interfaceIndex);
      break;
    case 'begin-probe':
      beginProbe(request);
      break;
    case 'end-probe': {
      const key = `${request.set}/${request.name}`;
      if (!probes.has(key)) throw new Error(`no probe named '${request.name}' is under way`);
      endProbe(key);
      break;
    }
    case 'begin-connection':
      beginConnection(request);
      break;
    case 'end-connection':
      endConnection(`${request.set}/${request.name}`);
      break;
    case 'begin-stream':
      beginStream(request);
      break;
    case 'end-stream':
      endStream(`${request.set}/${request.name}`);
      break;
  }
  return { overflows: 0 };
}

raise(0, WIRE_PRIORITY);
serveCalls(handle);
