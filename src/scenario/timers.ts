import type { VirtualRouterIntent } from '../capture/intent.ts';
import { SECOND } from '../capture/time.ts';
import { activeDownIntervalNs, skewTimeNs } from '../vrrp/timers.ts';
import type { Timers } from './duration.ts';

/** The timers of one router as its configuration has them (RFC 9568 §6.1), in nanoseconds. */
export function timersOf(intent: VirtualRouterIntent): Timers {
  const { version, priority = 100, advertisementIntervalNs = SECOND, downTimerAdvertisements } = intent;
  return {
    'advertisement-interval': advertisementIntervalNs,
    'skew-time': skewTimeNs(version, priority, advertisementIntervalNs),
    'active-down-interval': activeDownIntervalNs(
      version,
      priority,
      advertisementIntervalNs,
      'exact',
      downTimerAdvertisements,
    ),
  };
}

/** The router that is slowest to take over: of lowest priority; a router that is named goes before. */
export function slowestTimers(intents: readonly VirtualRouterIntent[], router?: string): Timers {
  const candidates = intents.filter((intent) => router === undefined || intent.router === router);
  const all = candidates.map(timersOf);
  return all.reduce((slowest, timers) =>
    timers['active-down-interval'] > slowest['active-down-interval'] ? timers : slowest,
  );
}
