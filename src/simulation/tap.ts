import type { RunEvent } from '../capture/event.ts';
import { createFrameRecord, type Direction } from '../capture/frame.ts';
import type { Nanoseconds } from '../capture/time.ts';
import type { StageListener } from '../stage/stage.ts';

/** Where frames and events of a simulated set are shown to its listener, in the order in which they happen. */
export interface Tap {
  frame(timeNs: Nanoseconds, interfaceIndex: number, direction: Direction, bytes: Uint8Array): void;
  event(event: RunEvent): void;
  /** Asks a question after each frame and event from here on, until it is true once or is taken back. */
  watch(predicate: (() => boolean) | undefined): void;
  /** Whether the question that is watched has been true. */
  isReached(): boolean;
}

export function createTap(listener: StageListener): Tap {
  let watched: (() => boolean) | undefined;
  let reached = false;
  const record = createFrameRecord();

  const ask = (): void => {
    if (!reached && watched !== undefined) reached = watched();
  };

  return {
    frame(timeNs, interfaceIndex, direction, bytes) {
      record.timeNs = timeNs;
      record.interfaceIndex = interfaceIndex;
      record.direction = direction;
      record.bytes = bytes;
      record.start = 0;
      record.end = bytes.length;
      record.originalLength = bytes.length;
      record.number += 1;
      listener.frame(record);
      ask();
    },
    event(event) {
      listener.event(event);
      ask();
    },
    watch(predicate) {
      watched = predicate;
      reached = false;
      ask();
    },
    isReached: () => reached,
  };
}
