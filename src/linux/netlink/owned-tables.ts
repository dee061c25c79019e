import type { Namespace } from '../namespace.ts';
import { type MessageWriter, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCLUSIVE } from './message.ts';
import { type Expression, loadMeta, number32, setBits, storeMeta } from './nft-expression.ts';
import {
  beginNftMessage,
  CHAIN_NAME,
  CHAIN_TABLE,
  DELETE_TABLE,
  NEW_CHAIN,
  NEW_RULE,
  NEW_TABLE,
  openNftSocket,
  TABLE_NAME,
} from './nft-socket.ts';

const FAMILY_NETDEV = 5;
const TABLE_FLAGS = 2;
/** The table belongs to the socket that made it, and goes with it. */
const TABLE_FLAG_OWNER = 2;
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
  const socket = openNftSocket(namespace);
  const names = new Set<string>();
  let open = true;

  function add(table: OwnedTable, before: readonly MessageWriter[] = []): void {
    socket.send([...before, ...messagesOf(table)], `have the table ${table.name} for ${table.devices.join(', ')}`);
    names.add(table.name);
  }

  return {
    add: (table) => add(table),
    replace(table) {
      add(table, names.has(table.name) ? [removalMessage(table.name)] : []);
    },
    remove(name) {
      if (open && names.delete(name)) socket.send([removalMessage(name)], `delete the table ${name}`);
    },
    close() {
      socket.close();
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
  return beginNftMessage(type, flags, FAMILY_NETDEV);
}
