import {
  type CaptureInterface,
  DIRECTION_IN,
  DIRECTION_OUT,
  type Direction,
  type FrameRecord,
  LINK_TYPE_ETHERNET,
} from '../../src/capture/frame.ts';
import { MILLISECOND } from '../../src/capture/time.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { Observation } from '../../src/conformance/result.ts';
import { createEchoes, type EchoesCollector } from '../../src/scenario/echoes.ts';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import type { Plan } from '../../src/scenario/plan.ts';
import type { Played } from '../../src/scenario/played.ts';
import type { StepResult } from '../../src/scenario/result.ts';
import { createSightings, type SightingsCollector } from '../../src/scenario/sightings.ts';
import { arpFrame, echoFrame } from '../../src/wire/build.ts';
import { advertisementFrame } from '../../src/wire/build-advertisement.ts';

const PORTS = ['r1', 'r2', 'h1', 'tester'] as const;
type Port = (typeof PORTS)[number];

/** Frames told one by one, at the ports of two routers and a host, as a stage would deliver them. Times in milliseconds. */
export interface Story {
  readonly sightings: SightingsCollector;
  readonly echoes: EchoesCollector;
  /** An advertisement leaves a router, and reaches the others after `delayMs` unless they are cut off. */
  advertises(timeMs: number, router: 'r1' | 'r2' | 'tester', priority?: number, delayMs?: number | 'lost'): void;
  /** A router answers ARP for the virtual address. */
  answers(timeMs: number, router: 'r1' | 'r2'): void;
  /** One each second from and to these times. */
  advertisesFrom(fromMs: number, toMs: number, router: 'r1' | 'r2', delayMs?: number | 'lost'): void;
  /** The host asks, and is answered after 0.1 ms unless it is not. */
  pings(timeMs: number, answered?: boolean): void;
  stalls(timeMs: number, lengthMs: number): void;
  /** What a scenario of this text's expectations comes to, with steps that ended at these times. */
  played(expectations: string, stepTimesMs: readonly number[], endMs: number, steps?: string): Played;
  /** The history that an observer rebuilds from what was told until then. */
  observed(endMs: number): Observation;
}

const KINDS = { r1: 'router', r2: 'router', h1: 'host', tester: 'tester' } as const;
const SOURCES = { r1: '192.0.2.1', r2: '192.0.2.2', h1: '192.0.2.3', tester: '192.0.2.4' } as const;
const PRIORITIES = { r1: 200, r2: 100, tester: 254 } as const;

export function tellStory(): Story {
  const sightings = createSightings();
  const echoes = createEchoes({ name: 'probe', from: 'h1', to: '192.0.2.101', intervalNs: MILLISECOND });
  const descriptions: CaptureInterface[] = [];
  const records: FrameRecord[] = [];
  let number = 0;
  let sequence = 0;
  for (const [index, node] of PORTS.entries()) {
    const description = {
      name: `${node}-eth0`,
      linkType: LINK_TYPE_ETHERNET,
      resolutionNanoseconds: 1,
      snapLength: 0,
      port: { node, kind: KINDS[node], lan: 'lan' },
    };
    descriptions.push(description);
    sightings.interface(index, description);
    echoes.interface(index, description);
  }

  function deliver(timeMs: number, port: Port, direction: Direction, bytes: Uint8Array): void {
    number++;
    const record = {
      timeNs: Math.round(timeMs * MILLISECOND),
      interfaceIndex: PORTS.indexOf(port),
      direction,
      bytes,
      start: 0,
      end: bytes.length,
      originalLength: bytes.length,
      number,
    };
    records.push(record);
    sightings.frame(record);
    echoes.frame(record);
  }

  const story: Story = {
    sightings,
    echoes,
    advertises(timeMs, router, priority = PRIORITIES[router], delayMs = 0.05) {
      const bytes = advertisementFrame({
        version: 3,
        virtualRouterId: 51,
        priority,
        interval: 100,
        source: SOURCES[router],
        addresses: ['192.0.2.101'],
      });
      deliver(timeMs, router, DIRECTION_OUT, bytes);
      if (delayMs === 'lost') return;
      for (const port of PORTS) if (port !== router) deliver(timeMs + delayMs, port, DIRECTION_IN, bytes);
    },
    answers(timeMs, router) {
      const bytes = arpFrame({
        operation: 'reply',
        senderMac: VIRTUAL.mac,
        senderAddress: VIRTUAL.address,
        targetMac: HOST.mac,
        targetAddress: HOST.address,
      });
      deliver(timeMs, router, DIRECTION_OUT, bytes);
    },
    advertisesFrom(fromMs, toMs, router, delayMs) {
      for (let timeMs = fromMs; timeMs <= toMs; timeMs += 1000) story.advertises(timeMs, router, undefined, delayMs);
    },
    pings(timeMs, answered = true) {
      sequence++;
      deliver(timeMs, 'h1', DIRECTION_OUT, echo('request', sequence));
      if (answered) deliver(timeMs + 0.1, 'h1', DIRECTION_IN, echo('reply', sequence));
    },
    stalls(timeMs, lengthMs) {
      sightings.event({ kind: 'stall', timeNs: timeMs * MILLISECOND, durationNs: lengthMs * MILLISECOND, core: 0 });
    },
    played(expectations, stepTimesMs, endMs, written = POWER_OFF) {
      const plan = planOf(expectations, written);
      const steps = plan.steps.map((step, index): StepResult => {
        const timeNs = (stepTimesMs[index] ?? endMs) * MILLISECOND;
        const lengthNs = step.kind === 'send' ? step.forNs : 0;
        return { text: step.text, verdict: 'pass', beganNs: timeNs, endedNs: timeNs + lengthNs };
      });
      return {
        plan,
        steps,
        sightings,
        observation: NOTHING_OBSERVED,
        echoes: new Map([['probe', echoes]]),
        tapped: new Map(),
        endNs: endMs * MILLISECOND,
      };
    },
    observed(endMs) {
      const observer = createObserver();
      for (const [index, description] of descriptions.entries()) observer.interface(index, description);
      const inOrder = records.toSorted((left, right) => left.timeNs - right.timeNs);
      for (const record of inOrder) if (record.timeNs <= endMs * MILLISECOND) observer.frame(record);
      return observer.finish();
    },
  };
  return story;
}

const HOST = { address: '192.0.2.3', mac: '02:00:00:00:01:03' };
const VIRTUAL = { address: '192.0.2.101', mac: '00:00:5e:00:01:33' };

function echo(operation: 'request' | 'reply', sequence: number): Uint8Array {
  const [from, to] = operation === 'request' ? [HOST, VIRTUAL] : [VIRTUAL, HOST];
  return echoFrame({
    operation,
    identifier: 1,
    sequence: sequence % 65_536,
    source: from.address,
    sourceMac: from.mac,
    destination: to.address,
    destinationMac: to.mac,
  });
}

/** r1 loses its power, and a host pings all the while. */
const POWER_OFF = `  - probe:
  - power-off: r1
`;

function planOf(expectations: string, steps: string): Plan {
  const text = `name: A story
routers: [r1, r2]
hosts: [h1]
steps:
  - start: [r1, r2]
${steps}expect:
${expectations}
`;
  return compileScenario(parseScenario(text, 'story.yaml'), { variant: 'v3-ipv4', implementation: 'native' });
}

export const NOTHING_OBSERVED: Observation = {
  origin: { unixNanoseconds: 0n },
  interfaces: [],
  frames: 0,
  advertisements: 0,
  virtualRouters: [],
  findings: [],
  notApplicable: [],
  judged: [],
  causes: [],
  deviations: [],
  agreements: [],
  notes: [],
  limits: [],
};
