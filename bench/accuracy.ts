import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { openLabFor } from '../src/library/open-lab.ts';
import type { Stage } from '../src/stage/stage.ts';
import { endingWithUs } from '../test/child.ts';
import { brackets, type MeasuredPath, measureBlackHole, widthNs } from '../test/failover/black-hole.ts';
import { type BenchResult, median, quantile } from './result.ts';

const MILLISECOND = 1_000_000;
const LENGTHS_MS = [50, 200, 1000];
const RUNS = 100;
/** LANs side by side. */
const JOBS = 8;
/** Bounds are to be no wider, at the median. */
const WIDTH_AIM_MS = 2;

/** Measures black holes of known length, each length as often, a number of LANs side by side. */
async function measureAll(stage: Stage): Promise<readonly (readonly MeasuredPath[])[]> {
  const waiting = Array.from({ length: RUNS }, (_, run) => run);
  const measured: (readonly MeasuredPath[])[] = [];
  const worker = async () => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      const lengthMs = LENGTHS_MS[run % LENGTHS_MS.length]!;
      const { paths, droppedFrames } = await measureBlackHole(stage, lengthMs * MILLISECOND, run + 1);
      if (droppedFrames > 0) throw new Error(`the capture lost ${droppedFrames} frames`);
      measured.push(paths);
    }
  };
  await Promise.all(Array.from({ length: JOBS }, worker));
  return measured;
}

/** Keeps every core busy with work of the usual priority. @returns what ends it */
function keepCoresBusy(): () => void {
  const children = Array.from({ length: availableParallelism() }, () =>
    spawn(...endingWithUs(process.execPath, ['-e', 'for (;;);']), { stdio: 'ignore' }),
  );
  return () => {
    for (const child of children) child.kill('SIGKILL');
  };
}

/** Whether outages are what `failover` says they are: on a machine that does nothing else, and on one whose cores are busy. */
export async function accuracy(): Promise<readonly BenchResult[]> {
  const stage = await openLabFor();
  try {
    const idle = await measureAll(stage);
    const end = keepCoresBusy();
    try {
      return [...resultsOf('', idle), ...resultsOf(', every core busy', await measureAll(stage))];
    } finally {
      end();
    }
  } finally {
    await stage.close();
  }
}

function resultsOf(words: string, runs: readonly (readonly MeasuredPath[])[]): readonly BenchResult[] {
  const paths = runs.flat();
  const widths = paths.map(({ measured }) => widthNs(measured) / MILLISECOND);
  const known = paths.map((path) => widthNs(path.true) / MILLISECOND);
  const wrong = paths.filter((path) => !brackets(path));
  return [
    {
      name: `black holes of 50, 200, 1000 ms${words}: runs bracketed`,
      value: runs.filter((run) => run.every(brackets)).length,
      unit: `of ${runs.length}`,
      aim: { comparison: 'at least', value: runs.length },
      details: `${JOBS} LANs side by side, three paths each; what is true is known to ${median(known).toFixed(2)} ms at the median, ${Math.max(...known).toFixed(2)} at most${wrong.map(describe).join('')}`,
    },
    {
      name: `black holes of 50, 200, 1000 ms${words}: width of bounds, median`,
      value: median(widths),
      unit: 'ms',
      aim: { comparison: 'at most', value: WIDTH_AIM_MS },
      details: `p99 ${quantile(widths, 0.99).toFixed(2)} ms, at most ${Math.max(...widths).toFixed(2)}`,
    },
  ];
}

function describe({ path, true: truth, measured }: MeasuredPath): string {
  const [from, to, low, high] = [truth.fromNs, truth.toNs, measured.fromNs, measured.toNs].map((ns) =>
    (ns / MILLISECOND).toFixed(3),
  );
  return `\n    ${path}: true ${from} to ${to}, measured ${low} to ${high} ms`;
}
