import { formatDuration, MILLISECOND } from '../capture/time.ts';
import type { ActiveOverlap, Tenure, VirtualRouterHistory } from '../conformance/result.ts';
import type { VirtualRouterChoice } from './plan.ts';
import { clock, type ExpectationOf, type Judgement, type Played } from './played.ts';
import type { SeenAdvertisement } from './sightings.ts';
import { stalledNs } from './stalls.ts';
import { concerns, virtualRouterKey } from './watch.ts';

/** Two routers may both advertise for so long after the winner was heard. */
const ELECTION_NS = 20 * MILLISECOND;
/** A router that is Active has advertised within so many intervals. */
const ALIVE_INTERVALS = 1.5;

/** The advertisements of one virtual router, and the history that the observer rebuilt of it. */
interface Group {
  /** In order of time; never empty. */
  readonly advertisements: readonly SeenAdvertisement[];
  /** Undefined where nothing of it could be believed. */
  readonly history: VirtualRouterHistory | undefined;
}

/** Whether a router, and it alone, is Active at the end, for every virtual router that is meant. */
export function judgeActive(played: Played, expectation: ExpectationOf<'active'>): Judgement {
  const { router, timers } = expectation;
  const expected = `${router} advertises at the end, and nobody else`;
  const groups = groupByVirtualRouter(played, expectation);
  if (groups.length === 0) return { verdict: 'fail', expected, seen: 'no advertisement was seen' };
  const seen: string[] = [];
  for (const group of groups) {
    const newest = group.advertisements.at(-1)!;
    const own = group.advertisements.findLast((one) => one.router === router);
    if (own === undefined || own.priority === 0) {
      return {
        verdict: 'fail',
        expected,
        seen: `the newest advertisement is of ${newest.router}, priority ${newest.priority}`,
        frames: [newest],
      };
    }
    const ageNs = played.endNs - own.timeNs;
    if (ageNs > timers['active-down-interval']) {
      return {
        verdict: 'fail',
        expected,
        seen: `${router} has been silent for ${formatDuration(ageNs)}`,
        frames: [own],
      };
    }
    const active = activeAtEnd(group, played.endNs);
    const rival = active.find((tenure) => tenure.router !== router);
    if (rival !== undefined) {
      return {
        verdict: 'fail',
        expected,
        seen: `${rival.router} advertised too, at ${clock(rival.lastNs)}`,
        frames: newestOfEach(group, [rival.router, router]),
      };
    }
    const sinceNs = active[0]?.firstNs ?? own.timeNs;
    seen.push(`VRID ${own.virtualRouterId}: ${router} since ${clock(sinceNs)}`);
  }
  return { verdict: 'pass', expected, seen: seen.join(', ') };
}

function groupByVirtualRouter(played: Played, choice: VirtualRouterChoice): readonly Group[] {
  const groups = new Map<string, SeenAdvertisement[]>();
  for (const seen of played.sightings.advertisements) {
    if (seen.timeNs > played.endNs || !concerns(choice, seen)) continue;
    const key = virtualRouterKey(seen);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [seen]);
    else group.push(seen);
  }
  return [...groups.values()].map((group) => ({
    advertisements: group.sort((left, right) => left.timeNs - right.timeNs),
    history: historyOf(played, group[0]!),
  }));
}

function historyOf(
  { observation }: Played,
  { lan, virtualRouterId, family }: SeenAdvertisement,
): VirtualRouterHistory | undefined {
  return observation.virtualRouters.find(
    (one) => one.lan === lan && one.virtualRouterId === virtualRouterId && one.family === family,
  );
}

/**
 * The tenures of routers that are Active at the end: they go on, and their next advertisement is not overdue. One that has
 * heard who wins and was silent since has ended, however short ago that was. What a tester sends makes nobody Active.
 */
function activeAtEnd({ advertisements, history }: Group, endNs: number): readonly Tenure[] {
  const routers = new Set(advertisements.map(({ router }) => router));
  return (history?.timeline ?? []).filter(
    ({ router, end, lastNs, advertisedIntervalNs }) =>
      end === 'still-active' &&
      routers.has(router) &&
      endNs - lastNs <= ALIVE_INTERVALS * advertisedIntervalNs + ELECTION_NS,
  );
}

function newestOfEach({ advertisements }: Group, routers: readonly string[]): readonly SeenAdvertisement[] {
  return routers.flatMap((router) => advertisements.findLast((one) => one.router === router) ?? []);
}

/** Whether there was never more than one Active router, beyond what an election takes; or exactly one at the end. */
export function judgeOneActive(played: Played, expectation: ExpectationOf<'one-active'>): Judgement {
  if (expectation.when === 'at-end') return judgeOneAtEnd(played, expectation);
  const expected = `one router at a time, but for an election: until the winner was heard, and ${formatDuration(ELECTION_NS)}`;
  const open: Judgement[] = [];
  for (const history of played.observation.virtualRouters) {
    if (!concerns(expectation, history)) continue;
    for (const overlap of history.overlaps) {
      const judgement = { ...judgeOverlap(played, overlap), expected };
      if (judgement.verdict === 'fail') return judgement;
      open.push(judgement);
    }
  }
  return open[0] ?? { verdict: 'pass', expected, seen: 'never two at a time' };
}

/** An overlap that was longer than an election: but for what the host stood still? */
function judgeOverlap(
  played: Played,
  { fromNs, toNs, winner, loser, frames }: ActiveOverlap,
): Omit<Judgement, 'expected'> {
  const overlapNs = toNs - fromNs;
  const seen = `${winner} and ${loser} both advertised from ${clock(fromNs)} for ${formatDuration(overlapNs)}`;
  const stalled = stalledNs(played.sightings.events, fromNs, toNs);
  if (overlapNs - stalled > ELECTION_NS) return { verdict: 'fail', seen, frames };
  return {
    verdict: 'inconclusive',
    seen,
    frames,
    reason: `the host held it up for ${formatDuration(stalled)} meanwhile`,
  };
}

function judgeOneAtEnd(played: Played, expectation: ExpectationOf<'one-active'>): Judgement {
  const expected = 'one router advertises at the end';
  const groups = groupByVirtualRouter(played, expectation);
  if (groups.length === 0) return { verdict: 'fail', expected, seen: 'no advertisement was seen' };
  const seen: string[] = [];
  for (const group of groups) {
    const newest = group.advertisements.at(-1)!;
    if (newest.priority === 0)
      return { verdict: 'fail', expected, seen: 'the newest advertisement has priority 0', frames: [newest] };
    const active = activeAtEnd(group, played.endNs).map(({ router }) => router);
    if (active.length > 1) {
      return { verdict: 'fail', expected, seen: `${active.join(' and ')} do`, frames: newestOfEach(group, active) };
    }
    seen.push(active[0] ?? newest.router);
  }
  return { verdict: 'pass', expected, seen: seen.join(', ') };
}
