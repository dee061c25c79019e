import type { Reception } from '../vrrp/receive.ts';
import type { Input, Step, VirtualRouter } from '../vrrp/state.ts';

/** Is shown what the routers of a simulation make of what happens to them: to know which of their rules were at work. */
export interface ProtocolWatcher {
  /** A message was checked; the same one from the same router is checked once. */
  received(reception: Reception): void;
  /** A virtual router took a step, at this time. */
  stepped(before: VirtualRouter, nowNs: number, input: Input, made: Step): void;
}
