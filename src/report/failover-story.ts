import type { Nanoseconds } from '../capture/time.ts';
import type { Tenure, Verdict } from '../conformance/result.ts';
import type { ProbeSummary } from '../scenario/outage.ts';
import { type ScenarioResult, worstVerdict } from '../scenario/result.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

/** One failover as it was measured; times are of the run's clock. */
export interface Failover {
  readonly powerOffNs: Nanoseconds;
  readonly before: Tenure;
  readonly after: Tenure;
  readonly probe: ProbeSummary;
}

/** The failover of a power-off that was played to its end; undefined where it was not. */
export function failoverOf(result: ScenarioResult): Failover | undefined {
  const powerOff = result.events.find(({ kind }) => kind === 'power-off');
  const timeline = result.observation?.virtualRouters[0]?.timeline ?? [];
  const probe = Object.values(result.probes)[0];
  if (powerOff === undefined || probe === undefined) return undefined;
  const before = timeline.find(({ firstNs }) => firstNs < powerOff.timeNs);
  const after = timeline.find(({ firstNs }) => firstNs > powerOff.timeNs);
  return before === undefined || after === undefined
    ? undefined
    : { powerOffNs: powerOff.timeNs, before, after, probe };
}

/** What happened, in the order of time, counted from the moment at which the power went. */
export function timelineLines(result: ScenarioResult, style: Style): readonly string[] {
  const failover = failoverOf(result);
  if (failover === undefined)
    return [`  it was not played to its end: ${printable(result.reason ?? 'no failover was seen')}`];
  const { before, after, probe, powerOffNs } = failover;
  const at = (timeNs: number) => `${seconds(timeNs - powerOffNs, 4)} s`.padStart(11);
  const { longest } = probe;
  const outage =
    longest === undefined
      ? []
      : [
          { timeNs: longest.beganNs, text: 'the host is answered no more' },
          ...(longest.answeredAgainNs === undefined
            ? []
            : [
                {
                  timeNs: longest.answeredAgainNs,
                  text: `the host is answered again: ${longest.lost} of its pings were lost`,
                },
              ]),
        ];
  const moments = [
    {
      timeNs: before.firstNs,
      text: `${before.router} is Active (priority ${before.priority}); ${after.router} listens (priority ${after.priority})`,
    },
    { timeNs: before.lastNs, text: `${before.router} sends its last advertisement` },
    { timeNs: powerOffNs, text: style.bold(`${before.router} loses its power`) },
    ...outage,
    {
      timeNs: after.firstNs,
      text: style.bold(`${after.router} has heard nothing for ${silence(after)}: it takes over`),
    },
  ];
  return moments.sort((left, right) => left.timeNs - right.timeNs).map(({ timeNs, text }) => `${at(timeNs)}   ${text}`);
}

function silence({ takeover }: Tenure): string {
  return takeover === undefined ? 'too long' : `${seconds(takeover.elapsedNs, 4)} s`;
}

/** Measured times of several routers beside the RFC's, a column each. */
export function comparisonLines(results: readonly ScenarioResult[]): readonly string[] {
  const failovers = results.map(failoverOf);
  const rfc = failovers.find((failover) => failover?.after.takeover !== undefined)?.after.takeover;
  const rows = [
    ['', 'RFC 9568', ...results.map(({ router }) => printable(router))],
    [
      'from last advertisement to takeover',
      rfc === undefined ? '-' : `${seconds(rfc.expectedMinimumNs, 4)} to ${seconds(rfc.expectedMaximumNs, 4)} s`,
      ...failovers.map((failover) =>
        failover?.after.takeover ? `${seconds(failover.after.takeover.elapsedNs, 4)} s` : '-',
      ),
    ],
    [
      'the address does not answer',
      rfc === undefined ? '-' : `at most ${seconds(rfc.expectedMaximumNs, 4)} s`,
      ...failovers.map((failover) => describeOutage(failover?.probe)),
    ],
    ['the failover', '', ...results.map(failoverVerdict)],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(
    (row) =>
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('   ')
        .trimEnd()}`,
  );
}

/** The verdict on the failover alone, whatever other rules the frames break. */
export function failoverVerdict(result: ScenarioResult): Verdict {
  const own = result.expectations.filter(({ kind }) => kind !== 'rules').map(({ verdict }) => verdict);
  const ended = result.steps.every(({ verdict }) => verdict === 'pass') && result.unexpectedExits.length === 0;
  return ended && own.length > 0 ? worstVerdict(own) : result.verdict;
}

/** Rules that the frames break beside the failover, one line each; empty where there are none. */
export function otherRulesLines(result: ScenarioResult): readonly string[] {
  const broken = (result.observation?.findings ?? []).filter(({ verdict }) => verdict === 'fail');
  const first = new Map(broken.map((finding) => [finding.requirement, finding] as const).reverse());
  if (first.size === 0) return [];
  return [
    `Beside the failover, ${printable(result.router)} breaks ${first.size === 1 ? 'a rule' : `${first.size} rules`} of RFC 9568:`,
    ...[...first.values()].reverse().map(({ requirement, message }) => `  ${requirement}: ${printable(message)}`),
  ];
}

function describeOutage(probe: ProbeSummary | undefined): string {
  if (probe === undefined) return '-';
  if (probe.longest === undefined) return 'never';
  const { lowerNs, upperNs } = probe.longest;
  return `${seconds(lowerNs, 3)} to ${Number.isFinite(upperNs) ? `${seconds(upperNs, 3)} s` : 'the end'}`;
}

function seconds(lengthNs: number, digits: number): string {
  return (lengthNs / 1e9).toFixed(digits);
}
