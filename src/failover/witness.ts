import { type HoldUp, isHoldUp, type RunEvent } from '../capture/event.ts';
import { type CaptureInterface, DIRECTION_IN, DIRECTION_OUT, LINK_TYPE_ETHERNET } from '../capture/frame.ts';
import type { Nanoseconds } from '../capture/time.ts';
import { createEchoes, type EchoesCollector } from '../scenario/echoes.ts';
import type { StageListener } from '../stage/stage.ts';
import { parseAddress } from '../wire/address.ts';
import { createArpCursor, isGratuitousArp, readArp } from '../wire/arp.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { createIcmpCursor, readIcmp } from '../wire/icmp.ts';
import { ETHER_TYPE_ARP } from '../wire/link.ts';
import { createNeighborCursor, NEIGHBOR_ADVERTISEMENT, readNeighbor } from '../wire/neighbor.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_VRRP } from '../wire/network.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';
import { createVrrpCursor, readVrrp } from '../wire/vrrp.ts';
import { createDeliveries, type DeliveriesCollector } from './deliveries.ts';
import type { PathName, TrialScene } from './trial.ts';

/** An advertisement as it passed a router's port: sent by that router, or heard by it. */
export interface PassedAdvertisement {
  readonly router: string;
  readonly lan: string;
  readonly timeNs: Nanoseconds;
  readonly direction: 'sent' | 'heard';
  readonly priority: number;
}

/** A gratuitous ARP or an unsolicited Neighbor Advertisement that left a router. */
export interface SentAnnouncement {
  readonly router: string;
  readonly lan: string;
  readonly timeNs: Nanoseconds;
}

/** From when to when a router answered for the virtual address. */
export interface Answering {
  readonly firstNs: Nanoseconds;
  lastNs: Nanoseconds;
}

/** What one trial showed, in the order of arrival. */
export interface Witness {
  readonly listener: StageListener;
  readonly advertisements: readonly PassedAdvertisement[];
  readonly announcements: readonly SentAnnouncement[];
  /** Of each router that answered the probe of the virtual address. */
  readonly answering: ReadonlyMap<string, Answering>;
  readonly events: readonly RunEvent[];
  readonly holdUps: readonly HoldUp[];
  readonly probes: ReadonlyMap<PathName, EchoesCollector>;
  /** Of the TCP connection; nothing, where the stage has none. */
  readonly deliveries: DeliveriesCollector;
}

/** Entries of one kind that are kept: no trial comes near, and a flood stays bounded. */
const LIMIT = 200_000;

/** Watches one trial. What it keeps is bounded. */
export function createWitness(scene: TrialScene): Witness {
  const advertisements: PassedAdvertisement[] = [];
  const announcements: SentAnnouncement[] = [];
  const answering = new Map<string, Answering>();
  const events: RunEvent[] = [];
  const holdUps: HoldUp[] = [];
  const probes = new Map(scene.probes.map((probe) => [probe.name, createEchoes(probe)]));
  const deliveries = createDeliveries(scene.connection);
  const interfaces: CaptureInterface[] = [];
  const frame = createFrameCursor();
  const vrrp = createVrrpCursor();
  const arp = createArpCursor();
  const neighbor = createNeighborCursor();
  const icmp = createIcmpCursor();
  const virtualAddress = parseAddress(scene.probes.find(({ name }) => name === 'virtual-address')!.to)!;

  function keep<T>(list: T[], entry: T): void {
    if (list.length < LIMIT) list.push(entry);
  }

  const listener: StageListener = {
    origin: () => {},
    interface(index, description) {
      interfaces[index] = description;
      for (const probe of probes.values()) probe.interface(index, description);
      deliveries.interface(index, description);
    },
    event(event) {
      if (isHoldUp(event)) keep(holdUps, event);
      else keep(events, event);
    },
    frame(record) {
      const port = interfaces[record.interfaceIndex]?.port;
      if (port?.kind !== 'router') {
        for (const probe of probes.values()) probe.frame(record);
        deliveries.frame(record);
        return;
      }
      const { bytes, start, end, originalLength, timeNs, direction } = record;
      if (readFrame(frame, bytes, LINK_TYPE_ETHERNET, start, end, originalLength) !== PROBLEM_NONE) return;
      const { transportOffset, transportEnd, wireEnd } = frame;
      const at = { router: port.node, lan: port.lan, timeNs };
      if (frame.protocol === PROTOCOL_VRRP) {
        if (readVrrp(vrrp, bytes, transportOffset, transportEnd, wireEnd, frame.addressLength) !== PROBLEM_NONE) return;
        if (direction !== DIRECTION_IN && direction !== DIRECTION_OUT) return;
        const passed = direction === DIRECTION_OUT ? 'sent' : 'heard';
        keep(advertisements, { ...at, direction: passed, priority: vrrp.priority });
      } else if (direction === DIRECTION_OUT) {
        if (isAnnouncement(bytes)) keep(announcements, at);
        else if (isReply(bytes)) noteReply(port.node, timeNs);
      }
    },
  };

  function isAnnouncement(bytes: Uint8Array): boolean {
    const { networkOffset, networkEnd, transportOffset, transportEnd, wireEnd } = frame;
    if (frame.etherType === ETHER_TYPE_ARP)
      return readArp(arp, bytes, networkOffset, networkEnd, wireEnd) === PROBLEM_NONE && isGratuitousArp(arp, bytes);
    if (frame.protocol !== PROTOCOL_ICMPV6) return false;
    return (
      readNeighbor(neighbor, bytes, transportOffset, transportEnd, wireEnd) === PROBLEM_NONE &&
      neighbor.type === NEIGHBOR_ADVERTISEMENT &&
      !neighbor.solicited
    );
  }

  /** Whether it is an echo reply from the virtual address. */
  function isReply(bytes: Uint8Array): boolean {
    const { protocol, transportOffset, transportEnd, wireEnd, sourceAddress, addressLength } = frame;
    if (protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_ICMPV6) return false;
    if (readIcmp(icmp, bytes, transportOffset, transportEnd, wireEnd, protocol) !== PROBLEM_NONE) return false;
    if (!icmp.isEchoReply || addressLength !== virtualAddress.length) return false;
    return virtualAddress.every((octet, index) => bytes[sourceAddress + index] === octet);
  }

  function noteReply(router: string, timeNs: Nanoseconds): void {
    const known = answering.get(router);
    if (known === undefined) answering.set(router, { firstNs: timeNs, lastNs: timeNs });
    else known.lastNs = timeNs;
  }

  return { listener, advertisements, announcements, answering, events, holdUps, probes, deliveries };
}
