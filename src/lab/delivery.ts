import type { RunEvent } from '../capture/event.ts';
import { createFrameRecord } from '../capture/frame.ts';
import type { Nanoseconds } from '../capture/time.ts';
import type { StageListener } from '../stage/stage.ts';
import type { BatchFrame } from './channel/frame-batch.ts';

interface Waiter {
  readonly deadlineNs: Nanoseconds;
  readonly predicate: (() => boolean) | undefined;
  readonly resolve: (how: 'reached' | 'deadline') => void;
  readonly reject: (error: unknown) => void;
}

/** Hands frames and events of one set to its listener in the order of their times, and wakes who waits for them. */
export interface Delivery {
  event(event: RunEvent): void;
  /** Frames in any order, and the time up to which everything has come. */
  frames(frames: readonly BatchFrame[], watermarkNs: Nanoseconds): void;
  /** Resolves when the predicate holds after a delivery, or everything up to the deadline has been delivered. */
  advance(deadlineNs: Nanoseconds, predicate?: () => boolean): Promise<'reached' | 'deadline'>;
  /** Nothing more will come: delivers what is held back. */
  flush(): void;
  /** Everyone who waits, now or later, is told this error. */
  fail(error: Error): void;
}

const byTime = (left: { readonly timeNs: number }, right: { readonly timeNs: number }): number =>
  left.timeNs - right.timeNs;

/** Frames and events come by different ways; each waits here until the other way cannot bring anything older. */
export function createDelivery(listener: StageListener): Delivery {
  const record = createFrameRecord();
  let frames: BatchFrame[] = [];
  let events: RunEvent[] = [];
  let watermark = Number.NEGATIVE_INFINITY;
  let waiters: Waiter[] = [];
  let failure: Error | undefined;

  function settle(waiter: Waiter): boolean {
    try {
      if (waiter.predicate?.()) waiter.resolve('reached');
      else if (watermark >= waiter.deadlineNs) waiter.resolve('deadline');
      else return false;
    } catch (error) {
      waiter.reject(error);
    }
    return true;
  }

  /** After one delivery: predicates alone, since the time up to the watermark has not been delivered yet. */
  function wake(): void {
    if (waiters.length === 0) return;
    waiters = waiters.filter((waiter) => {
      try {
        if (!waiter.predicate?.()) return true;
        waiter.resolve('reached');
      } catch (error) {
        waiter.reject(error);
      }
      return false;
    });
  }

  function deliverFrame(frame: BatchFrame): void {
    record.timeNs = frame.timeNs;
    record.interfaceIndex = frame.port;
    record.direction = frame.direction;
    record.bytes = frame.bytes;
    record.start = frame.start;
    record.end = frame.end;
    record.originalLength = frame.originalLength;
    record.number += 1;
    listener.frame(record);
    wake();
  }

  function deliverEvent(event: RunEvent): void {
    listener.event(event);
    wake();
  }

  function release(untilNs: Nanoseconds): void {
    let frame = 0;
    let event = 0;
    for (;;) {
      const nextFrame = frames[frame];
      const nextEvent = events[event];
      const frameDue = nextFrame !== undefined && nextFrame.timeNs <= untilNs;
      const eventDue = nextEvent !== undefined && nextEvent.timeNs <= untilNs;
      if (eventDue && !(frameDue && nextFrame.timeNs < nextEvent.timeNs)) {
        deliverEvent(nextEvent);
        event += 1;
      } else if (frameDue) {
        deliverFrame(nextFrame);
        frame += 1;
      } else {
        break;
      }
    }
    frames = frames.slice(frame);
    events = events.slice(event);
  }

  function fail(error: Error): void {
    failure ??= error;
    for (const waiter of waiters) waiter.reject(failure);
    waiters = [];
  }

  function guarded(untilNs: Nanoseconds): void {
    if (failure) return;
    try {
      release(untilNs);
    } catch (error) {
      // The listener's own fault: nobody could go on without what it missed.
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  return {
    event(event) {
      // After a step backwards the same times come again.
      if (event.kind === 'clock-step' && event.stepNs < 0) watermark = Math.min(watermark, event.timeNs);
      events.push(event);
      if (events.length > 1) events.sort(byTime);
    },
    frames(batch, watermarkNs) {
      const last = frames.at(-1)?.timeNs ?? Number.NEGATIVE_INFINITY;
      let inOrder = true;
      let former = last;
      for (const frame of batch) {
        if (frame.timeNs < former) inOrder = false;
        former = frame.timeNs;
        frames.push(frame);
      }
      // Two cores stamp and queue frames at once, so neighbours may come swapped. Array.sort is stable.
      if (!inOrder) frames.sort(byTime);
      watermark = Math.max(watermark, watermarkNs);
      guarded(watermark);
      waiters = waiters.filter((waiter) => !settle(waiter));
    },
    advance(deadlineNs, predicate) {
      return new Promise((resolve, reject) => {
        if (failure) {
          reject(failure);
          return;
        }
        const waiter = { deadlineNs, predicate, resolve, reject };
        if (!settle(waiter)) waiters.push(waiter);
      });
    },
    flush() {
      guarded(Number.POSITIVE_INFINITY);
    },
    fail,
  };
}
