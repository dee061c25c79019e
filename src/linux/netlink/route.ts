import { LinuxError } from '../libc.ts';
import type { Namespace } from '../namespace.ts';
import {
  type Address,
  type AddressIdentity,
  addAddress,
  deleteAddress,
  listAddresses,
  type NewAddress,
} from './address.ts';
import {
  changeMessage,
  createBridge,
  createMacvlan,
  createVeth,
  deleteGroupMessage,
  deleteMessage,
  findLink,
  flushForwardingTable,
  type LinkChange,
  listLinks,
  type NewBridge,
  type NewMacvlan,
  type NewVeth,
  setLinkLocalGeneration,
  setMulticastSnooping,
} from './link.ts';
import type { Link } from './link-decode.ts';
import {
  addNeighbour,
  deleteNeighbour,
  type ForwardingEntry,
  flushNeighbours,
  listForwardingTable,
  listNeighbours,
  type Neighbour,
  type NewNeighbour,
} from './neighbour.ts';
import { addRoute, deleteRoute, listRoutes, type NewRoute, type RouteEntry } from './routing.ts';
import { addRule, deleteRule, listRules, type NewRule } from './rule.ts';
import { openNetlink } from './socket.ts';

/**
 * rtnetlink in one namespace. Requests are synchronous and throw a LinuxError (`EEXIST`, `ENODEV`, `EPERM`) with the
 * kernel's explanation; those ending in Async run on libuv's pool, one after the other, because the kernel takes
 * milliseconds for them: taking a link down (8 ms) and deleting one (16 ms).
 */
export interface Route {
  links(): Link[];
  /** Undefined where there is none. */
  link(nameOrIndex: string | number): Link | undefined;
  /** @throws LinuxError ENODEV where there is none */
  indexOf(name: string): number;
  createVeth(link: NewVeth): void;
  createMacvlan(link: NewMacvlan): void;
  createBridge(link: NewBridge): void;
  changeLink(index: number, change: LinkChange): void;
  changeLinkAsync(index: number, change: LinkChange): Promise<void>;
  /** addrgenmode: whether the kernel makes a link-local IPv6 address when the link goes up. */
  setLinkLocalGeneration(index: number, enabled: boolean): void;
  setMulticastSnooping(bridge: number, enabled: boolean): void;
  deleteLink(index: number): void;
  deleteLinkAsync(index: number): Promise<void>;
  /**
   * Deletes every link of the group (not 0), peers in other namespaces included, and waits once for all: 100 ports in
   * the time of six. A bridge that is in the group of its ports goes with them.
   */
  deleteGroup(group: number): void;
  deleteGroupAsync(group: number): Promise<void>;

  addresses(index?: number): Address[];
  addAddress(address: NewAddress): void;
  deleteAddress(address: AddressIdentity): void;

  /** Of the main table when absent. */
  routes(table?: number | 'all'): RouteEntry[];
  addRoute(route: NewRoute): void;
  deleteRoute(route: NewRoute): void;

  /** Who made each rule of a family, and where it is among them. */
  rules(family: 4 | 6): { priority: number; protocol: number }[];
  addRule(rule: NewRule): void;
  deleteRule(rule: NewRule): void;

  neighbours(index?: number): Neighbour[];
  addNeighbour(neighbour: NewNeighbour): void;
  deleteNeighbour(neighbour: Pick<Neighbour, 'index' | 'address'>): void;
  flushNeighbours(index?: number): void;

  forwardingTable(bridge: number): ForwardingEntry[];
  flushForwardingTable(bridge: number): void;

  close(): void;
}

/**
 * Opens rtnetlink in the namespace.
 * @throws LinuxError
 */
export function openRoute(namespace: Namespace): Route {
  const socket = openNetlink(namespace);
  const perform = ({ message, context }: ReturnType<typeof changeMessage>): void => socket.request(message, context);
  const performAsync = ({ message, context }: ReturnType<typeof changeMessage>): Promise<void> =>
    socket.requestAsync(message, context);
  const group = (number: number): ReturnType<typeof changeMessage> => {
    // Group 0 is that of every link that was given none.
    if (!Number.isInteger(number) || number <= 0) throw new RangeError(`no group of links to delete: ${number}`);
    return deleteGroupMessage(number);
  };

  return {
    links: () => listLinks(socket),
    link: (nameOrIndex) => findLink(socket, nameOrIndex),
    indexOf(name) {
      const link = findLink(socket, name);
      if (!link) throw new LinuxError('rtnetlink', ENODEV, `find the interface ${name} in ${namespace.name}`);
      return link.index;
    },
    createVeth: (link) => createVeth(socket, link),
    createMacvlan: (link) => createMacvlan(socket, link),
    createBridge: (link) => createBridge(socket, link),
    changeLink: (index, change) => perform(changeMessage(index, change)),
    changeLinkAsync: (index, change) => performAsync(changeMessage(index, change)),
    setLinkLocalGeneration: (index, enabled) => setLinkLocalGeneration(socket, index, enabled),
    setMulticastSnooping: (bridge, enabled) => setMulticastSnooping(socket, bridge, enabled),
    deleteLink: (index) => perform(deleteMessage(index)),
    deleteLinkAsync: (index) => performAsync(deleteMessage(index)),
    deleteGroup: (number) => perform(group(number)),
    deleteGroupAsync: (number) => performAsync(group(number)),
    addresses: (index) => listAddresses(socket, index),
    addAddress: (address) => addAddress(socket, address),
    deleteAddress: (address) => deleteAddress(socket, address),
    routes: (table) => listRoutes(socket, table),
    addRoute: (route) => addRoute(socket, route),
    deleteRoute: (route) => deleteRoute(socket, route),
    rules: (family) => listRules(socket, family),
    addRule: (rule) => addRule(socket, rule),
    deleteRule: (rule) => deleteRule(socket, rule),
    neighbours: (index) => listNeighbours(socket, index),
    addNeighbour: (neighbour) => addNeighbour(socket, neighbour),
    deleteNeighbour: (neighbour) => deleteNeighbour(socket, neighbour),
    flushNeighbours: (index) => flushNeighbours(socket, index),
    forwardingTable: (bridge) => listForwardingTable(socket, bridge),
    flushForwardingTable: (bridge) => flushForwardingTable(socket, bridge),
    close: () => socket.close(),
  };
}

const ENODEV = 19;
