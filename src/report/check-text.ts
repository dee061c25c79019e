import { basename } from 'node:path';
import { formatDuration, formatTime, type Nanoseconds } from '../capture/time.ts';
import type { CheckedCapture } from '../conformance/check-capture.ts';
import type { CheckedFile } from '../conformance/check-captures.ts';
import { citation, requirementOf } from '../conformance/ledger/ledger.ts';
import type { Finding, Observation, TakeoverTiming, Tenure, VirtualRouterHistory } from '../conformance/result.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

/** Virtual routers and tenures that are printed; JSON has them all. */
const VIRTUAL_ROUTERS_TOLD = 50;
const TENURES_TOLD = 40;
const FINDINGS_TOLD = 100;
const FRAMES_TOLD = 5;
const ADDRESSES_TOLD = 6;

/** What `vrrpbench check` prints about one capture: the history of every virtual router, then what was found. */
export function checkText(checked: CheckedCapture, style: Style): string {
  const { observation } = checked;
  const lines = [
    ...headLines(checked, style),
    ...observation.virtualRouters
      .slice(0, VIRTUAL_ROUTERS_TOLD)
      .flatMap((one) => historyLines(one, observation, style)),
    ...more(observation.virtualRouters.length - VIRTUAL_ROUTERS_TOLD, 'virtual router'),
    ...findingLines(observation, style),
    ...observation.limits.map((limit) => style.verdict('warning', `limit: ${printable(limit)}`)),
    ...(checked.problem === undefined
      ? []
      : [style.verdict('warning', `the capture broke: ${printable(checked.problem)}`)]),
  ];
  return `${lines.join('\n')}\n`;
}

function headLines({ file, files, observation }: CheckedCapture, style: Style): string[] {
  const { frames, advertisements, firstNs, lastNs, origin } = observation;
  const span =
    firstNs === undefined || lastNs === undefined
      ? ''
      : `, ${formatTime(firstNs, origin)} and ${formatDuration(lastNs - firstNs)} on`;
  const counts = `${count(frames, 'frame')}, ${count(advertisements, 'advertisement')}${span}`;
  return [`${style.bold(printable(file))}  ${counts}`, ...(files ?? []).map((one) => printable(fileLine(one)))];
}

/** One of several files, and how its clock was brought to that of the others. */
function fileLine({ file, frames, clock }: CheckedFile): string {
  return `  ${file}: ${count(frames, 'frame')}, ${clockInWords(clock)}`;
}

function clockInWords(clock: CheckedFile['clock']): string {
  switch (clock.kind) {
    case 'reference':
      return 'by whose clock the times are';
    case 'given':
      return `its clock moved by ${signed(clock.offsetNs)} as --offset says`;
    case 'unknown':
      return 'its clock taken as it is: too few frames in common with the others (--offset moves it)';
    case 'measured': {
      const { offsetNs, driftPpb, frames, residualNs, ambiguous } = clock.offset;
      const drift = driftPpb === 0 ? '' : ` and ${(driftPpb / 1000).toFixed(2)} ppm`;
      const doubt = ambiguous ? '; repeated frames alone tell it, another offset fits nearly as well' : '';
      return `its clock moved by ${signed(offsetNs)}${drift} (${count(frames, 'sighting')} in common, residual ${formatDuration(residualNs)}${doubt})`;
    }
  }
}

function signed(durationNs: number): string {
  return `${durationNs < 0 ? '' : '+'}${formatDuration(durationNs)}`;
}

function historyLines(history: VirtualRouterHistory, observation: Observation, style: Style): string[] {
  const { lan, virtualRouterId, family, versions, addresses, timeline, omittedTenures } = history;
  const version = versions.length === 0 ? '' : `, VRRPv${versions.join(' and v')}`;
  const shown = addresses.slice(0, ADDRESSES_TOLD).join(' ');
  const rest = addresses.length > ADDRESSES_TOLD ? ` and ${addresses.length - ADDRESSES_TOLD} more` : '';
  const title = `VRID ${virtualRouterId} ${family === 'ipv4' ? 'IPv4' : 'IPv6'}${version} on ${lan}`;
  return [
    '',
    `${style.bold(printable(title))}  ${printable(`${shown}${rest}`)}`,
    ...routerLines(history),
    ...timeline.slice(0, TENURES_TOLD).flatMap((tenure) => tenureLines(tenure, observation, style)),
    ...more(timeline.length - TENURES_TOLD + omittedTenures, 'tenure'),
  ];
}

function routerLines({ routers, timeline }: VirtualRouterHistory): string[] {
  return routers.map(({ name, priorities, advertisements, physicalMac, sourceAddress }) => {
    const tenures = timeline.filter(({ router }) => router === name);
    const last = tenures[tenures.length - 1];
    const interval =
      last === undefined
        ? ''
        : `, every ${formatDuration(last.advertisedIntervalNs)}${measured(last.measuredIntervalNs)}`;
    const address = name === sourceAddress ? '' : ` ${sourceAddress}`;
    const mac = physicalMac === undefined ? '' : ` (${physicalMac})`;
    const priority = priorities.length === 0 ? 'priority 0 alone' : `priority ${priorities.join(', ')}`;
    return printable(
      `  router ${name}${address}${mac}: ${priority}, ${count(advertisements, 'advertisement')}${interval}`,
    );
  });
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

/** The time of day: the date is in the title. */
function clock(timeNs: Nanoseconds, origin: Observation['origin']): string {
  const text = formatTime(timeNs, origin);
  const day = text.indexOf('T');
  return day < 0 ? text : text.slice(day + 1, day + 13);
}

const TIMING_VERDICTS = { early: 'fail', late: 'fail', slow: 'warning', inconclusive: 'inconclusive' } as const;

function timingLine({ verdict, reason }: TakeoverTiming, style: Style): string[] {
  if (verdict === 'pass' || verdict === 'not-judged') return [];
  const because = reason === undefined ? '' : `: ${printable(reason)}`;
  return [`      ${style.verdict(TIMING_VERDICTS[verdict], `takeover ${verdict}${because}`)}`];
}

const RANK: Readonly<Record<Finding['verdict'], number>> = {
  fail: 0,
  inconclusive: 1,
  warning: 2,
  pass: 3,
  'not-applicable': 4,
  skipped: 5,
};
const LABELS: Readonly<Record<Finding['verdict'], string>> = {
  fail: 'FAIL',
  warning: 'WARN',
  inconclusive: '????',
  pass: 'info',
  'not-applicable': 'n/a ',
  skipped: 'skip',
};

function findingLines(observation: Observation, style: Style): string[] {
  const findings = observation.findings.toSorted((a, b) => RANK[a.verdict] - RANK[b.verdict] || a.first - b.first);
  if (findings.length === 0) return ['', ...nothingFound(observation, style)];
  return [
    '',
    ...findings.slice(0, FINDINGS_TOLD).flatMap((finding) => oneFinding(finding, observation, style)),
    ...more(findings.length - FINDINGS_TOLD, 'finding'),
  ];
}

function nothingFound({ judged, virtualRouters }: Observation, style: Style): string[] {
  if (virtualRouters.length === 0) return [style.verdict('inconclusive', 'no VRRP here: nothing was judged')];
  return [style.verdict('pass', `no rule was broken (${count(judged.length, 'requirement')} judged)`)];
}

function oneFinding(finding: Finding, { origin, interfaces }: Observation, style: Style): string[] {
  const { verdict, requirement, message, virtualRouter, count: times, first, last, frames, advice } = finding;
  const where = `VRID ${virtualRouter.virtualRouterId} ${virtualRouter.family === 'ipv4' ? 'IPv4' : 'IPv6'}`;
  const label = style.verdict(verdict, LABELS[verdict]);
  const shown = frames.slice(0, FRAMES_TOLD).map(({ number, interfaceIndex }) => {
    const file = interfaces[interfaceIndex]?.file;
    return file === undefined ? `${number}` : `${basename(file)}:${number}`;
  });
  const rest = times > shown.length ? ', …' : '';
  const span = last > first ? `${clock(first, origin)} to ${clock(last, origin)}` : clock(first, origin);
  const place =
    shown.length === 0 ? '' : `, frame${shown.length === 1 ? '' : 's'} ${printable(shown.join(', '))}${rest}`;
  return [
    `${label} ${style.bold(requirement)}  ${printable(`${where} ${finding.router}`)}: ${printable(message)}`,
    style.dim(`     ${cite(finding)}; ${times === 1 ? 'once' : `${times} times`}, ${span}${place}`),
    ...(advice === undefined ? [] : [`     → ${printable(advice)}`]),
  ];
}

/** Which documents it breaks, and which allow it. */
function cite({ requirement, breaks, allows }: Finding): string {
  const row = requirementOf(requirement);
  const broken = breaks.flatMap((profile) => citation(row, profile) ?? []);
  const allowed = allows.map((profile) => `RFC ${profile.slice(3)}`);
  if (broken.length === 0) return 'no document says so';
  return `${broken.join(', ')}${allowed.length === 0 ? '' : `; in order by ${allowed.join(', ')}`}`;
}

function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}

function more(number: number, one: string): string[] {
  return number > 0 ? [`  and ${count(number, `more ${one}`)} (--json has ${number === 1 ? 'it' : 'them'})`] : [];
}
