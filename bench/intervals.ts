import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Lan } from '../test/router/lan.ts';
import { type Deviation, floorText, type HostRecord, type HostWatch, type Judged, withoutStallsText } from './host.ts';
import { beside, priorityText } from './priority.ts';
import { type BenchResult, quantile } from './result.ts';
import { advertises, INTERVAL_MS, MILLISECOND, type Subject } from './subjects.ts';

const SECONDS = 60;
const JUDGED: Judged = { part: 0.99, aimMs: 0.2 };

interface Intervals {
  readonly deviations: readonly Deviation[];
  readonly driftPpm: number;
}

/** What routers did in one stretch of time, and the host. */
interface Stretch {
  readonly measured: readonly Intervals[];
  readonly host: HostRecord;
}

/**
 * How far the interval is off nominal on average, in parts per million. A gap counts as so many whole intervals, so that
 * those which the host took from a router, and the short gap after a late advertisement, are no drift.
 */
function driftPpm(gapsMs: readonly number[]): number {
  let intervals = 0;
  let offMs = 0;
  for (const gap of gapsMs) {
    const whole = Math.round(gap / INTERVAL_MS);
    intervals += whole;
    offMs += gap - whole * INTERVAL_MS;
  }
  return (offMs / (intervals * INTERVAL_MS)) * 1e6;
}

/**
 * By how much the time between two advertisements is off, and when it was: a long one up to its end, a short one up to its
 * beginning, which was late.
 */
export function deviationOf(formerNs: number, timeNs: number, intervalMs: number): Deviation {
  const offMs = (timeNs - formerNs) / MILLISECOND - intervalMs;
  return { offMs: Math.abs(offMs), endNs: offMs < 0 ? formerNs : timeNs };
}

/** How far the gaps between advertisements are from the interval. */
async function measure(lan: Lan, all: readonly Subject[], watch: HostWatch): Promise<Stretch> {
  const beganNs = lan.clock.now();
  const first = lan.frames.length;
  await lan.pass(SECONDS * 1000);
  const seen = lan.frames.slice(first);
  const measured = all.map((subject) => {
    const times = seen.filter(advertises(subject)).map(({ timeNs }) => timeNs);
    const gaps = times.slice(1).map((timeNs, index) => (timeNs - times[index]!) / MILLISECOND);
    const deviations = times.slice(1).map((timeNs, index) => deviationOf(times[index]!, timeNs, INTERVAL_MS));
    return { deviations, driftPpm: driftPpm(gaps) };
  });
  return { measured, host: watch.since(beganNs) };
}

/** Programs that do nothing but use the processor, one for each core. */
function startBusyLoops(): ChildProcess[] {
  return Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }),
  );
}

/** How steadily routers that are Active advertise at 10 ms, with idle cores and with busy ones. */
export async function measureIntervals(
  lan: Lan,
  all: readonly Subject[],
  watch: HostWatch,
): Promise<readonly BenchResult[]> {
  const idle = await measure(lan, all, watch);
  const loops = startBusyLoops();
  try {
    const busy = await measure(lan, all, watch);
    return [...results('idle cores', idle), ...results('every core busy', busy)];
  } finally {
    for (const loop of loops) loop.kill('SIGKILL');
  }
}

function results(when: string, { measured: [native, peer], host }: Stretch): BenchResult[] {
  const errors = ({ deviations }: Intervals): number[] => deviations.map(({ offMs }) => offMs);
  const describe = (one: Intervals): string => {
    const [middle, p99, most] = [0.5, 0.99, 1].map((part) => quantile(errors(one), part).toFixed(3));
    return `median ${middle} ms, p99 ${p99} ms, maximum ${most} ms, mean ${one.driftPpm.toFixed(1)} ppm off`;
  };
  const lines = [
    `${SECONDS} s ${priorityText()}: native ${describe(native!)}${beside(peer && describe(peer))}`,
    `native ${withoutStallsText(native!.deviations, host, JUDGED)}`,
    ...(peer === undefined ? [] : [`keepalived ${withoutStallsText(peer.deviations, host, JUDGED)}`]),
    floorText(host),
  ];
  return [
    {
      name: `advertisement interval of ${INTERVAL_MS} ms, ${when}: error at p99`,
      value: quantile(errors(native!), JUDGED.part),
      unit: 'ms',
      aim: { comparison: 'at most', value: JUDGED.aimMs },
      details: lines.join('\n    '),
    },
    {
      name: `the same, ${when}: mean off nominal`,
      value: Math.abs(native!.driftPpm),
      unit: 'ppm',
      aim: { comparison: 'at most', value: 10 },
    },
  ];
}
