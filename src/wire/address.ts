import { read16 } from './octets.ts';
import type { Family } from './vrrp.ts';

/** 224.0.0.18, the IPv4 group of VRRP (RFC 9568 §5.1.1.2). */
export const VRRP_GROUP_IPV4: Uint8Array = Uint8Array.of(224, 0, 0, 18);
/** ff02::12, the IPv6 group of VRRP (RFC 9568 §5.1.2.2). */
export const VRRP_GROUP_IPV6: Uint8Array = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12);
/** ff02::1 */
export const ALL_NODES_IPV6: Uint8Array = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
/** ff02::16, where MLDv2 reports go (RFC 3810 §5.2.14). */
export const ALL_MLDV2_ROUTERS: Uint8Array = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16);
/** 224.0.0.22, where IGMPv3 reports go (RFC 3376 §4.2.14). */
export const ALL_IGMPV3_ROUTERS: Uint8Array = Uint8Array.of(224, 0, 0, 22);
/** :: */
export const UNSPECIFIED_IPV6: Uint8Array = new Uint8Array(16);
/** 0.0.0.0 */
export const UNSPECIFIED_IPV4: Uint8Array = new Uint8Array(4);

const GROUPS = 8;
const IPV4_MAPPED_GROUP = 5;

/** Octets of an address of this family. */
export function addressLengthOf(family: Family): 4 | 16 {
  return family === 'ipv4' ? 4 : 16;
}

/** The group that VRRP sends to in this family. */
export function vrrpGroup(family: Family): Uint8Array {
  return family === 'ipv4' ? VRRP_GROUP_IPV4 : VRRP_GROUP_IPV6;
}

/** Writes the IPv4 address at `offset` as `192.0.2.1`. */
export function formatIpv4(bytes: Uint8Array, offset = 0): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/** Writes the IPv6 address at `offset` as RFC 5952 §4 has it; IPv4-mapped addresses end in dotted decimal (§5). */
export function formatIpv6(bytes: Uint8Array, offset = 0): string {
  const groups: number[] = [];
  for (let index = 0; index < GROUPS; index++) groups.push(read16(bytes, offset + 2 * index));
  const gap = longestZeroRun(groups);
  if (gap.start === 0 && gap.length === IPV4_MAPPED_GROUP && groups[IPV4_MAPPED_GROUP] === 0xffff) {
    return `::ffff:${formatIpv4(bytes, offset + 12)}`;
  }
  const hex = groups.map((group) => group.toString(16));
  if (gap.length < 2) return hex.join(':');
  return `${hex.slice(0, gap.start).join(':')}::${hex.slice(gap.start + gap.length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  });
  return longest;
}

/** Writes the address of 4 or 16 octets at `offset`. */
export function formatAddress(bytes: Uint8Array, offset: number, length: number): string {
  return length === 4 ? formatIpv4(bytes, offset) : formatIpv6(bytes, offset);
}

/** Reads `192.0.2.1` into four octets; undefined where the text is no IPv4 address (no leading zeros, no short forms). */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [index, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[index] = Number(part);
  }
  return bytes;
}

/** Reads an IPv6 address (RFC 4291 §2.2, every form; no zone) into sixteen octets; undefined where the text is none. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The octets of groups between colons; the last may be dotted decimal where the text ends with it. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const octets: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (isEnd && index === groups.length - 1 && group.includes('.')) {
      const dotted = parseIpv4(group);
      if (dotted === undefined) return undefined;
      octets.push(...dotted);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      octets.push(value >>> 8, value & 0xff);
    }
  }
  return octets;
}

/** Reads an IPv4 or IPv6 address into its octets; undefined where the text is neither. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** The family that a textual address is of; undefined where it is no address. */
export function familyOf(text: string): Family | undefined {
  const bytes = parseAddress(text);
  if (bytes === undefined) return undefined;
  return bytes.length === 4 ? 'ipv4' : 'ipv6';
}

/**
 * Compares the octets at two places as unsigned numbers in network order, as VRRP's tie-break does (RFC 9568 §6.4.3):
 * negative where a is smaller, 0 where they are equal, positive where a is greater.
 */
export function compareOctets(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number, length: number): number {
  for (let index = 0; index < length; index++) {
    const difference = a[aOffset + index]! - b[bOffset + index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Compares two addresses of one family as VRRP's tie-break does; a shorter one (IPv4) is smaller than a longer one. */
export function compareAddresses(a: Uint8Array, b: Uint8Array): number {
  return a.length - b.length || compareOctets(a, 0, b, 0, a.length);
}

/** Whether the address of this length at `offset` is a link-local one of IPv6 (fe80::/10). */
export function isLinkLocalIpv6(bytes: Uint8Array, offset: number, length: number): boolean {
  return length === 16 && bytes[offset] === 0xfe && (bytes[offset + 1]! & 0xc0) === 0x80;
}

/** Whether the address of this length at `offset` is a multicast group. */
export function isMulticast(bytes: Uint8Array, offset: number, length: number): boolean {
  return length === 4 ? bytes[offset]! >>> 4 === 0x0e : bytes[offset] === 0xff;
}

/** The solicited-node group of an IPv6 address (RFC 4291 §2.7.1). */
export function solicitedNodeGroup(address: Uint8Array): Uint8Array {
  const group = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0);
  group.set(address.subarray(13, 16), 13);
  return group;
}
