import { Socket } from 'node:net';
import type { FrameRecord } from '../../capture/frame.ts';
import { MILLISECOND, type Nanoseconds } from '../../capture/time.ts';
import { type Capture, type CaptureSink, captureFrom, openCapture } from '../../linux/capture.ts';
import { type ClockPair, clockPair, createSessionClock, monotonicNow, type SessionClock } from '../../linux/clock.ts';
import { openNamespace } from '../../linux/namespace.ts';
import { adoptPacketSocket } from '../../linux/packet-socket.ts';
import { type BatchWriter, createBatchWriter, endMessage, eventsMessage } from '../channel/frame-batch.ts';
import { FRAMES_DESCRIPTOR } from '../channel/protocol.ts';
import { CAPTURE_PRIORITY, raise } from '../server/real-time.ts';
import { notifyMain, serveCalls } from '../worker-call.ts';
import { createHoldUps, type HoldUps, type HostStalls, openHostStalls } from './hold-ups.ts';
import { probeFilter } from './probe-filter.ts';
import type { CaptureNotice, CaptureRequest } from './request.ts';

// Reads the ports of every set, one socket a set (and one for each router outside), and writes their frames to the command in batches. It is a thread of
// its own, so that what the server does (starting processes, removing links) never lets a receive buffer overflow.

interface CapturedSet {
  readonly clock: SessionClock;
  /** One of the fabric, and one at each link of the host that leads to a router outside. */
  readonly captures: readonly Capture[];
  readonly batch: BatchWriter;
  /** Frames that were given up because the command did not read. */
  lost: number;
  /** How far the watermark stays behind the clock. */
  holdNs: number;
  /** Everything up to here was said to have been sent. */
  watermarkNs: number;
  readonly holdUps: HoldUps;
  /** What the host held up until here has been told. */
  toldNs: Nanoseconds;
}

const FLUSH_INTERVAL_MS = 3;
/**
 * The kernel stamps a frame when it enters the backlog of a core, and queues it at the socket when that core's softirq
 * has its turn: on a busy machine some milliseconds later. So long frames are held back for the sake of their order; a
 * frame that came later yet makes this longer, up to a limit.
 */
const SHORTEST_HOLD_NS = 10 * MILLISECOND;
const LONGEST_HOLD_NS = 250 * MILLISECOND;
const LARGEST_BATCH_OCTETS = 512 * 1024;
/** What waits for a command that does not read. */
const LARGEST_BACKLOG_OCTETS = 64 * 1024 * 1024;
const CLOCK_INTERVAL_MS = 200;
/** A smaller change of the clocks' difference is how exactly they can be read. */
const SMALLEST_STEP_NS = 200_000;

const channel = new Socket({ fd: FRAMES_DESCRIPTOR, readable: false, writable: true });
// The command is gone: the main thread sees it, too, and ends the program.
channel.on('error', () => {});

/** A look at how long one process waited for a core takes some 1.2 µs: this much of a core may go into it. */
const LOOK_SHARE = 0.03;
const LOOK_NS = 1_200;

const sets = new Map<number, CapturedSet>();
const hostStalls = openHostStalls();
let lookedNs = 0;
let ticker: NodeJS.Timeout | undefined;

function flush(set: CapturedSet, watermarkNs: number): void {
  const message = Buffer.allocUnsafe(set.batch.length);
  set.batch.finish(watermarkNs, message, 0);
  channel.write(message);
}

/** Tells what the host held up until now: before the frames that came after it. */
function tellHoldUps(number: number, set: CapturedSet, stalls: HostStalls, nowNs: Nanoseconds): void {
  const events = set.holdUps.events(stalls, nowNs);
  set.toldNs = nowNs;
  if (events.length > 0) channel.write(eventsMessage(number, events));
}

function flushAll(): void {
  channel.cork();
  let watched = 0;
  for (const set of sets.values()) watched += set.holdUps.watched;
  const nowMonotonicNs = monotonicNow();
  const looks = nowMonotonicNs - lookedNs >= (watched * LOOK_NS) / LOOK_SHARE;
  const stalls = looks ? hostStalls() : undefined;
  if (looks) lookedNs = nowMonotonicNs;
  for (const [number, set] of sets) {
    // Read the clock before the queue: what is stamped later may still be on its way.
    const nowNs = set.clock.now();
    if (stalls) tellHoldUps(number, set, stalls, nowNs);
    for (const capture of set.captures) capture.drain();
    set.watermarkNs = Math.min(nowNs - set.holdNs, set.toldNs);
    flush(set, set.watermarkNs);
  }
  channel.uncork();
}

function take(set: CapturedSet, frame: FrameRecord): void {
  if (channel.writableLength > LARGEST_BACKLOG_OCTETS) {
    set.lost += 1;
    return;
  }
  const { timeNs, interfaceIndex, direction, originalLength, bytes, start, end } = frame;
  const lateNs = set.watermarkNs - timeNs;
  if (lateNs > 0) set.holdNs = Math.min(LONGEST_HOLD_NS, set.holdNs + 2 * lateNs);
  set.batch.add(timeNs, interfaceIndex, direction, originalLength, bytes, start, end);
  if (set.batch.length > LARGEST_BATCH_OCTETS) flush(set, Number.NEGATIVE_INFINITY);
}

function begin(request: Extract<CaptureRequest, { kind: 'begin' }>): void {
  const originUnixNanoseconds = BigInt(request.originUnixNanoseconds);
  const clock = createSessionClock({ unixNanoseconds: originUnixNanoseconds });
  const namespace = openNamespace(request.namespacePath);
  try {
    const sink: CaptureSink = {
      clock,
      perspective: 'other-end',
      onFrame: (frame) => take(set, frame),
      // A link that goes down leaves an error on the socket; the frames of the others still come.
      onError: () => {},
    };
    const fabric = openCapture({ ...sink, namespace, filter: probeFilter(request.routerLinks) });
    const outside = request.outside.map(({ descriptor, hostInterfaceIndex, port }) => {
      const capture = captureFrom(adoptPacketSocket(descriptor, clock), sink);
      capture.addInterface(hostInterfaceIndex, port);
      return capture;
    });
    const set: CapturedSet = {
      clock,
      captures: [fabric, ...outside],
      batch: createBatchWriter(request.set),
      lost: 0,
      holdNs: SHORTEST_HOLD_NS,
      watermarkNs: Number.NEGATIVE_INFINITY,
      holdUps: createHoldUps(clock, originUnixNanoseconds),
      toldNs: clock.now(),
    };
    for (const [interfaceIndex, port] of request.ports) fabric.addInterface(interfaceIndex, port);
    sets.set(request.set, set);
  } finally {
    namespace.close();
  }
  ticker ??= setInterval(flushAll, FLUSH_INTERVAL_MS);
}

async function end(number: number): Promise<void> {
  const set = sets.get(number);
  if (!set) return;
  const stalls = hostStalls();
  for (const [other, one] of sets) tellHoldUps(other, one, stalls, one.clock.now());
  for (const capture of set.captures) capture.drain();
  flush(set, set.clock.now());
  sets.delete(number);
  set.holdUps.close();
  if (sets.size === 0) {
    clearInterval(ticker);
    ticker = undefined;
  }
  const dropped = set.captures.reduce((sum, capture) => sum + capture.statistics().dropped, set.lost);
  channel.write(endMessage(number, dropped));
  await Promise.all(set.captures.map((capture) => capture.closeAsync()));
}

let known: ClockPair = clockPair();

function watchClock(): void {
  const now = clockPair();
  const stepNs = Number(now.realtimeNs - known.realtimeNs) - (now.monotonicNs - known.monotonicNs);
  if (Math.abs(stepNs) > SMALLEST_STEP_NS + now.uncertaintyNs + known.uncertaintyNs) {
    const clock = { realtimeNs: String(now.realtimeNs), monotonicNs: now.monotonicNs };
    notifyMain({ stepNs, clock } satisfies CaptureNotice);
    known = now;
  } else if (now.uncertaintyNs < known.uncertaintyNs) {
    known = now;
  }
}

setInterval(watchClock, CLOCK_INTERVAL_MS);
raise(0, CAPTURE_PRIORITY);
serveCalls<CaptureRequest, void>((request) => {
  if (request.kind === 'begin') return begin(request);
  if (request.kind === 'end') return end(request.set);
  sets.get(request.set)?.holdUps.watch(request.router, request.pids);
});
