import { AF_INET6, macBytes } from '../address.ts';
import { LinuxError } from '../libc.ts';
import type { Namespace } from '../namespace.ts';
import {
  decodeLink,
  IFF_ALLMULTI,
  IFF_PROMISC,
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_AF_SPEC,
  IFLA_EXT_MASK,
  IFLA_GROUP,
  IFLA_IFNAME,
  IFLA_INET6_ADDR_GEN_MODE,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MACVLAN_MODE,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  type Link,
  MACVLAN_MODES,
  type MacvlanMode,
} from './link-decode.ts';
import { type MessageWriter, NLM_F_CREATE, NLM_F_EXCLUSIVE, writeMessage } from './message.ts';
import type { NetlinkSocket } from './socket.ts';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const VETH_INFO_PEER = 1;
const RTEXT_FILTER_SKIP_STATS = 8;
const IFLA_BR_FORWARD_DELAY = 1;
const IFLA_BR_AGEING_TIME = 4;
const IFLA_BR_STP_STATE = 5;
const IFLA_BR_MCAST_SNOOPING = 23;
const IFLA_BR_MCAST_QUERIER = 25;
const IFLA_BR_FDB_FLUSH = 21;
const ADDRESS_GENERATION_EUI64 = 0;
const ADDRESS_GENERATION_NONE = 1;

/** What every new interface may be given. */
export interface NewLink {
  readonly name: string;
  /** Its number in its namespace; the kernel's choice when absent. */
  readonly index?: number;
  readonly macAddress?: string;
  readonly mtu?: number;
  /** Where it is to live; the namespace of the request when absent. */
  readonly namespace?: Namespace;
  /** Set up at once. */
  readonly up?: boolean;
  /** A number that links share, to be deleted by `deleteGroup`. */
  readonly group?: number;
}

/** A veth pair. The two ends should have different indexes, or loss of carrier is reported up to 0.8 s late. */
export interface NewVeth extends NewLink {
  /** The bridge (by index) that this end becomes a port of. */
  readonly master?: number;
  /** It is created down: the kernel refuses to set it up before the pair is joined. */
  readonly peer: Omit<NewLink, 'up'>;
}

export interface NewMacvlan extends NewLink {
  /** The index of the parent, in the namespace of the request. */
  readonly parent: number;
  readonly mode: MacvlanMode;
}

export interface NewBridge extends NewLink {
  /** Spanning tree, and how long a port listens before it forwards; off and 0 when absent: a port forwards at once. */
  readonly spanningTree?: boolean;
  readonly forwardDelaySeconds?: number;
  /** IGMP and MLD snooping; off when absent. */
  readonly multicastSnooping?: boolean;
  readonly multicastQuerier?: boolean;
  /** How long an address is remembered; 300 s when absent. */
  readonly ageingSeconds?: number;
}

/** What can be changed of a link; what is absent stays. */
export interface LinkChange {
  readonly up?: boolean;
  readonly promiscuous?: boolean;
  readonly allMulticast?: boolean;
  readonly name?: string;
  readonly macAddress?: string;
  readonly mtu?: number;
  /** The bridge that it becomes a port of; 0 takes it out. */
  readonly master?: number;
  readonly group?: number;
  readonly namespace?: Namespace;
}

function linkHeader(index: number, flags = 0, change = 0): Uint8Array {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, change, true);
  return header;
}

function newHeader(link: NewLink): Uint8Array {
  return linkHeader(link.index ?? 0, link.up ? IFF_UP : 0, link.up ? IFF_UP : 0);
}

function writeCommon(message: MessageWriter, link: NewLink | LinkChange): void {
  if (link.name !== undefined) message.text(IFLA_IFNAME, link.name);
  if (link.macAddress !== undefined) message.bytes(IFLA_ADDRESS, macBytes(link.macAddress));
  if (link.mtu !== undefined) message.u32(IFLA_MTU, link.mtu);
  if (link.group !== undefined) message.u32(IFLA_GROUP, link.group);
  if (link.namespace !== undefined) message.u32(IFLA_NET_NS_FD, link.namespace.fd);
}

function beginNew(link: NewLink): MessageWriter {
  const message = writeMessage(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCLUSIVE, newHeader(link));
  writeCommon(message, link);
  return message;
}

function writeInformation(message: MessageWriter, kind: string, data: () => void): void {
  message.nested(IFLA_LINKINFO, () => {
    message.text(IFLA_INFO_KIND, kind);
    message.nested(IFLA_INFO_DATA, data);
  });
}

/** Creates both ends of a veth pair in one request. */
export function createVeth(socket: NetlinkSocket, link: NewVeth): void {
  const message = beginNew(link);
  if (link.master !== undefined) message.u32(IFLA_MASTER, link.master);
  writeInformation(message, 'veth', () => {
    message.nested(VETH_INFO_PEER, () => writeCommon(message, link.peer), newHeader(link.peer));
  });
  socket.request(message, `create the veth pair ${link.name} and ${link.peer.name}`);
}

export function createMacvlan(socket: NetlinkSocket, link: NewMacvlan): void {
  const message = beginNew(link);
  message.u32(IFLA_LINK, link.parent);
  writeInformation(message, 'macvlan', () => message.u32(IFLA_MACVLAN_MODE, MACVLAN_MODES[link.mode]));
  socket.request(message, `create the macvlan ${link.name}`);
}

export function createBridge(socket: NetlinkSocket, link: NewBridge): void {
  const message = beginNew(link);
  writeInformation(message, 'bridge', () => {
    message.u32(IFLA_BR_STP_STATE, link.spanningTree ? 1 : 0);
    message.u32(IFLA_BR_FORWARD_DELAY, Math.round((link.forwardDelaySeconds ?? 0) * 100));
    if (link.ageingSeconds !== undefined) message.u32(IFLA_BR_AGEING_TIME, Math.round(link.ageingSeconds * 100));
    message.u8(IFLA_BR_MCAST_SNOOPING, link.multicastSnooping ? 1 : 0);
    if (link.multicastQuerier !== undefined) message.u8(IFLA_BR_MCAST_QUERIER, link.multicastQuerier ? 1 : 0);
  });
  socket.request(message, `create the bridge ${link.name}`);
}

/** Switches a bridge's IGMP and MLD snooping. */
export function setMulticastSnooping(socket: NetlinkSocket, index: number, enabled: boolean): void {
  const message = writeMessage(RTM_NEWLINK, 0, linkHeader(index));
  writeInformation(message, 'bridge', () => message.u8(IFLA_BR_MCAST_SNOOPING, enabled ? 1 : 0));
  socket.request(message, `switch multicast snooping of bridge ${index}`);
}

/** Makes a bridge forget every address that it learned. */
export function flushForwardingTable(socket: NetlinkSocket, index: number): void {
  const message = writeMessage(RTM_NEWLINK, 0, linkHeader(index));
  writeInformation(message, 'bridge', () => message.u8(IFLA_BR_FDB_FLUSH, 1));
  socket.request(message, `flush the forwarding table of bridge ${index}`);
}

/** A request that changes a link, and the words for it. */
export function changeMessage(index: number, change: LinkChange): { message: MessageWriter; context: string } {
  let flags = 0;
  let mask = 0;
  const flag = (wanted: boolean | undefined, bit: number): void => {
    if (wanted === undefined) return;
    mask |= bit;
    if (wanted) flags |= bit;
  };
  flag(change.up, IFF_UP);
  flag(change.promiscuous, IFF_PROMISC);
  flag(change.allMulticast, IFF_ALLMULTI);
  const message = writeMessage(RTM_NEWLINK, 0, linkHeader(index, flags, mask));
  writeCommon(message, change);
  if (change.master !== undefined) message.u32(IFLA_MASTER, change.master);
  const { namespace, ...words } = change;
  const target = namespace ? ` move to ${namespace.name}` : '';
  return { message, context: `change link ${index}: ${JSON.stringify(words)}${target}` };
}

/**
 * Whether the kernel makes a link-local IPv6 address from the MAC address when the link goes up; a virtual MAC must not
 * be used so (RFC 9568 §7.4). It is a request of its own: the kernel refuses it in the one that creates a macvlan.
 */
export function setLinkLocalGeneration(socket: NetlinkSocket, index: number, enabled: boolean): void {
  const message = writeMessage(RTM_NEWLINK, 0, linkHeader(index));
  message.nested(IFLA_AF_SPEC, () => {
    message.nested(AF_INET6, () => {
      message.u8(IFLA_INET6_ADDR_GEN_MODE, enabled ? ADDRESS_GENERATION_EUI64 : ADDRESS_GENERATION_NONE);
    });
  });
  socket.request(message, `set addrgenmode of link ${index}`);
}

export function deleteMessage(index: number): { message: MessageWriter; context: string } {
  return { message: writeMessage(RTM_DELLINK, 0, linkHeader(index)), context: `delete link ${index}` };
}

/** Deletes every link of the group in one go: the kernel waits once, not once a link. */
export function deleteGroupMessage(group: number): { message: MessageWriter; context: string } {
  const message = writeMessage(RTM_DELLINK, 0, linkHeader(0));
  message.u32(IFLA_GROUP, group);
  return { message, context: `delete the links of group ${group}` };
}

export function listLinks(socket: NetlinkSocket): Link[] {
  const links: Link[] = [];
  const message = writeMessage(RTM_GETLINK, 0, linkHeader(0));
  message.u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  socket.dump(
    message,
    'list links',
    () => {
      links.length = 0;
    },
    (answer) => {
      if (answer.type === RTM_NEWLINK) links.push(decodeLink(answer.body));
    },
  );
  return links;
}

/** One link by name or index; undefined where there is none. */
export function findLink(socket: NetlinkSocket, nameOrIndex: string | number): Link | undefined {
  const message = writeMessage(RTM_GETLINK, 0, linkHeader(typeof nameOrIndex === 'number' ? nameOrIndex : 0));
  if (typeof nameOrIndex === 'string') message.text(IFLA_IFNAME, nameOrIndex);
  message.u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  let link: Link | undefined;
  try {
    socket.request(message, `find link ${nameOrIndex}`, (answer) => {
      link = decodeLink(answer.body);
    });
  } catch (error) {
    if (error instanceof LinuxError && error.code === 'ENODEV') return undefined;
    throw error;
  }
  return link;
}
