import { createSessionClock } from '../linux/clock.ts';
import { LinuxError } from '../linux/libc.ts';
import type { Namespace } from '../linux/namespace.ts';
import { openRawSocket, type RawRecord, type RawSocket } from '../linux/raw-socket.ts';
import type { ReceivedMessage } from '../vrrp/receive.ts';
import { formatAddress, isMulticast } from '../wire/address.ts';
import { PROTOCOL_VRRP } from '../wire/network.ts';
import type { Family } from '../wire/vrrp.ts';
import { messageReader } from './message-reader.ts';

/**
 * Takes the messages for one virtual router, with how long ago they arrived, in nanoseconds. The message's arrays are
 * its own; it may keep them.
 */
export type MessageHandler = (message: ReceivedMessage, ageNs: number) => void;

/** What came for nobody. */
export interface ReceiverCounters {
  unknownVirtualRouter: number;
  tooShort: number;
}

/** What a virtual router listens for. */
export interface Listening {
  readonly family: Family;
  readonly virtualRouterId: number;
  readonly interfaceIndex: number;
  /** In network order; undefined: messages come to this machine alone. */
  readonly group: Uint8Array | undefined;
}

/** Receives VRRP on any number of interfaces and hands each message to the virtual router that it is for. */
export interface Receiver {
  readonly counters: ReceiverCounters;
  /** Messages for a virtual router that come in by one interface go to the handler; its group is joined there. */
  register(listening: Listening, handler: MessageHandler): void;
  /** Ends it, and leaves the group on that interface when it was the last. */
  unregister(listening: Listening): void;
  /** Hands over everything that has arrived: before a decision that hangs on silence. */
  drain(): void;
  close(): void;
}

/** What the kernel allows a socket where it limits memberships (net.ipv4.igmp_max_memberships is 20 as it comes). */
const NO_MORE_MEMBERSHIPS = new Set(['ENOBUFS', 'ENOMEM']);
/** Batches of 16 that are read before timers have their turn: half a millisecond of a flood. */
const BATCHES_A_TURN = 4;
/** Batches that are read before a decision: more than a socket holds. */
const BATCHES_A_DRAIN = 128;
/**
 * Timers count from when a message arrived, not from when it was read. What waited longer came while the router was held
 * up, and whatever came after it may be lost; or the wall clock, which the kernel stamps by, was set.
 */
const OLDEST_NS = 10_000_000;

interface Membership {
  readonly socket: RawSocket;
  uses: number;
}

interface FamilySocket {
  readonly socket: RawSocket;
  /** Hands over everything that it holds. */
  readonly readAll: (mostBatches: number) => void;
}

interface FamilyReceiver {
  readonly sockets: FamilySocket[];
  readonly memberships: Map<string, Membership>;
  readonly handlers: Map<number, MessageHandler>;
}

/** Opens the receiver; sockets are opened when something is registered. */
export function createReceiver(
  namespace: Namespace,
  { onError, onUnknown }: { onError(error: Error): void; onUnknown(family: Family, virtualRouterId: number): void },
): Receiver {
  const clock = createSessionClock();
  const counters: ReceiverCounters = { unknownVirtualRouter: 0, tooShort: 0 };
  const families: Record<Family, FamilyReceiver> = { ipv4: emptyFamily(), ipv6: emptyFamily() };
  const readers = { ipv4: messageReader('ipv4'), ipv6: messageReader('ipv6') };

  function ageNs({ timeNs }: RawRecord): number {
    const age = clock.now() - timeNs;
    return age < 0 ? 0 : Math.min(age, OLDEST_NS);
  }

  function deliver(family: Family, record: RawRecord): void {
    if (record.end - record.start < 2) {
      counters.tooShort += 1;
      return;
    }
    const virtualRouterId = record.bytes[record.start + 1]!;
    const handler = families[family].handlers.get(handlerKey(record.interfaceIndex, virtualRouterId));
    if (handler === undefined) {
      counters.unknownVirtualRouter += 1;
      onUnknown(family, virtualRouterId);
    } else handler(readers[family](record), ageNs(record));
  }

  function openSocket(family: Family): FamilySocket {
    const { sockets } = families[family];
    const socket = openRawSocket({ namespace, family: family === 'ipv4' ? 4 : 6, protocol: PROTOCOL_VRRP, clock });
    // A packet to a group comes to the socket that has joined it, one to this machine to every socket: once is enough.
    const isFirst = sockets.length === 0;
    const receive = (record: RawRecord): void => {
      if (isFirst || isMulticast(record.destination, 0, record.destination.length)) deliver(family, record);
    };
    const readAll = (most: number): void => {
      for (let batch = 0; batch < most; batch += 1) {
        if (socket.receiveBatch(receive) === 0) return;
      }
    };
    socket.watch(() => readAll(BATCHES_A_TURN), onError);
    const opened = { socket, readAll };
    sockets.push(opened);
    return opened;
  }

  /** Joins with the newest socket; where the kernel refuses one more membership, with another. */
  function join(family: Family, group: string, interfaceIndex: number): RawSocket {
    const newest = families[family].sockets.at(-1)?.socket;
    if (newest !== undefined) {
      try {
        newest.join(group, interfaceIndex);
        return newest;
      } catch (error) {
        if (!(error instanceof LinuxError && NO_MORE_MEMBERSHIPS.has(error.code))) throw error;
      }
    }
    const { socket } = openSocket(family);
    socket.join(group, interfaceIndex);
    return socket;
  }

  function enterGroup(family: Family, group: Uint8Array, interfaceIndex: number): void {
    const { memberships } = families[family];
    const text = formatAddress(group, 0, group.length);
    const key = `${interfaceIndex} ${text}`;
    const membership = memberships.get(key);
    if (membership === undefined) memberships.set(key, { socket: join(family, text, interfaceIndex), uses: 1 });
    else membership.uses += 1;
  }

  function leaveGroup(family: Family, group: Uint8Array, interfaceIndex: number): void {
    const { memberships } = families[family];
    const text = formatAddress(group, 0, group.length);
    const key = `${interfaceIndex} ${text}`;
    const membership = memberships.get(key);
    if (membership === undefined) return;
    membership.uses -= 1;
    if (membership.uses > 0) return;
    memberships.delete(key);
    membership.socket.leave(text, interfaceIndex);
  }

  return {
    counters,
    register({ family, virtualRouterId, interfaceIndex, group }, handler) {
      const { sockets, handlers } = families[family];
      if (sockets.length === 0) openSocket(family);
      if (group !== undefined) enterGroup(family, group, interfaceIndex);
      handlers.set(handlerKey(interfaceIndex, virtualRouterId), handler);
    },
    unregister({ family, virtualRouterId, interfaceIndex, group }) {
      if (!families[family].handlers.delete(handlerKey(interfaceIndex, virtualRouterId))) return;
      if (group !== undefined) leaveGroup(family, group, interfaceIndex);
    },
    drain() {
      for (const { sockets } of Object.values(families)) for (const { readAll } of sockets) readAll(BATCHES_A_DRAIN);
    },
    close() {
      for (const { sockets } of Object.values(families)) for (const { socket } of sockets.splice(0)) socket.close();
    },
  };
}

function emptyFamily(): FamilyReceiver {
  return { sockets: [], memberships: new Map(), handlers: new Map() };
}

function handlerKey(interfaceIndex: number, virtualRouterId: number): number {
  return interfaceIndex * 256 + virtualRouterId;
}
