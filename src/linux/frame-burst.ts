import { addressOf, c, EAGAIN, EINTR, ENETDOWN, ENOBUFS, LinuxError, lastErrno, nativeBuffer } from './libc.ts';
import { linkAddress } from './packet-socket.ts';

// struct mmsghdr on 64-bit Linux: a msghdr of 56 octets, the sent length, padding.
const ENTRY = 64;
const NAME_LENGTH = 8;
const VECTOR = 16;
const VECTOR_COUNT = 24;
const VECTOR_LENGTH = 16;

/** One frame that is sent many times over. */
export interface FrameBurst {
  /** Sends it so many times, with one call to the kernel, never waiting; how many it took. @throws LinuxError */
  send(count: number): number;
  /** Everything that the kernel is given addresses of: held here, or the garbage collector would take it away. */
  readonly memory: readonly Uint8Array[];
}

/**
 * Prepares a frame for being sent in bursts by a packet socket (`sendmmsg`): a call costs more than a short frame.
 * @param most how many frames a burst has at most; where more are asked for, so many are sent
 */
export function createFrameBurst(fd: number, frame: Uint8Array, interfaceIndex: number, most: number): FrameBurst {
  const bytes = nativeBuffer(frame.length);
  bytes.set(frame);
  const address = linkAddress(0, interfaceIndex);
  const vector = nativeBuffer(VECTOR_LENGTH);
  const vectorView = new DataView(vector.buffer);
  vectorView.setBigUint64(0, addressOf(bytes), true);
  vectorView.setBigUint64(8, BigInt(bytes.length), true);
  const entries = nativeBuffer(most * ENTRY);
  const view = new DataView(entries.buffer);
  for (let at = 0; at < entries.length; at += ENTRY) {
    view.setBigUint64(at, addressOf(address), true);
    view.setUint32(at + NAME_LENGTH, address.length, true);
    view.setBigUint64(at + VECTOR, addressOf(vector), true);
    view.setBigUint64(at + VECTOR_COUNT, 1n, true);
  }
  return {
    memory: [entries, vector, address, bytes],
    send(count) {
      const sent = c.sendmmsg(fd, entries, Math.min(count, most), 0);
      if (sent >= 0) return sent;
      const errno = lastErrno();
      if (errno === EAGAIN || errno === ENOBUFS || errno === EINTR || errno === ENETDOWN) return 0;
      throw new LinuxError('sendmmsg', errno, `send ${count} frames of ${frame.length} octets`);
    },
  };
}
