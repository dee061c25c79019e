import { c, check, closeDescriptor, EAGAIN, EINTR, LinuxError, lastErrno, nativeBuffer } from '../libc.ts';
import { inNamespace, type Namespace } from '../namespace.ts';
import { MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_RAW } from '../socket-constants.ts';
import {
  type MessageWriter,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCLUSIVE,
  NLMSG_ERROR,
  readMessages,
  writeMessage,
} from './message.ts';
import { type Expression, loadMeta, number32, setBits, storeMeta } from './nft-expression.ts';

const AF_NETLINK = 16;
const NETLINK_NETFILTER = 12;
const SUBSYSTEM_NFTABLES = 10;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const NEW_TABLE = SUBSYSTEM_NFTABLES * 256;
const DELETE_TABLE = NEW_TABLE + 2;
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
const HOOKS = { ingress: 0, egress: 1 } as const;
const RECEIVE_SIZE = 64 * 1024;

/** Rules for the frames that come in or leave by devices; each rule is a list of expressions. */
export interface OwnedTable {
  readonly name: string;
  readonly devices: readonly string[];
  /** Where among the chains of ingress and egress they run. */
  readonly priority: number;
  readonly ingress: readonly (readonly Expression[])[];
  readonly egress: readonly (readonly Expression[])[];
}

/** Tables of nftables (family netdev) that are there for as long as this process lives. */
export interface OwnedTables {
  /** @throws LinuxError: EPERM without CAP_NET_ADMIN, EOPNOTSUPP or EINVAL where the kernel is too old (before 5.16) */
  add(table: OwnedTable): void;
  /** In the place of one of that name, if there is one: no frame finds neither. @throws LinuxError as `add` */
  replace(table: OwnedTable): void;
  /** Nothing happens where there is none of that name. */
  remove(name: string): void;
  /** Takes all of them away, as the kernel does when the process ends in whatever way. */
  close(): void;
}

/** The rule that sets one bit of the mark of each frame (`meta mark`); the others stay as they are. */
export function markRule(bit: number): readonly Expression[] {
  // The mark is in the machine's byte order.
  return [loadMeta('mark'), setBits(new Uint8Array(Uint32Array.of(bit).buffer)), storeMeta('mark')];
}

/**
 * Opens a socket whose tables of nftables are its own (`flags owner`): the kernel removes them when the last descriptor
 * of the socket closes, and it is not handed down to programs that this process runs. @throws LinuxError
 */
export function openOwnedTables(namespace: Namespace): OwnedTables {
  const context = `open nftables in ${namespace.name}`;
  const fd = inNamespace(namespace, () =>
    check(c.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), 'socket', context),
  );
  const address = nativeBuffer(12);
  new DataView(address.buffer).setUint16(0, AF_NETLINK, true);
  check(c.bind(fd, address, 12), 'bind', context);
  const names = new Set<string>();
  let open = true;

  function send(messages: readonly MessageWriter[], what: string): void {
    const bytes = batch(messages);
    check(c.sendto(fd, bytes, bytes.length, 0, null, 0), 'sendto', what);
    readAnswers(fd, what);
  }

  function add(table: OwnedTable, before: readonly MessageWriter[] = []): void {
    send([...before, ...messagesOf(table)], `have the table ${table.name} for ${table.devices.join(', ')}`);
    names.add(table.name);
  }

  return {
    add: (table) => add(table),
    replace(table) {
      add(table, names.has(table.name) ? [removalMessage(table.name)] : []);
    },
    remove(name) {
      if (open && names.delete(name)) send([removalMessage(name)], `delete the table ${name}`);
    },
    close() {
      if (open) closeDescriptor(fd);
      open = false;
    },
  };
}

function removalMessage(name: string): MessageWriter {
  const message = beginMessage(DELETE_TABLE, 0);
  message.text(TABLE_NAME, name);
  return message;
}

function messagesOf(table: OwnedTable): MessageWriter[] {
  const message = beginMessage(NEW_TABLE, NLM_F_CREATE | NLM_F_EXCLUSIVE);
  message.text(TABLE_NAME, table.name);
  message.bytes(TABLE_FLAGS, number32(TABLE_FLAG_OWNER));
  const hooks = Object.keys(HOOKS) as (keyof typeof HOOKS)[];
  return [
    message,
    ...hooks
      .filter((hook) => table[hook].length > 0)
      .flatMap((hook) => [
        chainMessage(table, hook),
        ...table[hook].map((expressions) => ruleMessage(table.name, hook, expressions)),
      ]),
  ];
}

function chainMessage({ name, devices, priority }: OwnedTable, hook: keyof typeof HOOKS): MessageWriter {
  const message = beginMessage(NEW_CHAIN, NLM_F_CREATE | NLM_F_EXCLUSIVE);
  message.text(CHAIN_TABLE, name);
  message.text(CHAIN_NAME, hook);
  message.nested(CHAIN_HOOK, () => {
    message.bytes(HOOK_NUMBER, number32(HOOKS[hook]));
    message.bytes(HOOK_PRIORITY, number32(priority));
    message.nested(HOOK_DEVICES, () => {
      for (const device of devices) message.text(DEVICE_NAME, device);
    });
  });
  message.bytes(CHAIN_POLICY, number32(POLICY_ACCEPT));
  message.text(CHAIN_TYPE, 'filter');
  return message;
}

function ruleMessage(table: string, chain: string, expressions: readonly Expression[]): MessageWriter {
  const message = beginMessage(NEW_RULE, NLM_F_CREATE | NLM_F_APPEND);
  message.text(RULE_TABLE, table);
  message.text(RULE_CHAIN, chain);
  message.nested(RULE_EXPRESSIONS, () => {
    for (const { name, write } of expressions) {
      message.nested(LIST_ELEMENT, () => {
        message.text(EXPRESSION_NAME, name);
        message.nested(EXPRESSION_DATA, () => write(message));
      });
    }
  });
  return message;
}

function beginMessage(type: number, flags: number): MessageWriter {
  // No acknowledgement is asked for: hundreds would not fit into the socket; a refusal is told all the same.
  return writeMessage(type, flags, new Uint8Array([FAMILY_NETDEV, 0, 0, 0]));
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
