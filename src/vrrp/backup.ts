import { compareAddresses } from '../wire/address.ts';
import type { VirtualRouterParameters } from './parameters.ts';
import type { BackupState, ReceivedAdvertisement } from './state.ts';
import { activeDownIntervalNs } from './timers.ts';

/** How many intervals of an Active router that sends both versions its version 2 is ignored after its version 3. */
const VERSION_2_IGNORED_INTERVALS = 2;

/** Backup from now on, with the down timer that follows from the Active router's interval (RFC 9568 §6.4.1, §6.4.2). */
export function waitAsBackup(
  parameters: VirtualRouterParameters,
  nowNs: number,
  activeIntervalNs: number,
): BackupState {
  const { version, priority, skewRounding, downTimerAdvertisements } = parameters;
  const downNs = activeDownIntervalNs(version, priority, activeIntervalNs, skewRounding, downTimerAdvertisements);
  return {
    kind: 'backup',
    activeDownAtNs: nowNs + downNs,
    activeIntervalNs,
    takeoverReason: 'silence',
    preemptAtNs: undefined,
  };
}

/** Backup of the router that sent this advertisement. In v2/v3 mode what it sends in version 3 decides (RFC 9568 §8.4.2). */
export function waitBehind(
  parameters: VirtualRouterParameters,
  nowNs: number,
  activeIntervalNs: number,
  { version, sourceAddress }: ReceivedAdvertisement,
): BackupState {
  const state = waitAsBackup(parameters, nowNs, activeIntervalNs);
  if (!parameters.alsoVersion2 || version !== 3) return state;
  const untilNs = nowNs + VERSION_2_IGNORED_INTERVALS * activeIntervalNs;
  return { ...state, heardInVersion3: { sourceAddress, untilNs } };
}

/** Version 2 from a router that is heard in version 3 is ignored; when its version 3 ceases, its version 2 counts. */
export function isSentInVersion3Too(
  { heardInVersion3 }: BackupState,
  nowNs: number,
  { version, sourceAddress }: ReceivedAdvertisement,
): boolean {
  if (version !== 2 || heardInVersion3 === undefined || nowNs >= heardInVersion3.untilNs) return false;
  return compareAddresses(heardInVersion3.sourceAddress, sourceAddress) === 0;
}

/**
 * v3 learns from every advertisement that restarts the down timer (§6.4.2, §6.4.3); v2 has but the local interval. An
 * interval of 0, where it is accepted at all, teaches nothing: it would have the timer fire at once.
 */
export function learnedIntervalNs(parameters: VirtualRouterParameters, advertisement: ReceivedAdvertisement): number {
  if (parameters.version === 2 || advertisement.intervalNs === 0) return parameters.advertisementIntervalNs;
  return advertisement.intervalNs;
}
