import { canUseRealtime } from '../src/linux/scheduling.ts';

/** At what priority routers are measured, in words for a result's details. */
export function priorityText(): string {
  return canUseRealtime() ? 'at SCHED_FIFO' : 'at normal priority: SCHED_FIFO is not permitted';
}
