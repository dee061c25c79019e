import { MILLISECOND, SECOND } from '../../capture/time.ts';
import type { VirtualRouterState } from '../observer/state.ts';

/** A duration as people say it: `3.609 s`, `12.3 ms`. */
export function duration(ns: number): string {
  const magnitude = Math.abs(ns);
  if (magnitude >= SECOND) return `${(ns / SECOND).toFixed(3)} s`;
  if (magnitude >= MILLISECOND / 10) return `${Number((ns / MILLISECOND).toFixed(2))} ms`;
  return `${Number((ns / 1000).toFixed(1))} µs`;
}

/** A window of time: `3.600 to 3.609 s`, `600 to 609.38 ms`. */
export function window(minimumNs: number, maximumNs: number): string {
  if (maximumNs < SECOND) {
    const [from, to] = [duration(minimumNs), duration(maximumNs)];
    const unit = to.slice(to.indexOf(' '));
    return `${from.endsWith(unit) ? from.slice(0, -unit.length) : from} to ${to}`;
  }
  return `${(minimumNs / SECOND).toFixed(3)} to ${(maximumNs / SECOND).toFixed(3)} s`;
}

/** `VRID 51 (IPv4)`. */
export function nameOf(virtualRouter: VirtualRouterState): string {
  return `VRID ${virtualRouter.virtualRouterId} (${virtualRouter.family === 'ipv4' ? 'IPv4' : 'IPv6'})`;
}

/** `1 address`, `2 addresses`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A long list with its end left out. */
export function list(values: readonly string[], most = 6): string {
  if (values.length === 0) return 'none';
  if (values.length <= most) return values.join(', ');
  return `${values.slice(0, most).join(', ')} and ${values.length - most} more`;
}

/** Where the convention of a version 3 checksum over IPv4 is set. */
export const CHECKSUM_SETTINGS =
  'keepalived from 2.2.8: v3_checksum_as_v2; FRR newer than 8.4: no vrrp VRID checksum-with-ipv4-pseudoheader; keepalived 2.2.7 and FRR 8.4.4 have no setting for it';
