import { read16 } from './octets.ts';

/**
 * The sum of the 16-bit words of `bytes[start, end)` and of `initial`, not folded; an odd last octet counts as the high
 * half of a word (RFC 1071). Sums may be added to each other before `foldChecksum`. Exact up to 64 KiB.
 */
export function sumWords(bytes: Uint8Array, start: number, end: number, initial: number): number {
  let sum = initial;
  const even = end - ((end - start) & 1);
  for (let offset = start; offset < even; offset += 2) sum += (bytes[offset]! << 8) | bytes[offset + 1]!;
  if (even < end) sum += bytes[even]! << 8;
  return sum;
}

/** Folds a sum of words into the 16-bit internet checksum (RFC 1071). 0 means that a sum with its checksum is right. */
export function foldChecksum(sum: number): number {
  let folded = (sum & 0xffff) + (sum >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}

/** The internet checksum of `bytes[start, end)` with `initial` added: what belongs into a checksum field that holds 0. */
export function internetChecksum(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  return foldChecksum(sumWords(bytes, start, end, initial));
}

/**
 * The words of a pseudo-header: addresses at these offsets of `bytes`, the length of the upper-layer packet, and its
 * protocol. IPv4's (RFC 768) and IPv6's (RFC 8200 §8.1) have the same sum.
 */
export function sumPseudoHeader(
  bytes: Uint8Array,
  sourceAddress: number,
  destinationAddress: number,
  addressLength: number,
  protocol: number,
  length: number,
): number {
  let sum = protocol + (length & 0xffff) + (length >>> 16);
  for (let offset = 0; offset < addressLength; offset += 2) {
    sum += read16(bytes, sourceAddress + offset) + read16(bytes, destinationAddress + offset);
  }
  return sum;
}
