import type { Nanoseconds } from '../capture/time.ts';
import { createDelayQueue } from '../fabric/delay-queue.ts';

/** Something that will be done at its time, unless it is cancelled. */
export interface Appointment {
  readonly timeNs: Nanoseconds;
  cancel(): void;
}

/** Virtual time: it stands still while work is done, and jumps to the next appointment. */
export interface Clock {
  now(): Nanoseconds;
  /** Does `work` at this time, after all that was arranged before for the same time. A past time is now. */
  at(timeNs: Nanoseconds, work: () => void): Appointment;
  after(delayNs: number, work: () => void): Appointment;
  /** Does the next thing that is due until then, and says whether there was one. */
  runNext(untilNs: Nanoseconds): boolean;
  /** Lets time pass in which nothing happens. */
  passUntil(timeNs: Nanoseconds): void;
}

/** Things that wait at once: a stage that arranges more of them has a storm or a loop. */
const MAXIMUM_WAITING = 1_000_000;

export function createClock(): Clock {
  const queue = createDelayQueue(MAXIMUM_WAITING);
  let nowNs: Nanoseconds = 0;

  const at = (askedNs: Nanoseconds, work: () => void): Appointment => {
    const timeNs = Math.max(askedNs, nowNs);
    let wanted: (() => void) | undefined = work;
    if (!queue.add(timeNs, () => wanted?.())) {
      throw new RangeError(`more than ${MAXIMUM_WAITING} things wait for their time`);
    }
    return {
      timeNs,
      cancel: () => {
        wanted = undefined;
      },
    };
  };

  return {
    now: () => nowNs,
    at,
    after: (delayNs, work) => at(nowNs + delayNs, work),
    runNext: (untilNs) => {
      const next = queue.take(untilNs);
      if (next === undefined) return false;
      nowNs = next.timeNs;
      next.work();
      return true;
    },
    passUntil: (timeNs) => {
      nowNs = Math.max(nowNs, timeNs);
    },
  };
}
