import type { RunEvent } from '../../capture/event.ts';
import type { FrameSink } from '../../capture/frame.ts';
import type { Intent } from '../../capture/intent.ts';
import type { CaptureLoss } from '../../capture/reading.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import type { VrrpVersion } from '../../wire/vrrp.ts';
import type { ErratumSwitch } from '../errata.ts';
import type { Finding, Observation, Profile, Tenure, VirtualRouterKey } from '../result.ts';

/** How much is remembered. A limit that was reached is named in the observation. */
export interface ObserverLimits {
  /** Virtual routers, all LANs together. */
  readonly virtualRouters: number;
  /** Senders of advertisements (a router may be several: one a version and VRID). */
  readonly senders: number;
  readonly findings: number;
  /** Tenures of one virtual router: the oldest half and the newest half are kept. */
  readonly tenures: number;
  /** Hosts and routers whose physical MAC address is remembered. */
  readonly neighbours: number;
}

export interface ObserverOptions {
  /** The documents to judge by; absent: rfc3768 for version 2, rfc9568 for version 3. */
  readonly profile?: Profile;
  /** The errata of RFC 9568 that count; absent: all of them. */
  readonly errata?: ReadonlySet<ErratumSwitch>;
  readonly intent?: Intent;
  /** Only these VRIDs; absent: every one. */
  readonly virtualRouterIds?: ReadonlySet<number>;
  /** Frames before and after are not looked at. */
  readonly fromNs?: Nanoseconds;
  readonly toNs?: Nanoseconds;
  /** Whether the routers ran at real-time priority: without it intervals of 50 ms or less are judged by medians alone. */
  readonly realTime?: boolean;
  readonly limits?: Partial<ObserverLimits>;
}

/** A router that is Active now, as the frames show it. */
export interface ActiveRouter {
  /** Its name where the port tells, else its source address. */
  readonly router: string;
  readonly priority: number;
  readonly version: VrrpVersion;
  /** First and newest advertisement of this tenure. */
  readonly sinceNs: Nanoseconds;
  readonly lastNs: Nanoseconds;
  readonly advertisedIntervalNs: number;
}

/** What one router has sent for one virtual router so far. */
export interface RouterActivity {
  readonly router: string;
  /** Advertisements, those of priority 0 included. */
  readonly advertisements: number;
  readonly lastNs: Nanoseconds;
  readonly lastPriority: number;
  readonly priorityZeroCount: number;
  readonly lastPriorityZeroNs?: Nanoseconds;
  readonly advertisedIntervalNs: number;
  /** Gratuitous ARPs and unsolicited Neighbor Advertisements, and the newest. */
  readonly announcements: number;
  readonly lastAnnouncementNs?: Nanoseconds;
}

/** Which virtual router; without `lan` the only one of that VRID and family. */
export type VirtualRouterQuery = Pick<VirtualRouterKey, 'virtualRouterId' | 'family'> & { readonly lan?: string };

/**
 * Judges frames. Give it frames and events in the order of time (sightings of one frame at several ports may be out of
 * order by a few milliseconds), ask it at any time what it has seen so far, and finish it once.
 *
 * With ports (CaptureInterface.port) a router is a node, and its frames are those that were seen leaving it
 * (DIRECTION_OUT) at its port; without them a router is a source address.
 */
export interface Observer extends FrameSink {
  event(event: RunEvent): void;
  /** The capture says that it has lost frames. */
  loss(loss: CaptureLoss): void;
  /** What the routers are meant to do, where a capture says it; before its frames. */
  intent(intent: Intent): void;
  /**
   * Who is Active: has advertised, has not sent priority 0, and was not silent for longer than its Active_Down_Interval
   * at `nowNs` (absent: the time of the newest frame). Highest priority first.
   */
  activeRouters(query: VirtualRouterQuery, nowNs?: Nanoseconds): readonly ActiveRouter[];
  /** What a router (by name with ports, by source address without) has sent; undefined where nothing was seen. */
  activity(query: VirtualRouterQuery, router: string): RouterActivity | undefined;
  /** The tenures so far; the last ones may still be open. */
  tenures(query: VirtualRouterQuery): readonly Tenure[];
  /** What was found so far; what needs the end is not in it yet. */
  findings(): readonly Finding[];
  /** Frames and believed advertisements so far. */
  counts(): { readonly frames: number; readonly advertisements: number };
  /** Every virtual router seen so far. */
  virtualRouters(): readonly VirtualRouterKey[];
  /** Closes what is open and judges what needed the end. Frames given afterwards are ignored. */
  finish(): Observation;
}
