import { compareAddresses, parseAddress } from '../../wire/address.ts';
import type { Message } from './message.ts';
import type { RouterState } from './state.ts';

/**
 * Whether `left` wins over `right`: the higher priority, then the greater primary address, as unsigned numbers in network
 * order (RFC 9568 §6.4.3).
 */
export function wins(left: RouterState, leftPriority: number, right: RouterState, rightPriority: number): boolean {
  if (leftPriority !== rightPriority) return leftPriority > rightPriority;
  return compareAddresses(left.sourceOctets, right.sourceOctets) > 0;
}

/** Whether a router of that priority wins over who sent an advertisement. */
export function winsOver(router: RouterState, priority: number, message: Message): boolean {
  if (priority !== message.priority) return priority > message.priority;
  const source = parseAddress(message.source);
  return source !== undefined && compareAddresses(router.sourceOctets, source) > 0;
}
