import { MILLISECOND } from '../capture/time.ts';
import { VARIANT_FACTS } from '../scenario/variant.ts';
import { activeDownIntervalNs } from '../vrrp/timers.ts';
import { type Case, type CaseVirtualRouter, intervalMsOf } from './case.ts';

/** The lowest priority there is, whose skew is the longest. */
const LOWEST_PRIORITY = 1;
/** Frames on their way, and a process that is given what it missed. */
const SLACK_MS = 50;

/**
 * The longest Active_Down_Interval that any router of a virtual router can have, in milliseconds: it may have learned the
 * longest interval among them (RFC 9568 §6.1).
 */
export function longestDownMs(explored: Case, virtualRouter: CaseVirtualRouter): number {
  const { version } = VARIANT_FACTS[virtualRouter.variant];
  const longest = longestIntervalMs(explored, virtualRouter);
  const lowest = Math.max(LOWEST_PRIORITY, Math.min(...priorities(explored, virtualRouter)));
  const fastest = Math.max(0, ...explored.routers.map(({ driftPpm }) => Math.abs(driftPpm))) / 1e6;
  const delayMs = Math.max(0, ...explored.routers.map(({ schedulingDelayMs }) => schedulingDelayMs));
  return (activeDownIntervalNs(version, lowest, longest * MILLISECOND) / MILLISECOND) * (1 + fastest) + 2 * delayMs;
}

/** The longest advertisement interval in a virtual router, in milliseconds: forged advertisements have its own. */
export function longestIntervalMs(explored: Case, virtualRouter: CaseVirtualRouter): number {
  return Math.max(virtualRouter.intervalMs, ...explored.routers.map((router) => intervalMsOf(virtualRouter, router)));
}

/**
 * When a virtual router has come to rest after something was done, in milliseconds: the silence of who is gone, then the
 * silence that a preempting router keeps behind a lower one, and its delay (RFC 9568 §6.4.2). `lateMs` is what frames
 * are late by.
 */
export function boundMs(explored: Case, virtualRouter: CaseVirtualRouter, lateMs: number): number {
  const preemptDelayMs = Math.max(0, ...explored.routers.map((router) => router.preemptDelayMs));
  return 2 * (longestDownMs(explored, virtualRouter) + lateMs) + preemptDelayMs + lateMs + SLACK_MS;
}

/** Whether all routers advertise as often. */
export function hasOneInterval(explored: Case, virtualRouter: CaseVirtualRouter): boolean {
  return explored.routers.every(
    (router) => intervalMsOf(virtualRouter, router) === intervalMsOf(virtualRouter, explored.routers[0]!),
  );
}

function priorities(explored: Case, virtualRouter: CaseVirtualRouter): readonly number[] {
  return explored.routers.map(({ name }) => virtualRouter.priorities[name]!);
}
