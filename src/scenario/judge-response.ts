import type { RunEvent } from '../capture/event.ts';
import { formatDuration, MILLISECOND } from '../capture/time.ts';
import type { CraftedFrame } from './plan.ts';
import { clock, type ExpectationOf, type Judgement, nextDoingNs, type Played } from './played.ts';
import type { SeenAdvertisement, SeenResponse } from './sightings.ts';
import { excusedByStall, stalledNs } from './stalls.ts';
import { concerns } from './watch.ts';

/** How soon an advertisement answers another one: as late as a takeover may be after its timer. */
const AT_ONCE_NS = 20 * MILLISECOND;
/** How far the time between two advertisements may be from the interval. */
const PERIOD_TOLERANCE_NS = 20 * MILLISECOND;

/** Whether a router responded to what a step sent; or did not. */
export function judgeResponse(played: Played, expectation: ExpectationOf<'response'>): Judgement {
  const planned = played.plan.steps[expectation.step];
  if (planned?.kind !== 'send' && planned?.kind !== 'keep-sending') throw new Error('the step sends nothing');
  const frame = planned.send.frames[0]!;
  return frame.kind === 'advertisement'
    ? judgeAssertions(played, expectation)
    : judgePackets(played, expectation, frame);
}

function judgePackets(
  played: Played,
  { router, step, wanted }: ExpectationOf<'response'>,
  frame: Exclude<CraftedFrame, { readonly kind: 'advertisement' }>,
): Judgement {
  const words = {
    question: 'an answer',
    solicitation: 'a Router Advertisement',
    echo: 'an echo reply',
    datagram: 'the datagram, forwarded',
  };
  const expected = `${wanted ? '' : 'not '}${words[frame.kind]} from ${router}`;
  const fromNs = played.steps[step]?.beganNs ?? 0;
  const untilNs = nextDoingNs(played, step);
  const responses = played.sightings.responses.filter(
    (seen) => seen.router === router && seen.timeNs >= fromNs && seen.timeNs <= untilNs && answers(seen, frame),
  );
  const [first] = responses;
  if (first === undefined) return { verdict: wanted ? 'fail' : 'pass', expected, seen: 'none' };
  const mac = 'mac' in first.response ? ` with ${first.response.mac ?? 'no MAC address'}` : '';
  const count = responses.length === 1 ? 'one' : `${responses.length}, the first`;
  const seen = `${count} at ${clock(first.timeNs)}${mac}`;
  return { verdict: wanted ? 'pass' : 'fail', expected, seen, ...(wanted ? {} : { frames: responses }) };
}

function answers(
  { response }: SeenResponse,
  frame: Exclude<CraftedFrame, { readonly kind: 'advertisement' }>,
): boolean {
  if (response.kind !== frame.kind) return false;
  if (response.kind === 'question') return frame.kind === 'question' && response.address === frame.target;
  if (response.kind === 'solicitation') return true;
  return 'number' in response && 'number' in frame && response.number === frame.number;
}

/** Whether each advertisement that was sent was answered at once by one of the router's own. */
function judgeAssertions(played: Played, expectation: ExpectationOf<'response'>): Judgement {
  const { router, step, wanted, timer } = expectation;
  const expected = `${wanted ? 'an' : 'no'} advertisement from ${router} at once`;
  const { beganNs = 0, endedNs = played.endNs } = played.steps[step] ?? {};
  const own = played.sightings.advertisements
    .filter((seen) => seen.router === router && concerns(expectation, seen))
    .sort((left, right) => left.timeNs - right.timeNs);
  const sent = played.sightings.crafted.filter(({ timeNs }) => timeNs >= beganNs && timeNs <= endedNs);
  if (sent.length === 0) return { verdict: 'inconclusive', expected, seen: 'nothing was sent' };
  for (const one of sent) {
    const response = own.find(({ timeNs }) => timeNs > one.timeNs && timeNs <= one.timeNs + AT_ONCE_NS);
    if (response !== undefined && !wanted) {
      const seen = `one ${formatDuration(response.timeNs - one.timeNs)} after it`;
      return { verdict: 'fail', expected, seen, frames: [one, response] };
    }
    if (response === undefined && wanted) {
      const next = own.find(({ timeNs }) => timeNs > one.timeNs);
      const seen = next === undefined ? 'none' : `the next came ${formatDuration(next.timeNs - one.timeNs)} after it`;
      const stalled = stalledNs(played.sightings.events, one.timeNs, one.timeNs + AT_ONCE_NS);
      if (stalled > 0) return { verdict: 'inconclusive', expected, seen, reason: 'the host held it up meanwhile' };
      return { verdict: 'fail', expected, seen, frames: next === undefined ? [one] : [one, next] };
    }
    if (response === undefined || timer === undefined) continue;
    const judgement = judgeTimer(own, response, timer, played.sightings.events);
    if (judgement !== undefined) return judgement;
  }
  return { verdict: 'pass', expected, seen: wanted ? `${sent.length} of ${sent.length}` : 'none' };
}

/** Whether the advertisement that follows a response came an interval after it, or an interval after the one before it. */
function judgeTimer(
  own: readonly SeenAdvertisement[],
  response: SeenAdvertisement,
  { becomes, intervalNs }: NonNullable<ExpectationOf<'response'>['timer']>,
  events: readonly RunEvent[],
): Judgement | undefined {
  const position = own.indexOf(response);
  const from = becomes === 'restarted' ? response : own[position - 1];
  const next = own[position + 1];
  if (from === undefined) return undefined;
  const words = becomes === 'restarted' ? 'the response' : 'the one before the response';
  const expected = `the next advertisement ${formatDuration(intervalNs)} after ${words}`;
  if (next === undefined) return { verdict: 'fail', expected, seen: 'none', frames: [response] };
  const gapNs = next.timeNs - from.timeNs;
  const offNs = Math.abs(gapNs - intervalNs);
  if (offNs <= PERIOD_TOLERANCE_NS) return undefined;
  const frames = [...new Set([from, response, next])];
  const judgement: Judgement = { verdict: 'fail', expected, seen: formatDuration(gapNs), frames };
  // Either end of the gap may have been held up.
  return excusedByStall(judgement, offNs, events, [from.timeNs - intervalNs, next.timeNs]);
}
