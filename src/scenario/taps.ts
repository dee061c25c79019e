import type { RunEvent } from '../capture/event.ts';
import { type CaptureInterface, DIRECTION_UNKNOWN, type FrameRecord } from '../capture/frame.ts';
import type { TimeOrigin } from '../capture/time.ts';
import type { Observer } from '../conformance/observer/api.ts';
import { createObserver } from '../conformance/observer/observer.ts';
import type { Cause } from '../conformance/result.ts';
import type { Plan } from './plan.ts';

/** What somebody finds out who captures at one node alone, without knowing whose port it is. */
export interface Tap {
  origin(origin: TimeOrigin): void;
  interface(index: number, description: CaptureInterface): void;
  frame(record: FrameRecord): void;
  event(event: RunEvent): void;
  /** The causes that can be named from there; asked once, at the end. */
  causes(): readonly Cause[];
}

/** The taps that expectations of a plan ask for, by the node. */
export function createTaps({ expectations, profile }: Plan): ReadonlyMap<string, Tap> {
  const nodes = expectations.flatMap((one) => (one.kind === 'cause' && one.seenAt !== undefined ? [one.seenAt] : []));
  return new Map([...new Set(nodes)].map((node) => [node, createTap(node, createObserver({ profile }))]));
}

function createTap(node: string, observer: Observer): Tap {
  const own = new Set<number>();
  return {
    origin: (origin) => observer.origin(origin),
    interface(index, { port, ...description }) {
      if (port?.node === node) own.add(index);
      observer.interface(index, { ...description, name: `interface ${index}`, description: '' });
    },
    frame(record) {
      if (own.has(record.interfaceIndex)) observer.frame({ ...record, direction: DIRECTION_UNKNOWN });
    },
    event(event) {
      // Who captures knows of no router and no fault; that the host stood still is seen there too.
      if (event.kind === 'stall') observer.event(event);
    },
    causes: () => observer.finish().causes,
  };
}
