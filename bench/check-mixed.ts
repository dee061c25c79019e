import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, time } from './check.ts';
import { writeMixedCapture } from './mixed.ts';
import type { BenchResult } from './result.ts';

const FRAMES = 10_000_000;
/** tshark needs minutes for all of them. */
const COMPARED_FRAMES = 1_000_000;

/** How fast `vrrpbench check` finds the advertisements of a large capture of other traffic, beside tshark. */
export async function checkMixed(): Promise<readonly BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-bench-'));
  try {
    const path = join(folder, 'mixed.pcap');
    const comparedPath = join(folder, 'compared.pcap');
    const octets = writeMixedCapture(path, FRAMES);
    writeMixedCapture(comparedPath, COMPARED_FRAMES);
    const judged = await check(path);
    const compared = await check(comparedPath);
    const fields = ['-r', comparedPath, '-Y', 'vrrp', '-T', 'fields', '-e', 'vrrp.prio'];
    const tshark = await time('tshark', fields, [0]);
    const what = `${FRAMES.toLocaleString('en')} frames, 95% of them other traffic`;
    return [
      {
        name: `check of ${what}`,
        value: judged.seconds,
        unit: 's',
        details: `${(octets / 1e9).toFixed(2)} GB, one run`,
      },
      {
        name: `check of the first ${COMPARED_FRAMES.toLocaleString('en')} against tshark`,
        value: tshark.seconds / compared.seconds,
        unit: 'x',
        aim: { comparison: 'at least', value: 10 },
        details: `tshark ${tshark.seconds.toFixed(1)} s, check ${compared.seconds.toFixed(2)} s`,
      },
      {
        name: 'memory of a check of all of them',
        value: Number(judged.report) / 1024,
        unit: 'MB',
        aim: { comparison: 'at most', value: 150 },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
