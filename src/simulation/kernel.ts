import type { Traffic } from '../misbehaviour/misbehaviour.ts';
import { familyOf, parseAddress } from '../wire/address.ts';
import { arpFrame, echoFrame, neighborAdvertisementFrame, neighborSolicitationFrame } from '../wire/build.ts';
import { toAddress } from '../wire/envelope.ts';
import { ETHER_TYPE_OLD_SERVICE_VLAN, ETHER_TYPE_SERVICE_VLAN, ETHER_TYPE_VLAN } from '../wire/link.ts';
import { formatMac } from '../wire/mac.ts';
import { read16 } from '../wire/octets.ts';
import { type EchoArrival, type NeighborArrival, readArrival, type VrrpArrival } from './arrival.ts';
import type { Clock } from './clock.ts';
import { createNeighbors } from './neighbors.ts';
import { remember } from './remember.ts';
import type { Transit } from './transit.ts';

/** An interface of a simulated kernel: a port's own one, or a macvlan on top of it. */
export interface KernelInterface {
  readonly name: string;
  readonly mac: Uint8Array;
  up: boolean;
  /** Addresses without prefix length, as text in the form that formatAddress gives. */
  addresses: readonly string[];
  /** Whether it takes packets to its addresses: a virtual router's may be told not to (RFC 9568 §6.1, Accept_Mode). */
  accepts: boolean;
  /** Of a macvlan: whether the port's own interface has its addresses too, and says nothing of them while this is down. */
  ownsAddresses?: boolean;
  /** What comes for it in vain, while it is up. */
  ignores?: ReadonlySet<Traffic>;
}

/** What a probe of a simulated host sends. */
export interface EchoOfProbe {
  readonly operation: 'request' | 'reply';
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** A node's network on one port: what answers whether a process lives or not. */
export interface Kernel {
  /** The port's own interface; its addresses are the sources of what the node sends. */
  readonly base: KernelInterface;
  /** Adds a macvlan; those that come first answer first. */
  add(macvlan: KernelInterface): void;
  remove(name: string): void;
  receive(bytes: Uint8Array): void;
  /** Sends an echo request, or a reply that nobody asked for; the address is resolved first. */
  ping(destination: string, echo: EchoOfProbe): void;
  /** Whether packets to the address end here. */
  holds(address: string): boolean;
  /** Takes somebody else's packet on to a neighbor; its address is resolved first. */
  forward(transit: Transit): void;
  /** Everything but the base interface is gone, and nothing is remembered: as after a loss of power. */
  reset(): void;
}

export interface KernelParts {
  readonly clock: Clock;
  readonly base: KernelInterface;
  /** Whether Neighbor Advertisements say that a router speaks (RFC 4861 §4.4). */
  readonly forwarding: boolean;
  /** Where packets go that are for none of the neighbors: the next hop for an address. */
  readonly nextHop: (destination: string) => string;
  readonly send: (bytes: Uint8Array) => void;
  /** VRRP packets, which a process may be listening to. */
  readonly onVrrp: (arrival: VrrpArrival) => void;
  /** A frame to one of its MAC addresses whose packet does not end on this port. */
  readonly onTransit: (bytes: Uint8Array) => void;
}

export function createKernel(parts: KernelParts): Kernel {
  const { base, send } = parts;
  const neighbors = createNeighbors(parts.clock);
  const macvlans: KernelInterface[] = [];

  const interfaces = (): readonly KernelInterface[] => [...macvlans, base].filter(({ up }) => up);
  /** Who speaks for an address, if anybody does now. */
  const holderOf = (address: string): KernelInterface | undefined => {
    const holder = interfaces().find(({ addresses }) => addresses.includes(address));
    return holder === base && isSilenced(address) ? undefined : holder;
  };
  const isSilenced = (address: string): boolean =>
    macvlans.some(({ up, ownsAddresses, addresses }) => !up && ownsAddresses === true && addresses.includes(address));

  const sourceFor = remember((destination): string | undefined => {
    const own = base.addresses.filter((address) => familyOf(address) === familyOf(destination));
    return own.find((address) => isLinkLocal(address) === isLinkLocal(destination)) ?? own[0];
  });

  const solicit = (target: string): void => {
    const source = sourceFor(target);
    const speaker = source === undefined ? undefined : holderOf(source);
    if (source === undefined || speaker === undefined) return;
    send(solicitationFrame(speaker.mac, source, target));
  };

  const toNeighbor = (destination: string, transmit: (mac: Uint8Array) => void): void => {
    const nextHop = parts.nextHop(destination);
    neighbors.resolve(nextHop, () => solicit(nextHop), transmit);
  };

  const receiveNeighbor = (arrival: NeighborArrival): void => {
    const asked = arrival.asks ? holderOf(arrival.target) : undefined;
    const holder = asked?.ignores?.has('questions') === true ? undefined : asked;
    const { sender, senderMac } = arrival;
    if (sender !== undefined && senderMac !== undefined && isSpecified(sender)) {
      neighbors.learn(sender, senderMac, holder !== undefined);
    }
    if (holder === undefined || sender === undefined || senderMac === undefined) return;
    // What another router says with this virtual MAC is no question of anybody: its answer would move the switch's entry.
    if (holder !== base && formatMac(senderMac) === formatMac(holder.mac)) return;
    send(answerFrame(holder.mac, arrival.target, sender, senderMac, parts.forwarding));
  };

  const receiveEcho = (arrival: EchoArrival): void => {
    const holder = holderOf(arrival.destination);
    if (holder?.accepts !== true || holder.ignores?.has('packets') === true) return;
    const { identifier, sequence, payload } = arrival;
    toNeighbor(arrival.source, (destinationMac) =>
      send(
        echoFrame({
          operation: 'reply',
          source: octetsOf(arrival.destination),
          destination: octetsOf(arrival.source),
          sourceMac: base.mac,
          destinationMac,
          identifier,
          sequence,
          payload,
        }),
      ),
    );
  };

  const holds = (address: string): boolean => interfaces().some(({ addresses }) => addresses.includes(address));

  return {
    base,
    add: (macvlan) => macvlans.push(macvlan),
    remove: (name) => {
      const index = macvlans.findIndex((macvlan) => macvlan.name === name);
      if (index !== -1) macvlans.splice(index, 1);
    },
    receive(bytes) {
      // It has no VLAN interface.
      if (isTagged(bytes)) return;
      const addressed = isToGroup(bytes) ? NOBODY : interfaces().filter(({ mac }) => isSentTo(mac, bytes));
      if (!isToGroup(bytes) && addressed.length === 0) return;
      const arrival = readArrival(bytes);
      if (arrival?.kind === 'neighbor') receiveNeighbor(arrival);
      else if (arrival?.kind === 'vrrp') parts.onVrrp(arrival);
      else if (arrival?.kind === 'echo-request' && holds(arrival.destination)) receiveEcho(arrival);
      else if (addressed.some(({ ignores }) => ignores?.has('transit') !== true)) parts.onTransit(bytes);
    },
    ping(destination, echo) {
      const source = sourceFor(destination);
      if (source === undefined) return;
      const packet = { ...echo, source: octetsOf(source), destination: octetsOf(destination), sourceMac: base.mac };
      toNeighbor(destination, (destinationMac) => send(echoFrame({ ...packet, destinationMac })));
    },
    holds,
    forward(transit) {
      toNeighbor(transit.destination, (destinationMac) => send(transit.frameTo(destinationMac, base.mac)));
    },
    reset() {
      macvlans.length = 0;
      neighbors.clear();
    },
  };
}

/** The octets of an address, which nobody changes. */
const octetsOf = remember(toAddress);

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}

function isSpecified(address: string): boolean {
  return parseAddress(address)?.some((octet) => octet !== 0) === true;
}

function solicitationFrame(mac: Uint8Array, source: string, target: string): Uint8Array {
  return familyOf(target) === 'ipv4'
    ? arpFrame({ operation: 'request', senderMac: mac, senderAddress: source, targetAddress: target })
    : neighborSolicitationFrame({ target, source, sourceMac: mac });
}

function answerFrame(
  mac: Uint8Array,
  address: string,
  asker: string,
  askerMac: Uint8Array,
  router: boolean,
): Uint8Array {
  if (familyOf(address) === 'ipv4') {
    const target = { targetMac: askerMac, targetAddress: asker };
    return arpFrame({ operation: 'reply', senderMac: mac, senderAddress: address, ...target });
  }
  return neighborAdvertisementFrame({
    target: address,
    sourceMac: mac,
    destination: asker,
    destinationMac: askerMac,
    router,
    solicited: true,
  });
}

/** Whether a frame goes to a group, or to everybody. */
function isToGroup(bytes: Uint8Array): boolean {
  return (bytes[0]! & 1) !== 0;
}

function isSentTo(mac: Uint8Array, bytes: Uint8Array): boolean {
  // Most differ in the last octet.
  for (let octet = mac.length - 1; octet >= 0; octet -= 1) if (mac[octet] !== bytes[octet]) return false;
  return true;
}

const NOBODY: readonly KernelInterface[] = [];
const ETHER_TYPE_OFFSET = 12;
const TAGS: ReadonlySet<number> = new Set([ETHER_TYPE_VLAN, ETHER_TYPE_SERVICE_VLAN, ETHER_TYPE_OLD_SERVICE_VLAN]);

/** Whether a frame carries a VLAN tag (IEEE 802.1Q, 802.1ad). */
function isTagged(bytes: Uint8Array): boolean {
  return TAGS.has(read16(bytes, ETHER_TYPE_OFFSET));
}
