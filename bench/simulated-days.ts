import { liveForHours } from '../test/simulation/long-run.ts';
import type { BenchResult } from './result.ts';

const HOURS = 72;
/** Until here code is compiled; what comes later is kept for ever: the lines of the routers' log. */
const SETTLED_HOUR = 36;

/** What three days of virtual time, with a fault every five minutes, leave on the heap. */
export async function simulatedDays(): Promise<readonly BenchResult[]> {
  const begin = process.hrtime.bigint();
  const { frames, faults, heapOctets } = await liveForHours(HOURS);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const growth = heapOctets.at(-1)! - heapOctets[SETTLED_HOUR - 1]!;
  return [
    {
      name: `growth of the heap from hour ${SETTLED_HOUR} to hour ${HOURS} of virtual time`,
      value: growth / 1024,
      unit: 'KB',
      aim: { comparison: 'at most', value: 256 },
      details: `${faults} faults, ${frames.toLocaleString('en')} frames, in ${seconds.toFixed(1)} s; heap ${(heapOctets.at(-1)! / 1e6).toFixed(1)} MB`,
    },
  ];
}
