import { isIPv4, isIPv6 } from 'node:net';
import { c, nativeBuffer } from './libc.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;

const scratch = nativeBuffer(16);

/** The family of an address in text form. @throws Error naming what is no address */
export function familyOf(address: string): typeof AF_INET | typeof AF_INET6 {
  if (isIPv4(address)) return AF_INET;
  if (isIPv6(address)) return AF_INET6;
  throw new Error(`not an IP address: '${address}'`);
}

/** The 4 or 16 octets of an address in text form. @throws Error naming what is no address */
export function addressBytes(address: string): Uint8Array {
  const family = familyOf(address);
  if (c.inetPton(family, address, scratch) !== 1) throw new Error(`not an IP address: '${address}'`);
  return scratch.slice(0, family === AF_INET ? 4 : 16);
}

/** The text of 4 or 16 octets; IPv6 in the form of RFC 5952. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push((bytes[at]! << 8) | bytes[at + 1]!);
  // RFC 5952 §4.2: the longest run of two or more zero groups is shortened, the first of equals.
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length += 1;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (bestStart < 0) return hex(groups);
  return `${hex(groups.slice(0, bestStart))}::${hex(groups.slice(bestStart + bestLength))}`;
}

/** The six octets of a MAC address, `00:00:5e:00:01:33`. @throws Error naming what is none */
export function macBytes(macAddress: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(macAddress)) throw new Error(`not a MAC address: '${macAddress}'`);
  return Uint8Array.from(macAddress.split(':'), (octet) => Number.parseInt(octet, 16));
}

/** The text of a MAC address, lower case with colons. */
export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join(':');
}
