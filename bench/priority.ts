import { canUseRealtime } from '../src/linux/scheduling.ts';
import { median, quantile } from './result.ts';

/** At what priority routers are measured, in words for a result's details. */
export function priorityText(): string {
  return canUseRealtime() ? 'at SCHED_FIFO' : 'at normal priority: SCHED_FIFO is not permitted';
}

/** What keepalived's figures are, behind the native router's; nothing where it is not installed. */
export function beside(text: string | undefined): string {
  return text === undefined ? '' : `; keepalived ${text}`;
}

/** Delays in milliseconds, as one line tells them. */
export function delaysText(delays: readonly number[]): string {
  return `median ${median(delays).toFixed(3)} ms, p99 ${quantile(delays, 0.99).toFixed(3)} ms of ${delays.length}`;
}
