import { measureFailover } from '../src/failover/experiment.ts';
import type { CellResult } from '../src/failover/result.ts';
import { openLabFor } from '../src/library/open-lab.ts';
import type { BenchResult } from './result.ts';

const ROUTERS = ['native', 'keepalived', 'frr'];
const MILLISECOND = 1_000_000;
const INTERVAL_NS = 10 * MILLISECOND;
const RUNS = 30;
const SEED = 1;
/** Side by side, so that LANs do not take each other's cores at an interval of 10 ms. */
const JOBS = 3;

/** What native, keepalived and FRR add to the RFC's time when the Active router loses its power, at 10 ms. */
export async function failover(): Promise<readonly BenchResult[]> {
  const stage = await openLabFor();
  try {
    const { cells } = await measureFailover(stage, {
      cells: ROUTERS.map((router) => ({ router, variant: 'v3-ipv4', intervalNs: INTERVAL_NS, fault: 'power-off' })),
      runs: RUNS,
      seed: SEED,
      jobs: JOBS,
    });
    console.log([tableOf(cells), ...excludedLines(cells)].join('\n'));
    const [native, keepalived] = cells;
    return [resultOf('the median', native!, keepalived!, 'median'), resultOf('p99', native!, keepalived!, 'p99')];
  } finally {
    await stage.close();
  }
}

type Quantile = 'median' | 'p99';

function addedMs({ summaries }: CellResult, quantile: Quantile): number {
  return (summaries.added?.[quantile].value ?? Number.NaN) / MILLISECOND;
}

function resultOf(words: string, native: CellResult, keepalived: CellResult, quantile: Quantile): BenchResult {
  const peerMs = addedMs(keepalived, quantile);
  const name = `power off at 10 ms: native adds to the RFC's time, at ${words}`;
  const value = addedMs(native, quantile);
  return Number.isNaN(peerMs)
    ? { name, value, unit: 'ms', details: 'keepalived has no run that counts' }
    : {
        name,
        value,
        unit: 'ms',
        aim: { comparison: 'at most', value: Number(peerMs.toPrecision(3)) },
        details: 'the aim is what keepalived adds',
      };
}

/** Every router beside the others; runs are those that count, of all. */
function tableOf(cells: readonly CellResult[]): string {
  const rows = cells.map((cell) => {
    if (cell.notApplicable !== undefined) return [cell.router, cell.notApplicable];
    const counted = cell.runs.filter(({ excluded }) => excluded === undefined).length;
    const figures = (['median', 'p99'] as const).map((quantile) => addedMs(cell, quantile).toFixed(2));
    return [cell.router, `${counted} of ${cell.runs.length}`, ...figures];
  });
  return [['power off, 10 ms', 'runs', 'added, median', 'p99 (ms)'], ...rows]
    .map((row) => row.map((text, column) => (column === 0 ? text.padEnd(18) : text.padStart(15))).join(''))
    .join('\n');
}

/** Why runs do not count, and how many. */
function excludedLines(cells: readonly CellResult[]): readonly string[] {
  return cells.flatMap(({ router, runs }) => {
    const reasons = runs.flatMap(({ excluded }) => excluded ?? []);
    return [...new Set(reasons)].map(
      (reason) => `${router}: ${reasons.filter((one) => one === reason).length} left out: ${reason}`,
    );
  });
}
