import type { Place } from './problem.ts';

/** A prefix that Router Advertisements tell of (RFC 4861 §4.6.2). */
export interface AdvertisedPrefix extends Place {
  /** As it was written, without its length. */
  readonly address: string;
  readonly prefixLength: number;
  /** Hosts find its addresses on the link (flag L). */
  readonly onLink: boolean;
  /** Hosts make addresses of their own from it (flag A). */
  readonly autonomous: boolean;
  /** In seconds; 4294967295 is for ever. */
  readonly validLifetimeS: number;
  readonly preferredLifetimeS: number;
}

/** The Router Advertisements of a virtual router while it is Active (RFC 4861 §6.2.1, RFC 9568 §6.4.3). */
export interface RouterAdvertisementConfiguration {
  /** Between two of them: a random time between these. In nanoseconds. */
  readonly minimumIntervalNs: number;
  readonly maximumIntervalNs: number;
  /** As a default router, in seconds; 0: it is none. */
  readonly lifetimeS: number;
  /** What hosts put into their packets; 0: not said. */
  readonly hopLimit: number;
  /** Addresses, other configuration: from DHCPv6 (flags M and O). */
  readonly managed: boolean;
  readonly other: boolean;
  /** In milliseconds; 0: not said. */
  readonly reachableTimeMs: number;
  readonly retransmissionTimerMs: number;
  /** Absent: not said. */
  readonly mtu?: number;
  readonly prefixes: readonly AdvertisedPrefix[];
}
