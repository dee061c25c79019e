import type { Nanoseconds } from '../capture/time.ts';
import type { FrameReference } from '../conformance/result.ts';
import type { Echoes } from './echoes.ts';

/** A time without answers, between bounds that the numbered requests prove. */
export interface Outage {
  /** Requests in a row that were not answered. */
  readonly lost: number;
  /** From the first lost request to the last: it lasted at least so long. */
  readonly lowerNs: number;
  /** From the last answered request before to the first answered one after; Infinity where none came. */
  readonly upperNs: number;
  /** How much of the upper bound is due to requests that the host did not send in time. */
  readonly unsentNs: number;
  /** When the first and the last lost request were sent, and the first that was answered after them. */
  readonly beganNs: Nanoseconds;
  readonly endedNs: Nanoseconds;
  readonly answeredAgainNs?: Nanoseconds;
  readonly firstLost: FrameReference;
  readonly lastLost: FrameReference;
}

/** What a probe shows: how many requests, how many answers, and the longest time without. */
export interface ProbeSummary {
  readonly requests: number;
  readonly answers: number;
  /** Requests without an answer, after the first that had one. */
  readonly lost: number;
  readonly outages: number;
  readonly longest?: Outage;
}

/** A request that left less than this before the probe ended may have its answer still on the way. */
const ANSWER_TIME_NS = 50_000_000;

/** Finds the times without answers, from the first answer on: before it a host may still be resolving the address. */
export function summariseProbe(echoes: Echoes): ProbeSummary {
  let last = echoes.requests - 1;
  const endNs = last < 0 ? 0 : echoes.sentNs(last);
  while (last >= 0 && echoes.answeredNs(last) === undefined && endNs - echoes.sentNs(last) < ANSWER_TIME_NS) last--;
  let first = 0;
  while (first <= last && echoes.answeredNs(first) === undefined) first++;
  let answers = 0;
  let lost = 0;
  let outages = 0;
  let longest: Outage | undefined;
  for (let position = first; position <= last; position++) {
    if (echoes.answeredNs(position) !== undefined) {
      answers++;
      continue;
    }
    let end = position;
    while (end < last && echoes.answeredNs(end + 1) === undefined) end++;
    lost += end - position + 1;
    const outage = outageOf(echoes, position, end, last);
    outages++;
    if (longest === undefined || outage.lowerNs > longest.lowerNs) longest = outage;
    position = end;
  }
  return { requests: echoes.requests, answers, lost, outages, ...(longest === undefined ? {} : { longest }) };
}

/** The outage of the lost requests `from` to `to`; the request before was answered. */
function outageOf(echoes: Echoes, from: number, to: number, last: number): Outage {
  const { intervalNs } = echoes.probe;
  const before = echoes.sentNs(from - 1);
  const after = to < last ? echoes.sentNs(to + 1) : Number.POSITIVE_INFINITY;
  const late = (gapNs: number) => (Number.isFinite(gapNs) ? Math.max(0, gapNs - intervalNs) : 0);
  return {
    lost: to - from + 1,
    lowerNs: echoes.sentNs(to) - echoes.sentNs(from),
    upperNs: after - before,
    unsentNs: late(echoes.sentNs(from) - before) + late(after - echoes.sentNs(to)),
    beganNs: echoes.sentNs(from),
    endedNs: echoes.sentNs(to),
    ...(to < last ? { answeredAgainNs: after } : {}),
    firstLost: echoes.request(from),
    lastLost: echoes.request(to),
  };
}
