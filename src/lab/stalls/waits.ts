import { MILLISECOND, type Nanoseconds } from '../../capture/time.ts';
import { openRunQueueRecord, type RunQueueRecord } from '../../linux/scheduling.ts';

// Routers of many sets share the cores at one priority, below the threads that watch them. How long each of them was ready
// to run and had no core is no fault of the router; the kernel keeps the record.

/** A router had no core within this span: as long as it is, less at most the time between two looks. */
export interface RouterWait {
  readonly router: string;
  readonly timeNs: Nanoseconds;
  readonly durationNs: number;
  /** How long it waited, somewhere within. */
  readonly waitedNs: number;
}

/** The processes of the routers of one set. */
export interface WaitWatch {
  /** From now on these processes are this router; what it had before is forgotten. */
  watch(router: string, pids: readonly number[]): void;
  /** How many processes are watched: what a look costs grows with them. */
  readonly size: number;
  /** What happened since the last look. */
  look(nowNs: Nanoseconds): RouterWait[];
  close(): void;
}

/** Shorter waits are what sharing a core always brings. */
const SHORTEST_NS = 2 * MILLISECOND;

interface Watched {
  readonly router: string;
  readonly record: RunQueueRecord;
  waitedNs: number;
}

/** Watches nobody yet. */
export function createWaitWatch(beganNs: Nanoseconds): WaitWatch {
  let watched: Watched[] = [];
  let lookedNs = beganNs;

  function forget(gone: (one: Watched) => boolean): void {
    for (const one of watched) if (gone(one)) one.record.close();
    watched = watched.filter((one) => !gone(one));
  }

  return {
    watch(router, pids) {
      forget((one) => one.router === router);
      for (const pid of pids) {
        const record = openRunQueueRecord(pid);
        if (record?.read() === true) watched.push({ router, record, waitedNs: record.waitedNs });
        else record?.close();
      }
    },
    get size() {
      return watched.length;
    },
    look(nowNs) {
      const waits: RouterWait[] = [];
      const ended = new Set<Watched>();
      for (const one of watched) {
        const { record, router } = one;
        if (!record.read()) {
          ended.add(one);
          continue;
        }
        const waitedNs = record.waitedNs - one.waitedNs;
        one.waitedNs = record.waitedNs;
        if (waitedNs < SHORTEST_NS) continue;
        // The kernel adds a wait to the record when it ends, and does not say when that was: after the last look.
        const timeNs = lookedNs - waitedNs;
        waits.push({ router, timeNs, durationNs: nowNs - timeNs, waitedNs });
      }
      if (ended.size > 0) forget((one) => ended.has(one));
      lookedNs = nowNs;
      return waits;
    },
    close: () => forget(() => true),
  };
}
