import { addressOf, c, check, EAGAIN, EINTR, ENETDOWN, LinuxError, lastErrno, nativeBuffer } from './libc.ts';
import { MSG_DONTWAIT, SO_RCVBUF, SOL_SOCKET } from './socket-constants.ts';

// struct mmsghdr on 64-bit Linux: a msghdr of 56 octets, the received length, padding.
const ENTRY = 64;
const NAME_LENGTH = 8;
const VECTOR = 16;
const VECTOR_COUNT = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const RECEIVED_LENGTH = 56;
const MSG_TRUNC = 0x20;
const CONTROL_HEADER = 16;

/** Memory for `recvmmsg`, made once: what a batch of messages is received into. */
export interface MessageBatch {
  /** Every message's bytes: message i is at `start(i)`, and is `min(length(i), slotLength)` octets long. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly slotLength: number;
  /** Every message's address: message i's is at `i * nameLength`. */
  readonly names: DataView;
  readonly nameLength: number;
  /** Everything that the kernel is given addresses of: held here, or the garbage collector would take it away. */
  readonly memory: readonly Uint8Array[];
  /** Ancillary data; walked by `forEachControl`. */
  readonly controls: DataView;
  start(i: number): number;
  /** The message's true length, which is larger than the slot where it was cut. */
  length(i: number): number;
  /** Receives what is there, without waiting: how many messages, 0 where nothing is. @throws LinuxError */
  receive(fd: number, context: string): number;
  /** Calls `visit` with level, type and position (in `controls`) of each piece of the message's ancillary data. */
  forEachControl(i: number, visit: (level: number, type: number, at: number) => void): void;
}

/**
 * @param count how many messages are received at once
 * @param slotLength room for each, in octets
 * @param headroom free octets before each
 */
export function createMessageBatch(
  count: number,
  slotLength: number,
  headroom: number,
  nameLength: number,
): MessageBatch {
  const controlLength = 160;
  const stride = (headroom + slotLength + 7) & ~7;
  const entries = nativeBuffer(count * ENTRY);
  const vectors = nativeBuffer(count * 16);
  const names = nativeBuffer(count * nameLength);
  const controls = nativeBuffer(count * controlLength);
  const bytes = nativeBuffer(count * stride);
  const entryView = new DataView(entries.buffer);
  const controlView = new DataView(controls.buffer);
  const vectorView = new DataView(vectors.buffer);
  const base = {
    entries: addressOf(entries),
    vectors: addressOf(vectors),
    names: addressOf(names),
    controls: addressOf(controls),
    bytes: addressOf(bytes),
  };

  function prepare(i: number): void {
    entryView.setUint32(i * ENTRY + NAME_LENGTH, nameLength, true);
    entryView.setUint32(i * ENTRY + CONTROL_LENGTH, controlLength, true);
  }

  for (let i = 0; i < count; i += 1) {
    vectorView.setBigUint64(i * 16, base.bytes + BigInt(i * stride + headroom), true);
    vectorView.setBigUint64(i * 16 + 8, BigInt(slotLength), true);
    entryView.setBigUint64(i * ENTRY, base.names + BigInt(i * nameLength), true);
    entryView.setBigUint64(i * ENTRY + VECTOR, base.vectors + BigInt(i * 16), true);
    entryView.setBigUint64(i * ENTRY + VECTOR_COUNT, 1n, true);
    entryView.setBigUint64(i * ENTRY + CONTROL, base.controls + BigInt(i * controlLength), true);
    prepare(i);
  }

  // The kernel writes lengths into the entries; those of the last call are set back before the next.
  let used = 0;

  return {
    bytes,
    memory: [entries, vectors, names, controls, bytes],
    slotLength,
    names: new DataView(names.buffer),
    nameLength,
    controls: controlView,
    start: (i) => i * stride + headroom,
    length: (i) => entryView.getUint32(i * ENTRY + RECEIVED_LENGTH, true),
    receive(fd, context) {
      for (let i = 0; i < used; i += 1) prepare(i);
      used = 0;
      for (;;) {
        const received = c.recvmmsg(fd, entries, count, MSG_DONTWAIT | MSG_TRUNC, null);
        if (received >= 0) {
          used = received;
          return received;
        }
        const errno = lastErrno();
        if (errno === EAGAIN || errno === EINTR) return 0;
        // A link went down: the kernel says so once, and what was queued before comes next.
        if (errno !== ENETDOWN) throw new LinuxError('recvmmsg', errno, context);
      }
    },
    forEachControl(i, visit) {
      const begin = i * controlLength;
      const end = begin + Math.min(controlLength, entryView.getUint32(i * ENTRY + CONTROL_LENGTH, true));
      let at = begin;
      while (at + CONTROL_HEADER <= end) {
        const length = controlView.getUint32(at, true);
        if (length < CONTROL_HEADER || at + length > end) return;
        visit(controlView.getInt32(at + 8, true), controlView.getInt32(at + 12, true), at + CONTROL_HEADER);
        at += (length + 7) & ~7;
      }
    },
  };
}

const SO_RCVBUFFORCE = 33;
const SO_TIMESTAMPNS = 35;
const value = nativeBuffer(4);
const size = nativeBuffer(4);

/** Level and type of the ancillary data that carries the kernel's time stamp, two numbers of 8 octets. */
export const CONTROL_SOCKET = SOL_SOCKET;
export const CONTROL_TIME = SO_TIMESTAMPNS;

/**
 * Asks for the kernel's time stamp with every message. Where no other socket of the machine did so, the kernel begins a
 * moment later (it patches its own code in a work queue); what arrives before carries the time when it is read.
 */
export function requestTimestamps(fd: number): void {
  setInt(fd, SO_TIMESTAMPNS, 1);
}

function setInt(fd: number, name: number, number: number): void {
  new DataView(value.buffer).setInt32(0, number, true);
  check(c.setsockopt(fd, SOL_SOCKET, name, value, 4), 'setsockopt', 'set up a socket');
}

/**
 * Enlarges a receive buffer: beyond net.core.rmem_max as root of the host, up to it otherwise.
 * @returns the size that the kernel granted, in octets (it counts its own overhead, too)
 */
export function enlargeReceiveBuffer(fd: number, octets: number): number {
  const view = new DataView(value.buffer);
  view.setInt32(0, octets, true);
  if (c.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, value, 4) < 0) setInt(fd, SO_RCVBUF, octets);
  new DataView(size.buffer).setUint32(0, 4, true);
  check(c.getsockopt(fd, SOL_SOCKET, SO_RCVBUF, value, size), 'getsockopt', 'read the size of a receive buffer');
  return view.getInt32(0, true);
}
