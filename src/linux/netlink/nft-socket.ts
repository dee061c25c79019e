import { c, check, closeDescriptor, EAGAIN, EINTR, LinuxError, lastErrno, nativeBuffer } from '../libc.ts';
import { inNamespace, type Namespace } from '../namespace.ts';
import { MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_RAW } from '../socket-constants.ts';
import { type MessageWriter, NLMSG_ERROR, readMessages, writeMessage } from './message.ts';

const AF_NETLINK = 16;
const NETLINK_NETFILTER = 12;
const SUBSYSTEM_NFTABLES = 10;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const RECEIVE_SIZE = 64 * 1024;

const FIRST_TYPE = SUBSYSTEM_NFTABLES * 256;
export const NEW_TABLE = FIRST_TYPE;
export const DELETE_TABLE = FIRST_TYPE + 2;
export const NEW_CHAIN = FIRST_TYPE + 3;
export const DELETE_CHAIN = FIRST_TYPE + 5;
export const NEW_RULE = FIRST_TYPE + 6;
export const TABLE_NAME = 1;
export const CHAIN_TABLE = 1;
export const CHAIN_NAME = 3;

/** A socket for transactions of nftables, without the program nft: they take some ten microseconds. */
export interface NftSocket {
  /**
   * One transaction: all of it is done when this returns, or nothing. @param what it does, in words
   * @throws LinuxError: EPERM without CAP_NET_ADMIN, EOPNOTSUPP or EINVAL for what the kernel does not have
   */
  send(messages: readonly MessageWriter[], what: string): void;
  close(): void;
}

/** Opens one, which programs that this process runs do not get. @throws LinuxError */
export function openNftSocket(namespace: Namespace): NftSocket {
  const context = `open nftables in ${namespace.name}`;
  const fd = inNamespace(namespace, () =>
    check(c.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), 'socket', context),
  );
  const address = nativeBuffer(12);
  new DataView(address.buffer).setUint16(0, AF_NETLINK, true);
  check(c.bind(fd, address, 12), 'bind', context);
  let open = true;
  return {
    send(messages, what) {
      const bytes = batch(messages);
      check(c.sendto(fd, bytes, bytes.length, 0, null, 0), 'sendto', what);
      readAnswers(fd, what);
    },
    close() {
      if (open) closeDescriptor(fd);
      open = false;
    },
  };
}

/** A message about what is in a family of nftables. */
export function beginNftMessage(type: number, flags: number, family: number): MessageWriter {
  // No acknowledgement is asked for: hundreds would not fit into the socket; a refusal is told all the same.
  return writeMessage(type, flags, new Uint8Array([family, 0, 0, 0]));
}

function batch(messages: readonly MessageWriter[]): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array([0, 0, 0, SUBSYSTEM_NFTABLES]);
  const all = [writeMessage(BATCH_BEGIN, 0, frame), ...messages, writeMessage(BATCH_END, 0, frame)];
  const parts = all.map((message) => message.finish());
  const bytes = nativeBuffer(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const [index, part] of parts.entries()) {
    bytes.set(part, at);
    new DataView(bytes.buffer).setUint32(at + 8, index + 1, true);
    at += part.length;
  }
  return bytes;
}

/** The kernel has answered before `sendto` returns. */
function readAnswers(fd: number, context: string): void {
  const buffer = nativeBuffer(RECEIVE_SIZE);
  let refused: number | undefined;
  for (;;) {
    const size = c.recv(fd, buffer, RECEIVE_SIZE, MSG_DONTWAIT);
    if (size < 0) {
      const errno = lastErrno();
      if (errno === EINTR) continue;
      if (errno !== EAGAIN) throw new LinuxError('recv', errno, context);
      break;
    }
    for (const { type, body } of readMessages(buffer.subarray(0, size))) {
      if (type !== NLMSG_ERROR) continue;
      const errno = -new DataView(body.buffer, body.byteOffset, body.byteLength).getInt32(0, true);
      if (errno !== 0) refused ??= errno;
    }
  }
  if (refused !== undefined) throw new LinuxError('nftables', refused, context);
}
