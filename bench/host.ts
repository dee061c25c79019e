import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { callWorker } from '../src/lab/worker-call.ts';
import type { SessionClock } from '../src/linux/clock.ts';
import { getAffinity } from '../src/linux/scheduling.ts';
import { type DetectorData, FIELDS, MEMORY_OCTETS } from './host-samples.ts';
import { quantile } from './result.ts';

// On a common host moments come in which nobody runs: neither the router nor a thread of higher priority that only
// sleeps. Figures are given as they are, and without what such a thread saw too, with how much was left out.

const MILLISECOND = 1_000_000;
/** Of the time by which something was off, this part at least must have been the host's for it to be left out. */
const HOST_PART = 0.5;

/** By how much something was off, and when it ended: what was off lasted from `offMs` before then. */
export interface Deviation {
  readonly offMs: number;
  readonly endNs: number;
}

/** What the threads that watched the cores saw. */
export interface HostRecord {
  /** How late they woke, in milliseconds. */
  readonly latenessMs: readonly number[];
  /** Times in which one of them was late by more than this many milliseconds; in order, not overlapping. */
  stalls(longerThanMs: number): readonly Span[];
}

export interface Span {
  readonly beginNs: number;
  readonly endNs: number;
}

/** Watches every core that this process may run on, by a thread each. */
export interface HostWatch {
  /** What was seen since then, in nanoseconds of the LAN's clock. */
  since(beginNs: number): HostRecord;
  stop(): Promise<void>;
}

/** Starts watching. The times are those of this clock. */
export async function watchHost(clock: SessionClock): Promise<HostWatch> {
  const originNs = String(clock.origin.unixNanoseconds);
  const detectors = getAffinity(0).map((core) => {
    const memory = new SharedArrayBuffer(MEMORY_OCTETS);
    const path = fileURLToPath(new URL('bench-host-worker.js', import.meta.url));
    const worker = new Worker(path, { workerData: { core, memory, originNs } satisfies DetectorData });
    return { worker, memory, ready: callWorker<never, never, never>(worker, () => {}).ready };
  });
  await Promise.all(detectors.map(({ ready }) => ready));
  return {
    since: (beginNs) => recordOf(detectors.flatMap(({ memory }) => samplesSince(memory, beginNs))),
    stop: async () => {
      await Promise.all(detectors.map(({ worker }) => worker.terminate()));
    },
  };
}

interface Sample {
  readonly wokeNs: number;
  readonly lateNs: number;
}

function samplesSince(memory: SharedArrayBuffer, beginNs: number): Sample[] {
  const count = Atomics.load(new Int32Array(memory, 0, 1), 0);
  const fields = new Float64Array(memory, 8);
  const samples: Sample[] = [];
  for (let at = 0; at < count * FIELDS; at += FIELDS)
    if (fields[at]! >= beginNs) samples.push({ wokeNs: fields[at]!, lateNs: fields[at + 1]! });
  return samples;
}

function recordOf(samples: readonly Sample[]): HostRecord {
  return {
    latenessMs: samples.map(({ lateNs }) => lateNs / MILLISECOND),
    stalls: (longerThanMs) =>
      joined(
        samples
          .filter(({ lateNs }) => lateNs > longerThanMs * MILLISECOND)
          .map(({ wokeNs, lateNs }) => ({ beginNs: wokeNs - lateNs, endNs: wokeNs })),
      ),
  };
}

/** The same time in spans that do not overlap. */
export function joined(spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const span of [...spans].sort((one, other) => one.beginNs - other.beginNs)) {
    const last = found.at(-1);
    if (last !== undefined && span.beginNs <= last.endNs)
      found[found.length - 1] = { beginNs: last.beginNs, endNs: Math.max(last.endNs, span.endNs) };
    else found.push(span);
  }
  return found;
}

/** Without those that are off by more than the aim, and of whose time stalls cover half or more. */
export function withoutStalls(deviations: readonly Deviation[], stalls: readonly Span[], aimMs: number): Deviation[] {
  return deviations.filter(({ offMs, endNs }) => {
    const offNs = offMs * MILLISECOND;
    return offMs <= aimMs || coveredNs(stalls, { beginNs: endNs - offNs, endNs }) < HOST_PART * offNs;
  });
}

function coveredNs(stalls: readonly Span[], { beginNs, endNs }: Span): number {
  return stalls.reduce(
    (sum, stall) => sum + Math.max(0, Math.min(stall.endNs, endNs) - Math.max(stall.beginNs, beginNs)),
    0,
  );
}

/** At which quantile deviations are judged, and what the project aims at. */
export interface Judged {
  readonly part: number;
  readonly aimMs: number;
}

/** How late the threads woke that watched the cores and did nothing else. */
export function floorText({ latenessMs }: HostRecord): string {
  const [p99, p999] = [0.99, 0.999].map((part) => quantile(latenessMs, part).toFixed(3));
  return `the host's floor (a thread on each core, at a higher priority, that only sleeps): late by ${p99} ms at p99, ${p999} ms at p99.9`;
}

/**
 * The figure without what stalls of the host cover, in words, with how many were left out and whether it reaches the
 * aim. A stall is when a thread that only sleeps was itself later than the aim allows.
 */
export function withoutStallsText(deviations: readonly Deviation[], host: HostRecord, { part, aimMs }: Judged): string {
  const kept = withoutStalls(deviations, host.stalls(aimMs), aimMs);
  const out = deviations.length - kept.length;
  const share = ((100 * out) / deviations.length).toFixed(2);
  const figure = (of: readonly Deviation[]): string => {
    if (of.length === 0) return 'nothing';
    const valueMs = quantile(
      of.map(({ offMs }) => offMs),
      part,
    );
    return `${valueMs.toFixed(3)} ms (${valueMs <= aimMs ? 'reached' : 'missed'})`;
  };
  return `p${Number((part * 100).toFixed(1))} ${figure(deviations)}; without ${out} of ${deviations.length} (${share}%) that a stall of the host of more than ${aimMs} ms covers: ${figure(kept)}`;
}
