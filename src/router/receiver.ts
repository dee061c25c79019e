import { LinuxError } from '../linux/libc.ts';
import type { Namespace } from '../linux/namespace.ts';
import { openRawSocket, type RawRecord, type RawSocket } from '../linux/raw-socket.ts';
import type { ReceivedMessage } from '../vrrp/receive.ts';
import { receivedMessage } from '../vrrp/received-message.ts';
import { addressLengthOf, formatAddress, vrrpGroup } from '../wire/address.ts';
import { createFrameCursor } from '../wire/frame.ts';
import { PROTOCOL_VRRP } from '../wire/network.ts';
import { createVrrpCursor, type Family, readVrrp } from '../wire/vrrp.ts';

/** Takes the messages for one virtual router. The message's arrays are its own; it may keep them. */
export type MessageHandler = (message: ReceivedMessage) => void;

/** What came for nobody. */
export interface ReceiverCounters {
  unknownVirtualRouter: number;
  tooShort: number;
}

/** Receives VRRP on any number of interfaces and hands each message to the virtual router that it is for. */
export interface Receiver {
  readonly counters: ReceiverCounters;
  /** Messages for this VRID and family that come in by one of these interfaces go to the handler. */
  register(family: Family, virtualRouterId: number, interfaceIndex: number, handler: MessageHandler): void;
  /** Ends it, and leaves the group on that interface when it was the last. */
  unregister(family: Family, virtualRouterId: number, interfaceIndex: number): void;
  /** Hands over everything that has arrived: before a decision that hangs on silence. */
  drain(): void;
  close(): void;
}

/** What the kernel allows a socket where it limits memberships (net.ipv4.igmp_max_memberships is 20 as it comes). */
const NO_MORE_MEMBERSHIPS = new Set(['ENOBUFS', 'ENOMEM']);
/** Batches that are read before timers have their turn. */
const BATCHES_A_TURN = 64;
const MESSAGE_LIMIT = 65_536;

interface Membership {
  readonly socket: RawSocket;
  uses: number;
}

interface FamilyReceiver {
  readonly sockets: RawSocket[];
  readonly memberships: Map<number, Membership>;
  readonly handlers: Map<number, MessageHandler>;
}

/** Opens the receiver; sockets are opened when something is registered. */
export function createReceiver(
  namespace: Namespace,
  { onError, onUnknown }: { onError(error: Error): void; onUnknown(family: Family, virtualRouterId: number): void },
): Receiver {
  const counters: ReceiverCounters = { unknownVirtualRouter: 0, tooShort: 0 };
  const families: Record<Family, FamilyReceiver> = { ipv4: emptyFamily(), ipv6: emptyFamily() };
  const readers = { ipv4: messageReader('ipv4'), ipv6: messageReader('ipv6') };

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
    } else handler(readers[family](record));
  }

  const deliverers: Record<Family, (record: RawRecord) => void> = {
    ipv4: (record) => deliver('ipv4', record),
    ipv6: (record) => deliver('ipv6', record),
  };

  function readAll(family: Family, socket: RawSocket): void {
    for (let batch = 0; batch < BATCHES_A_TURN; batch += 1) {
      if (socket.receiveBatch(deliverers[family]) === 0) return;
    }
  }

  function openSocket(family: Family): RawSocket {
    const socket = openRawSocket({ namespace, family: family === 'ipv4' ? 4 : 6, protocol: PROTOCOL_VRRP });
    socket.watch(() => readAll(family, socket), onError);
    families[family].sockets.push(socket);
    return socket;
  }

  /** Joins with the newest socket; where the kernel refuses one more membership, with another. */
  function join(family: Family, interfaceIndex: number): RawSocket {
    const group = groupText(family);
    const newest = families[family].sockets.at(-1);
    if (newest !== undefined) {
      try {
        newest.join(group, interfaceIndex);
        return newest;
      } catch (error) {
        if (!(error instanceof LinuxError && NO_MORE_MEMBERSHIPS.has(error.code))) throw error;
      }
    }
    const socket = openSocket(family);
    socket.join(group, interfaceIndex);
    return socket;
  }

  return {
    counters,
    register(family, virtualRouterId, interfaceIndex, handler) {
      const { memberships, handlers } = families[family];
      const membership = memberships.get(interfaceIndex);
      if (membership === undefined) memberships.set(interfaceIndex, { socket: join(family, interfaceIndex), uses: 1 });
      else membership.uses += 1;
      handlers.set(handlerKey(interfaceIndex, virtualRouterId), handler);
    },
    unregister(family, virtualRouterId, interfaceIndex) {
      const { memberships, handlers } = families[family];
      if (!handlers.delete(handlerKey(interfaceIndex, virtualRouterId))) return;
      const membership = memberships.get(interfaceIndex);
      if (membership === undefined) return;
      membership.uses -= 1;
      if (membership.uses > 0) return;
      memberships.delete(interfaceIndex);
      membership.socket.leave(groupText(family), interfaceIndex);
    },
    drain() {
      for (const family of ['ipv4', 'ipv6'] as const) {
        for (const socket of families[family].sockets) readAll(family, socket);
      }
    },
    close() {
      for (const { sockets } of Object.values(families)) for (const socket of sockets.splice(0)) socket.close();
    },
  };
}

function emptyFamily(): FamilyReceiver {
  return { sockets: [], memberships: new Map(), handlers: new Map() };
}

function handlerKey(interfaceIndex: number, virtualRouterId: number): number {
  return interfaceIndex * 256 + virtualRouterId;
}

function groupText(family: Family): string {
  const group = vrrpGroup(family);
  return formatAddress(group, 0, group.length);
}

/**
 * Makes a message of a packet. The kernel keeps IPv6 headers to itself, so addresses and payload are put side by side
 * for the checksum.
 */
function messageReader(family: Family): (record: RawRecord) => ReceivedMessage {
  const addressLength = addressLengthOf(family);
  const start = 2 * addressLength;
  const bytes = new Uint8Array(start + MESSAGE_LIMIT);
  const network = createFrameCursor();
  network.addressLength = addressLength;
  network.sourceAddress = 0;
  network.destinationAddress = addressLength;
  network.cut = false;
  const cursor = createVrrpCursor();
  return (record) => {
    const end = start + record.end - record.start;
    bytes.set(record.source, 0);
    bytes.set(record.destination, addressLength);
    bytes.set(record.bytes.subarray(record.start, record.end), start);
    network.transportOffset = start;
    network.transportEnd = end;
    network.wireEnd = end;
    network.hopLimit = record.hopLimit;
    readVrrp(cursor, bytes, start, end, end, addressLength);
    return receivedMessage(bytes, network, cursor);
  };
}
