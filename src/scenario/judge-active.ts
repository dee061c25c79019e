import { formatDuration, MILLISECOND } from '../capture/time.ts';
import type { Tenure } from '../conformance/result.ts';
import type { VirtualRouterChoice } from './plan.ts';
import { clock, type ExpectationOf, type Judgement, type Played } from './played.ts';
import type { SeenAdvertisement } from './sightings.ts';
import { stalledNs } from './stalls.ts';
import { concerns, virtualRouterKey } from './watch.ts';

/** Two routers may both advertise for so long in an election: until the winner was heard. */
const ELECTION_NS = 20 * MILLISECOND;

/** Whether a router, and it alone, is Active at the end, for every virtual router that is meant. */
export function judgeActive(played: Played, expectation: ExpectationOf<'active'>): Judgement {
  const { router, timers } = expectation;
  const expected = `${router} advertises at the end, and nobody else`;
  const groups = groupByVirtualRouter(played, expectation);
  if (groups.length === 0) return { verdict: 'fail', expected, seen: 'no advertisement was seen' };
  const seen: string[] = [];
  for (const advertisements of groups) {
    const newest = advertisements.at(-1)!;
    const own = advertisements.findLast((one) => one.router === router);
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
    const rival = advertisements.findLast((one) => one.router !== router && one.priority > 0);
    const sinceNs = beginOfTenure(advertisements, router);
    if (rival !== undefined && rival.timeNs > sinceNs + ELECTION_NS) {
      return {
        verdict: 'fail',
        expected,
        seen: `${rival.router} advertised too, at ${clock(rival.timeNs)}`,
        frames: [rival, own],
      };
    }
    seen.push(`VRID ${own.virtualRouterId}: ${router} since ${clock(sinceNs)}`);
  }
  return { verdict: 'pass', expected, seen: seen.join(', ') };
}

function groupByVirtualRouter(played: Played, choice: VirtualRouterChoice): readonly (readonly SeenAdvertisement[])[] {
  const groups = new Map<string, SeenAdvertisement[]>();
  for (const seen of played.sightings.advertisements) {
    if (seen.timeNs > played.endNs || !concerns(choice, seen)) continue;
    const key = virtualRouterKey(seen);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [seen]);
    else group.push(seen);
  }
  return [...groups.values()].map((group) => group.sort((left, right) => left.timeNs - right.timeNs));
}

/** When the router's uninterrupted row of advertisements at the end began; what others sent in an election is no break. */
function beginOfTenure(advertisements: readonly SeenAdvertisement[], router: string): number {
  const own = advertisements.filter((one) => one.router === router);
  let beginNs = own.at(-1)!.timeNs;
  for (let index = own.length - 2; index >= 0; index--) {
    const from = own[index]!;
    const others = advertisements.some(
      (one) =>
        one.router !== router && one.priority > 0 && one.timeNs > from.timeNs + ELECTION_NS && one.timeNs <= beginNs,
    );
    if (from.priority === 0 || others) break;
    beginNs = from.timeNs;
  }
  return beginNs;
}

/** Whether there was never more than one Active router, beyond what an election takes; or exactly one at the end. */
export function judgeOneActive(played: Played, expectation: ExpectationOf<'one-active'>): Judgement {
  if (expectation.when === 'at-end') return judgeOneAtEnd(played, expectation);
  const expected = `no two routers advertise for longer than ${formatDuration(ELECTION_NS)}`;
  for (const history of played.observation.virtualRouters) {
    if (!concerns(expectation, history)) continue;
    for (const [index, left] of history.timeline.entries()) {
      for (const right of history.timeline.slice(index + 1)) {
        const judgement = judgeOverlap(played, left, right);
        if (judgement !== undefined) return { ...judgement, expected };
      }
    }
  }
  return { verdict: 'pass', expected, seen: 'never two at a time' };
}

function judgeOverlap(played: Played, left: Tenure, right: Tenure): Omit<Judgement, 'expected'> | undefined {
  if (left.router === right.router) return undefined;
  const fromNs = Math.max(left.firstNs, right.firstNs);
  const toNs = Math.min(left.lastNs, right.lastNs);
  const overlapNs = toNs - fromNs;
  if (overlapNs <= ELECTION_NS) return undefined;
  const seen = `${left.router} and ${right.router} both advertised from ${clock(fromNs)} for ${formatDuration(overlapNs)}`;
  const frames = played.sightings.advertisements.filter(({ timeNs }) => timeNs >= fromNs && timeNs <= toNs);
  const stalled = stalledNs(played.sightings.events, fromNs, toNs);
  if (overlapNs - stalled > ELECTION_NS) return { verdict: 'fail', seen, frames };
  return {
    verdict: 'inconclusive',
    seen,
    frames,
    reason: `the host stood still for ${formatDuration(stalled)} meanwhile`,
  };
}

function judgeOneAtEnd(played: Played, expectation: ExpectationOf<'one-active'>): Judgement {
  const expected = 'one router advertises at the end';
  const groups = groupByVirtualRouter(played, expectation);
  if (groups.length === 0) return { verdict: 'fail', expected, seen: 'no advertisement was seen' };
  for (const advertisements of groups) {
    const newest = advertisements.at(-1)!;
    if (newest.priority === 0)
      return { verdict: 'fail', expected, seen: 'the newest advertisement has priority 0', frames: [newest] };
    const sinceNs = beginOfTenure(advertisements, newest.router);
    const rival = advertisements.findLast((one) => one.router !== newest.router && one.timeNs > sinceNs + ELECTION_NS);
    if (rival !== undefined && rival.priority > 0) {
      return { verdict: 'fail', expected, seen: `${newest.router} and ${rival.router} do`, frames: [rival, newest] };
    }
  }
  return { verdict: 'pass', expected, seen: groups.map((group) => group.at(-1)!.router).join(', ') };
}
