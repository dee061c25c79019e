import type { AdvertisedInterval, IntervalLearning, Tenure } from '../result.ts';
import { duration, window } from '../rules/words.ts';
import type { Context } from './context.ts';
import type { OpenTenure } from './state.ts';
import { medianGapNs } from './statistics.ts';
import { earlyToleranceNs, lateToleranceNs, takeoverWindow } from './timing.ts';
import type { VersionMix } from './versions.ts';
import { mixOfVersions } from './versions.ts';

const OWNER_PRIORITY = 255;

/** Puts a tenure that has ended, or is asked for while it lasts, into the form that others see. */
export function describeTenure(context: Context, tenure: OpenTenure): Tenure {
  const { router, begin, end, firstNs, lastNs, priorityZeroNs, priority, version, intervalNs } = tenure;
  const { takeover, learning, intervals } = tenure;
  const mix = mixOfVersions(tenure);
  const measuredIntervalNs = medianGapNs(router.recorder);
  return {
    router: router.name,
    begin,
    end,
    firstNs,
    lastNs,
    ...(priorityZeroNs === undefined ? {} : { priorityZeroNs }),
    priority,
    version,
    advertisedIntervalNs: intervalNs,
    ...(intervals.length < 2 ? {} : { intervals }),
    ...(measuredIntervalNs === undefined ? {} : { measuredIntervalNs }),
    advertisements: mix === 'changed' ? tenure.advertisements + tenure.otherVersionCount : tenure.advertisements,
    ...(takeover === undefined ? {} : { takeover }),
    ...(learning === undefined ? {} : { learning }),
    description: `${sayBegin(tenure)}${sayTwin(context, tenure)}${sayLearning(learning)}${sayIntervals(intervals)}${sayVersions(tenure, mix)}; ${sayEnd(context, tenure)}`,
  };
}

function sayBegin(tenure: OpenTenure): string {
  const { router, from } = tenure;
  const who = router.name.endsWith(')') ? router.name : `${router.name} (priority ${tenure.priority})`;
  const former = from === undefined || from.router === router ? undefined : from.router.name;
  const timing = sayTiming(tenure);
  switch (tenure.begin) {
    case 'since-before':
      return `${who} was Active when the capture began`;
    case 'startup':
      return `${who} became Active after a start${timing}`;
    case 'takeover':
      return `${who} took over from ${former ?? 'a router that was not seen'}, which was silent${timing}`;
    case 'priority-zero':
      return `${who} took over from ${former ?? 'a router'}, which gave up with priority 0${timing}`;
    case 'preemption':
      return `${who} preempted ${former ?? 'another router'}${timing}`;
    case 'unknown':
      return `${who} came back after a silence`;
  }
}

/**
 * At a tap, routers of one priority that send from a virtual address (FRR over IPv6 does) are one. Where that one is back
 * after it gave up, just when the timer of a Backup runs out, it may be another.
 */
function sayTwin({ vantage }: Context, { router, from: former, firstNs, version, priority }: OpenTenure): string {
  const { node, addresses, sourceAddress } = router;
  if (node !== undefined || former?.router !== router) return '';
  if (priority === OWNER_PRIORITY || !addresses.includes(sourceAddress)) return '';
  const { intervalNs, priorityZeroNs } = former;
  if (priorityZeroNs === undefined) return '';
  const { minimumNs, maximumNs } = takeoverWindow({ version, priority, intervalNs, advertisements: 0 });
  const elapsedNs = firstNs - priorityZeroNs;
  const isThen =
    elapsedNs >= minimumNs - earlyToleranceNs(vantage) && elapsedNs <= maximumNs + lateToleranceNs(vantage, intervalNs);
  if (!isThen) return '';
  return `, or another router took over that sends from this virtual address too: a Backup of that priority does after ${duration(elapsedNs)}`;
}

function sayVersions({ version }: OpenTenure, mix: VersionMix | undefined): string {
  switch (mix) {
    case undefined:
      return '';
    case 'both':
      return ', speaking VRRPv2 and VRRPv3 (RFC 9568 §8.4)';
    case 'different-rates':
      return ', speaking VRRPv2 and VRRPv3 at different rates';
    case 'changed':
      return `, speaking VRRPv${version} in the end, VRRPv${version === 2 ? 3 : 2} before`;
  }
}

function sayLearning(learning: IntervalLearning | undefined): string {
  if (learning === undefined) return '';
  const [own, heard] = [duration(learning.ownNs), duration(learning.heardNs)];
  switch (learning.countedBy) {
    case 'heard':
      return `, having learned the interval of ${heard} (its own is ${own})`;
    case 'own':
      return `, by its own interval of ${own} and not the ${heard} that it heard`;
    case 'unknown':
      return `, whether by the interval of ${heard} that it heard or its own of ${own} the time does not tell`;
  }
}

function sayIntervals(intervals: readonly AdvertisedInterval[]): string {
  if (intervals.length < 2) return '';
  return `, its interval changed from ${intervals.map(({ intervalNs }) => duration(intervalNs)).join(' to ')}`;
}

function sayTiming({ takeover, firstNs }: OpenTenure): string {
  if (takeover === undefined || takeover.elapsedNs === 0) return '';
  const { baseNs, elapsedNs, expectedMinimumNs, expectedMaximumNs } = takeover;
  const announcedEarlyNs = firstNs - baseNs - elapsedNs;
  const early = announcedEarlyNs > 0 ? `, and advertised ${duration(announcedEarlyNs)} after it had announced` : '';
  return ` (${duration(elapsedNs)}; the RFC says ${window(expectedMinimumNs, expectedMaximumNs)})${early}`;
}

function sayEnd(context: Context, tenure: OpenTenure): string {
  const { router, by } = tenure;
  switch (tenure.end) {
    case 'still-active':
      return 'still Active at the end';
    case 'priority-zero':
      return `gave up with priority 0${because(context, tenure)}`;
    case 'silence':
      return `fell silent${because(context, tenure) || sayLost(context, tenure)}`;
    case 'preempted':
      return `preempted by ${by?.name ?? 'another router'}`;
    case 'yielded':
      return `gave way to ${by?.name ?? 'another router'}`;
    case 'unknown':
      return `the clock was stepped, so what ${router.name} did then is not known`;
  }
}

/** Nobody knows what it did while the capture lost frames. */
function sayLost({ losses }: Context, { lastNs, silentAfterNs }: OpenTenure): string {
  const why = losses.within(lastNs, lastNs + silentAfterNs);
  return why === undefined ? '' : `, or was not captured: ${why}`;
}

/** What an event says about the router around the end of its tenure. */
function because(context: Context, tenure: OpenTenure): string {
  const { node } = tenure.router;
  const state = node === undefined ? undefined : context.nodes.get(node);
  if (state === undefined || state.lastWordsNs < tenure.lastNs - tenure.intervalNs) return '';
  return state.lastWords === 'was started' ? '' : `: it ${state.lastWords}`;
}
