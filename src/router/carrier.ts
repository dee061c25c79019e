import type { VirtualAddress, VirtualRouterConfiguration } from '../config/configuration.ts';
import { LinuxError } from '../linux/libc.ts';
import type { NewAddress } from '../linux/netlink/address.ts';
import type { Route } from '../linux/netlink/route.ts';
import { formatAddress, parseAddress } from '../wire/address.ts';
import { parseMac } from '../wire/mac.ts';
import type { Lifeline } from './lifeline.ts';
import type { Log } from './log.ts';
import { type Owner, ownerOf } from './owner.ts';
import { isLinkLocalAddress, isOnSubnetOf, type Port } from './port.ts';
import type { SysctlGuard } from './sysctl-guard.ts';
import { prepareVirtualMacSysctls } from './sysctls.ts';

/** What carries the virtual addresses while the router is Active: a macvlan with the virtual MAC, or the port itself. */
export interface Carrier {
  readonly name: string;
  readonly index: number;
  /** The MAC address that hosts learn for the virtual addresses. */
  readonly macAddress: Uint8Array;
  /** Where the interface has the addresses itself. */
  readonly owner?: Owner;
  /**
   * Becomes Active: synchronous, well under a millisecond for a few addresses. Again where somebody took the link down,
   * or addresses away.
   */
  engage(): void;
  /**
   * Ceases to be Active: the addresses go at once, the link after them; the kernel takes 8 ms for that, so it happens on
   * libuv's pool. Where everything is removed next, the link stays as it is.
   */
  release(removedNext: boolean): void;
  /** Puts back what was there before; the macvlans that were made go by `removeMacvlans`. */
  remove(): Promise<void>;
}

export interface CarrierContext {
  readonly route: Route;
  readonly sysctls: SysctlGuard;
  readonly lifeline: Lifeline;
  readonly log: Log;
}

/**
 * The group of links that the macvlans of this process are in: they are deleted together, which takes the kernel no
 * longer than one. Its high octet is the same for every router, so that what a killed one left behind is known as such.
 */
const LINK_GROUP_MARK = 0x56;
const LINK_GROUP = LINK_GROUP_MARK * 2 ** 24 + (process.pid & 0xffffff);

/** Why a carrier cannot be had, in words for the user. */
export class CarrierError extends Error {
  override readonly name = 'CarrierError';
}

/** Makes the carrier of a virtual router, down and without addresses. @throws CarrierError, LinuxError */
export function createCarrier(context: CarrierContext, router: VirtualRouterConfiguration, port: Port): Carrier {
  const addresses = [...router.addresses, ...router.excludedAddresses];
  return router.virtualMac === undefined
    ? portAsCarrier(context, router, port, addresses)
    : macvlanAsCarrier(context, router, port, addresses);
}

function portAsCarrier(
  { route, log }: CarrierContext,
  router: VirtualRouterConfiguration,
  port: Port,
  addresses: readonly VirtualAddress[],
): Carrier {
  const wanted = addresses.map((address) => newAddress(address, port.index, address.prefixLength));
  // What is there from the start is the owner's own, or somebody else's: it stays. A host address was left by a router
  // that was killed: a Backup must not answer for it.
  const foreign = new Set<string>();
  for (const own of route.addresses(port.index)) {
    if (!wanted.some(({ address }) => address === own.address)) continue;
    if (router.priority !== 255 && own.prefixLength === hostLength(own.address)) {
      log.line(`(${router.name}) removing ${own.address} that was left on ${port.name}`);
      route.deleteAddress(own);
    } else foreign.add(own.address);
  }
  const ours = wanted.filter(({ address }) => !foreign.has(address));
  let engaged = false;
  function release(): void {
    if (!engaged) return;
    engaged = false;
    for (const address of ours) deleteQuietly(route, address, log);
  }
  return {
    name: port.name,
    index: port.index,
    macAddress: port.macAddress,
    engage() {
      engaged = true;
      for (const address of ours) route.addAddress(address);
    },
    release,
    async remove() {
      release();
    },
  };
}

/** Deletes every macvlan that this process made. */
export async function removeMacvlans({ route, log }: Pick<CarrierContext, 'route' | 'log'>): Promise<void> {
  if (!route.links().some(({ group }) => group === LINK_GROUP)) return;
  await route.deleteGroupAsync(LINK_GROUP).catch((error: Error) => log.line(error.message));
}

/** Deletes the macvlan of one carrier, if this process made it. */
export async function removeMacvlan(
  { route, log }: Pick<CarrierContext, 'route' | 'log'>,
  { name, index }: Carrier,
): Promise<void> {
  const link = route.link(name);
  if (link?.index !== index || link.group !== LINK_GROUP) return;
  await route.deleteLinkAsync(index).catch((error: Error) => log.line(error.message));
}

function macvlanAsCarrier(
  context: CarrierContext,
  router: VirtualRouterConfiguration,
  port: Port,
  addresses: readonly VirtualAddress[],
): Carrier {
  const { route, log } = context;
  const { interfaceName, macAddress } = router.virtualMac!;
  const { index, adopted, wasUp } = makeMacvlan(context, router, port);
  prepareVirtualMacSysctls(context.sysctls, {
    name: interfaceName,
    parent: port.name,
    family: router.family,
    every: route.links().map(({ name }) => name),
  });
  const wanted = addresses.map((address) => newAddress(address, index, prefixLengthOn(port, address)));
  const owner = ownerOf(context.lifeline, router, port);
  let engaged = false;
  let goingDown: Promise<void> | undefined;

  function bringUp(): void {
    route.changeLink(index, { up: true });
    const owned = new Set(owner?.engage());
    for (const address of wanted) if (!owned.has(canonicalText(address.address))) route.addAddress(address);
  }

  async function takeDown(): Promise<void> {
    try {
      await route.changeLinkAsync(index, { up: false });
    } finally {
      goingDown = undefined;
    }
    // It became Active again while the link was on its way down.
    if (engaged) bringUp();
  }

  function fail(error: unknown): void {
    log.line(`(${router.name}) ${(error as Error).message}`);
  }

  function release(removedNext: boolean): void {
    if (!engaged) return;
    engaged = false;
    owner?.release();
    // The addresses first: the link answers for a while yet, for one the new Active router's gratuitous ARP, which would
    // move the virtual MAC back to this port of the switch.
    for (const address of wanted) deleteQuietly(route, address, log);
    if (!removedNext || adopted) goingDown ??= takeDown().catch(fail);
  }

  return {
    name: interfaceName,
    index,
    macAddress: parseMac(macAddress)!,
    ...(owner === undefined ? {} : { owner }),
    engage() {
      engaged = true;
      bringUp();
    },
    release,
    async remove() {
      release(true);
      await goingDown;
      if (adopted && wasUp) route.changeLink(index, { up: true });
    },
  };
}

/** Creates the macvlan, down; adopts one that is right already, and clears away what a killed router left. */
function makeMacvlan(
  { route, log }: CarrierContext,
  router: VirtualRouterConfiguration,
  port: Port,
): { index: number; adopted: boolean; wasUp: boolean } {
  const { interfaceName, macAddress } = router.virtualMac!;
  const existing = route.link(interfaceName);
  if (existing !== undefined && existing.kind === 'macvlan' && existing.group >>> 24 === LINK_GROUP_MARK) {
    log.line(`(${router.name}) removing ${interfaceName}, which a router left behind`);
    route.deleteLink(existing.index);
  } else if (existing !== undefined) {
    const { kind, parent, macvlanMode } = existing;
    if (
      kind !== 'macvlan' ||
      parent !== port.index ||
      macvlanMode !== 'private' ||
      existing.macAddress !== macAddress
    ) {
      throw new CarrierError(
        `${interfaceName} is there, but it is no private macvlan of ${port.name} with the MAC address ${macAddress}: ` +
          'delete it, or name another interface after use_vmac',
      );
    }
    log.line(`(${router.name}) using ${interfaceName}, which is there already`);
    route.setLinkLocalGeneration(existing.index, false);
    route.changeLink(existing.index, { up: false });
    return { index: existing.index, adopted: true, wasUp: existing.up };
  }
  route.createMacvlan({
    name: interfaceName,
    parent: port.index,
    mode: 'private',
    macAddress,
    group: LINK_GROUP,
  });
  const index = route.indexOf(interfaceName);
  // No link-local address is made from the virtual MAC (RFC 9568 §7.4); before the link goes up.
  route.setLinkLocalGeneration(index, false);
  return { index, adopted: false, wasUp: false };
}

function canonicalText(address: string): string {
  const bytes = parseAddress(address)!;
  return formatAddress(bytes, 0, bytes.length);
}

function hostLength(address: string): number {
  return address.includes(':') ? 128 : 32;
}

/**
 * The length that a virtual address gets on the macvlan. Where the parent is on its subnet, a host's: a second route to
 * the subnet would make the kernel resolve hosts by the parent with the virtual address as sender, and hosts learn the
 * physical MAC. Where only the virtual address is on the subnet, what the user wrote: the route then leaves by the
 * macvlan. Link-local IPv6 needs its prefix on the link that it is on.
 */
function prefixLengthOn(port: Port, address: VirtualAddress): number | undefined {
  if (isLinkLocalAddress(address.address)) return 64;
  return isOnSubnetOf(port, parseAddress(address.address)!) ? undefined : address.prefixLength;
}

function newAddress(address: VirtualAddress, index: number, prefixLength: number | undefined): NewAddress {
  const isHost = prefixLength === undefined || prefixLength === hostLength(address.address);
  const isIpv6 = address.address.includes(':');
  return {
    index,
    address: address.address,
    prefixLength: prefixLength ?? hostLength(address.address),
    replace: true,
    ...(isIpv6 ? { noDuplicateDetection: true } : {}),
    // A host address is for being reached; the kernel does not choose it as a source.
    ...(isIpv6 && isHost ? { deprecated: true } : {}),
    ...(address.scope === undefined ? {} : { scope: address.scope }),
    ...(address.label === undefined ? {} : { label: address.label }),
    ...(address.broadcast === undefined ? {} : { broadcast: address.broadcast }),
  };
}

/** Absent addresses are what is wanted: the kernel took IPv6's away with the link, or somebody else did. */
function deleteQuietly(route: Route, address: NewAddress, log: Log): void {
  try {
    route.deleteAddress(address);
  } catch (error) {
    if (error instanceof LinuxError && (error.code === 'EADDRNOTAVAIL' || error.code === 'ENODEV')) return;
    log.line((error as Error).message);
  }
}
