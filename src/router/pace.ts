import type { RouterConfiguration, VirtualRouterConfiguration } from '../config/configuration.ts';
import { monotonicNow } from '../linux/clock.ts';

/** Spaces the announcements that one switch learns from, whichever virtual routers they are of. */
export interface Pace {
  /** Takes the next place. @returns how long until then, in nanoseconds */
  reserve(): number;
}

/** A pace with this pause between two announcements. */
export function createPace(pauseNs: number, now: () => number = monotonicNow): Pace {
  let freeAtNs = Number.NEGATIVE_INFINITY;
  return {
    reserve() {
      const nowNs = now();
      const atNs = Math.max(nowNs, freeAtNs);
      freeAtNs = atNs + pauseNs;
      return atNs - nowNs;
    },
  };
}

/** The paces of a machine: one for each family of an interface, or of the interfaces of a garp_group. */
export interface Paces {
  /** The pace of a virtual router, where its configuration has pauses. */
  of(router: VirtualRouterConfiguration, configuration: RouterConfiguration): { readonly pace?: Pace };
}

/** No paces yet; virtual routers that are to share one get the same. */
export function createPaces(): Paces {
  const known = new Map<string, Pace>();
  return {
    of({ interfaceName, family }, { announcementGroups, announcementIntervalNs }) {
      const group = announcementGroups.find(({ interfaces }) => interfaces.includes(interfaceName));
      const pauseNs = (group?.pauseNs ?? announcementIntervalNs)[family];
      if (pauseNs === 0) return {};
      const key = `${family} ${pauseNs} ${(group?.interfaces ?? [interfaceName]).join(' ')}`;
      const pace = known.get(key) ?? createPace(pauseNs);
      known.set(key, pace);
      return { pace };
    },
  };
}
