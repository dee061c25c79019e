import type { Nanoseconds } from '../capture/time.ts';
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
import {
  CONTROL_SOCKET,
  CONTROL_TIME,
  createMessageBatch,
  enlargeReceiveBuffer,
  requestTimestamps,
} from './message-batch.ts';
import { inNamespace, type Namespace } from './namespace.ts';
import { attachFilter } from './packet-filter.ts';
import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from './socket-constants.ts';
import { type Watch, watchReadable } from './watch.ts';

const AF_PACKET = 17;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_STATISTICS = 6;
const PACKET_AUXDATA = 8;
const PACKET_IGNORE_OUTGOING = 23;
const PACKET_MR_PROMISC = 1;
const TP_STATUS_CSUMNOTREADY = 0x08;
const TP_STATUS_VLAN_VALID = 0x10;
const TP_STATUS_VLAN_TPID_VALID = 0x40;
const ETHERTYPE_VLAN = 0x8100;
const VLAN_TAG_LENGTH = 4;
const SOCKADDR_LL_LENGTH = 20;
const ENXIO = errnoOf('ENXIO');
const ENODEV = errnoOf('ENODEV');

/** Every protocol (ETH_P_ALL). */
export const EVERY_PROTOCOL = 0x0003;

/** How the kernel sees a frame: `sll_pkttype`. */
export const PACKET_HOST = 0;
export const PACKET_BROADCAST = 1;
export const PACKET_MULTICAST = 2;
export const PACKET_OTHER_HOST = 3;
export const PACKET_OUTGOING = 4;

export interface PacketSocketOptions {
  readonly namespace: Namespace;
  /** The link, by index; 0: every link of the namespace, also those that come later. */
  readonly interfaceIndex: number;
  /** An EtherType, or EVERY_PROTOCOL, which is meant when absent. 0 receives nothing: for sending only. */
  readonly protocol?: number;
  /** Puts the link into promiscuous mode while the socket is open; not for every link. */
  readonly promiscuous?: boolean;
  /** Not what this machine itself sends. */
  readonly ignoreOutgoing?: boolean;
  /** 8 MB when absent; without root of the host the kernel grants less. */
  readonly receiveBufferBytes?: number;
  /** How much of a frame is kept; 9216 octets when absent. */
  readonly snapLength?: number;
  /** What it receives of all that (packet-filter.ts); everything when absent. */
  readonly filter?: Uint8Array<ArrayBuffer>;
  /** The session's clock, of whose origin times count; one that starts now when absent. */
  readonly clock?: SessionClock;
}

/** A frame that was received. Reused: whoever keeps something copies it. */
export interface PacketRecord {
  /** The kernel's time stamp, in the session's time. */
  timeNs: Nanoseconds;
  /** The link, by the kernel's index. */
  interfaceIndex: number;
  /** PACKET_HOST, … PACKET_OUTGOING. */
  packetType: number;
  /** The frame is `bytes[start, end)`, with the VLAN tag that the kernel took out back in its place. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Length on the link; larger than `end - start` where the frame was cut. */
  originalLength: number;
  /** The sender left the transport checksum to hardware (offload): it is not valid yet. */
  checksumPending: boolean;
}

/** How a frame left: not at all where the queue is full, or the link is down or gone. */
export type SendResult = 'sent' | 'full' | 'down';

export interface PacketStatistics {
  /** Frames that passed the socket since it was opened, lost ones included. */
  readonly received: number;
  /** Frames that were lost because the receive buffer was full. */
  readonly dropped: number;
}

export interface PacketSocket {
  readonly fd: number;
  /** What the kernel granted, in octets. */
  readonly receiveBufferBytes: number;
  /** Hands over what has arrived, at most 64 frames. @returns how many; 0: nothing is there. @throws LinuxError */
  receiveBatch(handler: (record: PacketRecord) => void): number;
  /** Sends a frame, Ethernet header included, by the link; never waits. @throws LinuxError for a frame that is too long */
  send(bytes: Uint8Array, interfaceIndex: number): SendResult;
  /** Calls back when something has arrived; see `watchReadable`. One at a time. */
  watch(onReadable: () => void, onError?: (error: Error) => void): Watch;
  statistics(): PacketStatistics;
  /** Closing takes the kernel up to 16 ms. */
  close(): void;
  /** The same, on libuv's pool. */
  closeAsync(): Promise<void>;
}

const BATCH = 64;
/** More than fit into the largest buffer. */
const MOST_STALE_BATCHES = 1024;

/** A `sockaddr_ll`. */
export function linkAddress(protocol: number, interfaceIndex: number): Uint8Array<ArrayBuffer> {
  const address = nativeBuffer(SOCKADDR_LL_LENGTH);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, protocol, false);
  view.setInt32(4, interfaceIndex, true);
  return address;
}

function becomePromiscuous(fd: number, interfaceIndex: number): void {
  const request = nativeBuffer(16);
  const view = new DataView(request.buffer);
  view.setInt32(0, interfaceIndex, true);
  view.setUint16(4, PACKET_MR_PROMISC, true);
  check(
    c.setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, 16),
    'setsockopt',
    () => `put link ${interfaceIndex} into promiscuous mode`,
  );
}

/**
 * Opens a packet socket (AF_PACKET): whole frames in and out, with the kernel's time stamps.
 * @throws LinuxError: EPERM without CAP_NET_RAW, ENODEV
 */
export function openPacketSocket(options: PacketSocketOptions): PacketSocket {
  const { namespace, interfaceIndex, protocol = EVERY_PROTOCOL } = options;
  const context = `open a packet socket in ${namespace.name}`;
  // Without a protocol it receives nothing until it is bound, when everything is set up.
  const fd = inNamespace(namespace, () =>
    check(c.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), 'socket', context),
  );
  let receiveBufferBytes = 0;
  try {
    setOption(fd, SOL_PACKET, PACKET_AUXDATA, 1, context);
    if (options.ignoreOutgoing) setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, context);
    if (options.filter !== undefined) attachFilter(fd, options.filter);
    if (protocol !== 0) {
      requestTimestamps(fd);
      receiveBufferBytes = enlargeReceiveBuffer(fd, options.receiveBufferBytes ?? 8 * 1024 * 1024);
      check(c.bind(fd, linkAddress(protocol, interfaceIndex), SOCKADDR_LL_LENGTH), 'bind', context);
    }
    if (options.promiscuous && interfaceIndex !== 0) becomePromiscuous(fd, interfaceIndex);
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
  const { clock, snapLength } = options;
  return usePacketSocket({ fd, owned: true, receives: protocol !== 0, receiveBufferBytes, clock, snapLength });
}

/**
 * Uses a packet socket that another process opened, in a namespace that this one may not enter. What it received before
 * is dropped; closing leaves the descriptor as it is, for the next who uses it.
 * @throws LinuxError
 */
export function adoptPacketSocket(fd: number, clock?: SessionClock): PacketSocket {
  const socket = usePacketSocket({ fd, owned: false, receives: true, receiveBufferBytes: 0, clock });
  // What is there now is bounded by its buffer; what comes meanwhile may be read as well.
  for (let turn = 0; turn < MOST_STALE_BATCHES && socket.receiveBatch(() => {}) > 0; turn += 1);
  return { ...socket, statistics: countedFrom(socket) };
}

function countedFrom(socket: PacketSocket): () => PacketStatistics {
  const before = socket.statistics();
  return () => {
    const { received, dropped } = socket.statistics();
    return { received: received - before.received, dropped: dropped - before.dropped };
  };
}

interface UsedSocket {
  readonly fd: number;
  readonly owned: boolean;
  readonly receives: boolean;
  readonly receiveBufferBytes: number;
  readonly clock: SessionClock | undefined;
  readonly snapLength?: number | undefined;
}

function usePacketSocket(used: UsedSocket): PacketSocket {
  const { fd, receiveBufferBytes, clock = createSessionClock() } = used;
  const batch = createMessageBatch(
    used.receives ? BATCH : 0,
    used.snapLength ?? 9216,
    VLAN_TAG_LENGTH,
    SOCKADDR_LL_LENGTH,
  );
  const record: PacketRecord = {
    timeNs: 0,
    interfaceIndex: 0,
    packetType: 0,
    bytes: batch.bytes,
    start: 0,
    end: 0,
    originalLength: 0,
    checksumPending: false,
  };
  let vlanTag = -1;
  let vlanProtocol = ETHERTYPE_VLAN;

  function readControl(level: number, type: number, at: number): void {
    const view = batch.controls;
    if (level === CONTROL_SOCKET && type === CONTROL_TIME) {
      record.timeNs = clock.at(
        view.getUint32(at, true) + view.getInt32(at + 4, true) * 2 ** 32,
        view.getUint32(at + 8, true),
      );
    } else if (level === SOL_PACKET && type === PACKET_AUXDATA) {
      const status = view.getUint32(at, true);
      record.checksumPending = (status & TP_STATUS_CSUMNOTREADY) !== 0;
      if (status & TP_STATUS_VLAN_VALID) {
        vlanTag = view.getUint16(at + 16, true);
        vlanProtocol = status & TP_STATUS_VLAN_TPID_VALID ? view.getUint16(at + 18, true) : ETHERTYPE_VLAN;
      }
    }
  }

  function putTagBack(): void {
    const { bytes, start } = record;
    const tagged = start - VLAN_TAG_LENGTH;
    bytes.copyWithin(tagged, start, start + 12);
    bytes[tagged + 12] = vlanProtocol >> 8;
    bytes[tagged + 13] = vlanProtocol & 0xff;
    bytes[tagged + 14] = vlanTag >> 8;
    bytes[tagged + 15] = vlanTag & 0xff;
    record.start = tagged;
    record.originalLength += VLAN_TAG_LENGTH;
  }

  function load(i: number): void {
    const start = batch.start(i);
    const length = batch.length(i);
    record.start = start;
    record.end = start + Math.min(length, batch.slotLength);
    record.originalLength = length;
    record.interfaceIndex = batch.names.getInt32(i * SOCKADDR_LL_LENGTH + 4, true);
    record.packetType = batch.names.getUint8(i * SOCKADDR_LL_LENGTH + 10);
    vlanTag = -1;
    batch.forEachControl(i, readControl);
    if (vlanTag >= 0) putTagBack();
  }

  const target = linkAddress(0, 0);
  const targetView = new DataView(target.buffer);
  targetView.setUint8(11, 6);
  const counters = nativeBuffer(8);
  const countersView = new DataView(counters.buffer);
  const countersSize = nativeBuffer(4);
  let received = 0;
  let dropped = 0;
  let watch: Watch | undefined;
  let open = true;

  function endWatch(): boolean {
    if (!open) return false;
    open = false;
    watch?.close();
    return true;
  }

  return {
    fd,
    receiveBufferBytes,
    receiveBatch(handler) {
      const count = batch.receive(fd, 'receive frames');
      for (let i = 0; i < count; i += 1) {
        load(i);
        handler(record);
      }
      return count;
    },
    send(bytes, link) {
      targetView.setInt32(4, link, true);
      if (c.sendto(fd, bytes, bytes.length, 0, target, SOCKADDR_LL_LENGTH) >= 0) return 'sent';
      const errno = lastErrno();
      if (errno === EAGAIN || errno === ENOBUFS) return 'full';
      if (errno === ENETDOWN || errno === ENXIO || errno === ENODEV) return 'down';
      throw new LinuxError('sendto', errno, `send a frame of ${bytes.length} octets by link ${link}`);
    },
    watch(onReadable, onError) {
      watch?.close();
      watch = watchReadable(fd, onReadable, onError);
      return watch;
    },
    statistics() {
      // The kernel counts from the last reading.
      new DataView(countersSize.buffer).setUint32(0, 8, true);
      check(c.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, counters, countersSize), 'getsockopt', 'count frames');
      received += countersView.getUint32(0, true);
      dropped += countersView.getUint32(4, true);
      return { received, dropped };
    },
    close() {
      if (endWatch() && used.owned) closeDescriptor(fd);
    },
    closeAsync() {
      if (!endWatch() || !used.owned) return Promise.resolve();
      return new Promise((resolve) => c.closeAsync(fd, () => resolve()));
    },
  };
}
