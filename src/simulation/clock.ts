import type { Nanoseconds } from '../capture/time.ts';

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

interface Entry {
  readonly timeNs: Nanoseconds;
  readonly sequence: number;
  work: (() => void) | undefined;
}

/** Things that wait at once: a stage that arranges more of them has a storm or a loop. */
const MAXIMUM_WAITING = 1_000_000;

export function createClock(): Clock {
  const heap: Entry[] = [];
  let nowNs: Nanoseconds = 0;
  let sequence = 0;

  const at = (timeNs: Nanoseconds, work: () => void): Appointment => {
    if (heap.length >= MAXIMUM_WAITING) throw new RangeError(`more than ${MAXIMUM_WAITING} things wait for their time`);
    sequence += 1;
    const entry: Entry = { timeNs: Math.max(timeNs, nowNs), sequence, work };
    push(heap, entry);
    return {
      timeNs: entry.timeNs,
      cancel: () => {
        entry.work = undefined;
      },
    };
  };

  return {
    now: () => nowNs,
    at,
    after: (delayNs, work) => at(nowNs + delayNs, work),
    runNext: (untilNs) => {
      for (;;) {
        const next = heap[0];
        if (next === undefined || next.timeNs > untilNs) return false;
        pop(heap);
        if (next.work === undefined) continue;
        nowNs = next.timeNs;
        next.work();
        return true;
      }
    },
    passUntil: (timeNs) => {
      nowNs = Math.max(nowNs, timeNs);
    },
  };
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.timeNs < right.timeNs || (left.timeNs === right.timeNs && left.sequence < right.sequence);
}

/** Adds to a binary heap whose first entry is the earliest. */
function push(heap: Entry[], entry: Entry): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(entry, heap[parent]!)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = entry;
}

/** Takes the earliest entry off the heap. */
function pop(heap: Entry[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, last)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
}
