import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import type { RouteChange } from '../linux/netlink/monitor.ts';
import type { ReceivedMessage } from '../vrrp/receive.ts';
import type { VirtualRouter } from '../vrrp/state.ts';
import type { CarrierReview } from './carrier.ts';
import type { InstanceView } from './observe/statistics.ts';
import type { Pace } from './pace.ts';

/** A sync group as its members see it. */
export interface InstanceGroup {
  /** Asked when the down timer has expired: whether every other member is ready to be Active too. */
  mayBecomeActive(): boolean;
  /** The member has another state, or fault. */
  changed(): void;
}

/** One virtual router that runs. */
export interface Instance {
  readonly configuration: VirtualRouterConfiguration;
  start(): void;
  /** A message for its VRID and family has come in, so many nanoseconds ago. */
  message(message: ReceivedMessage, ageNs?: number): void;
  /** A host asks for routers (RFC 4861 §6.2.6). */
  solicited(): void;
  /** The port's link or addresses are not what they were. */
  portChanged(): void;
  /** Whether a change of links or addresses may be one of its carrier that its state does not ask for. */
  concerns(change: RouteChange): boolean;
  /** Puts its carrier right where somebody changed it, and announces again. */
  reviewCarrier(): CarrierReview;
  /** What tracking says: the effective priority, and why it is in fault, in words (empty: it is not). */
  judged(priority: number, faults: readonly string[]): void;
  /** A reload that needs no restart (`planReload`): new addresses are announced, the rest counts from the next advertisement on. */
  reconfigure(configuration: VirtualRouterConfiguration, pace: Pace | undefined): void;
  /** Where it stands, for its sync group. */
  standing(): Standing;
  /** Its sync group says so: become Active as if the down timer had expired now, or Backup, or be in fault. */
  becomeActive(): void;
  yield(): void;
  groupFault(member: string | undefined): void;
  /** Graceful: priority 0 where it was Active. */
  stop(): void;
  /** Its state and counters. */
  view(): InstanceView;
}

/** Where a virtual router stands, for its sync group. */
export interface Standing {
  readonly state: VirtualRouter['state']['kind'];
  /** Its down timer has expired, and it waits for the others. */
  readonly waiting: boolean;
  /** It is in fault for a reason of its own. */
  readonly faulty: boolean;
  readonly priority: number;
}
