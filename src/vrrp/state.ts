import type { VrrpVersion } from '../wire/vrrp.ts';
import type { VirtualRouterParameters } from './parameters.ts';

/** An advertisement that passed the checks of RFC 9568 §7.1. */
export interface ReceivedAdvertisement {
  /** 0..255. */
  readonly priority: number;
  readonly version: VrrpVersion;
  /** What its interval field says, in nanoseconds. */
  readonly intervalNs: number;
  /** The sender's primary address, in network order. */
  readonly sourceAddress: Uint8Array;
}

/** Why a fault keeps a router out of the election: nothing can be sent, or something that it depends on has failed. */
export type FaultReason = 'interface-lost' | 'tracking';

/** What can happen to a virtual router. */
export type Input =
  | { readonly kind: 'startup' }
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'advertisement'; readonly advertisement: ReceivedAdvertisement }
  /** Time passed. Before the deadline it changes nothing, so a spurious wake-up does no harm. */
  | { readonly kind: 'timer' }
  /** The new priority is used from here on; a timer that runs is left as it is. */
  | { readonly kind: 'priority-changed'; readonly priority: number }
  | { readonly kind: 'fault-began'; readonly reason: FaultReason }
  | { readonly kind: 'fault-ended' }
  /** Another virtual router of its group has ceased to be Active: this one does too. */
  | { readonly kind: 'yield' };

/** What will have been the reason when a Backup's down timer fires: 'preemption' where a lower Active router is heard. */
export type TakeoverReason = 'silence' | 'priority-zero' | 'preemption';

export interface InitializeState {
  readonly kind: 'initialize';
}

/** Out of the election until the fault has ended. */
export interface FaultState {
  readonly kind: 'fault';
  readonly reason: FaultReason;
  /** Whether it takes part once the fault has ended; false where the fault was there before the startup. */
  readonly started: boolean;
}

export interface BackupState {
  readonly kind: 'backup';
  /** When Active_Down_Timer fires: absolute, in nanoseconds. */
  readonly activeDownAtNs: number;
  /** Active_Adver_Interval: learned from the Active router (v3), or the local interval. */
  readonly activeIntervalNs: number;
  readonly takeoverReason: TakeoverReason;
  /** Until when a lower Active router is put up with: set by the first one heard, gone with a higher one. */
  readonly preemptAtNs: number | undefined;
  /** v2/v3 mode: the router that was heard in version 3, and until when its version 2 is therefore of no account. */
  readonly heardInVersion3?: { readonly sourceAddress: Uint8Array; readonly untilNs: number };
}

export interface ActiveState {
  readonly kind: 'active';
  /** When Adver_Timer fires: absolute, in nanoseconds. */
  readonly advertiseAtNs: number;
}

export type State = InitializeState | FaultState | BackupState | ActiveState;

export type AdvertisementReason =
  | 'became-active'
  | 'periodic'
  | 'priority-zero-received'
  | 'assertion'
  | 'yielding'
  | 'shutdown'
  | 'fault';

export type TransitionReason =
  | 'startup'
  | 'owner'
  | 'shutdown'
  | 'higher-priority'
  | 'greater-address'
  | FaultReason
  | 'fault-ended'
  | 'group'
  | TakeoverReason;

/** What the owner of the core has to do, in this order. */
export type Action =
  /** Send an advertisement with this priority (0: stopping) and the configured interval. */
  | { readonly kind: 'advertise'; readonly priority: number; readonly reason: AdvertisementReason }
  /**
   * The state has changed: put addresses and virtual MAC in place or take them away, join or leave groups, notify. It
   * stands between the first advertisement and the announcements, which need the addresses in place (§6.4.2, §8.1.2).
   */
  | {
      readonly kind: 'transition';
      readonly from: State['kind'];
      readonly to: State['kind'];
      readonly reason: TransitionReason;
    }
  /** Send a gratuitous ARP, or an unsolicited Neighbor Advertisement, for every virtual address. */
  | { readonly kind: 'announce' };

/** A virtual router: what it was told and where it stands. Plain data; every step makes a new one. */
export interface VirtualRouter {
  readonly parameters: VirtualRouterParameters;
  readonly state: State;
}

export interface Step {
  readonly virtualRouter: VirtualRouter;
  readonly actions: readonly Action[];
}
