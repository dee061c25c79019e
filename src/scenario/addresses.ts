import type { Family } from '../wire/vrrp.ts';

/**
 * Addresses by convention, so that a scenario says only what matters to it. The prefixes are those set aside for
 * documentation (RFC 5737, RFC 3849). LANs and nodes are counted from 1.
 */

const IPV4_PREFIXES = ['192.0.2', '198.51.100', '203.0.113'];

function ipv4Prefix(lan: number): string {
  return IPV4_PREFIXES[lan - 1] ?? `10.0.${lan}`;
}

function ipv6Prefix(lan: number): string {
  return lan === 1 ? '2001:db8::' : `2001:db8:0:${lan.toString(16)}::`;
}

/** The physical MAC of a node's port: locally administered, LAN and node in the last two octets. */
export function physicalMac(lan: number, node: number): string {
  return `02:00:00:00:${octet(lan)}:${octet(node)}`;
}

function octet(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** A node's own addresses with their prefix lengths: one IPv4 address; or link-local first, then a global one. */
export function nodeAddresses(family: Family, lan: number, node: number): readonly string[] {
  if (family === 'ipv4') return [`${ipv4Prefix(lan)}.${node}/24`];
  return [`${linkLocalAddress(node)}/64`, `${ipv6Prefix(lan)}${node.toString(16)}/64`];
}

/** `fe80::ff:fe00:1` for the first node. */
export function linkLocalAddress(node: number): string {
  return `fe80::ff:fe00:${node.toString(16)}`;
}

/** The address that a router's advertisements come from: primary IPv4 address, or link-local address (RFC 9568 §5.1). */
export function primaryAddress(family: Family, lan: number, node: number): string {
  return nodeAddresses(family, lan, node)[0]!.split('/')[0]!;
}

/**
 * The virtual addresses of the n-th virtual router of a LAN: 192.0.2.101; or fe80::5e:51 for VRID 51, then
 * 2001:db8::101 (link-local first: RFC 9568 §5.2.9).
 */
export function virtualAddresses(family: Family, lan: number, n: number, virtualRouterId: number): readonly string[] {
  if (family === 'ipv4') return [`${ipv4Prefix(lan)}.${100 + n}`];
  return [`fe80::5e:${virtualRouterId}`, `${ipv6Prefix(lan)}${100 + n}`];
}

/** The virtual router's MAC address (RFC 9568 §7.3). */
export function virtualMac(family: Family, virtualRouterId: number): string {
  return `00:00:5e:00:${family === 'ipv4' ? '01' : '02'}:${octet(virtualRouterId)}`;
}
