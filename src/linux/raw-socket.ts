import type { Nanoseconds } from '../capture/time.ts';
import { AF_INET, AF_INET6, addressBytes, familyOf } from './address.ts';
import { createSessionClock, type SessionClock } from './clock.ts';
import {
  c,
  check,
  closeDescriptor,
  EAGAIN,
  ENETDOWN,
  ENOBUFS,
  errnoOf,
  LinuxError,
  lastErrno,
  nativeBuffer,
  setOption,
} from './libc.ts';
import { changeMembership, familyLevel } from './membership.ts';
import {
  CONTROL_SOCKET,
  CONTROL_TIME,
  createMessageBatch,
  enlargeReceiveBuffer,
  requestTimestamps,
} from './message-batch.ts';
import { inNamespace, type Namespace } from './namespace.ts';
import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from './socket-constants.ts';
import { type Watch, watchReadable } from './watch.ts';

const IPPROTO_IPV6 = 41;
const IP_PKTINFO = 8;
const IP_MULTICAST_ALL = 49;
const IPV6_MULTICAST_ALL = 29;
const IPV6_RECVPKTINFO = 49;
const IPV6_PKTINFO = 50;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_HOPLIMIT = 52;
const IPPROTO_ICMPV6 = 58;
const ICMPV6_FILTER = 1;
const ICMPV6_FILTER_LENGTH = 32;
const SOCKADDR_LENGTH = 28;
const BATCH = 16;
const UNREACHABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ECONNREFUSED', 'EHOSTDOWN'].map(errnoOf));

/** The IP protocol number of VRRP. */
export const PROTOCOL_VRRP = 112;

export interface RawSocketOptions {
  readonly namespace: Namespace;
  readonly family: 4 | 6;
  /** The IP protocol: 112 for VRRP. */
  readonly protocol: number;
  /** Of ICMPv6, the one type that is received; every one where it is absent. */
  readonly icmpV6Type?: number;
  readonly clock?: SessionClock;
  /** 1 MB when absent. */
  readonly receiveBufferBytes?: number;
}

/** A packet that was received. Reused: whoever keeps something copies it. */
export interface RawRecord {
  /** The kernel's time stamp, in the session's time. */
  timeNs: Nanoseconds;
  /** The link that it came in by, by index. */
  interfaceIndex: number;
  /** TTL or hop limit; -1 where the kernel did not tell. */
  hopLimit: number;
  /** 4 or 16 octets, from the packet itself. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** What follows the IP header is `bytes[start, end)`. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** IPv4: where the IP header starts; IPv6, whose header the kernel keeps: the same as `start`. */
  packetStart: number;
}

/** How a packet left: not where the queue is full, the link is down or gone, or no route or neighbour is known. */
export type RawSendResult = 'sent' | 'full' | 'down' | 'unreachable';

export interface RawSocket {
  readonly fd: number;
  /** Joins a multicast group on a link. Joining twice is no error. @throws LinuxError: ENODEV */
  join(group: string, interfaceIndex: number): void;
  /** Leaves it; a link that is gone, or a group that was not joined, is no error. */
  leave(group: string, interfaceIndex: number): void;
  /** Hands over what has arrived, at most 16 packets. @returns how many; 0: nothing is there. @throws LinuxError */
  receiveBatch(handler: (record: RawRecord) => void): number;
  /** Makes a destination ready for `send`; `interfaceIndex` is needed for a link-local one. */
  target(address: string, interfaceIndex?: number): Uint8Array;
  /** Sends what follows the IP header; never waits. @throws LinuxError */
  send(bytes: Uint8Array, target: Uint8Array): RawSendResult;
  /** Calls back when something has arrived; see `watchReadable`. One at a time. */
  watch(onReadable: () => void, onError?: (error: Error) => void): Watch;
  close(): void;
}

function setUpReceiving(fd: number, family: 4 | 6, context: string): void {
  requestTimestamps(fd);
  const level = familyLevel(family);
  if (family === 4) {
    setOption(fd, level, IP_PKTINFO, 1, context);
    setOption(fd, level, IP_MULTICAST_ALL, 0, context);
    return;
  }
  setOption(fd, level, IPV6_RECVPKTINFO, 1, context);
  setOption(fd, level, IPV6_RECVHOPLIMIT, 1, context);
  setOption(fd, level, IPV6_MULTICAST_ALL, 0, context);
}

/** A bit for each type: one that is set is not received (RFC 3542 §3.2). */
function receiveOnly(fd: number, type: number, context: string): void {
  const blocked = nativeBuffer(ICMPV6_FILTER_LENGTH).fill(0xff);
  const view = new DataView(blocked.buffer);
  const word = (type >> 5) * 4;
  view.setUint32(word, (view.getUint32(word, true) & ~(1 << (type & 31))) >>> 0, true);
  check(c.setsockopt(fd, IPPROTO_ICMPV6, ICMPV6_FILTER, blocked, ICMPV6_FILTER_LENGTH), 'setsockopt', context);
}

/** The address of a destination as the kernel takes it. */
export function socketAddress(address: string, interfaceIndex = 0): Uint8Array<ArrayBuffer> {
  const family = familyOf(address);
  const bytes = nativeBuffer(family === AF_INET ? 16 : SOCKADDR_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  bytes.set(addressBytes(address), family === AF_INET ? 4 : 8);
  // The scope is for link-local addresses; with others the kernel would take it for a wish to leave by that link.
  if (family === AF_INET6) view.setUint32(24, interfaceIndex, true);
  return bytes;
}

/** Sends what follows the IP header by a raw socket; never waits. @throws LinuxError */
export function sendPacket(fd: number, bytes: Uint8Array, target: Uint8Array): RawSendResult {
  if (c.sendto(fd, bytes, bytes.length, 0, target, target.length) >= 0) return 'sent';
  const errno = lastErrno();
  if (errno === EAGAIN || errno === ENOBUFS) return 'full';
  if (errno === ENETDOWN) return 'down';
  if (UNREACHABLE.has(errno)) return 'unreachable';
  throw new LinuxError('sendto', errno, `send a packet of ${bytes.length} octets`);
}

/**
 * Opens a raw IP socket: every packet of that protocol that the namespace accepts, and of multicast groups only those
 * that this socket has joined, on the links where it has. The IP header is told apart in both families alike.
 * @throws LinuxError: EPERM without CAP_NET_RAW
 */
export function openRawSocket(options: RawSocketOptions): RawSocket {
  const { namespace, family, protocol } = options;
  const clock = options.clock ?? createSessionClock();
  const context = `open a raw socket of protocol ${protocol} for IPv${family} in ${namespace.name}`;
  const fd = inNamespace(namespace, () =>
    check(
      c.socket(family === 4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol),
      'socket',
      context,
    ),
  );
  try {
    setUpReceiving(fd, family, context);
    if (options.icmpV6Type !== undefined) receiveOnly(fd, options.icmpV6Type, context);
    enlargeReceiveBuffer(fd, options.receiveBufferBytes ?? 1024 * 1024);
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }

  const batch = createMessageBatch(BATCH, 65_536, 0, SOCKADDR_LENGTH);
  const addressLength = family === 4 ? 4 : 16;
  const record: RawRecord = {
    timeNs: 0,
    interfaceIndex: 0,
    hopLimit: -1,
    source: new Uint8Array(addressLength),
    destination: new Uint8Array(addressLength),
    bytes: batch.bytes,
    start: 0,
    end: 0,
    packetStart: 0,
  };

  function copyAddress(into: Uint8Array, view: DataView, at: number): void {
    for (let octet = 0; octet < addressLength; octet += 1) into[octet] = view.getUint8(at + octet);
  }

  function readControl(level: number, type: number, at: number): void {
    const view = batch.controls;
    if (level === CONTROL_SOCKET && type === CONTROL_TIME) {
      record.timeNs = clock.at(
        view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32,
        view.getUint32(at + 8, true),
      );
    } else if (level === IPPROTO_IPV6 && type === IPV6_HOPLIMIT) {
      record.hopLimit = view.getInt32(at, true);
    } else if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO) {
      copyAddress(record.destination, view, at);
      record.interfaceIndex = view.getUint32(at + 16, true);
    } else if (level === 0 && type === IP_PKTINFO) {
      record.interfaceIndex = view.getInt32(at, true);
    }
  }

  function readHeader(start: number): void {
    // The kernel has checked version, header length and header checksum before it delivers.
    const { bytes } = record;
    record.start = start + (bytes[start]! & 0x0f) * 4;
    record.hopLimit = bytes[start + 8]!;
    for (let octet = 0; octet < 4; octet += 1) {
      record.source[octet] = bytes[start + 12 + octet]!;
      record.destination[octet] = bytes[start + 16 + octet]!;
    }
  }

  function load(i: number): void {
    const start = batch.start(i);
    record.packetStart = start;
    record.start = start;
    record.end = start + Math.min(batch.length(i), batch.slotLength);
    record.hopLimit = -1;
    if (family === 4) readHeader(start);
    else copyAddress(record.source, batch.names, i * SOCKADDR_LENGTH + 8);
    batch.forEachControl(i, readControl);
  }

  let watch: Watch | undefined;
  let open = true;
  return {
    fd,
    join: (group, interfaceIndex) => changeMembership(fd, 'join', group, interfaceIndex),
    leave: (group, interfaceIndex) => changeMembership(fd, 'leave', group, interfaceIndex),
    receiveBatch(handler) {
      const count = batch.receive(fd, 'receive packets');
      for (let i = 0; i < count; i += 1) {
        load(i);
        handler(record);
      }
      return count;
    },
    target: socketAddress,
    send: (bytes, target) => sendPacket(fd, bytes, target),
    watch(onReadable, onError) {
      watch?.close();
      watch = watchReadable(fd, onReadable, onError);
      return watch;
    },
    close() {
      if (!open) return;
      open = false;
      watch?.close();
      closeDescriptor(fd);
    },
  };
}
