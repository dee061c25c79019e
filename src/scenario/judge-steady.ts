import { formatDuration, MILLISECOND } from '../capture/time.ts';
import { tookOverInTime } from './judge-never.ts';
import type { VirtualRouterChoice } from './plan.ts';
import { clock, type ExpectationOf, type Judgement, nextDoingNs, type Played } from './played.ts';
import type { SeenAdvertisement } from './sightings.ts';
import { excusedByStall } from './stalls.ts';
import { concerns } from './watch.ts';

/** A gap beyond this part of the interval has one advertisement missing, one below the other part has one too many. */
const LONGEST_GAP = 1.5;
const SHORTEST_GAP = 0.5;
/** What was on its way when the winner's frame arrived (the bench's own tolerance for a frame in flight). */
const IN_FLIGHT_NS = 10 * MILLISECOND;

function sentBy(played: Played, router: string, choice: VirtualRouterChoice): SeenAdvertisement[] {
  return played.sightings.advertisements
    .filter((seen) => seen.router === router && concerns(choice, seen))
    .sort((left, right) => left.timeNs - right.timeNs);
}

/** Whether a router sent one advertisement each interval while a step was played: none missing, none more, none of priority 0. */
export function judgeSteady(played: Played, expectation: ExpectationOf<'steady'>): Judgement {
  const { router, step, intervalNs, extraAllowed } = expectation;
  const expected = `one advertisement each ${formatDuration(intervalNs)}`;
  const { beganNs = 0, endedNs = played.endNs } = played.steps[step] ?? {};
  const own = sentBy(played, router, expectation);
  const before = own.findLast(({ timeNs }) => timeNs <= beganNs);
  const during = own.filter(({ timeNs }) => timeNs > beganNs && timeNs <= endedNs);
  const resigned = during.find(({ priority }) => priority === 0);
  if (resigned !== undefined) {
    return { verdict: 'fail', expected, seen: `priority 0 at ${clock(resigned.timeNs)}`, frames: [resigned] };
  }
  const row = [...(before === undefined ? [] : [before]), ...during];
  for (const [index, seen] of row.entries()) {
    const next = row[index + 1];
    const gapNs = (next?.timeNs ?? endedNs) - seen.timeNs;
    const frames = next === undefined ? [seen] : [seen, next];
    if (gapNs > LONGEST_GAP * intervalNs) {
      const what = `silent for ${formatDuration(gapNs)} from ${clock(seen.timeNs)} on`;
      const judgement: Judgement = { verdict: 'fail', expected, seen: what, frames };
      const offNs = gapNs - LONGEST_GAP * intervalNs;
      return excusedByStall(judgement, offNs, played.sightings.events, [seen.timeNs, seen.timeNs + gapNs]);
    }
    if (!extraAllowed && next !== undefined && gapNs < SHORTEST_GAP * intervalNs) {
      const what = `one ${formatDuration(gapNs)} after the one before, at ${clock(next.timeNs)}`;
      return { verdict: 'fail', expected, seen: what, frames };
    }
  }
  if (row.length === 0) return { verdict: 'fail', expected, seen: `no advertisement of ${router}` };
  return { verdict: 'pass', expected, seen: `${during.length} advertisements` };
}

/** When what a step sends is over; what it keeps sending, when the next thing is done. */
function endOfSendingNs(played: Played, step: number): number {
  if (played.plan.steps[step]?.kind === 'keep-sending') return nextDoingNs(played, step);
  return played.steps[step]?.endedNs ?? played.endNs;
}

/** Whether a router's next advertisement might have been on its way: its interval was as good as over. */
function isDue({ plan }: Played, router: string, previousNs: number | undefined, timeNs: number): boolean {
  const node = plan.topology.nodes.find(({ name }) => name === router);
  const intervals = node?.kind === 'router' ? node.virtualRouters.map((one) => one.advertisementIntervalNs ?? 0) : [];
  return timeNs - (previousNs ?? Number.NEGATIVE_INFINITY) >= SHORTEST_GAP * Math.min(...intervals);
}

/** Whether a router fell silent at the first frame that a step sent, and stayed so to the step's end. */
export function judgeYield(played: Played, expectation: ExpectationOf<'yield'>): Judgement {
  const { router, step } = expectation;
  const { beganNs = 0 } = played.steps[step] ?? {};
  const endedNs = endOfSendingNs(played, step);
  const expected = `${router} is silent once it has heard the first frame`;
  const own = sentBy(played, router, expectation);
  if (!own.some(({ timeNs, priority }) => timeNs <= beganNs && priority > 0)) {
    return { verdict: 'fail', expected, seen: `${router} was not Active before` };
  }
  const first = played.sightings.crafted.find(({ timeNs }) => timeNs >= beganNs);
  const fromNs = (first?.timeNs ?? beganNs) + IN_FLIGHT_NS;
  // A step may end later than what it sent: with nobody to hear any more a Backup takes over by right.
  const last = played.sightings.crafted.findLast(({ timeNs }) => timeNs >= beganNs && timeNs <= endedNs);
  const untilNs = last === undefined || last === first ? endedNs : last.timeNs;
  const heardNs = first?.timeNs ?? beganNs;
  const late = own.filter(
    ({ timeNs }, index) =>
      timeNs <= untilNs &&
      (timeNs > fromNs || (timeNs >= heardNs && !isDue(played, router, own[index - 1]?.timeNs, timeNs))),
  );
  if (late.length === 0) return { verdict: 'pass', expected, seen: 'silent' };
  const seen = `${late.length} more, the first at ${clock(late[0]!.timeNs)} with priority ${late[0]!.priority}`;
  const judgement: Judgement = {
    verdict: 'fail',
    expected,
    seen,
    frames: [...(first === undefined ? [] : [first]), ...late],
  };
  if (tookOverInTime(played, late[0]!, step)) {
    return {
      ...judgement,
      verdict: 'inconclusive',
      reason: `the frames came too late: ${router} took over in its time`,
    };
  }
  const lateNs = late.at(-1)!.timeNs;
  const afterNs = lateNs > fromNs ? fromNs : heardNs;
  return excusedByStall(judgement, Math.max(1, lateNs - afterNs), played.sightings.events, [beganNs, lateNs]);
}
