import { c, nativeBuffer } from './libc.ts';

const CLOCK_THREAD_CPUTIME_ID = 3;
/** Of the clock of a process: its id, inverted, above these bits (CPUCLOCK_SCHED, of the whole thread group). */
const CLOCK_BITS = 3;
const CPUCLOCK_SCHED = 2;
const SECOND_NS = 1_000_000_000;

const timespec = nativeBuffer(16);
const view = new DataView(timespec.buffer);

function read(clock: number): number | undefined {
  if (c.clockGettime(clock, timespec) < 0) return undefined;
  return Number(view.getBigInt64(0, true)) * SECOND_NS + view.getUint32(8, true);
}

/** CPU time of the calling thread, in nanoseconds. */
export function threadCpuNs(): number {
  return read(CLOCK_THREAD_CPUTIME_ID) ?? 0;
}

/** CPU time of every thread of a process, in nanoseconds; 0 where it is gone. */
export function processCpuNs(pid: number): number {
  return read((~pid << CLOCK_BITS) | CPUCLOCK_SCHED) ?? 0;
}
