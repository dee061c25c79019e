import { familyOf as familyOfText, formatAddress, parseAddress } from '../wire/address.ts';
import { formatMac, parseMac } from '../wire/mac.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;

/** The kernel's number of an address's family. @throws Error naming what is no address */
export function familyOf(address: string): typeof AF_INET | typeof AF_INET6 {
  const family = familyOfText(address);
  if (family === undefined) throw new Error(`not an IP address: '${address}'`);
  return family === 'ipv4' ? AF_INET : AF_INET6;
}

/** The 4 or 16 octets of an address in text form. @throws Error naming what is no address */
export function addressBytes(address: string): Uint8Array {
  const bytes = parseAddress(address);
  if (!bytes) throw new Error(`not an IP address: '${address}'`);
  return bytes;
}

/** The text of 4 or 16 octets. */
export function addressText(bytes: Uint8Array): string {
  return formatAddress(bytes, 0, bytes.length);
}

/** The six octets of a MAC address, `00:00:5e:00:01:33`. @throws Error naming what is none */
export function macBytes(macAddress: string): Uint8Array {
  const bytes = parseMac(macAddress);
  if (!bytes) throw new Error(`not a MAC address: '${macAddress}'`);
  return bytes;
}

/** The text of a MAC address, lower case with colons; empty where a device has none of six octets. */
export function macText(bytes: Uint8Array): string {
  return bytes.length === 6 ? formatMac(bytes) : '';
}
