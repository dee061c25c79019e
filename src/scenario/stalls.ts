import { heldUpNs, isHoldUp, type RunEvent } from '../capture/event.ts';
import { formatDuration, type Nanoseconds } from '../capture/time.ts';
import type { Judgement } from './played.ts';

/** How much of a span the host held somebody up, by what a run has told, in nanoseconds. */
export function stalledNs(events: readonly RunEvent[], fromNs: Nanoseconds, toNs: Nanoseconds): number {
  return heldUpNs(events.filter(isHoldUp), fromNs, toNs);
}

/** What a stall delays is later by more than the stall itself: queues are worked off. */
const AFTERMATH = 2;

/**
 * Judges what was off by `offNs` while the host may have stood still between two times: routers and testers were held up
 * alike, so that what a stall explains says nothing of the router. `judgement` is what it is without.
 */
export function excusedByStall(
  judgement: Judgement,
  offNs: number,
  events: readonly RunEvent[],
  [fromNs, toNs]: readonly [Nanoseconds, Nanoseconds],
): Judgement {
  const stalled = stalledNs(events, fromNs, toNs);
  if (stalled * AFTERMATH < offNs) return judgement;
  return {
    ...judgement,
    verdict: 'inconclusive',
    reason: `the host held it up for ${formatDuration(stalled)} meanwhile`,
  };
}
