import { readFileSync } from 'node:fs';
import { processCpuNs, threadCpuNs } from '../../linux/cpu-time.ts';
import type { StageUsage } from '../../stage/stage.ts';

/** What the server's main thread spends CPU time on beside playing: each piece is counted where it is done. */
export interface UsageMeter {
  setUp<Result>(piece: () => Result): Result;
  tearDown<Result>(piece: () => Result): Result;
  /** A router's processes are ready: what they have used until now was its start. */
  started(pids: readonly number[]): void;
  read(): Omit<StageUsage, 'commandMs'>;
}

const MILLISECOND_NS = 1_000_000;
/** What /proc counts in (USER_HZ). */
const TICK_MS = 10;
/** Of /proc/PID/stat, counted behind the name: CPU time of children that were waited for, in user and in kernel mode. */
const CHILDREN_USER = 13;
const CHILDREN_SYSTEM = 14;

/** Counts from now. */
export function createUsageMeter(): UsageMeter {
  const spentNs = { setUp: 0, tearDown: 0, routerStart: 0 };

  function measure<Result>(purpose: 'setUp' | 'tearDown', piece: () => Result): Result {
    const before = threadCpuNs();
    try {
      return piece();
    } finally {
      spentNs[purpose] += threadCpuNs() - before;
    }
  }

  return {
    setUp: (piece) => measure('setUp', piece),
    tearDown: (piece) => measure('tearDown', piece),
    started(pids) {
      for (const pid of pids) spentNs.routerStart += processCpuNs(pid);
    },
    read: () => ({
      setUpMs: spentNs.setUp / MILLISECOND_NS,
      tearDownMs: spentNs.tearDown / MILLISECOND_NS,
      routerStartMs: spentNs.routerStart / MILLISECOND_NS,
      labMs: processCpuNs(process.pid) / MILLISECOND_NS,
      routersMs: childrenMs(),
    }),
  };
}

/** CPU time of what has ended: routers, and what was run to prepare and to clean up after them. */
function childrenMs(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[CHILDREN_USER]) + Number(fields[CHILDREN_SYSTEM])) * TICK_MS;
}
