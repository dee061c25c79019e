import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { writeBenchCapture } from './captures.ts';
import type { BenchResult } from './result.ts';
import { median } from './result.ts';

const FRAMES = 1_000_000;
const MANY_FRAMES = 4_000_000;
const RUNS = 5;
/** Exit statuses of a check that was carried out: nothing failed, something failed, something stayed inconclusive. */
const CHECKED = [0, 1, 3];

const command = fileURLToPath(new URL('./cli.js', import.meta.url));
/** Loaded before the command: writes its greatest resident set, in kilobytes, to descriptor 3 when it exits. */
const reportMemory = `data:text/javascript,${encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));",
)}`;

export interface Outcome {
  readonly seconds: number;
  /** What was written to descriptor 3. */
  readonly report: string;
}

/** Runs a program to its end with its output thrown away. */
export function time(program: string, parameters: readonly string[], statuses: readonly number[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const begin = process.hrtime.bigint();
    const child = spawn(program, parameters, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
    let complaints = '';
    let report = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString()).slice(-2000);
    });
    (child.stdio[3] as Readable).on('data', (chunk: Buffer) => {
      report += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (status) => {
      const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
      if (statuses.includes(status ?? -1)) resolve({ seconds, report });
      else reject(new Error(`${program} ended with status ${status}: ${complaints}`));
    });
  });
}

/** Judges a capture with the command; the report is its greatest resident set in kilobytes. */
export function check(path: string): Promise<Outcome> {
  return time(process.execPath, ['--import', reportMemory, command, 'check', path], CHECKED);
}

/** Seconds of the three programs on the same file, taken in turn so that all meet the same machine. */
async function compare(path: string) {
  const seconds = { check: [] as number[], tshark: [] as number[], tcpdump: [] as number[] };
  const fields = ['-r', path, '-Y', 'vrrp', '-T', 'fields', '-e', 'vrrp.prio'];
  for (let run = 0; run < RUNS; run++) {
    // As users have it: nothing is loaded beside it.
    seconds.check.push((await time(process.execPath, [command, 'check', path], CHECKED)).seconds);
    seconds.tcpdump.push((await time('tcpdump', ['-n', '-r', path], [0])).seconds);
    seconds.tshark.push((await time('tshark', fields, [0])).seconds);
  }
  return { check: median(seconds.check), tshark: median(seconds.tshark), tcpdump: median(seconds.tcpdump) };
}

/** How fast `vrrpbench check` judges a million frames beside tshark and tcpdump, and how much memory it takes. */
export async function checkSpeed(): Promise<readonly BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-bench-'));
  try {
    const path = join(folder, 'bench.pcap');
    const largePath = join(folder, 'large.pcap');
    writeBenchCapture(path, FRAMES);
    writeBenchCapture(largePath, MANY_FRAMES);
    const seconds = await compare(path);
    const memory = [Number((await check(path)).report) / 1024, Number((await check(largePath)).report) / 1024];
    const count = FRAMES.toLocaleString('en');
    return [
      { name: `check of ${count} VRRP frames`, value: seconds.check, unit: 's', details: `medians of ${RUNS} runs` },
      {
        name: `check of ${count} VRRP frames against tshark`,
        value: seconds.tshark / seconds.check,
        unit: 'x',
        aim: { comparison: 'at least', value: 20 },
        details: `tshark ${seconds.tshark.toFixed(2)} s`,
      },
      {
        name: `check of ${count} VRRP frames against tcpdump`,
        value: seconds.tcpdump / seconds.check,
        unit: 'x',
        aim: { comparison: 'at least', value: 5 },
        details: `tcpdump ${seconds.tcpdump.toFixed(2)} s`,
      },
      ...memory.map(
        (megabytes, index): BenchResult => ({
          name: `memory of a check of ${[FRAMES, MANY_FRAMES][index]!.toLocaleString('en')} VRRP frames`,
          value: megabytes,
          unit: 'MB',
          aim: { comparison: 'at most', value: 120 },
        }),
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
