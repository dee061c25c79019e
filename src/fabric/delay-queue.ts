/** Something to do at a time. */
export interface DelayedWork {
  readonly timeNs: number;
  readonly work: () => void;
}

interface Entry extends DelayedWork {
  /** Order of entry, so that what is due at one time is done in the order in which it came. */
  readonly sequence: number;
}

/** What is to be done later, earliest first. It holds no clock: whoever owns it asks what is due. */
export interface DelayQueue {
  /** Time of the earliest entry, or undefined where there is none. */
  next(): number | undefined;
  /** False where the queue is full, and then nothing is kept. */
  add(timeNs: number, work: () => void): boolean;
  /** Takes the earliest entry that is due at `nowNs` off the queue. */
  take(nowNs: number): DelayedWork | undefined;
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

/** Takes the earliest entry off the heap, which is not empty. */
function pop(heap: Entry[]): Entry {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
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
  return first;
}

/** A queue of at most `limit` entries. */
export function createDelayQueue(limit: number): DelayQueue {
  const heap: Entry[] = [];
  let sequence = 0;
  return {
    next: () => heap[0]?.timeNs,
    add(timeNs, work) {
      if (heap.length >= limit) return false;
      sequence += 1;
      push(heap, { timeNs, sequence, work });
      return true;
    },
    take(nowNs) {
      const first = heap[0];
      return first !== undefined && first.timeNs <= nowNs ? pop(heap) : undefined;
    },
  };
}
