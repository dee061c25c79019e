import { workerData } from 'node:worker_threads';
import type { RunEvent } from '../../capture/event.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import type { SessionClock } from '../../linux/clock.ts';
import { openStallReader, type StallEntry } from '../stalls/journal.ts';
import { createWaitWatch } from '../stalls/waits.ts';
import type { CaptureData } from './request.ts';

// What the host held up is told by whoever captures: before the frames that came after it, so that who judges them
// knows.

/** Stalls of the host since the last call, whoever's they are. */
export interface HostStalls {
  readonly cores: readonly { readonly core: number; readonly entries: readonly StallEntry[] }[];
  readonly lock: readonly StallEntry[];
}

/** Reads what the detectors noted; one reader for all sets. */
export function openHostStalls(): () => HostStalls {
  const { cores, locks } = workerData as CaptureData;
  const coreReaders = cores.map(({ core, journal }) => ({ core, read: openStallReader(journal) }));
  const lockReaders = locks.map(openStallReader);
  return () => ({
    cores: coreReaders.map(({ core, read }) => ({ core, entries: read() })),
    lock: lockReaders.flatMap((read) => read()),
  });
}

/** What the host did to one set. */
export interface HoldUps {
  /** From now on these processes are this router. */
  watch(router: string, pids: readonly number[]): void;
  /** How many processes are watched. */
  readonly watched: number;
  /** Everything that ended before now is told when it returns. */
  events(stalls: HostStalls, nowNs: Nanoseconds): RunEvent[];
  close(): void;
}

/** What the host does to a set from now on. */
export function createHoldUps(clock: SessionClock, originUnixNanoseconds: bigint): HoldUps {
  const waits = createWaitWatch(clock.now());

  /** What ended before the set was there is none of its concern. */
  function placed(entries: readonly StallEntry[]): { timeNs: Nanoseconds; durationNs: number }[] {
    return entries
      .map(({ realtimeNs, durationNs }) => ({ timeNs: Number(realtimeNs - originUnixNanoseconds), durationNs }))
      .filter(({ timeNs }) => timeNs >= 0);
  }

  return {
    watch: waits.watch,
    get watched() {
      return waits.size;
    },
    events(stalls, nowNs) {
      const waited = waits.look(nowNs);
      return [
        ...stalls.cores.flatMap(({ core, entries }) =>
          placed(entries).map((stall): RunEvent => ({ kind: 'stall', ...stall, core })),
        ),
        ...placed(stalls.lock).map((held): RunEvent => ({ kind: 'lock-held', ...held })),
        ...waited.map((wait): RunEvent => ({ kind: 'router-waited', ...wait })),
      ];
    },
    close: waits.close,
  };
}
