import {
  addressOf,
  c,
  check,
  closeDescriptor,
  EAGAIN,
  EINTR,
  ENOBUFS,
  LinuxError,
  lastErrno,
  nativeBuffer,
  setOption,
} from '../libc.ts';
import { enlargeReceiveBuffer } from '../message-batch.ts';
import { inNamespace, type Namespace } from '../namespace.ts';
import { MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW, SOL_SOCKET } from '../socket-constants.ts';
import { watchReadable } from '../watch.ts';
import {
  HEADER_LENGTH,
  type MessageWriter,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTERRUPTED,
  NLMSG_DONE,
  NLMSG_ERROR,
  type ReceivedMessage,
  readAttributes,
  readMessages,
  readText,
} from './message.ts';

const AF_NETLINK = 16;
const SOL_NETLINK = 270;
const SO_RCVTIMEO = 20;
const NETLINK_ROUTE = 0;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
const RECEIVE_SIZE = 256 * 1024;
const MONITOR_BUFFER = 1024 * 1024;
/** A dump that others change while it is read is read again, at most this often. */
const MAXIMUM_DUMPS = 10;

// One buffer for the answers of every socket: requests are synchronous and decode what they got before they return.
const received = nativeBuffer(RECEIVE_SIZE);

/** A socket that speaks rtnetlink in one namespace. */
export interface NetlinkSocket {
  /**
   * Sends a request and waits for its acknowledgement; messages that come before it are handed to `onMessage`, whose
   * bodies are valid during the call only.
   * @throws LinuxError with the kernel's own explanation, where it gives one
   */
  request(message: MessageWriter, context: string, onMessage?: (message: ReceivedMessage) => void): void;
  /** Asks for a list, again where it changed meanwhile; `begin` is called before each attempt. */
  dump(message: MessageWriter, context: string, begin: () => void, onMessage: (message: ReceivedMessage) => void): void;
  /** As `request`, with the system call on libuv's pool: for what the kernel is slow with. One after the other. */
  requestAsync(message: MessageWriter, context: string): Promise<void>;
  close(): void;
}

function openSocket(namespace: Namespace, flags: number): number {
  const fd = inNamespace(namespace, () =>
    check(
      c.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE),
      'socket',
      () => `open rtnetlink in ${namespace.name}`,
    ),
  );
  const address = nativeBuffer(12);
  new DataView(address.buffer).setUint16(0, AF_NETLINK, true);
  check(c.bind(fd, address, 12), 'bind', 'bind an rtnetlink socket');
  return fd;
}

function explain(message: ReceivedMessage): string | undefined {
  // The explanation follows the error number and the header of the request (all of it, where it was not capped).
  if (!(message.flags & NLM_F_ACK_TLVS)) return undefined;
  const view = new DataView(message.body.buffer, message.body.byteOffset, message.body.byteLength);
  const requestLength = message.flags & NLM_F_CAPPED ? HEADER_LENGTH : view.getUint32(4, true);
  return readText(readAttributes(message.body.subarray(4 + ((requestLength + 3) & ~3))), NLMSGERR_ATTR_MSG);
}

function failIfRefused(message: ReceivedMessage, context: string): void {
  const view = new DataView(message.body.buffer, message.body.byteOffset, message.body.byteLength);
  const errno = -view.getInt32(0, true);
  if (errno !== 0) throw new LinuxError('rtnetlink', errno, context, explain(message));
}

function failIfDumpRefused(message: ReceivedMessage, context: string): void {
  // The end of a dump carries its result; a dump that the kernel refuses midway ends with an error number.
  if (message.body.length < 4) return;
  const view = new DataView(message.body.buffer, message.body.byteOffset, message.body.byteLength);
  const errno = -view.getInt32(0, true);
  if (errno > 0) throw new LinuxError('rtnetlink', errno, context);
}

function setUpRequests(fd: number): void {
  // Explanations and short acknowledgements are comforts, strict checking makes the kernel filter lists: all are older
  // than the kernels that this package supports (4.20).
  setOption(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1, 'set up rtnetlink');
  setOption(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1, 'set up rtnetlink');
  setOption(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1, 'set up rtnetlink');
  // The kernel answers before `sendto` returns; the limit is there so that nothing can hang.
  const limit = nativeBuffer(16);
  new DataView(limit.buffer).setBigInt64(0, 10n, true);
  check(c.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, limit, 16), 'setsockopt', 'set up rtnetlink');
}

let sequence = 1;

function seal(message: MessageWriter, flags: number): Uint8Array<ArrayBuffer> {
  const bytes = message.finish();
  const view = new DataView(bytes.buffer);
  view.setUint16(6, view.getUint16(6, true) | flags, true);
  sequence = (sequence + 1) >>> 0;
  view.setUint32(8, sequence, true);
  return bytes;
}

function send(fd: number, bytes: Uint8Array, context: string): void {
  check(c.sendto(fd, bytes, bytes.length, 0, null, 0), 'sendto', context);
}

/** Reads answers until the one that ends the request. Returns whether a dump was interrupted by a change. */
function readAnswer(
  fd: number,
  wanted: number,
  context: string,
  onMessage?: (message: ReceivedMessage) => void,
): boolean {
  let interrupted = false;
  for (;;) {
    const size = c.recv(fd, received, RECEIVE_SIZE, 0);
    if (size < 0) {
      if (lastErrno() === EINTR) continue;
      check(size, 'recv', context);
    }
    for (const message of readMessages(received.subarray(0, size))) {
      if (message.sequence !== wanted) continue;
      if (message.flags & NLM_F_DUMP_INTERRUPTED) interrupted = true;
      if (message.type === NLMSG_ERROR) {
        failIfRefused(message, context);
        return interrupted;
      }
      if (message.type === NLMSG_DONE) {
        failIfDumpRefused(message, context);
        return interrupted;
      }
      onMessage?.(message);
    }
  }
}

/** Opens a socket for requests in the namespace; the async requests get one of their own when the first is made. */
export function openNetlink(namespace: Namespace): NetlinkSocket {
  const fd = openSocket(namespace, 0);
  setUpRequests(fd);
  let asyncFd: number | undefined;
  let tail: Promise<void> = Promise.resolve();
  let open = true;

  function ensureOpen(): void {
    if (!open) throw new Error(`rtnetlink of ${namespace.name} is closed`);
  }

  function perform(bytes: Uint8Array<ArrayBuffer>, context: string): Promise<void> {
    if (asyncFd === undefined) {
      asyncFd = openSocket(namespace, 0);
      setUpRequests(asyncFd);
    }
    const descriptor = asyncFd;
    const wanted = new DataView(bytes.buffer).getUint32(8, true);
    return new Promise((resolve, reject) => {
      c.sendtoAsync(descriptor, bytes, bytes.length, 0, null, 0, (error, sent) => {
        try {
          if (error) throw error;
          // The error number stayed on the pool's thread. Naming the bytes here keeps them alive until now, too.
          if (sent !== bytes.length) throw new LinuxError('sendto', ENOBUFS, context);
          readAnswer(descriptor, wanted, context);
          resolve();
        } catch (reason) {
          reject(reason);
        }
      });
    });
  }

  return {
    request(message, context, onMessage) {
      ensureOpen();
      const bytes = seal(message, NLM_F_ACK);
      send(fd, bytes, context);
      readAnswer(fd, sequence, context, onMessage);
    },
    dump(message, context, begin, onMessage) {
      ensureOpen();
      for (let attempt = 0; attempt < MAXIMUM_DUMPS; attempt += 1) {
        begin();
        send(fd, seal(message, NLM_F_DUMP), context);
        if (!readAnswer(fd, sequence, context, onMessage)) return;
      }
    },
    requestAsync(message, context) {
      ensureOpen();
      const bytes = seal(message, NLM_F_ACK);
      const result = tail.then(() => perform(bytes, context));
      tail = result.catch(() => {});
      return result;
    },
    close() {
      if (!open) return;
      open = false;
      closeDescriptor(fd);
      // What is under way on the pool still uses its descriptor.
      void tail.then(() => {
        if (asyncFd !== undefined) closeDescriptor(asyncFd);
      });
    },
  };
}

/** What listens to announcements of the kernel. */
export interface NetlinkListener {
  close(): void;
  ref(): void;
  unref(): void;
}

/**
 * Listens to groups of rtnetlink announcements in the namespace.
 * @param onMessage gets each message; its body is valid during the call only
 * @param onLost the kernel had to drop announcements (the reader was too slow): what is known must be listed anew
 */
export function listenNetlink(
  namespace: Namespace,
  groups: readonly number[],
  onMessage: (message: ReceivedMessage) => void,
  onLost: () => void,
  onError?: (error: Error) => void,
): NetlinkListener {
  const fd = openSocket(namespace, SOCK_NONBLOCK);
  enlargeReceiveBuffer(fd, MONITOR_BUFFER);
  for (const group of groups) {
    setOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group, `join the rtnetlink group ${group}`);
  }
  const buffer = nativeBuffer(RECEIVE_SIZE);
  const bufferAddress = addressOf(buffer);
  let open = true;

  function readAll(): void {
    while (open) {
      const size = c.recv(fd, bufferAddress, RECEIVE_SIZE, MSG_DONTWAIT);
      if (size < 0) {
        const errno = lastErrno();
        if (errno === EAGAIN) return;
        if (errno === EINTR) continue;
        if (errno !== ENOBUFS) throw new LinuxError('recv', errno, 'read announcements of rtnetlink');
        onLost();
        continue;
      }
      for (const message of readMessages(buffer.subarray(0, size))) onMessage(message);
    }
  }

  const watch = watchReadable(fd, readAll, (error) => {
    if (error instanceof LinuxError && error.errno === ENOBUFS && error.syscall === 'poll') onLost();
    else if (onError) onError(error);
    else throw error;
  });
  return {
    close() {
      if (!open) return;
      open = false;
      watch.close();
      closeDescriptor(fd);
    },
    ref: () => watch.ref(),
    unref: () => watch.unref(),
  };
}
