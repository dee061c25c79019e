import { basename } from 'node:path';
import type { CaptureInterface } from '../capture/frame.ts';
import { formatDuration, formatTime, type Nanoseconds } from '../capture/time.ts';
import { citation, requirementOf } from '../conformance/ledger/ledger.ts';
import type {
  ConfigurationAgreement,
  ConfigurationDeviation,
  Finding,
  FrameReference,
  Observation,
  VirtualRouterKey,
} from '../conformance/result.ts';
import { printable } from './printable.ts';

const FRAMES_TOLD = 5;

/** The time of day: the date is in the title. */
export function clock(timeNs: Nanoseconds, origin: Observation['origin']): string {
  const text = formatTime(timeNs, origin);
  const day = text.indexOf('T');
  return day < 0 ? text : text.slice(day + 1, day + 13);
}

/** The worst first. */
const RANK: Readonly<Record<Finding['verdict'], number>> = {
  fail: 0,
  inconclusive: 1,
  warning: 2,
  pass: 3,
  'not-applicable': 4,
  skipped: 5,
};
export const LABELS: Readonly<Record<Finding['verdict'], string>> = {
  fail: 'FAIL',
  warning: 'WARN',
  inconclusive: '????',
  pass: 'info',
  'not-applicable': 'n/a ',
  skipped: 'skip',
};

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Findings as a reader wants them: failures first, those of one requirement together, else in the order of time. */
export function byImportance(findings: readonly Finding[]): readonly Finding[] {
  const firstOf = new Map<string, number>();
  for (const { requirement, verdict, first } of findings) {
    const key = `${requirement} ${verdict}`;
    firstOf.set(key, Math.min(first, firstOf.get(key) ?? first));
  }
  const begin = ({ requirement, verdict }: Finding) => firstOf.get(`${requirement} ${verdict}`)!;
  return findings.toSorted(
    (a, b) =>
      RANK[a.verdict] - RANK[b.verdict] ||
      begin(a) - begin(b) ||
      compare(a.requirement, b.requirement) ||
      a.first - b.first,
  );
}

/** Which documents it breaks, and which allow it. */
export function cite({ requirement, breaks, allows }: Finding): string {
  const row = requirementOf(requirement);
  const broken = breaks.flatMap((profile) => citation(row, profile) ?? []);
  const allowed = allows.map((profile) => `RFC ${profile.slice(3)}`);
  if (broken.length === 0) return 'good practice, which no RFC asks for';
  return `${broken.join(', ')}${allowed.length === 0 ? '' : `; in order by ${allowed.join(', ')}`}`;
}

/** The requirement in the ledger's words: `MUST NOT: answer ARP for a virtual address`. */
export function ruleInWords({ requirement }: Pick<Finding, 'requirement'>): string {
  const { level, statement } = requirementOf(requirement);
  return level === 'none' ? statement : `${level.toUpperCase().replace('-', ' ')}: ${statement}`;
}

/** `VRID 51 IPv4`. */
export function virtualRouterName({
  virtualRouterId,
  family,
}: Pick<VirtualRouterKey, 'virtualRouterId' | 'family'>): string {
  return `VRID ${virtualRouterId} ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`;
}

/** `frames 13, 25, …`, with their files where there are several. */
export function framesInWords(
  frames: readonly FrameReference[],
  interfaces: readonly CaptureInterface[],
  times = frames.length,
): string {
  const shown = frames.slice(0, FRAMES_TOLD).map(({ number, interfaceIndex }) => {
    const file = interfaces[interfaceIndex]?.file;
    return file === undefined ? `${number}` : `${basename(file)}:${number}`;
  });
  if (shown.length === 0) return '';
  const rest = times > shown.length ? ', …' : '';
  return printable(`frame${shown.length === 1 ? '' : 's'} ${shown.join(', ')}${rest}`);
}

/** `1 frame`, `2 frames`. */
export function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}

/** What was left out of a list. */
export function more(number: number, one: string): string[] {
  return number > 0 ? [`  and ${count(number, `more ${one}`)} (--json has ${number === 1 ? 'it' : 'them'})`] : [];
}

/** By how much a router's period differs from what it advertises: `+250 µs`. */
export function driftText(driftNs: number): string {
  return `${driftNs < 0 ? '-' : '+'}${formatDuration(Math.abs(driftNs))}`;
}

/** `VRID 51 IPv4 r1 = 192.0.2.1: as configured (priority 200, …)`; where something differs, that the rest is. */
export function agreementInWords(
  { virtualRouter, router, configuration, settings }: ConfigurationAgreement,
  deviations: readonly ConfigurationDeviation[],
): string {
  const differs = deviations.some((one) => one.configuration === configuration && one.router === router);
  const said = settings.map(({ setting, configured }) => SETTINGS[setting](configured)).join(', ');
  const whose = `${virtualRouterName(virtualRouter)} ${configuration} = ${router}`;
  return `${whose}: ${differs ? 'the rest ' : ''}as configured (${said})`;
}

const SETTINGS: Readonly<Record<ConfigurationDeviation['setting'], (configured: string) => string>> = {
  presence: (configured) => configured,
  priority: (configured) => `priority ${configured}`,
  interval: (configured) => `interval ${configured}`,
  version: (configured) => configured,
  addresses: (configured) => `addresses ${configured}`,
  'virtual-mac': (configured) => `advertisements ${configured}`,
  checksum: (configured) =>
    configured === 'message-alone' ? 'checksum over the message alone' : 'checksum with a pseudo-header',
  preemption: (configured) => `preemption ${configured}`,
};

/** Whose it is, and what is wrong: `VRID 51 IPv4 192.0.2.1: the TTL is 64`; a message that names its router says it once. */
export function subjectAndMessage({ virtualRouter, router, message }: Finding): string {
  return `${virtualRouterName(virtualRouter)}${message.startsWith(`${router} `) ? '' : ` ${router}`}: ${message}`;
}
