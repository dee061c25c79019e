import type { RunEvent } from '../capture/event.ts';
import { formatDuration, MILLISECOND, type Nanoseconds } from '../capture/time.ts';

import type { Judgement } from './played.ts';

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

/** A stall of the host that may have changed what a router or a tester did meanwhile. */
const NOTICEABLE_NS = 5 * MILLISECOND;

/**
 * Judges what may come from a host that stood still: routers and testers were held up alike, so that what was seen says
 * nothing of the router. `judgement` is what it would be without.
 */
export function excusedByStall(
  judgement: Judgement,
  events: readonly RunEvent[],
  fromNs: Nanoseconds,
  toNs: Nanoseconds,
): Judgement {
  const stalled = stalledNs(events, fromNs, toNs);
  if (stalled < NOTICEABLE_NS) return judgement;
  const reason = `the host stood still for ${formatDuration(stalled)} meanwhile`;
  return { ...judgement, verdict: 'inconclusive', reason };
}
