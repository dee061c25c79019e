import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import type { LanState, OpenTenure, RouterState } from '../observer/state.ts';
import type { Cause } from '../result.ts';
import { duration, nameOf, plural } from '../rules/words.ts';

/** Announcements that follow each other faster than this are one burst. */
const TOGETHER_NS = 5 * MILLISECOND;
/** Fewer do not hold up an advertisement. */
const MANY = 50;

/** A run of announcements of one LAN. */
export interface Burst {
  count: number;
  firstNs: Nanoseconds;
  lastNs: Nanoseconds;
}

export function createBurst(): Burst {
  return { count: 0, firstNs: Number.NEGATIVE_INFINITY, lastNs: Number.NEGATIVE_INFINITY };
}

export function noteInBurst({ burst }: LanState, timeNs: Nanoseconds): void {
  if (timeNs - burst.lastNs > TOGETHER_NS) {
    burst.count = 0;
    burst.firstNs = timeNs;
  }
  burst.count++;
  burst.lastNs = timeNs;
}

/**
 * A router advertises again after a gap: was it announcing meanwhile? A burst that began later than an interval after its
 * last advertisement is that of a router which took over from it.
 */
export function noteBurstInGap(router: RouterState, { lastNs, intervalNs }: OpenTenure, timeNs: Nanoseconds): void {
  const { burst } = router.virtualRouter.lan;
  if (burst.count < MANY || burst.lastNs < lastNs || burst.firstNs > lastNs + intervalNs) return;
  const known = router.starved;
  const more = known === undefined || burst.count > known.announcements;
  router.starved = {
    announcements: more ? burst.count : known.announcements,
    gapNs: more ? timeNs - lastNs : known.gapNs,
    count: (known?.count ?? 0) + 1,
  };
}

/** A router whose announcements kept it from advertising. */
export function burstCauses({ starved, virtualRouter, name, gapFrames }: RouterState): Cause[] {
  if (starved === undefined) return [];
  const { announcements, gapNs, count } = starved;
  return [
    {
      id: 'announcement-burst',
      certainty: 'likely',
      virtualRouter: virtualRouter.key,
      text: `${name} did not advertise ${nameOf(virtualRouter)} for ${duration(gapNs)} while ${plural(announcements, 'announcement')} left in one burst${count === 1 ? '' : `, and so ${count} times`}: they hold up its own advertisements, and a Backup rightly takes over`,
      settle:
        'spread the announcements (keepalived: garp_master_repeat, vrrp_garp_interval), or let the advertisement interval be longer than a burst takes',
      frames: gapFrames.slice(0, 5),
    },
  ];
}
