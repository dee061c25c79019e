import type { RunEvent } from '../../capture/event.ts';
import { isHoldUp } from '../../capture/event.ts';
import type { CaptureInterface } from '../../capture/frame.ts';
import { formatDuration, type Nanoseconds } from '../../capture/time.ts';
import type { Observation } from '../../conformance/result.ts';
import type { PageLane, PageMark, PageSpan } from '../../page/data.ts';
import type { ScenarioResult } from '../../scenario/result.ts';
import { virtualRouterName } from '../check-words.ts';

/** From the time of the stage to that of the page, in milliseconds, to the microsecond. */
export type ToPage = (timeNs: Nanoseconds) => number;

const KINDS: readonly PageLane['kind'][] = ['router', 'host', 'tester', 'fabric'];

/** A lane for each machine that has a port: routers first. */
export function lanesOf(result: ScenarioResult, observation: Observation, at: ToPage, endMs: number) {
  const nodes = new Map<string, PageLane['kind']>();
  for (const { port } of observation.interfaces) if (port !== undefined) nodes.set(port.node, port.kind);
  const ordered = [...nodes].filter(([, kind]) => kind !== 'fabric');
  ordered.sort(
    ([one, kind], [other, otherKind]) => KINDS.indexOf(kind) - KINDS.indexOf(otherKind) || compare(one, other),
  );
  return ordered.map(([name, kind]): PageLane => {
    const running = kind === 'router' ? runningSpans(name, result.events, at, endMs) : [];
    const outages = outageSpans(name, result, observation.interfaces, at, endMs);
    return { name, kind, spans: [...running, ...activeSpans(name, observation, running, at, endMs), ...outages] };
  });
}

/** When the process of a router ran, and when it stood still. */
function runningSpans(name: string, events: readonly RunEvent[], at: ToPage, endMs: number): readonly PageSpan[] {
  const spans: PageSpan[] = [];
  let kind: 'running' | 'frozen' | undefined;
  let fromMs = 0;
  const become = (next: typeof kind, timeNs: Nanoseconds) => {
    const nowMs = at(timeNs);
    if (kind !== undefined) spans.push({ fromMs, toMs: nowMs, kind, text: `${name}: ${kind}` });
    kind = next;
    fromMs = nowMs;
  };
  for (const event of events) {
    const whose = 'router' in event ? event.router : 'node' in event ? event.node : undefined;
    if (whose !== name) continue;
    if (event.kind === 'router-started' || event.kind === 'router-thawed') become('running', event.timeNs);
    else if (event.kind === 'router-frozen') become('frozen', event.timeNs);
    else if (event.kind === 'router-exited' || event.kind === 'router-killed' || event.kind === 'power-off') {
      if (kind !== undefined) become(undefined, event.timeNs);
    }
  }
  if (kind !== undefined) spans.push({ fromMs, toMs: endMs, kind, text: `${name}: ${kind}` });
  return spans;
}

/**
 * When a router was Active. After its last advertisement it was so until its next was due, or its process ended: what
 * came first.
 */
function activeSpans(
  name: string,
  observation: Observation,
  running: readonly PageSpan[],
  at: ToPage,
  endMs: number,
): readonly PageSpan[] {
  return observation.virtualRouters.flatMap((history) =>
    history.timeline
      .filter(({ router }) => router === name)
      .map((tenure): PageSpan => {
        const { firstNs, lastNs, priorityZeroNs, end, description, advertisedIntervalNs } = tenure;
        const text = `${virtualRouterName(history)} on ${history.lan}: ${description}`;
        const lastMs = at(priorityZeroNs ?? lastNs);
        const process = running.find(({ fromMs, toMs }) => fromMs <= lastMs && toMs >= lastMs);
        const silentMs = Math.min(lastMs + advertisedIntervalNs / 1e6, process?.toMs ?? endMs);
        const toMs = end === 'still-active' ? endMs : end === 'silence' ? silentMs : lastMs;
        return { fromMs: at(firstNs), toMs, kind: 'active', text };
      }),
  );
}

/** The longest time without answers of each probe, in the lane of the host that asked. */
function outageSpans(
  name: string,
  { probes }: ScenarioResult,
  interfaces: readonly CaptureInterface[],
  at: ToPage,
  endMs: number,
): readonly PageSpan[] {
  return Object.entries(probes).flatMap(([probe, { longest }]) => {
    if (longest === undefined || interfaces[longest.firstLost.interfaceIndex]?.port?.node !== name) return [];
    const { beganNs, lowerNs, upperNs, lost, answeredAgainNs } = longest;
    const most = Number.isFinite(upperNs) ? `at most ${formatDuration(upperNs)}` : 'no answer came any more';
    return {
      fromMs: at(beganNs),
      toMs: answeredAgainNs === undefined ? endMs : at(answeredAgainNs),
      kind: 'outage',
      text: `${probe}: ${lost} requests without an answer, for ${formatDuration(lowerNs)} at least, ${most}`,
    };
  });
}

/** What was done to the LAN, and what happened to machines. */
export function faultsOf(events: readonly RunEvent[], at: ToPage): readonly PageMark[] {
  return events.flatMap((event) => {
    const text = faultText(event);
    return text === undefined ? [] : [{ atMs: at(event.timeNs), text }];
  });
}

function faultText(event: RunEvent): string | undefined {
  switch (event.kind) {
    case 'router-started':
      return `${event.router} is started`;
    case 'router-stopping':
      return `${event.router} is stopped`;
    case 'router-killed':
      return `${event.router} is killed`;
    case 'router-frozen':
      return `${event.router} is frozen`;
    case 'router-thawed':
      return `${event.router} goes on`;
    case 'router-exited':
      return event.expected ? undefined : `${event.router} ended though nobody asked it to`;
    case 'power-off':
      return `${event.node} loses its power`;
    case 'power-on':
      return `${event.node} has power again`;
    case 'cable-pulled':
      return `${event.node}'s cable to ${event.lan} is pulled`;
    case 'cable-plugged':
      return `${event.node}'s cable to ${event.lan} is plugged in`;
    case 'fault-began':
      return event.description;
    case 'fault-ended':
      return `ended: ${event.description}`;
    default:
      return undefined;
  }
}

/** Times in which the host let somebody wait, as far as a reader could see them. */
export function holdUpsOf(events: readonly RunEvent[], at: ToPage): readonly PageSpan[] {
  return events.filter(isHoldUp).map((event) => {
    const whom =
      event.kind === 'router-waited'
        ? `${event.router} had no core`
        : event.kind === 'stall'
          ? `core ${event.core} ran nobody of ours`
          : "the kernel's lock of links and addresses was held";
    const text = `${whom} for ${formatDuration(event.durationNs)}`;
    return { fromMs: at(event.timeNs), toMs: at(event.timeNs + event.durationNs), kind: 'hold-up', text };
  });
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
