import type { VirtualRouterConfiguration } from '../../config/configuration.ts';
import type { DiscardReason, Remark } from '../../vrrp/receive.ts';
import type { TransitionReason, VirtualRouter } from '../../vrrp/state.ts';

/** What one virtual router has counted since it began. */
export interface Statistics {
  /** When counting began. */
  readonly since: Date;
  advertisementsReceived: number;
  advertisementsSent: number;
  priorityZeroReceived: number;
  priorityZeroSent: number;
  becameActive: number;
  ceasedActive: number;
  /** Advertisements with another interval than the configured one, taken or discarded. */
  intervalErrors: number;
  /** Advertisements with another address list than the configured one, taken or discarded. */
  addressListErrors: number;
  /** Advertisements that the kernel did not take: the queue was full, or the link down. */
  unsent: number;
  /** Gratuitous ARP and unsolicited Neighbor Advertisements. */
  announcementsSent: number;
  /** Router Advertisements that the kernel took. */
  routerAdvertisementsSent: number;
  /** Its own advertisements that came back: a switch reflects, or there is a clone of this machine. */
  ownFramesReceived: number;
  /** Messages that the receiving checks discarded, by reason. */
  readonly discarded: Partial<Record<DiscardReason, number>>;
}

/** What is known of how a virtual router came where it is. */
export interface History {
  /** When it left Initialize; undefined while it is there. */
  readonly upSince: Date | undefined;
  /** The source of the last advertisement that was taken. */
  readonly lastSource: Uint8Array | undefined;
  readonly lastReason: TransitionReason | undefined;
  /** Why it became Active for the last time. */
  readonly activeReason: TransitionReason | undefined;
}

/** One virtual router as it stands, for whoever shows it. */
export interface InstanceView {
  readonly configuration: VirtualRouterConfiguration;
  readonly core: VirtualRouter;
  readonly statistics: Statistics;
  readonly history: History;
}

/** Messages that were wrong before it mattered which virtual router they were for; of the whole process. */
export interface ProtocolErrors {
  checksum: number;
  version: number;
  virtualRouterId: number;
  ttl: number;
  /** Too short to say which virtual router they are for. */
  truncated: number;
}

/** The whole router as it stands. */
export interface RouterView {
  readonly since: Date;
  readonly instances: readonly InstanceView[];
  readonly errors: ProtocolErrors;
}

/** Counters at zero. */
export function noStatistics(): Statistics {
  return {
    since: new Date(),
    advertisementsReceived: 0,
    advertisementsSent: 0,
    priorityZeroReceived: 0,
    priorityZeroSent: 0,
    becameActive: 0,
    ceasedActive: 0,
    intervalErrors: 0,
    addressListErrors: 0,
    unsent: 0,
    announcementsSent: 0,
    routerAdvertisementsSent: 0,
    ownFramesReceived: 0,
    discarded: {},
  };
}

/** No errors. */
export function noErrors(): ProtocolErrors {
  return { checksum: 0, version: 0, virtualRouterId: 0, ttl: 0, truncated: 0 };
}

/** Counts a message that was discarded. */
export function countDiscard(statistics: Statistics, reason: DiscardReason): void {
  statistics.discarded[reason] = (statistics.discarded[reason] ?? 0) + 1;
  if (reason === 'own-frame') statistics.ownFramesReceived += 1;
  else if (reason === 'interval-mismatch' || reason === 'interval-zero') statistics.intervalErrors += 1;
  else if (reason === 'address-list' || reason === 'address-count-zero') statistics.addressListErrors += 1;
}

/** Counts what was said of a message that was taken. */
export function countRemark(statistics: Statistics, remark: Remark): void {
  if (remark === 'interval-differs') statistics.intervalErrors += 1;
  else if (remark === 'address-list-differs') statistics.addressListErrors += 1;
}

/** Adds what virtual routers have counted of errors that are the whole process's. */
export function addErrors(errors: ProtocolErrors, views: readonly InstanceView[]): ProtocolErrors {
  const sum = { ...errors };
  for (const { statistics } of views) {
    const { discarded } = statistics;
    sum.checksum += discarded.checksum ?? 0;
    sum.version += discarded.version ?? 0;
    sum.virtualRouterId += discarded['virtual-router-id'] ?? 0;
    sum.ttl += discarded.ttl ?? 0;
  }
  return sum;
}
