/** A list of bounded length: the oldest half stays, the newest half moves. */
export interface Timeline<T> {
  readonly limit: number;
  readonly oldest: T[];
  readonly newest: T[];
  omitted: number;
}

export function createTimeline<T>(limit: number): Timeline<T> {
  return { limit, oldest: [], newest: [], omitted: 0 };
}

export function append<T>(timeline: Timeline<T>, item: T): void {
  const half = timeline.limit >> 1;
  if (timeline.oldest.length < half) {
    timeline.oldest.push(item);
    return;
  }
  timeline.newest.push(item);
  if (timeline.newest.length > timeline.limit - half) {
    timeline.newest.shift();
    timeline.omitted++;
  }
}

export function items<T>(timeline: Timeline<T>): readonly T[] {
  return [...timeline.oldest, ...timeline.newest];
}
