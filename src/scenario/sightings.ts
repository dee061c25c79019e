import type { RunEvent } from '../capture/event.ts';
import { type CaptureInterface, DIRECTION_OUT, type FrameRecord, LINK_TYPE_ETHERNET } from '../capture/frame.ts';
import type { FrameReference } from '../conformance/result.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { PROTOCOL_VRRP } from '../wire/network.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';
import { createVrrpCursor, type Family, readVrrp } from '../wire/vrrp.ts';

/** An advertisement that left a router at its own port. */
export interface SeenAdvertisement extends FrameReference {
  readonly router: string;
  readonly lan: string;
  readonly virtualRouterId: number;
  readonly family: Family;
  readonly priority: number;
}

/** What the runner's predicates and expectations look at: advertisements and events so far, in order of arrival. */
export interface Sightings {
  readonly advertisements: readonly SeenAdvertisement[];
  readonly events: readonly RunEvent[];
  readonly interfaces: readonly CaptureInterface[];
  /** Whether more was sent than is kept. */
  readonly full: boolean;
}

/** Advertisements that are kept: an hour of 25 virtual routers at one a second each. */
const ADVERTISEMENT_LIMIT = 100_000;
const EVENT_LIMIT = 20_000;

export interface SightingsCollector extends Sightings {
  interface(index: number, description: CaptureInterface): void;
  frame(record: FrameRecord): void;
  event(event: RunEvent): void;
}

/** Collects sightings from a stage's frames and events. Frames that are not whole advertisements are passed over. */
export function createSightings(): SightingsCollector {
  const advertisements: SeenAdvertisement[] = [];
  const events: RunEvent[] = [];
  const interfaces: CaptureInterface[] = [];
  const frame = createFrameCursor();
  const vrrp = createVrrpCursor();
  let full = false;

  return {
    advertisements,
    events,
    interfaces,
    get full() {
      return full;
    },
    interface(index, description) {
      interfaces[index] = description;
    },
    event(event) {
      if (events.length < EVENT_LIMIT) events.push(event);
      else full = true;
    },
    frame(record) {
      if (record.direction !== DIRECTION_OUT) return;
      const port = interfaces[record.interfaceIndex]?.port;
      if (port?.kind !== 'router') return;
      const { bytes, start, end, originalLength } = record;
      if (readFrame(frame, bytes, LINK_TYPE_ETHERNET, start, end, originalLength) !== PROBLEM_NONE) return;
      if (frame.protocol !== PROTOCOL_VRRP) return;
      const { transportOffset, transportEnd, wireEnd, addressLength } = frame;
      if (readVrrp(vrrp, bytes, transportOffset, transportEnd, wireEnd, addressLength) !== PROBLEM_NONE) return;
      if (advertisements.length >= ADVERTISEMENT_LIMIT) {
        full = true;
        return;
      }
      advertisements.push({
        number: record.number,
        timeNs: record.timeNs,
        interfaceIndex: record.interfaceIndex,
        router: port.node,
        lan: port.lan,
        virtualRouterId: vrrp.virtualRouterId,
        family: frame.ipVersion === 4 ? 'ipv4' : 'ipv6',
        priority: vrrp.priority,
      });
    },
  };
}
