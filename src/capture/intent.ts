import type { Family, VrrpVersion } from '../wire/vrrp.ts';

/**
 * What one router is meant to do for one virtual router: what a scenario or a configuration says, before any frame is
 * seen. Absent fields are unknown, not defaulted: a rule that needs one says so.
 */
export interface VirtualRouterIntent {
  /** The router's name, `r1`. */
  readonly router: string;
  /** The LAN's name. */
  readonly lan: string;
  readonly virtualRouterId: number;
  readonly version: VrrpVersion;
  readonly family: Family;
  /** 1..255; 255 is the address owner. */
  readonly priority?: number;
  /** The configured advertisement interval, in nanoseconds. */
  readonly advertisementIntervalNs?: number;
  readonly preempt?: boolean;
  /** How long preemption waits, in nanoseconds. */
  readonly preemptDelayNs?: number;
  /** Factor of the interval in Active_Down_Interval; 3 by the RFCs. */
  readonly downTimerAdvertisements?: number;
  readonly acceptMode?: boolean;
  /** Whether it advertises itself to hosts while it is Active (RFC 4861 §6.2). */
  readonly routerAdvertisements?: boolean;
  /** Virtual addresses in configuration order, without mask. */
  readonly addresses: readonly string[];
  /** The router's primary address on that LAN (IPv6: its link-local address), where it is known. */
  readonly primaryAddress?: string;
  /** Whether virtual MACs are in use, and whether advertisements leave with the physical MAC (`vmac_xmit_base`). */
  readonly virtualMac?: boolean;
  readonly transmitOnBase?: boolean;
  /** What the checksum of version 3 over IPv4 is sent over, where it is said. */
  readonly ipv4Checksum?: 'message-alone' | 'with-pseudo-header';
  /** Whether it has unicast peers, and whether it speaks versions 2 and 3 (RFC 9568 §8.4). */
  readonly unicast?: boolean;
  readonly bothVersions?: boolean;
  /** Version 2's; 0 is none. */
  readonly authenticationType?: number;
}

/** The intent of everything on a stage. */
export interface Intent {
  readonly virtualRouters: readonly VirtualRouterIntent[];
}
