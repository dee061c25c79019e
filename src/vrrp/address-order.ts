/**
 * Compares two addresses of one family as unsigned integers in network byte order, as the tie-break does (RFC 9568
 * §6.4.3): negative, 0 or positive.
 */
export function compareAddresses(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
