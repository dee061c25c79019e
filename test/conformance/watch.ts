import type { RunEvent } from '../../src/capture/event.ts';
import type { CaptureInterface, Direction } from '../../src/capture/frame.ts';
import { DIRECTION_IN, DIRECTION_OUT, DIRECTION_UNKNOWN } from '../../src/capture/frame.ts';
import type { ObserverOptions } from '../../src/conformance/observer/api.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { CauseId, Finding, Observation } from '../../src/conformance/result.ts';
import { gratuitousArpFrame } from '../../src/wire/build.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import { advertisementFrame } from '../../src/wire/build-advertisement.ts';

interface Sighting {
  readonly timeNs: number;
  readonly place: string;
  readonly direction: Direction;
  readonly bytes: Uint8Array;
}

/** A capture that is made up: what is seen where and when, in any order; given to an observer in the order of time. */
export interface Watch {
  /** Seen by a tap on the LAN. */
  tap(seconds: number, bytes: Uint8Array, place?: string): Watch;
  /** Seen leaving a node's port, and arriving at others' a moment later. */
  out(node: string, seconds: number, bytes: Uint8Array, heardBy?: readonly string[]): Watch;
  /** Seen at one place, passing it in one direction. */
  at(place: string, direction: Direction, seconds: number, bytes: Uint8Array): Watch;
  event(event: RunEvent): Watch;
  observe(options?: ObserverOptions): Observation;
}

const DELAY_NS = 20_000;

/** Of each requirement, in how many of the captures made here it was broken, and in how many it was judged and kept. */
export const outcomes = new Map<string, { broken: number; kept: number }>();

/** Of each cause, in how many of the captures made here it was named. */
export const named = new Map<CauseId, number>();
/** How many captures were made. */
export const made = { captures: 0 };

function noteOutcomes({ findings, judged, causes, virtualRouters }: Observation): void {
  const reasons = virtualRouters.flatMap(({ overlaps }) => overlaps.flatMap((overlap) => overlap.reasons));
  made.captures++;
  for (const id of new Set([...causes, ...reasons].map((cause) => cause.id))) named.set(id, (named.get(id) ?? 0) + 1);
  for (const { requirement } of judged) {
    const known = outcomes.get(requirement) ?? { broken: 0, kept: 0 };
    outcomes.set(requirement, known);
    if (findings.some((finding) => finding.requirement === requirement)) known.broken++;
    else known.kept++;
  }
}

export function watch(ports: Readonly<Record<string, 'router' | 'host'>> = {}): Watch {
  const sightings: Sighting[] = [];
  const events: RunEvent[] = [];
  const places: string[] = Object.keys(ports);
  function see(seconds: number, place: string, direction: Direction, bytes: Uint8Array): void {
    if (!places.includes(place)) places.push(place);
    sightings.push({ timeNs: Math.round(seconds * 1e9), place, direction, bytes });
  }

  function describe(place: string): CaptureInterface {
    const kind = ports[place];
    const base = { name: place, linkType: 1, resolutionNanoseconds: 1, snapLength: 0 };
    return kind === undefined ? base : { ...base, port: { node: place, kind, lan: 'lan' } };
  }

  const watcher: Watch = {
    tap(seconds, bytes, place = 'tap') {
      see(seconds, place, DIRECTION_UNKNOWN, bytes);
      return watcher;
    },
    out(node, seconds, bytes, heardBy = Object.keys(ports)) {
      see(seconds, node, DIRECTION_OUT, bytes);
      for (const other of heardBy) if (other !== node) see(seconds + DELAY_NS / 1e9, other, DIRECTION_IN, bytes);
      return watcher;
    },
    at(place, direction, seconds, bytes) {
      see(seconds, place, direction, bytes);
      return watcher;
    },
    event(event) {
      events.push(event);
      return watcher;
    },
    observe(options = {}) {
      const observer = createObserver(options);
      observer.origin({ unixNanoseconds: 1_700_000_000_000_000_000n });
      for (const [index, place] of places.entries()) observer.interface(index, describe(place));
      const inOrder = sightings.toSorted((a, b) => a.timeNs - b.timeNs);
      const waiting = events.toSorted((a, b) => a.timeNs - b.timeNs);
      for (const [index, { timeNs, place, direction, bytes }] of inOrder.entries()) {
        while (waiting.length > 0 && waiting[0]!.timeNs <= timeNs) observer.event(waiting.shift()!);
        observer.frame({
          timeNs,
          interfaceIndex: places.indexOf(place),
          direction,
          bytes,
          start: 0,
          end: bytes.length,
          originalLength: bytes.length,
          number: index + 1,
        });
      }
      for (const event of waiting) observer.event(event);
      const observation = observer.finish();
      noteOutcomes(observation);
      return observation;
    },
  };
  return watcher;
}

let identification = 0;

/** An advertisement of VRID 51, version 3 over IPv4, as RFC 9568 wants it; each with an identification of its own. */
export function advertisement(fields: Partial<AdvertisementFrame> = {}): Uint8Array {
  identification = (identification + 1) & 0xffff;
  return advertisementFrame({
    version: 3,
    virtualRouterId: 51,
    priority: 200,
    interval: 100,
    source: '192.0.2.1',
    addresses: ['192.0.2.100'],
    checksum:
      fields.version === undefined && fields.source?.toString().includes(':') !== true ? 'message-alone' : undefined,
    identification,
    ...fields,
  } as AdvertisementFrame);
}

export function gratuitousArp(address = '192.0.2.100'): Uint8Array {
  return gratuitousArpFrame({ address, mac: '00:00:5e:00:01:33' });
}

/** Advertisements at a fixed interval, first to last, in seconds; the first is followed by its gratuitous ARP. */
export function active(
  watcher: Watch,
  fields: Partial<AdvertisementFrame>,
  first: number,
  last: number,
  every = 1,
): void {
  watcher.tap(first + 0.000_2, gratuitousArp());
  for (let time = first; time <= last + 1e-9; time += every) watcher.tap(time, advertisement(fields));
}

export const R1: Partial<AdvertisementFrame> = { source: '192.0.2.1', priority: 200 };
export const R2: Partial<AdvertisementFrame> = { source: '192.0.2.2', priority: 100 };

export function findings(observation: Observation, requirement: string): readonly Finding[] {
  return observation.findings.filter((finding) => finding.requirement === requirement);
}

/** The requirements that failed or warned. */
export function broken(observation: Observation): readonly string[] {
  const named = observation.findings.filter(({ verdict }) => verdict === 'fail' || verdict === 'warning');
  return [...new Set(named.map(({ requirement }) => requirement))].sort();
}

export function judged(observation: Observation, requirement: string): boolean {
  return observation.judged.some((rule) => rule.requirement === requirement && rule.judgements > 0);
}
