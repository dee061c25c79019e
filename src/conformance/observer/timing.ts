import { MILLISECOND } from '../../capture/time.ts';
import { skewTimeNs } from '../../vrrp/timers.ts';
import type { VrrpVersion } from '../../wire/vrrp.ts';
import type { TakeoverTiming } from '../result.ts';

/** How exactly a place sees when a router sent and heard: a port of the lab, or a tap somewhere on the LAN. */
export interface Vantage {
  readonly ports: boolean;
  /** Whether a router is outside the lab: times are as exact as at a tap. */
  readonly outside?: boolean;
  /** Resolution of the time stamps, in nanoseconds. */
  readonly resolutionNs: number;
}

/** When a Backup may take over, counted from the frame that last restarted its down timer. */
export interface TakeoverWindow {
  readonly minimumNs: number;
  readonly maximumNs: number;
}

export interface WindowInput {
  readonly version: VrrpVersion;
  readonly priority: number;
  /** Its priority before, where it changed while the router was Backup: either skew conforms. */
  readonly formerPriority?: number;
  /** Active_Adver_Interval (v2: the Advertisement_Interval), in nanoseconds. */
  readonly intervalNs: number;
  /** Intervals to wait: 3, 0 after priority 0, or what is configured. */
  readonly advertisements: number;
}

/**
 * The window of RFC 9568 §6.1 and §6.4.2: from k intervals plus the skew truncated to centiseconds to k intervals plus
 * the exact skew.
 */
export function takeoverWindow(input: WindowInput): TakeoverWindow {
  const { version, priority, formerPriority = priority, intervalNs, advertisements } = input;
  const highest = Math.max(priority, formerPriority);
  const lowest = Math.min(priority, formerPriority);
  const waitNs = advertisements * intervalNs;
  return {
    minimumNs: waitNs + skewTimeNs(version, highest, intervalNs, 'truncated'),
    maximumNs: waitNs + skewTimeNs(version, lowest, intervalNs, 'exact'),
  };
}

function isExact({ ports, outside = false }: Vantage): boolean {
  return ports && !outside;
}

/** How much earlier than the window a takeover may seem without being early. */
export function earlyToleranceNs(vantage: Vantage): number {
  return Math.max(isExact(vantage) ? MILLISECOND : 2 * MILLISECOND, vantage.resolutionNs);
}

/** How much later than the window a takeover passes. */
export function lateToleranceNs(vantage: Vantage, intervalNs: number): number {
  return isExact(vantage) ? 20 * MILLISECOND : Math.max(50 * MILLISECOND, intervalNs / 10);
}

/** How long after passing a takeover is slow before it is late. */
export function slowToleranceNs(intervalNs: number): number {
  return Math.max(100 * MILLISECOND, intervalNs / 2);
}

/** How long after the winner was heard the loser's frames count as in flight. */
export function inFlightNs(vantage: Vantage): number {
  return isExact(vantage) ? 10 * MILLISECOND : 20 * MILLISECOND;
}

/** Intervals that short are at the mercy of the host's scheduler. */
export const SHORT_INTERVAL_NS = 50 * MILLISECOND;

export interface TakeoverInput {
  readonly baseNs: number;
  /** When the router showed itself: its first advertisement, or its first announcement where that came before. */
  readonly takeoverNs: number;
  readonly window: TakeoverWindow;
  readonly intervalNs: number;
  readonly vantage: Vantage;
  /** Nanoseconds for which the host held somebody up, at the base and after the window; and whether it did at the base. */
  readonly stalledNs: number;
  readonly baseStalled: boolean;
  /** Why frames of [base, takeover] may be missing in the capture. */
  readonly lost?: string | undefined;
  /** By how much it is late even if what is missing restarted the timer when it was last lost; absent: that explains all. */
  readonly lateSinceLostNs?: number;
  /** Whether other frames were seen after the window, so that a late takeover is no gap of the capture. */
  readonly captureAlive: boolean;
  /** No upper bound: the router may have started after the base. */
  readonly startUp?: string;
  /** Whether daemons ran at real-time priority. */
  readonly realTime: boolean;
}

/** Judges one takeover by time. */
export function judgeTakeover(input: TakeoverInput): TakeoverTiming {
  const elapsedNs = input.takeoverNs - input.baseNs;
  const { minimumNs, maximumNs } = input.window;
  const isShort = input.intervalNs <= SHORT_INTERVAL_NS && !input.realTime;
  const timing = {
    baseNs: input.baseNs,
    elapsedNs,
    expectedMinimumNs: minimumNs,
    expectedMaximumNs: maximumNs,
    ...(isShort ? { shortInterval: true as const } : {}),
  };
  const passUntil = maximumNs + lateToleranceNs(input.vantage, input.intervalNs);
  const slowUntil = passUntil + slowToleranceNs(input.intervalNs);

  if (elapsedNs < minimumNs - earlyToleranceNs(input.vantage)) {
    if (input.baseStalled)
      return { ...timing, verdict: 'inconclusive', reason: 'the host held somebody up at the base' };
    if (input.lost !== undefined) return { ...timing, verdict: 'inconclusive', reason: input.lost };
    if (isShort) return { ...timing, verdict: 'inconclusive', reason: SHORT_INTERVAL_REASON };
    return { ...timing, verdict: 'early' };
  }
  if (elapsedNs <= passUntil) return { ...timing, verdict: 'pass' };
  if (input.lost !== undefined && (input.lateSinceLostNs ?? 0) <= slowUntil - maximumNs) {
    return { ...timing, verdict: 'inconclusive', reason: input.lost };
  }
  if (input.startUp !== undefined) return { ...timing, verdict: 'not-judged', reason: input.startUp };
  const lateNs = elapsedNs - input.stalledNs;
  if (lateNs <= passUntil) return { ...timing, verdict: 'inconclusive', reason: 'the host held it up meanwhile' };
  if (isShort) return { ...timing, verdict: 'inconclusive', reason: SHORT_INTERVAL_REASON };
  if (elapsedNs <= slowUntil) return { ...timing, verdict: 'slow' };
  if (lateNs <= slowUntil) return { ...timing, verdict: 'slow', reason: 'the host held it up for a part of it' };
  if (!input.vantage.ports && !input.captureAlive) {
    return { ...timing, verdict: 'inconclusive', reason: 'no other frame was captured meanwhile' };
  }
  return { ...timing, verdict: 'late' };
}

const SHORT_INTERVAL_REASON = 'an interval of 50 ms or less without real-time priority: one takeover proves nothing';

/** The whole number of intervals that explains a gap better than the expected one, if one does. */
export function otherMultiple(
  elapsedNs: number,
  intervalNs: number,
  skewNs: number,
  expected: number,
): number | undefined {
  const multiple = Math.round((elapsedNs - skewNs) / intervalNs);
  const remainder = Math.abs(elapsedNs - skewNs - multiple * intervalNs);
  return multiple !== expected && multiple >= 0 && remainder < intervalNs / 20 ? multiple : undefined;
}
