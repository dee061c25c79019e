import { clock, type ExpectationOf, type Judgement, type Played } from './played.ts';

/** Whether a router told hosts of an address by itself after a step: a gratuitous ARP, or an unsolicited Neighbor Advertisement. */
export function judgeAnnounced(played: Played, expectation: ExpectationOf<'announced'>): Judgement {
  const { router, address, afterStep, text: expected } = expectation;
  const fromNs = played.steps[afterStep]?.beganNs ?? 0;
  const told = played.sightings.responses.filter(
    (seen) =>
      seen.router === router &&
      seen.timeNs >= fromNs &&
      seen.response.kind === 'announcement' &&
      seen.response.address === address,
  );
  const [first] = told;
  if (first === undefined) return { verdict: 'fail', expected, seen: 'none' };
  return { verdict: 'pass', expected, seen: `${told.length}, the first at ${clock(first.timeNs)}`, frames: told };
}
