import { formatDuration } from '../capture/time.ts';
import type { Observation, TakeoverTiming, Tenure, VirtualRouterHistory } from '../conformance/result.ts';
import { duration } from '../conformance/rules/words.ts';
import { clock, count, driftText, more, virtualRouterName } from './check-words.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

const TENURES_TOLD = 40;
const ADDRESSES_TOLD = 6;
/** Fewer gaps than these do not tell how even they are. */
const GAPS_WITH_JITTER = 4;
/** Times of one kind that are told one by one. */
const TIMES_TOLD = 5;

/** The history of one virtual router: its routers, who was Active when, and when nobody was, or two. */
export function historyLines(history: VirtualRouterHistory, observation: Observation, style: Style): string[] {
  const { lan, virtualRouterId, family, versions, addresses, timeline, omittedTenures } = history;
  const version = versions.length === 0 ? '' : `, VRRPv${versions.join(' and v')}`;
  const shown = addresses.slice(0, ADDRESSES_TOLD).join(' ');
  const rest = addresses.length > ADDRESSES_TOLD ? ` and ${addresses.length - ADDRESSES_TOLD} more` : '';
  const title = `${virtualRouterName({ virtualRouterId, family })}${version} on ${lan}`;
  return [
    '',
    `${style.bold(printable(title))}${shown === '' ? '' : `  ${printable(`${shown}${rest}`)}`}`,
    ...routerLines(history),
    ...timeline.slice(0, TENURES_TOLD).flatMap((tenure) => tenureLines(tenure, observation, style)),
    ...more(Math.max(0, timeline.length - TENURES_TOLD) + omittedTenures, 'tenure'),
    ...specialTimes(history, observation, style),
    ...hostLines(history, observation),
  ];
}

function routerLines({ routers, timeline }: VirtualRouterHistory): string[] {
  return routers.map(({ name, priorities, advertisements, physicalMac, sourceAddress, regularity }) => {
    const tenures = timeline.filter(({ router }) => router === name);
    const last = tenures[tenures.length - 1];
    const interval =
      last === undefined
        ? ''
        : `, every ${formatDuration(last.advertisedIntervalNs)}${measured(last.measuredIntervalNs)}`;
    const address = name.startsWith(sourceAddress) ? '' : ` ${sourceAddress}`;
    const mac = physicalMac === undefined ? '' : ` (${physicalMac})`;
    if (advertisements === 0)
      return printable(`  router ${name}${address}${mac}: no advertisement that may be believed`);
    const priority = priorities.length === 0 ? 'priority 0 alone' : `priority ${priorities.join(', ')}`;
    return printable(
      `  router ${name}${address}${mac}: ${priority}, ${count(advertisements, 'advertisement')}${interval}${uneven(regularity)}`,
    );
  });
}

/** What stands out of how it advertises. */
function uneven(regularity: VirtualRouterHistory['routers'][number]['regularity']): string {
  if (regularity === undefined) return '';
  const { gaps, jitterNs, driftNs, missing } = regularity;
  const jitter = gaps < GAPS_WITH_JITTER ? '' : `, jitter ${formatDuration(jitterNs)}`;
  return `${jitter}, drift ${driftText(driftNs)}${missing === 0 ? '' : `, ${missing} missing`}`;
}

function measured(intervalNs: number | undefined): string {
  return intervalNs === undefined ? '' : ` (measured ${(intervalNs / 1e6).toFixed(2)} ms)`;
}

function tenureLines(tenure: Tenure, { origin }: Observation, style: Style): string[] {
  const lastNs = tenure.priorityZeroNs ?? tenure.lastNs;
  const when = `${clock(tenure.firstNs, origin)} to ${clock(lastNs, origin)}`;
  const timing = tenure.takeover === undefined ? [] : timingLine(tenure.takeover, style);
  return [`  ${style.dim(when)}  ${printable(tenure.description)}`, ...timing];
}

const TIMING_VERDICTS = { early: 'fail', late: 'fail', slow: 'warning', inconclusive: 'inconclusive' } as const;

function timingLine({ verdict, reason }: TakeoverTiming, style: Style): string[] {
  if (verdict === 'pass' || verdict === 'not-judged') return [];
  const because = reason === undefined ? '' : `: ${printable(reason)}`;
  return [`      ${style.verdict(TIMING_VERDICTS[verdict], `takeover ${verdict}${because}`)}`];
}

/** When nobody was Active, when two were, and flapping. */
function specialTimes(history: VirtualRouterHistory, { origin }: Observation, style: Style): string[] {
  const { vacancies, overlaps, flapping } = history;
  const when = (fromNs: number, toNs: number) => `${clock(fromNs, origin)} to ${clock(toNs, origin)}`;
  const longest = vacancies.toSorted((a, b) => b.toNs - b.fromNs - (a.toNs - a.fromNs));
  const [first] = longest;
  const vacant =
    first === undefined
      ? []
      : [
          `  nobody was Active ${count(vacancies.length, 'time')}, for ${duration(first.toNs - first.fromNs)} at most (${when(first.fromNs, first.toNs)}, after ${ENDS[first.after]} of ${first.former})`,
        ];
  const double = overlaps
    .slice(0, TIMES_TOLD)
    .map(({ fromNs, toNs, winner, loser }) =>
      style.verdict('fail', `  two were Active ${when(fromNs, toNs)}: ${printable(`${winner} and ${loser}`)}`),
    );
  const flaps = flapping
    .slice(0, TIMES_TOLD)
    .map(({ fromNs, toNs, changes }) => style.verdict('fail', `  flapping: ${changes} changes ${when(fromNs, toNs)}`));
  return [...vacant.map(printable), ...double, ...more(overlaps.length - TIMES_TOLD, 'time with two'), ...flaps];
}

const ENDS: Readonly<Record<Tenure['end'], string>> = {
  'still-active': 'the end',
  'priority-zero': 'priority 0',
  silence: 'the silence',
  preempted: 'the preemption',
  yielded: 'the yielding',
  unknown: 'a step of the clock',
};

/** What hosts were told beside the virtual MAC: nothing where all is well. */
function hostLines({ hosts, macPlaces }: VirtualRouterHistory, { origin }: Observation): string[] {
  const wrong = hosts.flatMap(({ address, spans }) => {
    const told = spans.filter(({ isVirtualMac }) => !isVirtualMac);
    return [...new Set(told.map(({ mac }) => mac))].map((mac) => {
      const same = told.filter((span) => span.mac === mac);
      const frames = same.reduce((sum, span) => sum + span.frames, 0);
      return { ...same[0]!, address, frames, lastNs: same[same.length - 1]!.lastNs };
    });
  });
  const lines = wrong
    .slice(0, TIMES_TOLD)
    .map(
      ({ address, mac, router, firstNs, lastNs, frames }) =>
        `  hosts were told ${address} is at ${mac}${router === undefined ? '' : ` (${router})`}: ${count(frames, 'frame')}, ${clock(firstNs, origin)} to ${clock(lastNs, origin)}`,
    );
  const moves =
    macPlaces.length < 2
      ? []
      : [
          `  the virtual MAC moved between ports: ${macPlaces
            .slice(0, 12)
            .map(({ place }) => place)
            .join(' → ')}${macPlaces.length > 12 ? ' …' : ''}`,
        ];
  return [...lines.map(printable), ...more(wrong.length - TIMES_TOLD, 'such binding'), ...moves.map(printable)];
}
