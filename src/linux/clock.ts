import type { Nanoseconds, TimeOrigin } from '../capture/time.ts';
import { c, check, nativeBuffer } from './libc.ts';

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const SECOND_NS = 1_000_000_000;

const timespec = nativeBuffer(16);
const timespecWords = new Uint32Array(timespec.buffer);

function readClock(clock: number): void {
  check(c.clockGettime(clock, timespec), 'clock_gettime', 'read the clock');
}

function timespecSeconds(): number {
  return timespecWords[0]! + timespecWords[1]! * 2 ** 32;
}

/**
 * CLOCK_MONOTONIC in nanoseconds: the clock that timers run by, the same in every process. Exact for the first 104 days
 * after the machine started, rounded to a few nanoseconds later on.
 */
export function monotonicNow(): number {
  readClock(CLOCK_MONOTONIC);
  return timespecSeconds() * SECOND_NS + timespecWords[2]!;
}

/** CLOCK_REALTIME, the clock that the kernel stamps frames by, in nanoseconds since 1970-01-01T00:00:00Z. */
export function realtimeNow(): bigint {
  readClock(CLOCK_REALTIME);
  return BigInt(timespecSeconds()) * 1_000_000_000n + BigInt(timespecWords[2]!);
}

/** Both clocks at one moment. */
export interface ClockPair {
  readonly monotonicNs: number;
  readonly realtimeNs: bigint;
  /** How far apart the two readings may be, in nanoseconds. */
  readonly uncertaintyNs: number;
}

/**
 * Reads both clocks as close together as can be, so that a step of the wall clock shows as a change of their difference.
 */
export function clockPair(): ClockPair {
  let best: ClockPair | undefined;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const before = monotonicNow();
    const realtimeNs = realtimeNow();
    const after = monotonicNow();
    const uncertaintyNs = (after - before) / 2;
    if (!best || uncertaintyNs < best.uncertaintyNs) {
      best = { monotonicNs: Math.round(before + uncertaintyNs), realtimeNs, uncertaintyNs };
    }
  }
  return best!;
}

/** The wall clock as a session counts it: nanoseconds since its origin, without a BigInt a reading. */
export interface SessionClock {
  readonly origin: TimeOrigin;
  now(): Nanoseconds;
  /** A kernel's time stamp (seconds since 1970, nanoseconds) in the session's time. */
  at(seconds: number, nanoseconds: number): Nanoseconds;
}

/** A clock of CLOCK_REALTIME that counts from `origin`; from now, when absent. */
export function createSessionClock(origin: TimeOrigin = { unixNanoseconds: realtimeNow() }): SessionClock {
  const originSeconds = Number(origin.unixNanoseconds / 1_000_000_000n);
  const originNanoseconds = Number(origin.unixNanoseconds % 1_000_000_000n);
  const at = (seconds: number, nanoseconds: number): Nanoseconds =>
    (seconds - originSeconds) * SECOND_NS + (nanoseconds - originNanoseconds);
  return {
    origin,
    at,
    now() {
      readClock(CLOCK_REALTIME);
      return at(timespecSeconds(), timespecWords[2]!);
    },
  };
}
