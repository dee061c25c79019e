import { MILLISECOND, type Nanoseconds } from '../../capture/time.ts';
import { openRunQueueRecord, type RunQueueRecord } from '../../linux/scheduling.ts';

// Routers of many sets share the cores at one priority, below the threads that watch them. How long each of them was ready
// to run and had no core is no fault of the router; the kernel keeps the record.

/** A router had no core within this span: as long as it is, less at most the time between two looks. */
export interface RouterWait {
  readonly router: string;
  readonly timeNs: Nanoseconds;
  readonly durationNs: number;
}

/** The processes of the routers of one set. */
export interface WaitWatch {
  /** From now on these processes are this router; what it had before is forgotten. */
  watch(router: string, pids: readonly number[]): void;
  /** How many processes are watched: what a look costs grows with them. */
  readonly size: number;
  /** What happened since the last look. */
  look(nowNs: Nanoseconds): RouterWait[];
  /** The router that ran for at least half of a span that ended before the last look, if one did. */
  ranBy(timeNs: Nanoseconds, durationNs: number): string | undefined;
  close(): void;
}

/** Shorter waits are what sharing a core always brings. */
const SHORTEST_NS = 2 * MILLISECOND;

/** Looks that are remembered: more than a second of them. */
const LOOKS = 512;

interface Watched {
  readonly router: string;
  readonly record: RunQueueRecord;
  waitedNs: number;
  ranNs: number;
}

/** Who ran for how long between two looks. */
interface Look {
  readonly fromNs: Nanoseconds;
  readonly toNs: Nanoseconds;
  readonly ranNs: ReadonlyMap<string, number>;
}

/** Watches nobody yet. */
export function createWaitWatch(beganNs: Nanoseconds): WaitWatch {
  let watched: Watched[] = [];
  let lookedNs = beganNs;
  const looks: Look[] = [];

  function forget(gone: (one: Watched) => boolean): void {
    for (const one of watched) if (gone(one)) one.record.close();
    watched = watched.filter((one) => !gone(one));
  }

  return {
    watch(router, pids) {
      forget((one) => one.router === router);
      for (const pid of pids) {
        const record = openRunQueueRecord(pid);
        if (record?.read() === true) watched.push({ router, record, waitedNs: record.waitedNs, ranNs: record.ranNs });
        else record?.close();
      }
    },
    get size() {
      return watched.length;
    },
    look(nowNs) {
      const waits: RouterWait[] = [];
      const ended = new Set<Watched>();
      const ranNs = new Map<string, number>();
      for (const one of watched) {
        const { record, router } = one;
        if (!record.read()) {
          ended.add(one);
          continue;
        }
        if (record.ranNs > one.ranNs) ranNs.set(router, (ranNs.get(router) ?? 0) + record.ranNs - one.ranNs);
        one.ranNs = record.ranNs;
        const durationNs = record.waitedNs - one.waitedNs;
        one.waitedNs = record.waitedNs;
        if (durationNs < SHORTEST_NS) continue;
        // The kernel adds a wait to the record when it ends, and does not say when that was: after the last look.
        const timeNs = lookedNs - durationNs;
        waits.push({ router, timeNs, durationNs: nowNs - timeNs });
      }
      if (ended.size > 0) forget((one) => ended.has(one));
      looks.push({ fromNs: lookedNs, toNs: nowNs, ranNs });
      if (looks.length > LOOKS) looks.shift();
      lookedNs = nowNs;
      return waits;
    },
    ranBy(timeNs, durationNs) {
      const endNs = timeNs + durationNs;
      const total = new Map<string, number>();
      for (const { fromNs, toNs, ranNs } of looks) {
        const sharedNs = Math.min(toNs, endNs) - Math.max(fromNs, timeNs);
        if (sharedNs <= 0) continue;
        for (const [router, ran] of ranNs) total.set(router, (total.get(router) ?? 0) + Math.min(ran, sharedNs));
      }
      return [...total].find(([, ran]) => ran >= durationNs / 2)?.[0];
    },
    close: () => forget(() => true),
  };
}
