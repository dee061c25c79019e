import type { Family } from './vrrp.ts';

const HEX: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));
const MAC_LENGTH = 6;
const MAC_PATTERN = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i;

/** ff:ff:ff:ff:ff:ff */
export const BROADCAST_MAC: Uint8Array = new Uint8Array(MAC_LENGTH).fill(0xff);
/** 00:00:00:00:00:00 */
export const ZERO_MAC: Uint8Array = new Uint8Array(MAC_LENGTH);

/** Writes the MAC address at `offset` as `02:00:5e:00:01:33`. */
export function formatMac(bytes: Uint8Array, offset = 0): string {
  let text = HEX[bytes[offset]!]!;
  for (let index = 1; index < MAC_LENGTH; index++) text += `:${HEX[bytes[offset + index]!]!}`;
  return text;
}

/** Reads `02:00:5e:00:01:33` or `02-00-5E-00-01-33` into six octets; undefined where the text is no MAC address. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!MAC_PATTERN.test(text)) return undefined;
  return Uint8Array.from(text.split(/[:-]/), (octet) => Number.parseInt(octet, 16));
}

/** The virtual MAC of a virtual router: 00-00-5E-00-01-{VRID} for IPv4, 00-00-5E-00-02-{VRID} for IPv6 (RFC 9568 §7.3). */
export function virtualMac(family: Family, virtualRouterId: number): Uint8Array {
  return Uint8Array.of(0x00, 0x00, 0x5e, 0x00, family === 'ipv4' ? 0x01 : 0x02, virtualRouterId);
}

/**
 * The VRID whose virtual MAC is at `offset`, for the family of addresses of this length (4 or 16), or -1 where it is no
 * virtual MAC of that family.
 */
export function virtualRouterIdOfMac(bytes: Uint8Array, offset: number, addressLength: number): number {
  const isVirtual =
    bytes[offset] === 0x00 &&
    bytes[offset + 1] === 0x00 &&
    bytes[offset + 2] === 0x5e &&
    bytes[offset + 3] === 0x00 &&
    bytes[offset + 4] === (addressLength === 4 ? 0x01 : 0x02);
  return isVirtual ? bytes[offset + 5]! : -1;
}

/** The MAC address that a multicast group maps to: RFC 1112 §6.4 for four octets, RFC 2464 §7 for sixteen. */
export function multicastMac(group: Uint8Array): Uint8Array {
  if (group.length === 4) return Uint8Array.of(0x01, 0x00, 0x5e, group[1]! & 0x7f, group[2]!, group[3]!);
  return Uint8Array.of(0x33, 0x33, group[12]!, group[13]!, group[14]!, group[15]!);
}
