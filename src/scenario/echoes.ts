import {
  type CaptureInterface,
  DIRECTION_IN,
  DIRECTION_OUT,
  type FrameRecord,
  LINK_TYPE_ETHERNET,
} from '../capture/frame.ts';
import type { Nanoseconds } from '../capture/time.ts';
import type { FrameReference } from '../conformance/result.ts';
import type { Probe } from '../stage/action.ts';
import { parseAddress } from '../wire/address.ts';
import { createFrameCursor, type FrameCursor, readFrame } from '../wire/frame.ts';
import { createIcmpCursor, readIcmp } from '../wire/icmp.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/network.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';

/**
 * The requests of one probe in the order in which they left the host, and when each was answered; of a one-way probe,
 * when each arrived where it was sent to.
 */
export interface Echoes {
  readonly probe: Probe;
  readonly requests: number;
  sentNs(position: number): Nanoseconds;
  /** undefined: not answered. The first time, where it came more than once. */
  answeredNs(position: number): Nanoseconds | undefined;
  /** The frame that carried the request. */
  request(position: number): FrameReference;
  /** Answers, or arrivals, beyond the first. */
  readonly duplicates: number;
}

export interface EchoesCollector extends Echoes {
  interface(index: number, description: CaptureInterface): void;
  frame(record: FrameRecord): void;
}

/** A probe each millisecond for 17 minutes. */
const REQUEST_LIMIT = 1_000_000;
const SEQUENCES = 65_536;

/** Collects the requests and replies of a probe at its host's port; of a one-way probe, where it arrives, too. */
export function createEchoes(probe: Probe): EchoesCollector {
  const target = parseAddress(probe.to) ?? new Uint8Array(4);
  const { oneWay = false } = probe;
  const ports = new Set<number>();
  /** Where answers come in: at the same port, or, of a one-way probe, at those of other hosts. */
  const ends = oneWay ? new Set<number>() : ports;
  const sent: number[] = [];
  const answered: number[] = [];
  const frames: number[] = [];
  const places: number[] = [];
  /** Position of the newest request of each sequence number; numbers return after 65,536. */
  const newest = new Map<number, number>();
  const cursor = createFrameCursor();
  const icmp = createIcmpCursor();
  let duplicates = 0;
  /** Of the probe's messages, as the first one had it: nobody else's echo is taken for its. */
  let identifier = -1;

  return {
    probe,
    get duplicates() {
      return duplicates;
    },
    get requests() {
      return sent.length;
    },
    sentNs: (position) => sent[position]!,
    answeredNs: (position) => (answered[position]! < 0 ? undefined : answered[position]),
    request: (position) => ({ number: frames[position]!, timeNs: sent[position]!, interfaceIndex: places[position]! }),
    interface(index, { port }) {
      if (port?.node === probe.from) ports.add(index);
      else if (oneWay && port?.kind === 'host') ends.add(index);
    },
    frame(record) {
      const isSender = ports.has(record.interfaceIndex);
      const isEnd = ends.has(record.interfaceIndex);
      if (!isSender && !isEnd) return;
      const { bytes, start, end, originalLength } = record;
      if (readFrame(cursor, bytes, LINK_TYPE_ETHERNET, start, end, originalLength) !== PROBLEM_NONE) return;
      const { protocol, transportOffset, transportEnd, wireEnd } = cursor;
      if (protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_ICMPV6) return;
      if (readIcmp(icmp, bytes, transportOffset, transportEnd, wireEnd, protocol) !== PROBLEM_NONE) return;
      if (
        isSender &&
        (oneWay ? icmp.isEchoReply : icmp.isEchoRequest) &&
        record.direction === DIRECTION_OUT &&
        isAt(cursor, cursor.destinationAddress, bytes, target)
      ) {
        if (identifier < 0) identifier = icmp.identifier;
        if (sent.length >= REQUEST_LIMIT || icmp.identifier !== identifier) return;
        newest.set(icmp.sequence % SEQUENCES, sent.length);
        sent.push(record.timeNs);
        answered.push(-1);
        frames.push(record.number);
        places.push(record.interfaceIndex);
      } else if (
        isEnd &&
        icmp.isEchoReply &&
        icmp.identifier === identifier &&
        record.direction === DIRECTION_IN &&
        isAt(cursor, oneWay ? cursor.destinationAddress : cursor.sourceAddress, bytes, target)
      ) {
        const position = newest.get(icmp.sequence % SEQUENCES);
        if (position === undefined) return;
        if (answered[position]! < 0) answered[position] = record.timeNs;
        else duplicates++;
      }
    },
  };
}

function isAt(cursor: FrameCursor, offset: number, bytes: Uint8Array, address: Uint8Array): boolean {
  if (cursor.addressLength !== address.length) return false;
  for (let index = 0; index < address.length; index++) if (bytes[offset + index] !== address[index]) return false;
  return true;
}
