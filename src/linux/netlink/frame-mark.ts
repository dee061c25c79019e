import { c, check, closeDescriptor, EAGAIN, EINTR, LinuxError, lastErrno, nativeBuffer } from '../libc.ts';
import { inNamespace, type Namespace } from '../namespace.ts';
import {
  type MessageWriter,
  NLM_F_ACK,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCLUSIVE,
  NLMSG_ERROR,
  readMessages,
  writeMessage,
} from './message.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_NETFILTER = 12;
const MSG_DONTWAIT = 0x40;
const SUBSYSTEM_NFTABLES = 10;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const NEW_TABLE = SUBSYSTEM_NFTABLES * 256;
const NEW_CHAIN = NEW_TABLE + 3;
const NEW_RULE = NEW_TABLE + 6;
const FAMILY_NETDEV = 5;
const TABLE_NAME = 1;
const TABLE_FLAGS = 2;
/** The table belongs to the socket that made it, and goes with it. */
const TABLE_FLAG_OWNER = 2;
const CHAIN_TABLE = 1;
const CHAIN_NAME = 3;
const CHAIN_HOOK = 4;
const CHAIN_POLICY = 5;
const CHAIN_TYPE = 7;
const POLICY_ACCEPT = 1;
const HOOK_NUMBER = 1;
const HOOK_PRIORITY = 2;
const HOOK_DEVICES = 4;
const DEVICE_NAME = 1;
const RULE_TABLE = 1;
const RULE_CHAIN = 2;
const RULE_EXPRESSIONS = 4;
const LIST_ELEMENT = 1;
const EXPRESSION_NAME = 1;
const EXPRESSION_DATA = 2;
const META_DESTINATION = 1;
const META_KEY = 2;
const META_SOURCE = 3;
const META_KEY_MARK = 3;
const BITWISE_SOURCE = 1;
const BITWISE_DESTINATION = 2;
const BITWISE_LENGTH = 3;
const BITWISE_MASK = 4;
const BITWISE_XOR = 5;
const DATA_VALUE = 1;
const REGISTER_1 = 1;
const MARK_OCTETS = 4;
const HOOKS = { ingress: 0, egress: 1 } as const;
const RECEIVE_SIZE = 64 * 1024;

/** What is marked: every frame that comes in or leaves by the devices. */
export interface FrameMark {
  readonly table: string;
  readonly devices: readonly string[];
  /** The bit that is set in the mark of each frame (`meta mark`), the others stay as they are. */
  readonly bit: number;
  /** Where among the chains of ingress and egress it is set. */
  readonly priority: number;
}

/** Marks frames for as long as this process lives. */
export interface FrameMarker {
  /** @throws LinuxError: EPERM without CAP_NET_ADMIN, EOPNOTSUPP or EINVAL where the kernel is too old (before 5.16) */
  mark(mark: FrameMark): void;
  /** Takes the marks away, as the kernel does when the process ends in whatever way. */
  close(): void;
}

/**
 * Opens a socket whose tables of nftables are its own (`flags owner`): the kernel removes them when the last descriptor
 * of the socket closes, and it is not handed down to programs that this process runs. @throws LinuxError
 */
export function openFrameMarker(namespace: Namespace): FrameMarker {
  const context = `open nftables in ${namespace.name}`;
  const fd = inNamespace(namespace, () =>
    check(c.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), 'socket', context),
  );
  const address = nativeBuffer(12);
  new DataView(address.buffer).setUint16(0, AF_NETLINK, true);
  check(c.bind(fd, address, 12), 'bind', context);
  let open = true;
  return {
    mark(mark) {
      const bytes = batch(messagesOf(mark));
      const what = `mark the frames of ${mark.devices.join(', ')}`;
      check(c.sendto(fd, bytes, bytes.length, 0, null, 0), 'sendto', what);
      readAnswers(fd, what);
    },
    close() {
      if (open) closeDescriptor(fd);
      open = false;
    },
  };
}

function messagesOf(mark: FrameMark): MessageWriter[] {
  const table = beginMessage(NEW_TABLE, NLM_F_CREATE | NLM_F_EXCLUSIVE);
  table.text(TABLE_NAME, mark.table);
  table.bytes(TABLE_FLAGS, bigEndian(TABLE_FLAG_OWNER));
  const hooks = Object.keys(HOOKS) as (keyof typeof HOOKS)[];
  return [table, ...hooks.flatMap((hook) => [chainMessage(mark, hook), ruleMessage(mark, hook)])];
}

function chainMessage({ table, devices, priority }: FrameMark, hook: keyof typeof HOOKS): MessageWriter {
  const message = beginMessage(NEW_CHAIN, NLM_F_CREATE | NLM_F_EXCLUSIVE);
  message.text(CHAIN_TABLE, table);
  message.text(CHAIN_NAME, hook);
  message.nested(CHAIN_HOOK, () => {
    message.bytes(HOOK_NUMBER, bigEndian(HOOKS[hook]));
    message.bytes(HOOK_PRIORITY, bigEndian(priority));
    message.nested(HOOK_DEVICES, () => {
      for (const device of devices) message.text(DEVICE_NAME, device);
    });
  });
  message.bytes(CHAIN_POLICY, bigEndian(POLICY_ACCEPT));
  message.text(CHAIN_TYPE, 'filter');
  return message;
}

/** Loads the mark, sets the bit, stores the mark. */
function ruleMessage({ table, bit }: FrameMark, hook: string): MessageWriter {
  const message = beginMessage(NEW_RULE, NLM_F_CREATE | NLM_F_APPEND);
  const expression = (name: string, data: () => void): void =>
    message.nested(LIST_ELEMENT, () => {
      message.text(EXPRESSION_NAME, name);
      message.nested(EXPRESSION_DATA, data);
    });
  message.text(RULE_TABLE, table);
  message.text(RULE_CHAIN, hook);
  message.nested(RULE_EXPRESSIONS, () => {
    expression('meta', () => {
      message.bytes(META_KEY, bigEndian(META_KEY_MARK));
      message.bytes(META_DESTINATION, bigEndian(REGISTER_1));
    });
    expression('bitwise', () => {
      message.bytes(BITWISE_SOURCE, bigEndian(REGISTER_1));
      message.bytes(BITWISE_DESTINATION, bigEndian(REGISTER_1));
      message.bytes(BITWISE_LENGTH, bigEndian(MARK_OCTETS));
      message.nested(BITWISE_MASK, () => message.u32(DATA_VALUE, ~bit >>> 0));
      message.nested(BITWISE_XOR, () => message.u32(DATA_VALUE, bit));
    });
    expression('meta', () => {
      message.bytes(META_KEY, bigEndian(META_KEY_MARK));
      message.bytes(META_SOURCE, bigEndian(REGISTER_1));
    });
  });
  return message;
}

function beginMessage(type: number, flags: number): MessageWriter {
  return writeMessage(type, flags | NLM_F_ACK, new Uint8Array([FAMILY_NETDEV, 0, 0, 0]));
}

/** A transaction: all of it, or nothing. */
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

function bigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, false);
  return bytes;
}
