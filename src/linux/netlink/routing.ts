import { AF_INET, AF_INET6, addressBytes, addressText, familyOf } from '../address.ts';
import { type Scope, scopeNumber } from './address.ts';
import {
  type MessageWriter,
  NLM_F_CREATE,
  NLM_F_EXCLUSIVE,
  NLM_F_REPLACE,
  readAttributes,
  readNumber,
  writeMessage,
} from './message.ts';
import type { NetlinkSocket } from './socket.ts';

const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_TABLE = 15;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RT_SCOPE_NOWHERE = 255;
const RTNH_F_ONLINK = 4;
const RTAX_MTU = 2;
const ROUTE_TYPES = { unicast: 1, blackhole: 6, unreachable: 7, prohibit: 8, throw: 9 } as const;
const RTM_F_CLONED = 0x200;

/** What happens to packets: they go on, or are dropped with or without a word, or the next table is asked. */
export type RouteType = keyof typeof ROUTE_TYPES;

/** Where packets go; the destination is `default`, or an address with the length of its prefix. */
export interface NewRoute {
  /** `0.0.0.0` or `::` with prefix length 0 is the default route. */
  readonly destination: string;
  readonly prefixLength: number;
  readonly gateway?: string;
  /** The link that they leave by; needed without a gateway, and for a link-local one. */
  readonly index?: number;
  /** The source address that the kernel prefers on this route. */
  readonly source?: string;
  readonly metric?: number;
  /** A routing table's number; the main one (254) when absent. */
  readonly table?: number;
  readonly scope?: Scope;
  /** `unicast` when absent. */
  readonly type?: RouteType;
  /** Who makes it; 4, static, when absent. */
  readonly protocol?: number;
  readonly mtu?: number;
  /** The gateway is on the link, though no address says so. */
  readonly onLink?: boolean;
  readonly replace?: boolean;
}

/** A route as the kernel shows it. */
export interface RouteEntry {
  readonly family: 4 | 6;
  readonly destination: string;
  readonly prefixLength: number;
  readonly gateway?: string;
  readonly index?: number;
  readonly source?: string;
  readonly metric?: number;
  readonly table: number;
  /** Who made it: 2 the kernel, 3 boot, 4 static, … */
  readonly protocol: number;
}

function newHeader(family: number, route: NewRoute): Uint8Array {
  // Without a gateway, an IPv4 destination is on the link itself.
  const { type = 'unicast' } = route;
  const isDirect = family === AF_INET && route.gateway === undefined && type === 'unicast';
  const scope = route.scope ?? (isDirect ? 'link' : 'global');
  const header = new Uint8Array(12);
  header[0] = family;
  header[1] = route.prefixLength;
  header[5] = route.protocol ?? RTPROT_STATIC;
  header[6] = scopeNumber(scope);
  header[7] = ROUTE_TYPES[type];
  if (route.onLink) new DataView(header.buffer).setUint32(8, RTNH_F_ONLINK, true);
  return header;
}

function oldHeader(family: number, route: NewRoute): Uint8Array {
  // Whatever its scope and type: the first that matches the rest; whoever made it, unless that is said.
  const header = new Uint8Array(12);
  header[0] = family;
  header[1] = route.prefixLength;
  header[5] = route.protocol ?? 0;
  header[6] = RT_SCOPE_NOWHERE;
  return header;
}

function writeRoute(type: number, flags: number, route: NewRoute): MessageWriter {
  const family = familyOf(route.destination);
  const header = type === RTM_DELROUTE ? oldHeader : newHeader;
  const message = writeMessage(type, flags, header(family, route));
  if (route.prefixLength > 0) message.bytes(RTA_DST, addressBytes(route.destination));
  if (route.gateway !== undefined) message.bytes(RTA_GATEWAY, addressBytes(route.gateway));
  if (route.index !== undefined) message.u32(RTA_OIF, route.index);
  if (route.source !== undefined) message.bytes(RTA_PREFSRC, addressBytes(route.source));
  if (route.metric !== undefined) message.u32(RTA_PRIORITY, route.metric);
  if (route.mtu !== undefined && type === RTM_NEWROUTE)
    message.nested(RTA_METRICS, () => message.u32(RTAX_MTU, route.mtu!));
  message.u32(RTA_TABLE, route.table ?? RT_TABLE_MAIN);
  return message;
}

function describe(route: NewRoute): string {
  return `the route to ${route.destination}/${route.prefixLength}${route.gateway ? ` by ${route.gateway}` : ''}`;
}

export function addRoute(socket: NetlinkSocket, route: NewRoute): void {
  const flags = NLM_F_CREATE | (route.replace ? NLM_F_REPLACE : NLM_F_EXCLUSIVE);
  socket.request(writeRoute(RTM_NEWROUTE, flags, route), `add ${describe(route)}`);
}

export function deleteRoute(socket: NetlinkSocket, route: NewRoute): void {
  socket.request(writeRoute(RTM_DELROUTE, 0, route), `delete ${describe(route)}`);
}

/** Decodes what follows the header of an RTM_NEWROUTE or RTM_DELROUTE; undefined for other families and cached routes. */
export function decodeRoute(body: Uint8Array): RouteEntry | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const family = view.getUint8(0);
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  if (view.getUint32(8, true) & RTM_F_CLONED) return undefined;
  const attributes = readAttributes(body.subarray(12));
  const text = (kind: number): string | undefined => {
    const bytes = attributes.get(kind);
    return bytes && addressText(bytes);
  };
  const gateway = text(RTA_GATEWAY);
  const index = readNumber(attributes, RTA_OIF);
  const source = text(RTA_PREFSRC);
  const metric = readNumber(attributes, RTA_PRIORITY);
  return {
    family: family === AF_INET ? 4 : 6,
    destination: text(RTA_DST) ?? (family === AF_INET ? '0.0.0.0' : '::'),
    prefixLength: view.getUint8(1),
    table: readNumber(attributes, RTA_TABLE) ?? view.getUint8(4),
    protocol: view.getUint8(5),
    ...(gateway === undefined ? {} : { gateway }),
    ...(index === undefined ? {} : { index }),
    ...(source === undefined ? {} : { source }),
    ...(metric === undefined ? {} : { metric }),
  };
}

/** The routes of a table, or of all; of the main one when absent. */
export function listRoutes(socket: NetlinkSocket, table: number | 'all' = RT_TABLE_MAIN): RouteEntry[] {
  const routes: RouteEntry[] = [];
  socket.dump(
    writeMessage(RTM_GETROUTE, 0, new Uint8Array(12)),
    'list routes',
    () => {
      routes.length = 0;
    },
    (answer) => {
      const route = answer.type === RTM_NEWROUTE ? decodeRoute(answer.body) : undefined;
      if (route && (table === 'all' || route.table === table)) routes.push(route);
    },
  );
  return routes;
}
