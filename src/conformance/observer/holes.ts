import type { CaptureLoss } from '../../capture/reading.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import { duration, plural } from '../rules/words.ts';
import type { Context } from './context.ts';
import type { Place } from './lans.ts';
import type { LanState, RouterState } from './state.ts';
import { ALIVE_INTERVALS, ALIVE_SLACK_NS, isAdvertising } from './state.ts';

/** A shorter silence is not looked at. */
const HOLE_LEAST_NS = 100_000_000;

/** Finds out where a capture has lost frames: it says so, or it shows nothing of several routers at once. */
export interface Holes {
  /** The frame that is being looked at was seen at a place. */
  frame(place: Place): void;
  /** The capture says that it has lost frames, just before the next one or since it was last asked. */
  loss(loss: CaptureLoss, firstNs: Nanoseconds, newestNs: Nanoseconds): void;
}

export function createHoles(context: Context): Holes {
  /** When the frames that each interface lost were last counted. */
  const countedNs: Nanoseconds[] = [];
  /** Those that were lost just before the next frame of an interface. */
  const before = { interfaceIndex: -1, frames: 0 };

  function noteBefore(place: Place, timeNs: Nanoseconds): void {
    const { frames } = before;
    context.losses.note(place.lastFrameNs, timeNs, `the capture says that it lost ${plural(frames, 'frame')}`, frames);
    before.interfaceIndex = -1;
  }

  return {
    frame(place) {
      // Read here: a number that is no small integer would be allocated to be handed over.
      const { timeNs } = context.record;
      if (before.interfaceIndex === context.record.interfaceIndex) noteBefore(place, timeNs);
      const { lastFrameNs } = place;
      place.lastFrameNs = timeNs;
      if (timeNs - lastFrameNs > place.harmlessSilenceNs && place.nodeIndex === 0) {
        lookForHole(context, place, lastFrameNs, timeNs);
      }
    },
    loss(loss, firstNs, newestNs) {
      const { interfaceIndex, frames } = loss;
      if (loss.when === 'between') {
        const why = `the capture says that it lost ${plural(frames, 'frame')}`;
        context.losses.note(loss.fromNs, loss.toNs, why, frames);
        context.losses.noteSomewhere(loss.fromNs, loss.toNs, frames);
        return;
      }
      if (loss.when === 'before-next-frame') {
        before.interfaceIndex = interfaceIndex;
        before.frames = frames;
        return;
      }
      context.losses.noteSomewhere(countedNs[interfaceIndex] ?? firstNs, newestNs, frames);
      countedNs[interfaceIndex] = newestNs;
    },
  };
}

/**
 * Nothing was seen at a place for a while: where two routers of one LAN were due meanwhile, for different virtual
 * routers, it is the capture that lost them. One router that is due alone may have died.
 */
function lookForHole(context: Context, place: Place, fromNs: Nanoseconds, toNs: Nanoseconds): void {
  let shortestNs = Number.POSITIVE_INFINITY;
  let isHole = false;
  for (const lan of [place.untagged, ...place.tagged.values()]) {
    if (lan === undefined) continue;
    shortestNs = Math.min(shortestNs, shortestInterval(lan));
    isHole ||= areTwoDue(lan, fromNs, toNs);
  }
  place.harmlessSilenceNs = Math.max(HOLE_LEAST_NS, Number.isFinite(shortestNs) ? shortestNs : 0);
  if (!isHole) return;
  const lasted = duration(toNs - fromNs);
  context.losses.note(
    fromNs,
    toNs,
    `the capture shows nothing for ${lasted}, of several routers that were due at once`,
  );
}

function shortestInterval({ virtualRouters }: LanState): number {
  let shortestNs = Number.POSITIVE_INFINITY;
  for (const { open } of virtualRouters)
    for (const { intervalNs } of open) shortestNs = Math.min(shortestNs, intervalNs);
  return shortestNs;
}

function areTwoDue(lan: LanState, fromNs: Nanoseconds, toNs: Nanoseconds): boolean {
  let first: RouterState | undefined;
  for (const { open, family } of lan.virtualRouters) {
    for (const tenure of open) {
      if (!isAdvertising(tenure, fromNs)) continue;
      if (toNs - tenure.lastNs <= ALIVE_INTERVALS * tenure.intervalNs + ALIVE_SLACK_NS) continue;
      if (first === undefined) first = tenure.router;
      else if (first.virtualRouter.family === family && first.sourceAddress !== tenure.router.sourceAddress)
        return true;
    }
  }
  return false;
}
