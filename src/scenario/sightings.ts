import type { RunEvent } from '../capture/event.ts';
import { type CaptureInterface, DIRECTION_OUT, type FrameRecord, LINK_TYPE_ETHERNET } from '../capture/frame.ts';
import type { FrameReference } from '../conformance/result.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { PROTOCOL_VRRP } from '../wire/network.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';
import { createVrrpCursor, type Family, readVrrp } from '../wire/vrrp.ts';
import { createResponseReader, type Response } from './responses.ts';

/** An advertisement that left a router at its own port. */
export interface SeenAdvertisement extends FrameReference {
  readonly router: string;
  readonly lan: string;
  readonly virtualRouterId: number;
  readonly family: Family;
  readonly priority: number;
}

/** A frame that leaves a router because of a crafted one. */
export interface SeenResponse extends FrameReference {
  readonly router: string;
  readonly response: Response;
}

/** What the runner's predicates and expectations look at: advertisements and events so far, in order of arrival. */
export interface Sightings {
  readonly advertisements: readonly SeenAdvertisement[];
  readonly responses: readonly SeenResponse[];
  /** VRRP packets that left a node which is no router, whole or not. */
  readonly crafted: readonly (FrameReference & { readonly node: string })[];
  readonly events: readonly RunEvent[];
  readonly interfaces: readonly CaptureInterface[];
  /** Whether more was sent than is kept. */
  readonly full: boolean;
}

/** Advertisements that are kept: an hour of 25 virtual routers at one a second each. */
const ADVERTISEMENT_LIMIT = 100_000;
const EVENT_LIMIT = 20_000;
const RESPONSE_LIMIT = 20_000;
const CRAFTED_LIMIT = 100_000;

export interface SightingsCollector extends Sightings {
  interface(index: number, description: CaptureInterface): void;
  frame(record: FrameRecord): void;
  event(event: RunEvent): void;
}

/** Collects sightings from a stage's frames and events. Frames that are not whole advertisements are passed over. */
export function createSightings(): SightingsCollector {
  const advertisements: SeenAdvertisement[] = [];
  const responses: SeenResponse[] = [];
  const crafted: (FrameReference & { node: string })[] = [];
  const events: RunEvent[] = [];
  const interfaces: CaptureInterface[] = [];
  const frame = createFrameCursor();
  const vrrp = createVrrpCursor();
  const readResponse = createResponseReader();
  let full = false;

  return {
    advertisements,
    responses,
    crafted,
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
      if (port === undefined) return;
      const { bytes, start, end, originalLength, number, timeNs, interfaceIndex } = record;
      if (readFrame(frame, bytes, LINK_TYPE_ETHERNET, start, end, originalLength) !== PROBLEM_NONE) return;
      const seen = { number, timeNs, interfaceIndex };
      if (port.kind !== 'router') {
        if (frame.protocol === PROTOCOL_VRRP && crafted.length < CRAFTED_LIMIT)
          crafted.push({ ...seen, node: port.node });
        return;
      }
      if (frame.protocol !== PROTOCOL_VRRP) {
        const response = readResponse(frame, bytes);
        if (response === undefined) return;
        if (responses.length < RESPONSE_LIMIT) responses.push({ ...seen, router: port.node, response });
        else full = true;
        return;
      }
      const { transportOffset, transportEnd, wireEnd, addressLength } = frame;
      if (readVrrp(vrrp, bytes, transportOffset, transportEnd, wireEnd, addressLength) !== PROBLEM_NONE) return;
      if (advertisements.length >= ADVERTISEMENT_LIMIT) {
        full = true;
        return;
      }
      advertisements.push({
        ...seen,
        router: port.node,
        lan: port.lan,
        virtualRouterId: vrrp.virtualRouterId,
        family: frame.ipVersion === 4 ? 'ipv4' : 'ipv6',
        priority: vrrp.priority,
      });
    },
  };
}
