import type { VirtualAddress } from '../../config/configuration.ts';
import { addressLengthOf, formatAddress, parseAddress } from '../../wire/address.ts';
import type { Family } from '../../wire/vrrp.ts';

/** Where a file names no prefix, an address is taken to be in a network of this size. */
const USUAL_PREFIX: Readonly<Record<Family, number>> = { ipv4: 24, ipv6: 64 };

/** An IP network. */
export interface Network {
  readonly family: Family;
  /** The first address. */
  readonly address: string;
  readonly prefixLength: number;
  /** No file says so: it is what is usual. */
  readonly assumed: boolean;
}

/** The family of an address that has been read. */
export function familyOfAddress(address: string): Family {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** `192.0.2.0/24` */
export function describeNetwork({ address, prefixLength }: Network): string {
  return `${address}/${prefixLength}`;
}

/** One way to write an address: two that are the same have the same. */
export function canonical(address: string): string {
  const bytes = parseAddress(address);
  return bytes === undefined ? address : formatAddress(bytes, 0, bytes.length);
}

/** Whether an IPv6 address is of the link alone. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}

/** The network around an address. */
export function networkAround(address: string, prefixLength: number, assumed = false): Network {
  const bytes = parseAddress(address)!.slice();
  for (let bit = prefixLength; bit < bytes.length * 8; bit++) bytes[bit >> 3]! &= ~(0x80 >> (bit & 7));
  const family = familyOfAddress(address);
  return { family, address: formatAddress(bytes, 0, addressLengthOf(family)), prefixLength, assumed };
}

/** Whether an address is in a network. */
export function isIn(address: string, network: Network): boolean {
  if (familyOfAddress(address) !== network.family) return false;
  return networkAround(address, network.prefixLength).address === network.address;
}

/**
 * The networks that virtual addresses are in, by the prefixes that are written; what is in none of them is in one of the
 * usual size. Link-local addresses are in none.
 */
export function networksOf(addresses: readonly Pick<VirtualAddress, 'address' | 'prefixLength'>[]): readonly Network[] {
  const networks: Network[] = [];
  const add = (network: Network) => {
    if (!networks.some((known) => isIn(network.address, known) && known.prefixLength <= network.prefixLength))
      networks.push(network);
  };
  const real = addresses.filter(({ address }) => !isLinkLocal(address));
  const isWritten = ({ address, prefixLength }: (typeof real)[number]) =>
    prefixLength !== undefined && prefixLength < 8 * addressLengthOf(familyOfAddress(address)) - 1;
  for (const one of real.filter(isWritten).sort((a, b) => a.prefixLength! - b.prefixLength!))
    add(networkAround(one.address, one.prefixLength!));
  for (const { address } of real)
    if (!networks.some((network) => isIn(address, network)))
      add(networkAround(address, USUAL_PREFIX[familyOfAddress(address)], true));
  return networks;
}

/** The n-th address of a network, counted from its end (1: the last that a host may have), as text. */
export function fromTheEnd({ address, prefixLength }: Network, n: number): string {
  const bytes = parseAddress(address)!.slice();
  let rest = bytes.length === 4 ? n : n - 1;
  for (let bit = prefixLength; bit < bytes.length * 8; bit++) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  for (let index = bytes.length - 1; index >= 0 && rest > 0; index--) {
    const left = bytes[index]! - (rest & 0xff);
    bytes[index] = left & 0xff;
    rest = (rest >> 8) + (left < 0 ? 1 : 0);
  }
  return formatAddress(bytes, 0, bytes.length);
}
