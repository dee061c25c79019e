/** Something to do at a time. */
interface Entry {
  readonly timeNs: number;
  /** Order of entry, so that what is due at one time leaves in the order in which it came. */
  readonly sequence: number;
  readonly work: () => void;
}

/** What is to be done later, earliest first. It holds no clock: whoever owns it asks what is due. */
export interface DelayQueue {
  readonly size: number;
  /** Time of the earliest entry, or undefined where there is none. */
  next(): number | undefined;
  /** False where the queue is full, and then nothing is kept. */
  add(timeNs: number, work: () => void): boolean;
  /** Does everything that is due at `nowNs`. */
  run(nowNs: number): void;
}

function before(left: Entry, right: Entry): boolean {
  return left.timeNs < right.timeNs || (left.timeNs === right.timeNs && left.sequence < right.sequence);
}

/** A queue of at most `limit` entries (a binary heap). */
export function createDelayQueue(limit: number): DelayQueue {
  const heap: Entry[] = [];
  let sequence = 0;

  function rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at]!, heap[parent]!)) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  function sink(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && before(heap[right]!, heap[least]!)) least = right;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }

  function take(): Entry {
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      sink();
    }
    return first;
  }

  return {
    get size() {
      return heap.length;
    },
    next: () => heap[0]?.timeNs,
    add(timeNs, work) {
      if (heap.length >= limit) return false;
      sequence += 1;
      heap.push({ timeNs, sequence, work });
      rise(heap.length - 1);
      return true;
    },
    run(nowNs) {
      while (heap.length > 0 && heap[0]!.timeNs <= nowNs) take().work();
    },
  };
}
