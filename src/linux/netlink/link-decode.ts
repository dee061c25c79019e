import { macText } from '../address.ts';
import { readAttributes, readNested, readNumber, readText } from './message.ts';

export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_LINK = 5;
export const IFLA_MASTER = 10;
export const IFLA_OPERSTATE = 16;
export const IFLA_LINKINFO = 18;
export const IFLA_AF_SPEC = 26;
export const IFLA_GROUP = 27;
export const IFLA_NET_NS_FD = 28;
export const IFLA_EXT_MASK = 29;
export const IFLA_PROMISCUITY = 30;
export const IFLA_INFO_KIND = 1;
export const IFLA_INFO_DATA = 2;
export const IFLA_MACVLAN_MODE = 1;
export const IFLA_INET6_ADDR_GEN_MODE = 8;

export const IFF_UP = 0x1;
export const IFF_LOOPBACK = 0x8;
export const IFF_RUNNING = 0x40;
export const IFF_PROMISC = 0x100;
export const IFF_ALLMULTI = 0x200;
export const IFF_LOWER_UP = 0x10000;

const IF_OPER_UP = 6;

/** How a macvlan treats frames from others of the same parent. */
export type MacvlanMode = 'private' | 'vepa' | 'bridge' | 'passthru';
export const MACVLAN_MODES: Readonly<Record<MacvlanMode, number>> = { private: 1, vepa: 2, bridge: 4, passthru: 8 };

/** A network interface as the kernel shows it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** `veth`, `bridge`, `macvlan`; absent for a device that no request made (loopback, hardware). */
  readonly kind?: string;
  readonly macAddress: string;
  readonly mtu: number;
  /** Set up by its administrator. */
  readonly up: boolean;
  /** Up, and the line has a carrier. */
  readonly carrier: boolean;
  /**
   * The kernel's flag RUNNING: the operational state (RFC 2863) is up, or nobody told it: so it is for links that are no
   * line, and for a new one until the kernel has looked at it.
   */
  readonly running: boolean;
  /**
   * Frames pass: the operational state is up. After the carrier came, the kernel lets frames pass a moment later, now and
   * then after 0.6 s; until then it drops what is sent.
   */
  readonly operational: boolean;
  readonly loopback: boolean;
  readonly promiscuous: boolean;
  readonly allMulticast: boolean;
  /** How many asked for promiscuous mode, packet sockets included. */
  readonly promiscuity: number;
  readonly group: number;
  /** The bridge that it is a port of, by index. */
  readonly master?: number;
  /** A macvlan's parent, or a veth's peer, by index in the namespace where that one is. */
  readonly parent?: number;
  readonly macvlanMode?: MacvlanMode;
  /** False where no link-local IPv6 address is made from the MAC address (addrgenmode none). */
  readonly generatesLinkLocal?: boolean;
}

const AF_INET6 = 10;

/** Decodes what follows the header of an RTM_NEWLINK or RTM_DELLINK. */
export function decodeLink(body: Uint8Array): Link {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const flags = view.getUint32(8, true);
  const attributes = readAttributes(body.subarray(16));
  const information = readNested(attributes, IFLA_LINKINFO);
  const kind = readText(information, IFLA_INFO_KIND);
  const address = attributes.get(IFLA_ADDRESS);
  const master = readNumber(attributes, IFLA_MASTER);
  const parent = readNumber(attributes, IFLA_LINK);
  const modeNumber =
    kind === 'macvlan' ? readNumber(readNested(information, IFLA_INFO_DATA), IFLA_MACVLAN_MODE) : undefined;
  const macvlanMode = (Object.keys(MACVLAN_MODES) as MacvlanMode[]).find((name) => MACVLAN_MODES[name] === modeNumber);
  const generation = readNumber(readNested(readNested(attributes, IFLA_AF_SPEC), AF_INET6), IFLA_INET6_ADDR_GEN_MODE);
  return {
    index: view.getInt32(4, true),
    name: readText(attributes, IFLA_IFNAME) ?? '',
    macAddress: address ? macText(address) : '',
    mtu: readNumber(attributes, IFLA_MTU) ?? 0,
    up: (flags & IFF_UP) !== 0,
    carrier: (flags & IFF_LOWER_UP) !== 0,
    running: (flags & IFF_RUNNING) !== 0,
    operational: readNumber(attributes, IFLA_OPERSTATE) === IF_OPER_UP,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    promiscuous: (flags & IFF_PROMISC) !== 0,
    allMulticast: (flags & IFF_ALLMULTI) !== 0,
    promiscuity: readNumber(attributes, IFLA_PROMISCUITY) ?? 0,
    group: readNumber(attributes, IFLA_GROUP) ?? 0,
    ...(kind === undefined ? {} : { kind }),
    ...(master === undefined ? {} : { master }),
    ...(parent === undefined ? {} : { parent }),
    ...(macvlanMode === undefined ? {} : { macvlanMode }),
    ...(generation === undefined ? {} : { generatesLinkLocal: generation !== 1 }),
  };
}
