import { compareAddresses } from '../wire/address.ts';
import type { VrrpVersion } from '../wire/vrrp.ts';

/** To give way and become Active again so often within that time is flapping; a failover and its end are not. */
const FLAPS = 3;
const FLAPPING_WITHIN_NS = 60_000_000_000;
/** So many advertisements of version 3 in a row, and none of version 2, are no loss. */
const VERSION_3_ALONE = 3;

/** Counts how often a virtual router gives way to another and becomes Active again. */
export interface FlapWatch {
  /** It is Backup because it heard a better one. */
  gaveWay(): void;
  /**
   * It became Active at this time; the answer is how often it did so after giving way within the last minute, where
   * that is flapping: its Backup time runs out though others advertise, because they or their frames are held up (RFC
   * 9568 §2.5).
   */
  becameActive(nowNs: number): number | undefined;
}

export function createFlapWatch(): FlapWatch {
  let atNs: readonly number[] = [];
  let isAgain = false;
  return {
    gaveWay() {
      isAgain = true;
    },
    becameActive(nowNs) {
      if (!isAgain) return undefined;
      isAgain = false;
      // With the shortest timers a minute is enough for some thousand: the newest will do.
      atNs = [...atNs.filter((one) => nowNs - one < FLAPPING_WITHIN_NS), nowNs].slice(-100);
      return atNs.length >= FLAPS ? atNs.length : undefined;
    },
  };
}

/** Whom a virtual router in v2/v3 mode hears in which version. */
export interface VersionWatch {
  /** Whether this shows that its sender, the Active router, speaks version 3 alone (RFC 9568 §8.4.2). */
  speaksVersion3Alone(advertisement: { readonly version: VrrpVersion; readonly sourceAddress: Uint8Array }): boolean;
}

export function createVersionWatch(): VersionWatch {
  let source: Uint8Array | undefined;
  let inVersion3 = 0;
  return {
    speaksVersion3Alone({ version, sourceAddress }) {
      if (source === undefined || compareAddresses(source, sourceAddress) !== 0) {
        source = Uint8Array.from(sourceAddress);
        inVersion3 = 0;
      }
      if (version === 2) inVersion3 = 0;
      else inVersion3 = Math.min(inVersion3 + 1, VERSION_3_ALONE + 1);
      return inVersion3 > VERSION_3_ALONE;
    },
  };
}
