import type { RunEvent } from '../capture/event.ts';
import type { Nanoseconds } from '../capture/time.ts';

/** How much of a span the host ran nobody, in nanoseconds; overlapping stalls of several cores count once. */
export function stalledNs(events: readonly RunEvent[], fromNs: Nanoseconds, toNs: Nanoseconds): number {
  const spans = events
    .flatMap((event) => (event.kind === 'stall' ? [{ from: event.timeNs, to: event.timeNs + event.durationNs }] : []))
    .map(({ from, to }) => ({ from: Math.max(from, fromNs), to: Math.min(to, toNs) }))
    .filter(({ from, to }) => to > from)
    .sort((left, right) => left.from - right.from);
  let total = 0;
  let coveredUntil = fromNs;
  for (const { from, to } of spans) {
    if (to <= coveredUntil) continue;
    total += to - Math.max(from, coveredUntil);
    coveredUntil = to;
  }
  return total;
}
