import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Lan } from '../test/router/lan.ts';
import { beside, priorityText } from './priority.ts';
import { type BenchResult, quantile } from './result.ts';
import { advertises, INTERVAL_MS, MILLISECOND, type Subject } from './subjects.ts';

const SECONDS = 60;

interface Intervals {
  readonly p99Ms: number;
  readonly maximumMs: number;
  readonly driftPpm: number;
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

/** How far the gaps between advertisements are from the interval. */
async function measure(lan: Lan, all: readonly Subject[]): Promise<Intervals[]> {
  const first = lan.frames.length;
  await lan.pass(SECONDS * 1000);
  const seen = lan.frames.slice(first);
  return all.map((subject) => {
    const times = seen.filter(advertises(subject)).map(({ timeNs }) => timeNs);
    const gaps = times.slice(1).map((timeNs, index) => (timeNs - times[index]!) / MILLISECOND);
    const errors = gaps.map((gap) => Math.abs(gap - INTERVAL_MS));
    return {
      p99Ms: quantile(errors, 0.99),
      maximumMs: errors.reduce((most, error) => Math.max(most, error), 0),
      driftPpm: driftPpm(gaps),
    };
  });
}

/** Programs that do nothing but use the processor, one for each core. */
function startBusyLoops(): ChildProcess[] {
  return Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }),
  );
}

/** How steadily routers that are Active advertise at 10 ms, with idle cores and with busy ones. */
export async function measureIntervals(lan: Lan, all: readonly Subject[]): Promise<readonly BenchResult[]> {
  const idle = await measure(lan, all);
  const loops = startBusyLoops();
  try {
    const busy = await measure(lan, all);
    return [...results('idle cores', idle), ...results('every core busy', busy)];
  } finally {
    for (const loop of loops) loop.kill('SIGKILL');
  }
}

function results(when: string, [native, peer]: readonly Intervals[]): BenchResult[] {
  const describe = ({ p99Ms, maximumMs, driftPpm }: Intervals): string =>
    `p99 ${p99Ms.toFixed(3)} ms, maximum ${maximumMs.toFixed(3)} ms, mean ${driftPpm.toFixed(1)} ppm off`;
  return [
    {
      name: `advertisement interval of ${INTERVAL_MS} ms, ${when}: error at p99`,
      value: native!.p99Ms,
      unit: 'ms',
      aim: { comparison: 'at most', value: 0.2 },
      details: `${SECONDS} s ${priorityText()}: native ${describe(native!)}${beside(peer && describe(peer))}`,
    },
    {
      name: `the same, ${when}: mean off nominal`,
      value: Math.abs(native!.driftPpm),
      unit: 'ppm',
      aim: { comparison: 'at most', value: 10 },
    },
  ];
}
