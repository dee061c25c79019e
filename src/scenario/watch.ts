import type { Nanoseconds } from '../capture/time.ts';
import type { Condition, VirtualRouterChoice } from './plan.ts';
import type { SeenAdvertisement, Sightings } from './sightings.ts';

/**
 * A point in what was seen. What came before these indexes is older than it; what came after may be older too, because
 * frames are handed on a little late, so times decide.
 */
export interface Mark {
  readonly timeNs: Nanoseconds;
  readonly advertisement: number;
  readonly event: number;
}

export function markOf(sightings: Sightings, timeNs: Nanoseconds): Mark {
  return { timeNs, advertisement: sightings.advertisements.length, event: sightings.events.length };
}

/** Waits for a condition: looks at each sighting once, however often it is asked. */
export interface Watch {
  /** Whether the condition has come true, at this time of the stage. */
  reached(nowNs: Nanoseconds): boolean;
  /** When to ask again though nothing has been seen; undefined where only a sighting can make it true. */
  due(): Nanoseconds | undefined;
  /** What has been seen instead, in words. */
  describe(): string;
}

/** Whether a virtual router, that of an advertisement for one, is among those that a condition or expectation means. */
export function concerns(
  choice: VirtualRouterChoice,
  { lan, virtualRouterId }: { readonly lan: string; readonly virtualRouterId: number },
): boolean {
  const isOfId = choice.virtualRouterId === undefined || choice.virtualRouterId === virtualRouterId;
  return isOfId && (choice.lan === undefined || choice.lan === lan);
}

/** Names the virtual router of an advertisement. */
export function virtualRouterKey({ lan, virtualRouterId, family }: SeenAdvertisement): string {
  return `${lan}/${virtualRouterId}/${family}`;
}

/**
 * Watches for a condition from a mark on. 'active' asks for every virtual router of `expectedVirtualRouters` (as many as
 * the router takes part in), that the newest advertisement is the router's and not of priority 0.
 */
export function createWatch(
  condition: Condition,
  sightings: Sightings,
  mark: Mark,
  expectedVirtualRouters: number,
): Watch {
  switch (condition.kind) {
    case 'active':
      return watchActive(condition, sightings, mark, expectedVirtualRouters);
    case 'advertisement':
      return watchAdvertisements(condition, sightings, mark);
    case 'silence':
      return watchSilence(condition, sightings, mark);
    case 'ended':
      return watchEnd(condition, sightings, mark);
  }
}

function watchActive(
  condition: Condition & { readonly kind: 'active' },
  sightings: Sightings,
  mark: Mark,
  expectedVirtualRouters: number,
): Watch {
  const newest = new Map<string, SeenAdvertisement>();
  let next = mark.advertisement;
  return {
    reached() {
      for (; next < sightings.advertisements.length; next++) {
        const seen = sightings.advertisements[next]!;
        if (seen.timeNs >= mark.timeNs && concerns(condition, seen)) newest.set(virtualRouterKey(seen), seen);
      }
      if (newest.size < expectedVirtualRouters) return false;
      return [...newest.values()].every(({ router, priority }) => router === condition.router && priority > 0);
    },
    due: () => undefined,
    describe: () => {
      if (newest.size === 0) return 'no advertisement was seen';
      const each = [...newest.values()].map(
        (seen) => `VRID ${seen.virtualRouterId} ${seen.router} (priority ${seen.priority})`,
      );
      return `the newest advertisement is from: ${each.join(', ')}`;
    },
  };
}

function watchAdvertisements(
  condition: Condition & { readonly kind: 'advertisement' },
  sightings: Sightings,
  mark: Mark,
): Watch {
  let next = mark.advertisement;
  let count = 0;
  return {
    reached() {
      for (; next < sightings.advertisements.length; next++) {
        const seen = sightings.advertisements[next]!;
        if (seen.timeNs >= mark.timeNs && meetsAdvertisement(condition, seen)) count++;
      }
      return count >= condition.count;
    },
    due: () => undefined,
    describe: () => `${count} such ${count === 1 ? 'advertisement was' : 'advertisements were'} seen`,
  };
}

/** Whether an advertisement is one that a condition counts. */
export function meetsAdvertisement(
  condition: Condition & { readonly kind: 'advertisement' },
  seen: SeenAdvertisement,
): boolean {
  const priorityFits = condition.priority === undefined || condition.priority === seen.priority;
  return concerns(condition, seen) && seen.router === condition.from && priorityFits;
}

function watchSilence(condition: Condition & { readonly kind: 'silence' }, sightings: Sightings, mark: Mark): Watch {
  let next = mark.advertisement;
  let lastNs = mark.timeNs;
  const look = () => {
    for (; next < sightings.advertisements.length; next++) {
      const seen = sightings.advertisements[next]!;
      if (concerns(condition, seen) && seen.router === condition.from) lastNs = Math.max(lastNs, seen.timeNs);
    }
  };
  return {
    reached(nowNs) {
      look();
      return nowNs - lastNs >= condition.forNs;
    },
    due: () => lastNs + condition.forNs,
    describe: () => `${condition.from} was still advertising`,
  };
}

function watchEnd(condition: Condition & { readonly kind: 'ended' }, sightings: Sightings, mark: Mark): Watch {
  let next = mark.event;
  let ended = false;
  return {
    reached() {
      for (; next < sightings.events.length; next++) {
        const event = sightings.events[next]!;
        if (event.timeNs < mark.timeNs) continue;
        if (event.kind === 'router-exited' && event.router === condition.router) ended = true;
      }
      return ended;
    },
    due: () => undefined,
    describe: () => `${condition.router} is still running`,
  };
}
