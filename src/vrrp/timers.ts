import type { VrrpVersion } from '../wire/vrrp.ts';

/** Nanoseconds in the units of the interval field: v2 counts seconds, v3 centiseconds. */
const SECOND_NS = 1_000_000_000;
const CENTISECOND_NS = 10_000_000;
/** What priorities are subtracted from and divided by in Skew_Time. */
const PRIORITY_SPAN = 256;

/** How many intervals of silence an Active router is allowed (RFC 9568 §6.1, RFC 3768 §6.1). */
export const DOWN_TIMER_ADVERTISEMENTS = 3;

/** Largest interval that the field can say: 8 bits of seconds (RFC 3768 §5.3.7), 12 of centiseconds (RFC 9568 §5.2.7). */
export const MAXIMUM_INTERVAL_FIELD: Readonly<Record<VrrpVersion, number>> = { 2: 255, 3: 4095 };

/**
 * Exact: to the nanosecond. Truncated: whole centiseconds, the unit that RFC 9568 §6.1 computes in. Both conform.
 */
export type SkewRounding = 'exact' | 'truncated';

/** The interval field as it is on the wire, in nanoseconds. */
export function intervalFieldToNs(version: VrrpVersion, field: number): number {
  return field * (version === 2 ? SECOND_NS : CENTISECOND_NS);
}

/** An interval in nanoseconds as the field says it: truncated to the field's unit, between 1 and its largest value. */
export function intervalNsToField(version: VrrpVersion, intervalNs: number): number {
  const field = Math.floor(intervalNs / (version === 2 ? SECOND_NS : CENTISECOND_NS));
  return Math.min(Math.max(field, 1), MAXIMUM_INTERVAL_FIELD[version]);
}

/**
 * Skew_Time in nanoseconds. v2: (256 - priority) / 256 of a second, whatever the interval (RFC 3768 §6.1). v3: that part
 * of Active_Adver_Interval (RFC 9568 §6.1). The exact value is rounded up, so that a timer is never early by rounding.
 */
export function skewTimeNs(
  version: VrrpVersion,
  priority: number,
  activeIntervalNs: number,
  rounding: SkewRounding = 'exact',
): number {
  const unitNs = version === 2 ? SECOND_NS : activeIntervalNs;
  const skewNs = ((PRIORITY_SPAN - priority) * unitNs) / PRIORITY_SPAN;
  return rounding === 'exact' ? Math.ceil(skewNs) : Math.floor(skewNs / CENTISECOND_NS) * CENTISECOND_NS;
}

/**
 * Active_Down_Interval (v2: Master_Down_Interval) in nanoseconds: 3 intervals and the skew (RFC 9568 §6.1, RFC 3768
 * §6.1). `activeIntervalNs` is Active_Adver_Interval: the interval learned from the Active router (v2: the local one).
 * `advertisements` replaces the 3 where a router is configured so.
 */
export function activeDownIntervalNs(
  version: VrrpVersion,
  priority: number,
  activeIntervalNs: number,
  rounding: SkewRounding = 'exact',
  advertisements: number = DOWN_TIMER_ADVERTISEMENTS,
): number {
  return advertisements * activeIntervalNs + skewTimeNs(version, priority, activeIntervalNs, rounding);
}
