import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import type { Message } from './message.ts';
import type { Heard, OpenTenure, RouterState } from './state.ts';
import { ALIVE_INTERVALS, ALIVE_SLACK_NS } from './state.ts';

/** A router that speaks both versions sends both forms of what it says within this time. */
const PAIR_NS = 10 * MILLISECOND;
/** The rates of both versions are the same where the counts differ by no more than this part. */
const RATE_TOLERANCE = 0.1;

/**
 * Whether a router that also speaks version 3 says the same in version 2: then its timers and its Backups' are those of
 * version 3 (RFC 9568 §8.4.2), and this one counts for nothing. Otherwise notes which version it speaks now.
 */
export function saysItInVersion2(heard: Heard, message: Message, timeNs: Nanoseconds): boolean {
  if (message.version === heard.version) return false;
  const spokeLately = timeNs - heard.lastNs <= ALIVE_INTERVALS * heard.intervalNs + ALIVE_SLACK_NS;
  if (message.version === 2 && spokeLately) return true;
  heard.version = message.version === 2 ? 2 : 3;
  return false;
}

/** Whether this is the priority 0 that the router has just sent in its other version. */
export function repeatsPriorityZero(router: RouterState, message: Message, timeNs: Nanoseconds): boolean {
  const repeats = router.zeroVersion !== message.version && timeNs - router.lastZeroNs <= PAIR_NS;
  if (!repeats) router.zeroVersion = message.version;
  return repeats;
}

/** The same for a tenure; one that goes on in the other version counts that one from now on. */
export function countsInOtherVersion(tenure: OpenTenure, message: Message, timeNs: Nanoseconds): boolean {
  if (message.version === tenure.version) return false;
  if (saysItInVersion2(tenure.router, message, timeNs)) {
    tenure.otherVersionCount++;
    tenure.otherVersionNs = timeNs;
    return true;
  }
  const { advertisements, otherVersionCount, lastNs, router } = tenure;
  tenure.advertisements = otherVersionCount;
  tenure.otherVersionCount = advertisements;
  tenure.otherVersionNs = lastNs;
  tenure.version = router.version;
  tenure.versionSinceNs = timeNs;
  router.gapsToSkip = Math.max(router.gapsToSkip, 1);
  return false;
}

/** How a router speaks two versions: both at one rate (RFC 9568 §8.4), at different rates, or one after the other. */
export type VersionMix = 'both' | 'different-rates' | 'changed';

export function mixOfVersions(tenure: OpenTenure): VersionMix | undefined {
  const { advertisements, otherVersionCount, otherVersionNs, versionSinceNs } = tenure;
  if (otherVersionCount === 0) return undefined;
  if (otherVersionNs < versionSinceNs) return 'changed';
  const tolerance = Math.max(2, RATE_TOLERANCE * advertisements);
  return Math.abs(advertisements - otherVersionCount) <= tolerance ? 'both' : 'different-rates';
}
