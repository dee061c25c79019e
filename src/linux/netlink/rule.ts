import { AF_INET, AF_INET6, addressBytes } from '../address.ts';
import {
  type MessageWriter,
  NLM_F_CREATE,
  NLM_F_EXCLUSIVE,
  readAttributes,
  readNumber,
  writeMessage,
} from './message.ts';
import type { NetlinkSocket } from './socket.ts';

const RTM_NEWRULE = 32;
const RTM_DELRULE = 33;
const RTM_GETRULE = 34;
const FRA_DST = 1;
const FRA_SRC = 2;
const FRA_IIFNAME = 3;
const FRA_PRIORITY = 6;
const FRA_FWMARK = 10;
const FRA_SUPPRESS_PREFIXLEN = 14;
const FRA_TABLE = 15;
const FRA_FWMASK = 16;
const FRA_OIFNAME = 17;
const FRA_PROTOCOL = 21;
const FIB_RULE_INVERT = 2;
const RULE_ACTIONS = { table: 1, blackhole: 6, unreachable: 7, prohibit: 8 } as const;

/** An address with the length of its prefix. */
export interface Prefix {
  readonly address: string;
  readonly prefixLength: number;
}

/** Which packets are looked up in which table of routes; what is absent matches every packet. */
export interface NewRule {
  readonly family: 4 | 6;
  readonly source?: Prefix;
  readonly destination?: Prefix;
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  readonly mark?: { readonly value: number; readonly mask?: number };
  /** It matches what all that does not. */
  readonly inverted?: boolean;
  /** Where among the rules; the kernel chooses one before all others when absent. */
  readonly priority?: number;
  /** What is done: the table is asked when absent. */
  readonly action?: keyof typeof RULE_ACTIONS;
  readonly table?: number;
  /** Routes with a prefix of at most this length count as none. */
  readonly suppressPrefixLength?: number;
  /** Who makes it, as for routes. */
  readonly protocol?: number;
}

function writeRule(type: number, flags: number, rule: NewRule): MessageWriter {
  const header = new Uint8Array(12);
  header[0] = rule.family === 4 ? AF_INET : AF_INET6;
  header[1] = rule.destination?.prefixLength ?? 0;
  header[2] = rule.source?.prefixLength ?? 0;
  header[7] = RULE_ACTIONS[rule.action ?? 'table'];
  if (rule.inverted) new DataView(header.buffer).setUint32(8, FIB_RULE_INVERT, true);
  const message = writeMessage(type, flags, header);
  if (rule.destination !== undefined) message.bytes(FRA_DST, addressBytes(rule.destination.address));
  if (rule.source !== undefined) message.bytes(FRA_SRC, addressBytes(rule.source.address));
  if (rule.inputInterface !== undefined) message.text(FRA_IIFNAME, rule.inputInterface);
  if (rule.outputInterface !== undefined) message.text(FRA_OIFNAME, rule.outputInterface);
  if (rule.priority !== undefined) message.u32(FRA_PRIORITY, rule.priority);
  if (rule.mark !== undefined) {
    message.u32(FRA_FWMARK, rule.mark.value);
    if (rule.mark.mask !== undefined) message.u32(FRA_FWMASK, rule.mark.mask);
  }
  if (rule.suppressPrefixLength !== undefined) message.u32(FRA_SUPPRESS_PREFIXLEN, rule.suppressPrefixLength);
  if (rule.table !== undefined) message.u32(FRA_TABLE, rule.table);
  if (rule.protocol !== undefined) message.u8(FRA_PROTOCOL, rule.protocol);
  return message;
}

function describe({ priority, table }: NewRule): string {
  return `the rule${priority === undefined ? '' : ` of priority ${priority}`}${table === undefined ? '' : ` for the table ${table}`}`;
}

export function addRule(socket: NetlinkSocket, rule: NewRule): void {
  socket.request(writeRule(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCLUSIVE, rule), `add ${describe(rule)}`);
}

export function deleteRule(socket: NetlinkSocket, rule: NewRule): void {
  socket.request(writeRule(RTM_DELRULE, 0, rule), `delete ${describe(rule)}`);
}

/** Who made each rule of a family, and where it is among them. */
export function listRules(socket: NetlinkSocket, family: 4 | 6): { priority: number; protocol: number }[] {
  const rules: { priority: number; protocol: number }[] = [];
  const header = new Uint8Array(12);
  header[0] = family === 4 ? AF_INET : AF_INET6;
  socket.dump(
    writeMessage(RTM_GETRULE, 0, header),
    'list rules',
    () => {
      rules.length = 0;
    },
    ({ type, body }) => {
      if (type !== RTM_NEWRULE) return;
      const attributes = readAttributes(body.subarray(12));
      rules.push({
        priority: readNumber(attributes, FRA_PRIORITY) ?? 0,
        protocol: readNumber(attributes, FRA_PROTOCOL) ?? 0,
      });
    },
  );
  return rules;
}
