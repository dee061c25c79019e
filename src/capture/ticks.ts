/**
 * The clock of a pcapng interface: 64-bit ticks since 1970, of a resolution that each interface chooses (if_tsresol), plus
 * whole seconds (if_tsoffset). Ticks arrive as two halves, since a double does not hold 64 bits.
 */
export interface TickClock {
  readonly ticksPerSecond: bigint;
  readonly offsetSeconds: bigint;
  /** Nanoseconds in a tick; a fraction where ticks are finer. */
  readonly nanosecondsPerTick: number;
  /** Whether a tick is a whole number of nanoseconds, so that plain arithmetic is exact. */
  readonly whole: boolean;
  /** Set by {@link baseTickClock}: the last tick at or before the origin, in halves, and that tick's distance from it. */
  baseHigh: number;
  baseLow: number;
  baseNs: number;
  originUnixNanoseconds: bigint;
}

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const HALF = 4_294_967_296;
const BINARY_RESOLUTION = 0x80;
/** Microseconds: what an interface without if_tsresol counts. */
export const DEFAULT_RESOLUTION = 6;

/** Makes the clock of an interface from the octet of if_tsresol (a power of 10, or of 2 with its top bit set). */
export function createTickClock(resolution: number, offsetSeconds: bigint): TickClock {
  const exponent = resolution & ~BINARY_RESOLUTION;
  const ticksPerSecond = (resolution & BINARY_RESOLUTION) === 0 ? 10n ** BigInt(exponent) : 2n ** BigInt(exponent);
  return {
    ticksPerSecond,
    offsetSeconds,
    nanosecondsPerTick: 1e9 / Number(ticksPerSecond),
    whole: NANOSECONDS_PER_SECOND % ticksPerSecond === 0n,
    baseHigh: 0,
    baseLow: 0,
    baseNs: 0,
    originUnixNanoseconds: 0n,
  };
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}

function joinHalves(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Nanoseconds since 1970 of a stamp. Slow: for the first stamp of a capture, and for clocks that are not whole. */
export function ticksToUnixNanoseconds(clock: TickClock, high: number, low: number): bigint {
  const ticks = joinHalves(high, low);
  const sinceEpoch = floorDivide(ticks * NANOSECONDS_PER_SECOND, clock.ticksPerSecond);
  return sinceEpoch + clock.offsetSeconds * NANOSECONDS_PER_SECOND;
}

/** Ties the clock to the origin of the session; needed once before {@link ticksToNanoseconds}. */
export function baseTickClock(clock: TickClock, originUnixNanoseconds: bigint): void {
  const origin = originUnixNanoseconds - clock.offsetSeconds * NANOSECONDS_PER_SECOND;
  const ticks = floorDivide(origin * clock.ticksPerSecond, NANOSECONDS_PER_SECOND);
  clock.baseHigh = Number(ticks >> 32n);
  clock.baseLow = Number(ticks & 0xffff_ffffn);
  clock.baseNs = Number(floorDivide(ticks * NANOSECONDS_PER_SECOND, clock.ticksPerSecond) - origin);
  clock.originUnixNanoseconds = originUnixNanoseconds;
}

/**
 * Nanoseconds from the origin to a stamp. For whole clocks (powers of ten down to nanoseconds: what is in the field) no
 * BigInt is made; the halves are subtracted apart, because a stamp of today is beyond 2^53 nanoseconds.
 */
export function ticksToNanoseconds(clock: TickClock, high: number, low: number): number {
  if (clock.whole) {
    return ((high - clock.baseHigh) * HALF + (low - clock.baseLow)) * clock.nanosecondsPerTick + clock.baseNs;
  }
  return Number(ticksToUnixNanoseconds(clock, high, low) - clock.originUnixNanoseconds);
}
