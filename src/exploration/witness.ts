import type { RunEvent } from '../capture/event.ts';
import { type CaptureInterface, DIRECTION_OUT, type FrameRecord } from '../capture/frame.ts';
import { VARIANT_FACTS } from '../scenario/variant.ts';
import type { StageListener } from '../stage/stage.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { createIcmpCursor, readIcmp } from '../wire/icmp.ts';
import { LINK_TYPE_ETHERNET } from '../wire/link.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_VRRP } from '../wire/network.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';
import { createVrrpCursor, readVrrp } from '../wire/vrrp.ts';
import type { Case } from './case.ts';

/** An advertisement as it left its sender's port. */
export interface Advertised {
  readonly timeNs: number;
  readonly node: string;
  readonly priority: number;
}

/** What was seen of one virtual router since it was last cleared, in order. */
export interface Seen {
  readonly advertised: Advertised[];
  /** When the host sent which echo request, and whether an answer has come. */
  readonly asked: Map<number, { readonly timeNs: number; answered: boolean }>;
  /** Echo requests to the virtual MAC that came out at a router's port. */
  readonly reached: { readonly timeNs: number; readonly node: string; readonly sequence: number }[];
}

/** Looks at a case's frames: all that is judged comes from here. */
export interface Witness extends StageListener {
  /** In the order of the case's virtual routers. */
  readonly seen: readonly Seen[];
  frames(): number;
  clear(): void;
}

const frame = createFrameCursor();
const vrrp = createVrrpCursor();
const icmp = createIcmpCursor();

/** The name of the probe of the n-th virtual router. */
export function probeName(index: number): string {
  return `probe${index}`;
}

export function createWitness(explored: Case): Witness {
  const seen = explored.virtualRouters.map((): Seen => ({ advertised: [], asked: new Map(), reached: [] }));
  const byId = new Map(
    explored.virtualRouters.map(({ id, variant }, index) => [
      `${VARIANT_FACTS[variant].family === 'ipv4' ? 4 : 16}/${id}`,
      seen[index]!,
    ]),
  );
  const byProbe = new Map<number, Seen>();
  const ports: { readonly node: string; readonly kind: string }[] = [];
  let frames = 0;

  const lookAtEcho = (record: FrameRecord, node: string, kind: string): void => {
    const { bytes, timeNs } = record;
    const { transportOffset, transportEnd, wireEnd, protocol } = frame;
    if (readIcmp(icmp, bytes, transportOffset, transportEnd, wireEnd, protocol) !== PROBLEM_NONE) return;
    const of = byProbe.get(icmp.identifier);
    if (of === undefined) return;
    if (kind === 'host') {
      const asked = of.asked.get(icmp.sequence);
      if (record.direction === DIRECTION_OUT) of.asked.set(icmp.sequence, { timeNs, answered: false });
      else if (asked !== undefined) asked.answered = true;
    } else if (record.direction !== DIRECTION_OUT && icmp.isEchoRequest && isToVirtualMac(bytes)) {
      of.reached.push({ timeNs, node, sequence: icmp.sequence });
    }
  };

  const lookAtAdvertisement = ({ bytes, timeNs }: FrameRecord, node: string): void => {
    const { transportOffset, transportEnd, wireEnd, addressLength } = frame;
    readVrrp(vrrp, bytes, transportOffset, transportEnd, wireEnd, addressLength);
    if (vrrp.virtualRouterId < 0 || vrrp.priority < 0) return;
    byId.get(`${addressLength}/${vrrp.virtualRouterId}`)?.advertised.push({ timeNs, node, priority: vrrp.priority });
  };

  return {
    seen,
    frames: () => frames,
    clear() {
      for (const { advertised, asked, reached } of seen) {
        advertised.length = 0;
        asked.clear();
        reached.length = 0;
      }
    },
    origin() {},
    interface(index: number, description: CaptureInterface) {
      const { port } = description;
      ports[index] = { node: port?.node ?? description.name ?? '', kind: port?.kind ?? '' };
    },
    event(event: RunEvent) {
      if (event.kind !== 'probe-began' || event.identifier === undefined) return;
      const index = explored.virtualRouters.findIndex((_, at) => probeName(at) === event.probe);
      if (index !== -1) byProbe.set(event.identifier, seen[index]!);
    },
    frame(record) {
      frames += 1;
      const { bytes, direction } = record;
      const { node, kind } = ports[record.interfaceIndex]!;
      // What reaches a router concerns only where the switch has the virtual MAC.
      if (kind === 'router' && direction !== DIRECTION_OUT && !isToVirtualMac(bytes)) return;
      if (readFrame(frame, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length) !== PROBLEM_NONE) return;
      if (frame.protocol === PROTOCOL_VRRP) {
        if (direction === DIRECTION_OUT) lookAtAdvertisement(record, node);
      } else if (frame.protocol === PROTOCOL_ICMP || frame.protocol === PROTOCOL_ICMPV6) {
        lookAtEcho(record, node, kind);
      }
    },
  };
}

/** 00:00:5e:00:01:… or 00:00:5e:00:02:… (RFC 9568 §7.3). */
function isToVirtualMac(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0x5e && bytes[3] === 0 && (bytes[4] === 1 || bytes[4] === 2);
}
