import { AF_INET, addressBytes, addressText, familyOf, macBytes, macText } from '../address.ts';
import { NLM_F_CREATE, NLM_F_REPLACE, readAttributes, readNumber, writeMessage } from './message.ts';
import type { NetlinkSocket } from './socket.ts';

const RTM_NEWNEIGH = 28;
const RTM_DELNEIGH = 29;
const RTM_GETNEIGH = 30;
const NDA_DST = 1;
const NDA_LLADDR = 2;
const NDA_VLAN = 5;
const NDA_MASTER = 9;
const AF_BRIDGE = 7;
const NTF_ROUTER = 0x80;
const STATES = {
  none: 0,
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
} as const;

/** How sure the kernel is of a neighbour. */
export type NeighbourState = keyof typeof STATES;

/** An entry of the ARP or ND cache. */
export interface Neighbour {
  readonly index: number;
  readonly family: 4 | 6;
  readonly address: string;
  /** Absent while it is not resolved. */
  readonly macAddress?: string;
  readonly state: NeighbourState;
  /** IPv6: it said that it is a router. */
  readonly router: boolean;
}

export interface NewNeighbour {
  readonly index: number;
  readonly address: string;
  readonly macAddress: string;
  /** `permanent` when absent. */
  readonly state?: NeighbourState;
}

/** An address that a bridge knows. */
export interface ForwardingEntry {
  readonly macAddress: string;
  /** The port, by index. */
  readonly index: number;
  readonly bridge?: number;
  readonly vlan?: number;
  /** The port's own, or set by hand: not learned. */
  readonly permanent: boolean;
}

function neighbourHeader(family: number, index: number, state = 0): Uint8Array {
  const header = new Uint8Array(12);
  const view = new DataView(header.buffer);
  header[0] = family;
  view.setInt32(4, index, true);
  view.setUint16(8, state, true);
  return header;
}

function stateOf(bits: number): NeighbourState {
  return (Object.keys(STATES) as NeighbourState[]).find((name) => STATES[name] === bits) ?? 'none';
}

export function addNeighbour(socket: NetlinkSocket, neighbour: NewNeighbour): void {
  const message = writeMessage(
    RTM_NEWNEIGH,
    NLM_F_CREATE | NLM_F_REPLACE,
    neighbourHeader(familyOf(neighbour.address), neighbour.index, STATES[neighbour.state ?? 'permanent']),
  );
  message.bytes(NDA_DST, addressBytes(neighbour.address));
  message.bytes(NDA_LLADDR, macBytes(neighbour.macAddress));
  socket.request(message, `add the neighbour ${neighbour.address} on link ${neighbour.index}`);
}

export function deleteNeighbour(socket: NetlinkSocket, neighbour: Pick<Neighbour, 'index' | 'address'>): void {
  const message = writeMessage(RTM_DELNEIGH, 0, neighbourHeader(familyOf(neighbour.address), neighbour.index));
  message.bytes(NDA_DST, addressBytes(neighbour.address));
  socket.request(message, `delete the neighbour ${neighbour.address} on link ${neighbour.index}`);
}

/** Decodes what follows the header of an RTM_NEWNEIGH or RTM_DELNEIGH; undefined for other families. */
export function decodeNeighbour(body: Uint8Array): Neighbour | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const attributes = readAttributes(body.subarray(12));
  const address = attributes.get(NDA_DST);
  if (view.getUint8(0) === AF_BRIDGE || (address?.length !== 4 && address?.length !== 16)) return undefined;
  const mac = attributes.get(NDA_LLADDR);
  return {
    index: view.getInt32(4, true),
    family: view.getUint8(0) === AF_INET ? 4 : 6,
    address: addressText(address),
    state: stateOf(view.getUint16(8, true)),
    router: (view.getUint8(10) & NTF_ROUTER) !== 0,
    ...(mac?.length === 6 ? { macAddress: macText(mac) } : {}),
  };
}

/** The neighbours on a link, or on all. */
export function listNeighbours(socket: NetlinkSocket, index?: number): Neighbour[] {
  const neighbours: Neighbour[] = [];
  socket.dump(
    writeMessage(RTM_GETNEIGH, 0, neighbourHeader(0, 0)),
    'list neighbours',
    () => {
      neighbours.length = 0;
    },
    (answer) => {
      const neighbour = answer.type === RTM_NEWNEIGH ? decodeNeighbour(answer.body) : undefined;
      if (neighbour && (index === undefined || neighbour.index === index)) neighbours.push(neighbour);
    },
  );
  return neighbours;
}

/** Forgets what was learned on a link, or on all; entries set by hand and multicast ones stay. */
export function flushNeighbours(socket: NetlinkSocket, index?: number): void {
  for (const neighbour of listNeighbours(socket, index)) {
    if (neighbour.state !== 'permanent' && neighbour.state !== 'noarp') deleteNeighbour(socket, neighbour);
  }
}

/** The addresses that a bridge knows. */
export function listForwardingTable(socket: NetlinkSocket, bridge: number): ForwardingEntry[] {
  const entries: ForwardingEntry[] = [];
  const message = writeMessage(RTM_GETNEIGH, 0, neighbourHeader(AF_BRIDGE, 0));
  message.u32(NDA_MASTER, bridge);
  socket.dump(
    message,
    `list the forwarding table of bridge ${bridge}`,
    () => {
      entries.length = 0;
    },
    (answer) => {
      if (answer.type !== RTM_NEWNEIGH) return;
      const entry = decodeForwardingEntry(answer.body);
      // The kernel lists the multicast filters of every device, too; those belong to no bridge.
      if (entry.bridge === bridge) entries.push(entry);
    },
  );
  return entries;
}

function decodeForwardingEntry(body: Uint8Array): ForwardingEntry {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const attributes = readAttributes(body.subarray(12));
  const master = readNumber(attributes, NDA_MASTER);
  const vlan = readNumber(attributes, NDA_VLAN);
  return {
    macAddress: macText(attributes.get(NDA_LLADDR) ?? new Uint8Array(6)),
    index: view.getInt32(4, true),
    permanent: (view.getUint16(8, true) & (STATES.permanent | STATES.noarp)) !== 0,
    ...(master === undefined ? {} : { bridge: master }),
    ...(vlan === undefined ? {} : { vlan }),
  };
}
