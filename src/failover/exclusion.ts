import type { HoldUp } from '../capture/event.ts';
import type { Nanoseconds } from '../capture/time.ts';

// A router that takes over works in the kernel, on both LANs: it adds addresses, sends announcements, and what that sets
// off runs in the kernel's own threads and interrupts, where nothing tells whose it is. So it can hold up a core, and
// itself. That is its own time. Who caused a hold-up is known only of those that began before it had anything to do.

/** What is known of a takeover on one LAN. */
export interface TakeoverMoments {
  /** When the first advertisement was due by the RFC's timers. */
  readonly dueNs?: Nanoseconds;
  /** When it left. */
  readonly firstNs?: Nanoseconds;
}

/**
 * Until when the new router waited for its timer alone: the first moment at which it was due on one of its LANs, or took over
 * on one before it was due. Undefined where nothing was due.
 */
export function idleUntilNs(takeovers: readonly TakeoverMoments[]): Nanoseconds | undefined {
  if (takeovers.every(({ dueNs }) => dueNs === undefined)) return undefined;
  return Math.min(...takeovers.flatMap(({ dueNs = Number.POSITIVE_INFINITY, firstNs = dueNs }) => [dueNs, firstNs]));
}

/** Whether the host surely held somebody up just then, and had begun before. */
export function isHeldUpAt(holdUps: readonly HoldUp[], momentNs: Nanoseconds): boolean {
  return holdUps.some((one) => {
    const { beganNs, endedNs } = surely(one);
    return beganNs < momentNs && endedNs > momentNs;
  });
}

/** When it had begun at the latest, and ended at the earliest. */
function surely(holdUp: HoldUp): { readonly beganNs: Nanoseconds; readonly endedNs: Nanoseconds } {
  const { timeNs, durationNs } = holdUp;
  const certainNs = holdUp.kind === 'router-waited' ? (holdUp.waitedNs ?? durationNs) : durationNs;
  return { beganNs: timeNs + durationNs - certainNs, endedNs: timeNs + certainNs };
}
