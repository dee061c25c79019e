import type { Address } from '../linux/netlink/address.ts';
import type { Link } from '../linux/netlink/link-decode.ts';
import type { Route } from '../linux/netlink/route.ts';
import { compareAddresses, isLinkLocalIpv6, parseAddress } from '../wire/address.ts';
import { parseMac } from '../wire/mac.ts';
import type { Family } from '../wire/vrrp.ts';

/** An interface that virtual routers run on, as it was last seen. */
export interface Port {
  readonly name: string;
  readonly index: number;
  /** Its octets are others when somebody gives the interface another one. */
  readonly macAddress: Uint8Array;
  /** Up, with a carrier, and frames pass. */
  usable: boolean;
  addresses: readonly Address[];
}

/** The interface of that name; undefined where there is none, or none that speaks Ethernet. */
export function findPort(route: Route, name: string): Port | undefined {
  const link = route.link(name);
  const macAddress = link === undefined ? undefined : parseMac(link.macAddress);
  if (link === undefined || macAddress === undefined) return undefined;
  const { index } = link;
  return { name, index, macAddress, usable: isUsable(link), addresses: route.addresses(index) };
}

/** Up, with a carrier, and frames pass. */
export function isUsable({ up, carrier, running }: Link): boolean {
  return up && carrier && running;
}

/**
 * The source of advertisements: the interface's first IPv4 address, or its link-local IPv6 address (RFC 9568 §5.1.1.1,
 * §5.1.2.1), but no virtual address, unless the router owns it and has no other. Undefined where it has none yet, or
 * duplicate address detection has not ended.
 */
export function primaryAddress(
  port: Port,
  family: Family,
  virtual: readonly Uint8Array[],
  owner: boolean,
): Uint8Array | undefined {
  let own: Uint8Array | undefined;
  for (const address of port.addresses) {
    if (address.family !== (family === 'ipv4' ? 4 : 6)) continue;
    if (family === 'ipv6' && (address.scope !== 'link' || address.tentative || address.duplicate)) continue;
    if (family === 'ipv4' && address.scope === 'host') continue;
    const bytes = parseAddress(address.address);
    if (bytes === undefined) continue;
    if (!virtual.some((other) => compareAddresses(other, bytes) === 0)) return bytes;
    if (owner) own ??= bytes;
  }
  return own;
}

/** Whether the interface itself is on the subnet of an address: then it is reached without the virtual one. */
export function isOnSubnetOf(port: Port, address: Uint8Array): boolean {
  return port.addresses.some((own) => {
    if (own.noPrefixRoute || (own.family === 4 ? 4 : 16) !== address.length) return false;
    const bytes = parseAddress(own.address);
    if (bytes === undefined || compareAddresses(bytes, address) === 0) return false;
    return own.prefixLength < address.length * 8 && hasPrefix(bytes, address, own.prefixLength);
  });
}

function hasPrefix(left: Uint8Array, right: Uint8Array, bits: number): boolean {
  const whole = bits >> 3;
  for (let index = 0; index < whole; index += 1) if (left[index] !== right[index]) return false;
  const mask = (0xff00 >> (bits & 7)) & 0xff;
  return ((left[whole] ?? 0) & mask) === ((right[whole] ?? 0) & mask);
}

/** Whether an address in text form is a link-local IPv6 address. */
export function isLinkLocalAddress(address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== undefined && isLinkLocalIpv6(bytes, 0, bytes.length);
}

/** Whether the interface has an address, in network order. */
export function hasAddress(port: Port, wanted: Uint8Array): boolean {
  return port.addresses.some(({ address, tentative, duplicate }) => {
    const bytes = parseAddress(address);
    return bytes !== undefined && compareAddresses(bytes, wanted) === 0 && !tentative && !duplicate;
  });
}
