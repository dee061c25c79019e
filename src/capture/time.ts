/**
 * A point in time: integer nanoseconds since the origin of the session. A double holds 104 days of nanoseconds exactly;
 * a session that outlives 100 days moves its origin.
 */
export type Nanoseconds = number;

/** What ties a session's nanoseconds to the wall clock: the origin in nanoseconds since 1970-01-01T00:00:00Z. */
export interface TimeOrigin {
  readonly unixNanoseconds: bigint;
}

/** Nanoseconds in a microsecond, a millisecond, a centisecond (VRRPv3's unit) and a second. */
export const MICROSECOND = 1_000;
export const MILLISECOND = 1_000_000;
export const CENTISECOND = 10_000_000;
export const SECOND = 1_000_000_000;
