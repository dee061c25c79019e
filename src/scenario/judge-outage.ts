import { formatDuration } from '../capture/time.ts';
import { type Outage, summariseProbe } from './outage.ts';
import type { ExpectationOf, Judgement, Played } from './played.ts';
import { stalledNs } from './stalls.ts';

/**
 * Whether the longest time without answers is within its limits. Fails only where the lost requests prove it, less what
 * the host held it up beyond the limit; passes only where the answers prove it; between the two it is inconclusive.
 */
export function judgeOutage(played: Played, expectation: ExpectationOf<'outage'>): Judgement {
  const { probe, belowNs, aboveNs } = expectation;
  const limits = [
    belowNs === undefined ? [] : [`below ${formatDuration(belowNs)}`],
    aboveNs === undefined ? [] : [`above ${formatDuration(aboveNs)}`],
  ].flat();
  const expected = `${probe.to} does not answer ${probe.from} for ${limits.join(' and ')}`;
  const echoes = played.echoes.get(probe.name);
  const summary = echoes === undefined ? { requests: 0, answers: 0, lost: 0, outages: 0 } : summariseProbe(echoes);
  if (summary.requests === 0)
    return { verdict: 'inconclusive', expected, seen: 'no request', reason: 'the probe sent nothing' };
  if (summary.answers === 0)
    return { verdict: 'fail', expected, seen: `none of ${summary.requests} requests was answered` };
  const { longest } = summary;
  if (longest === undefined) {
    const seen = `none: all of ${summary.answers} requests were answered`;
    return { verdict: aboveNs === undefined || aboveNs <= 0 ? 'pass' : 'fail', expected, seen };
  }
  const more = summary.outages > 1 ? `; ${summary.outages - 1} shorter ones beside` : '';
  const seen = `${describeOutage(longest)}${more}`;
  return {
    ...judgeBounds(played, longest, belowNs, aboveNs),
    expected,
    seen,
    frames: [longest.firstLost, longest.lastLost],
  };
}

/** An outage in words: its bounds and how many requests were lost. */
export function describeOutage({ lost, lowerNs, upperNs }: Outage): string {
  const upper = Number.isFinite(upperNs) ? ` to ${formatDuration(upperNs)}` : ' or more, until the probe ended';
  return `${formatDuration(lowerNs)}${upper} (${lost} ${lost === 1 ? 'request' : 'requests'} lost)`;
}

function judgeBounds(
  played: Played,
  outage: Outage,
  belowNs: number | undefined,
  aboveNs: number | undefined,
): Pick<Judgement, 'verdict' | 'reason'> {
  if (belowNs !== undefined && outage.upperNs > belowNs) {
    const stalled = stalledNs(played.sightings.events, outage.beganNs + belowNs, outage.endedNs);
    if (outage.lowerNs - stalled > belowNs) return { verdict: 'fail' };
    const host = [
      stalled > 0 ? [`the host held it up for ${formatDuration(stalled)}`] : [],
      outage.unsentNs > 0 ? [`the host sent nothing for ${formatDuration(outage.unsentNs)} at its edges`] : [],
    ].flat();
    return { verdict: 'inconclusive', reason: host.join('; ') || 'the limit lies between its bounds' };
  }
  if (aboveNs !== undefined && outage.lowerNs < aboveNs) {
    return outage.upperNs < aboveNs
      ? { verdict: 'fail' }
      : { verdict: 'inconclusive', reason: 'the limit lies between its bounds' };
  }
  return { verdict: 'pass' };
}
