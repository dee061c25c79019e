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
  /**
   * Does `work` at this time with each of what is in the list by then, as so many appointments in a row would. It costs
   * as much as one of them.
   */
  inTurn<T>(timeNs: Nanoseconds, list: readonly T[], work: (one: T) => void): void;
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
  /** What is done in turn at this time, until it says that it was the last. */
  let series: (() => boolean) | undefined;

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
    inTurn: (timeNs, list, work) => {
      let next = 0;
      const goOn = (): boolean => {
        const one = list[next];
        next += 1;
        if (one !== undefined) work(one);
        return next < list.length;
      };
      at(timeNs, () => {
        if (goOn()) series = goOn;
      });
    },
    runNext: (untilNs) => {
      if (series !== undefined) {
        if (!series()) series = undefined;
        return true;
      }
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
