import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from './result.ts';
import { median } from './result.ts';

const RUNS = 15;

/** Seconds that `node …` takes from start to exit, the median of some runs after one that warms the file cache. */
function secondsOf(parameters: readonly string[]): number {
  const seconds: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const begin = process.hrtime.bigint();
    execFileSync(process.execPath, parameters, { stdio: 'ignore' });
    if (run > 0) seconds.push(Number(process.hrtime.bigint() - begin) / 1e9);
  }
  return median(seconds);
}

/** How long `vrrpbench --help` takes, beside Node.js alone. */
export async function startUp(): Promise<readonly BenchResult[]> {
  const command = fileURLToPath(new URL('./cli.js', import.meta.url));
  const node = secondsOf(['--eval', '0']);
  return [
    {
      name: 'vrrpbench --help',
      value: secondsOf([command, '--help']),
      unit: 's',
      aim: { comparison: 'at most', value: 0.15 },
      details: `Node.js alone ${node.toFixed(3)} s; medians of ${RUNS} runs`,
    },
  ];
}
