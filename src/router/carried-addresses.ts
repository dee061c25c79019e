import type { VirtualAddress, VirtualRouterConfiguration } from '../config/configuration.ts';
import { LinuxError } from '../linux/libc.ts';
import type { NewAddress } from '../linux/netlink/address.ts';
import type { Route } from '../linux/netlink/route.ts';
import { formatAddress, parseAddress } from '../wire/address.ts';
import type { Log } from './log.ts';
import { MADE_BY_ROUTER } from './routing.ts';

/** Every virtual address of a router, advertised or not. */
export function virtualAddressesOf({ addresses, excludedAddresses }: VirtualRouterConfiguration): VirtualAddress[] {
  return [...addresses, ...excludedAddresses];
}

/** An address as the kernel writes it. */
export function canonicalText(address: string): string {
  const bytes = parseAddress(address)!;
  return formatAddress(bytes, 0, bytes.length);
}

/** The prefix length of an address without a subnet. */
export function hostLength(address: string): number {
  return address.includes(':') ? 128 : 32;
}

/** What the kernel is asked for: a host address unless a prefix length is given. */
export function newAddress(address: VirtualAddress, index: number, prefixLength: number | undefined): NewAddress {
  const isHost = prefixLength === undefined || prefixLength === hostLength(address.address);
  const isIpv6 = address.address.includes(':');
  return {
    index,
    address: canonicalText(address.address),
    prefixLength: prefixLength ?? hostLength(address.address),
    replace: true,
    protocol: MADE_BY_ROUTER,
    ...(isIpv6 ? { noDuplicateDetection: true } : {}),
    // A host address is for being reached; the kernel does not choose it as a source.
    ...(isIpv6 && isHost ? { deprecated: true } : {}),
    ...(address.scope === undefined ? {} : { scope: address.scope }),
    ...(address.label === undefined ? {} : { label: address.label }),
    ...(address.broadcast === undefined ? {} : { broadcast: address.broadcast }),
  };
}

/** Absent addresses are what is wanted: the kernel took IPv6's away with the link, or somebody else did. */
export function deleteQuietly(route: Route, address: NewAddress, log: Log): void {
  try {
    route.deleteAddress(address);
  } catch (error) {
    if (error instanceof LinuxError && (error.code === 'EADDRNOTAVAIL' || error.code === 'ENODEV')) return;
    log.line((error as Error).message);
  }
}

/** Adds those of the addresses that a link does not have (any more). @returns how many were missing */
export function addMissing(route: Route, index: number, wanted: readonly NewAddress[]): number {
  const there = new Set(route.addresses(index).map(({ address, prefixLength }) => `${address}/${prefixLength}`));
  const missing = wanted.filter(({ address, prefixLength }) => !there.has(`${address}/${prefixLength}`));
  for (const address of missing) route.addAddress(address);
  return missing.length;
}

/** Whether two requests are for the same address and prefix. */
export function isSameAddress(left: NewAddress, right: NewAddress): boolean {
  return left.address === right.address && left.prefixLength === right.prefixLength;
}
