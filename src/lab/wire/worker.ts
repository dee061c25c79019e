import { createDelayQueue } from '../../fabric/delay-queue.ts';
import type { FaultClock } from '../../fabric/fault.ts';
import { createSwitch, MOST_WAITING, type Switch } from '../../fabric/switch.ts';
import { monotonicNow, realtimeNow } from '../../linux/clock.ts';
import { type Namespace, openNamespace } from '../../linux/namespace.ts';
import { openPacketSocket, type PacketSocket } from '../../linux/packet-socket.ts';
import { createTimer } from '../../linux/timer.ts';
import { raise, WIRE_PRIORITY } from '../server/real-time.ts';
import { serveCalls } from '../worker-call.ts';
import { startAnswerer } from './answerer.ts';
import { startConnection } from './connection.ts';
import { startProbe } from './probe.ts';
import { startRelay } from './relay.ts';
import type { WireAnswer, WireChange, WireRequest } from './request.ts';
import { startStream } from './stream.ts';

// The wires of every set, the relays to routers outside, the probes and connections of hosts and the streams of crafted frames: what must run on time, in a thread of its own.

interface WiredSet {
  readonly socket: PacketSocket;
  readonly wires: Switch;
  /** Passes on what has come, at most a batch. @returns how many frames that were */
  receive(): number;
  /** Frames that found the transmit queue of their port full. */
  unsent: number;
}

/** Batches that one set may read before the others have their turn. */
const BATCHES_A_TURN = 16;
/** Batches that are passed on before a fault takes effect: more than wait in any receive buffer. */
const BATCHES_BEFORE_A_CHANGE = 1024;

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
  const receive = () =>
    socket.receiveBatch(({ interfaceIndex, bytes, start, end }) => {
      wires.receive(interfaceIndex, bytes, start, end);
    });
  const wired: WiredSet = { socket, wires, receive, unsent: 0 };
  const readTurn = (): void => {
    for (let turn = 0; turn < BATCHES_A_TURN && receive() > 0; turn += 1);
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
function wiredOf(number: number): WiredSet {
  const set = sets.get(number);
  if (!set) throw new Error('no LAN of this set is a wire');
  return set;
}

/** Changes a set's wires between two known moments: what the kernel had received by the first one was passed on before. */
function change(number: number, work: (wires: Switch) => void): WireAnswer {
  const { receive, wires } = wiredOf(number);
  let fromUnixNs = realtimeNow();
  for (let batch = 0; batch < BATCHES_BEFORE_A_CHANGE && receive() > 0; batch += 1) fromUnixNs = realtimeNow();
  work(wires);
  const changed: WireChange = { fromUnixNs, toUnixNs: realtimeNow() };
  return { overflows: 0, changed };
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
      return change(request.set, (wires) => wires.beginFault(request.fault));
    case 'end-fault':
      return change(request.set, (wires) => wires.endFault(request.name));
    case 'forget':
      wiredOf(request.set).wires.forget(request.interfaceIndex);
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
