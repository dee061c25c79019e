import { compareAddresses } from '../../wire/address.ts';
import type { RouterState } from './state.ts';

/**
 * Whether `left` wins over `right`: the higher priority, then the greater primary address, as unsigned numbers in network
 * order (RFC 9568 §6.4.3).
 */
export function wins(left: RouterState, leftPriority: number, right: RouterState, rightPriority: number): boolean {
  if (leftPriority !== rightPriority) return leftPriority > rightPriority;
  return compareAddresses(left.sourceOctets, right.sourceOctets) > 0;
}
