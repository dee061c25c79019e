import type { VirtualRouterIntent } from '../capture/intent.ts';
import { timersOf } from '../scenario/timers.ts';
import { FAULTS, type FaultName } from './fault.ts';

/**
 * The time from the fault to the new router's first advertisement by the RFC's timers alone, in nanoseconds, where the
 * fault strikes at a uniformly distributed phase of the advertisement interval: uniform between two bounds, which are
 * equal where the phase does not matter. Undefined where the RFC knows no takeover.
 */
export interface ExpectedTime {
  readonly fromNs: number;
  readonly toNs: number;
}

/** What the RFC's timers say of a fault for the router that takes over (RFC 9568 §6.1, §6.4.2; RFC 3768 the same). */
export function expectedTime(fault: FaultName, successor: VirtualRouterIntent): ExpectedTime | undefined {
  const timers = timersOf(successor);
  switch (FAULTS[fault].law) {
    case 'active-down': {
      const longestNs = timers['active-down-interval'];
      return { fromNs: longestNs - timers['advertisement-interval'], toNs: longestNs };
    }
    case 'skew':
      return { fromNs: timers['skew-time'], toNs: timers['skew-time'] };
    case 'preemption':
      return { fromNs: timers['active-down-interval'], toNs: timers['active-down-interval'] };
    case 'none':
      return undefined;
  }
}

/** The part of all phases in which the takeover is due within a time: the distribution function, 0 to 1. */
export function expectedPart({ fromNs, toNs }: ExpectedTime, withinNs: number): number {
  if (withinNs < fromNs) return 0;
  return withinNs >= toNs ? 1 : (withinNs - fromNs) / (toNs - fromNs);
}

/** The time within which the takeover is due in a part of all phases: the quantile function. */
export function expectedQuantile({ fromNs, toNs }: ExpectedTime, part: number): number {
  return fromNs + part * (toNs - fromNs);
}
