import {
  type CaptureInterface,
  DIRECTION_IN,
  DIRECTION_OUT,
  type FrameRecord,
  LINK_TYPE_ETHERNET,
} from '../capture/frame.ts';
import type { Nanoseconds } from '../capture/time.ts';
import type { Connection } from '../stage/action.ts';
import { CONNECTION_PORT } from '../stage/probe-packet.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { PROTOCOL_TCP } from '../wire/network.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';
import { createTcpCursor, readTcp, TCP_RST, TCP_SYN } from '../wire/tcp.ts';

/** When octets of a connection could be read at its server, in order, as its segments show. */
export interface Deliveries {
  /** Each time at which octets came that follow without a gap on those before. */
  readonly timesNs: readonly Nanoseconds[];
  /** Octets until now. */
  readonly octets: number;
  /** Segments that carried nothing new: sent again though it was not needed. */
  readonly repeated: number;
  /** When either end gave it up by a reset, at its own port. */
  readonly resetNs: Nanoseconds | undefined;
}

export interface DeliveriesCollector extends Deliveries {
  interface(index: number, description: CaptureInterface): void;
  frame(record: FrameRecord): void;
}

/** A segment every 0.8 ms for some minutes. */
const TIMES_LIMIT = 200_000;
/** Segments that wait for one before them; Linux keeps its window far below. */
const WAITING_LIMIT = 4_096;

/** Follows the first connection to the discard port of the connection's server, at the ports of its two ends. */
export function createDeliveries({ from, to }: Connection): DeliveriesCollector {
  const clients = new Set<number>();
  const servers = new Set<number>();
  const timesNs: Nanoseconds[] = [];
  const cursor = createFrameCursor();
  const tcp = createTcpCursor();
  /** Octets by where they begin, counted from the first: those that came before what precedes them. */
  const waiting = new Map<number, number>();
  let clientPort = -1;
  let firstSequence = 0;
  let octets = 0;
  let repeated = 0;
  let resetNs: Nanoseconds | undefined;

  /** Where a segment's octets begin, counted from the first; sequence numbers come round. */
  function positionOf(sequence: number): number {
    return octets + ((sequence - firstSequence - octets) | 0);
  }

  function arrived(position: number, length: number, timeNs: Nanoseconds): void {
    const end = position + length;
    if (end <= octets) {
      repeated += 1;
      return;
    }
    if (position > octets) {
      if (waiting.size < WAITING_LIMIT) waiting.set(position, Math.max(end, waiting.get(position) ?? 0));
      return;
    }
    octets = end;
    for (const [begin, until] of [...waiting].sort(([one], [other]) => one - other)) {
      if (begin > octets) break;
      octets = Math.max(octets, until);
      waiting.delete(begin);
    }
    if (timesNs.length < TIMES_LIMIT) timesNs.push(timeNs);
  }

  return {
    timesNs,
    get octets() {
      return octets;
    },
    get repeated() {
      return repeated;
    },
    get resetNs() {
      return resetNs;
    },
    interface(index, { port }) {
      if (port?.node === from) clients.add(index);
      if (port?.node === to) servers.add(index);
    },
    frame({ bytes, start, end, originalLength, interfaceIndex, direction, timeNs }) {
      const isAtServer = servers.has(interfaceIndex);
      if (!isAtServer && !clients.has(interfaceIndex)) return;
      if (readFrame(cursor, bytes, LINK_TYPE_ETHERNET, start, end, originalLength) !== PROBLEM_NONE) return;
      const { protocol, transportOffset, transportEnd, wireEnd } = cursor;
      if (protocol !== PROTOCOL_TCP) return;
      if (readTcp(tcp, bytes, transportOffset, transportEnd, wireEnd) !== PROBLEM_NONE) return;
      const isForward = tcp.destinationPort === CONNECTION_PORT;
      if (!isForward && tcp.sourcePort !== CONNECTION_PORT) return;
      const isSyn = (tcp.flags & TCP_SYN) !== 0;
      if (isForward && isSyn && clientPort < 0) {
        clientPort = tcp.sourcePort;
        firstSequence = (tcp.sequence + 1) | 0;
      }
      if ((isForward ? tcp.sourcePort : tcp.destinationPort) !== clientPort) return;
      const isOwn = (isForward ? !isAtServer : isAtServer) && direction === DIRECTION_OUT;
      if (isOwn && (tcp.flags & TCP_RST) !== 0) resetNs ??= timeNs;
      if (!isForward || !isAtServer || direction !== DIRECTION_IN) return;
      // What the capture cut was there all the same.
      const length = wireEnd - tcp.payloadOffset;
      if (length > 0) arrived(positionOf(tcp.sequence), length, timeNs);
    },
  };
}

/** What happened to a connection after a moment. */
export interface Stall {
  /** Nothing could be read for so long beyond the usual; Infinity: to the end, or it was reset. */
  readonly stallNs: number;
  /** When the last octets before it could be read. */
  readonly fromNs: Nanoseconds;
}

/** What may pass between two deliveries at the end without the connection standing still. */
const FLIGHT_NS = 50_000_000;

/**
 * The longest time in which nothing could be read, beyond the interval at which octets are written, of those that ended
 * between two moments; undefined where nothing was ever delivered.
 */
export function longestStall(
  { timesNs, resetNs }: Deliveries,
  intervalNs: number,
  fromNs: Nanoseconds,
  untilNs: Nanoseconds,
): Stall | undefined {
  let longest: Stall | undefined;
  let last: Nanoseconds | undefined;
  for (const timeNs of timesNs) {
    if (timeNs > untilNs) break;
    if (last !== undefined && timeNs >= fromNs) {
      const stallNs = Math.max(0, timeNs - last - intervalNs);
      if (longest === undefined || stallNs > longest.stallNs) longest = { stallNs, fromNs: last };
    }
    last = timeNs;
  }
  if (last === undefined) return undefined;
  const isOver = (resetNs !== undefined && resetNs <= untilNs) || untilNs - last > FLIGHT_NS;
  return isOver ? { stallNs: Number.POSITIVE_INFINITY, fromNs: last } : longest;
}
