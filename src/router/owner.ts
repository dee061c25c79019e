import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import {
  accept,
  compare,
  type Expression,
  loadConstant,
  loadMeta,
  loadPayload,
  type PayloadBase,
  setBits,
  storeMeta,
  storePayload,
} from '../linux/netlink/nft-expression.ts';
import type { OwnedTable } from '../linux/netlink/owned-tables.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import { formatAddress, parseAddress } from '../wire/address.ts';
import { parseMac } from '../wire/mac.ts';
import type { Lifeline } from './lifeline.ts';
import type { Port } from './port.ts';

/**
 * What the owner of virtual addresses shows of them, for they are on the interface itself: that they are at the virtual
 * MAC (RFC 9568 §8.1.2, §8.2.2).
 */
export interface Owner {
  /**
   * Active: ARP and neighbor discovery name the virtual MAC, and what comes to it gets to the interface. Again where the
   * interface, or the virtual router, has other addresses: what was said until then is said until the new rules are there.
   * @returns those of the addresses that the interface has itself
   */
  engage(): readonly string[];
  /** A reload: owns other addresses, from the next `engage` on. */
  reconfigure(router: VirtualRouterConfiguration): void;
  /** Not Active: the kernel says what it says, and `silenceRules` keep it. */
  release(): void;
}

/** Before the chains of `silenceRules`. */
const REWRITE_PRIORITY = -20;
export const SILENCE_PRIORITY = -10;

const PROTOCOL = { ipv4: [0x08, 0x00], arp: [0x08, 0x06], ipv6: [0x86, 0xdd] } as const;
const ICMPV6 = 58;
const NEIGHBOR_SOLICITATION = 135;
const NEIGHBOR_ADVERTISEMENT = 136;
const ETHERNET_DESTINATION = 0;
const ETHERNET_SOURCE = 6;
const ARP_SENDER_MAC = 8;
const ARP_SENDER = 14;
const ARP_TARGET = 24;
const IPV4_DESTINATION = 16;
const IPV6_SOURCE = 8;
const IPV6_DESTINATION = 24;
const ND_FLAGS = 4;
const ND_TARGET = 8;
const ND_OPTION = 24;
const ROUTER_FLAG = 0x80;
/** Type and length of a link-layer address option of Ethernet. */
const SOURCE_OPTION = Uint8Array.of(1, 1);
const TARGET_OPTION = Uint8Array.of(2, 1);
/** To this machine, whatever the destination address was when the frame came in. */
const PACKET_TYPE_HOST = Uint8Array.of(0, 0, 0, 0);

/**
 * The owner's side of a virtual MAC; undefined where the router is no owner, or where the kernel has no tables that go
 * with this process: then the macvlan answers for the addresses, and the interface does not.
 */
export function ownerOf({ tables }: Lifeline, router: VirtualRouterConfiguration, port: Port): Owner | undefined {
  if (tables === undefined || router.priority !== OWNER_PRIORITY || router.virtualMac === undefined) return undefined;
  const name = `vrrpbench_owner_${process.pid}_${router.family}_${router.virtualRouterId}_${port.index}`;
  const virtualMac = parseMac(router.virtualMac.macAddress)!;
  let addresses = ownedAddresses(router);
  let engaged: string | undefined;
  return {
    engage() {
      const isOnPort = (address: string): boolean => port.addresses.some((own) => own.address === address);
      const owned = addresses.filter(isOnPort);
      const carried = addresses.filter((address) => !isOnPort(address));
      const wanted = JSON.stringify([owned, carried, [...port.macAddress]]);
      if (engaged === wanted) return owned;
      tables.replace(rewritingTable(name, { virtualMac, port, owned, carried }));
      engaged = wanted;
      return owned;
    },
    reconfigure(next) {
      addresses = ownedAddresses(next);
    },
    release() {
      engaged = undefined;
      tables.remove(name);
    },
  };
}

/** Rules of nftables for what leaves the interface: nothing that names an owned address with the physical MAC. */
export function silenceRules(addresses: readonly string[], macAddress: string): string[] {
  const physical = `@ll,48,48 != 0x${macAddress.replaceAll(':', '')} drop`;
  return addresses.flatMap((address) => {
    const bytes = parseAddress(address)!;
    const hex = `0x${Buffer.from(bytes).toString('hex')}`;
    if (bytes.length === 4) return [`meta protocol arp @nh,112,32 ${hex} ${physical}`];
    return [
      `icmpv6 type nd-neighbor-advert @th,64,128 ${hex} ${physical}`,
      `icmpv6 type nd-neighbor-solicit ip6 saddr ${address} ${physical}`,
      `icmpv6 type nd-neighbor-solicit @th,64,128 ${hex} ${physical}`,
    ];
  });
}

/** Every virtual address of a router, as the kernel writes it. */
export function ownedAddresses({ addresses, excludedAddresses }: VirtualRouterConfiguration): string[] {
  return [...addresses, ...excludedAddresses].map(({ address }) => {
    const bytes = parseAddress(address)!;
    return formatAddress(bytes, 0, bytes.length);
  });
}

/** Whose frames are rewritten. */
interface Rewriting {
  readonly virtualMac: Uint8Array;
  readonly port: Port;
  /** What the interface has itself. */
  readonly owned: readonly string[];
  /** What the macvlan has. */
  readonly carried: readonly string[];
}

/**
 * On the way out ARP and neighbor discovery for the owned addresses get the virtual MAC; on the way in what was sent to
 * the virtual MAC gets the physical one, so that the interface takes it, and not the macvlan: an ARP reply has to come
 * in where the request left. The macvlan keeps what is for addresses that it carries itself.
 */
function rewritingTable(name: string, { virtualMac, port, owned, carried }: Rewriting): OwnedTable {
  const toVirtualMac = matches('link', ETHERNET_DESTINATION, virtualMac);
  return {
    name,
    devices: [port.name],
    priority: REWRITE_PRIORITY,
    ingress: [
      ...carried.flatMap((address) => arrivalsAt(address).map((match) => [...toVirtualMac, ...match, accept()])),
      [
        ...toVirtualMac,
        ...writes('link', ETHERNET_DESTINATION, port.macAddress),
        loadConstant(PACKET_TYPE_HOST),
        storeMeta('packet-type'),
      ],
    ],
    egress: owned.flatMap((address) => departuresFrom(parseAddress(address)!, virtualMac)),
  };
}

/** What is addressed to it: packets, and for IPv4 what ARP says to it. */
function arrivalsAt(address: string): Expression[][] {
  const bytes = parseAddress(address)!;
  if (bytes.length === 16) return [[...isProtocol('ipv6'), ...matches('network', IPV6_DESTINATION, bytes)]];
  return [
    [...isProtocol('ipv4'), ...matches('network', IPV4_DESTINATION, bytes)],
    [...isProtocol('arp'), ...matches('network', ARP_TARGET, bytes)],
  ];
}

function departuresFrom(address: Uint8Array, virtualMac: Uint8Array): Expression[][] {
  const fromVirtualMac = writes('link', ETHERNET_SOURCE, virtualMac);
  if (address.length === 4) {
    const saysSo = [...isProtocol('arp'), ...matches('network', ARP_SENDER, address)];
    return [[...saysSo, ...writes('network', ARP_SENDER_MAC, virtualMac), ...fromVirtualMac]];
  }
  const asks = [...isNeighborDiscovery(NEIGHBOR_SOLICITATION), ...matches('network', IPV6_SOURCE, address)];
  const answers = [...isNeighborDiscovery(NEIGHBOR_ADVERTISEMENT), ...matches('transport', ND_TARGET, address)];
  const option = (kind: Uint8Array): Expression[] => [
    ...matches('transport', ND_OPTION, kind),
    ...writes('transport', ND_OPTION + kind.length, virtualMac),
  ];
  return [
    [...asks, ...fromVirtualMac],
    [...asks, ...option(SOURCE_OPTION)],
    // Two octets at a time, as checksums count.
    [
      ...answers,
      ...fromVirtualMac,
      loadPayload('transport', ND_FLAGS, 2),
      setBits(Uint8Array.of(ROUTER_FLAG, 0)),
      storePayload('transport', ND_FLAGS, 2),
    ],
    [...answers, ...option(TARGET_OPTION)],
  ];
}

function isProtocol(protocol: keyof typeof PROTOCOL): Expression[] {
  return [loadMeta('protocol'), compare(Uint8Array.from(PROTOCOL[protocol]))];
}

function isNeighborDiscovery(type: number): Expression[] {
  const isIcmpv6 = [loadMeta('l4protocol'), compare(Uint8Array.of(ICMPV6))];
  return [...isProtocol('ipv6'), ...isIcmpv6, ...matches('transport', 0, Uint8Array.of(type))];
}

function matches(base: PayloadBase, offset: number, value: Uint8Array): Expression[] {
  return [loadPayload(base, offset, value.length), compare(value)];
}

function writes(base: PayloadBase, offset: number, value: Uint8Array): Expression[] {
  return [loadConstant(value), storePayload(base, offset, value.length)];
}
