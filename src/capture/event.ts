import type { Nanoseconds } from './time.ts';

/** What happened on a stage beside frames; a run's capture carries it. Times are of the same clock as the frames'. */
export type RunEvent =
  /** The router's process was started; `ready` follows when its implementation can tell. */
  | { readonly kind: 'router-started'; readonly timeNs: Nanoseconds; readonly router: string }
  | { readonly kind: 'router-ready'; readonly timeNs: Nanoseconds; readonly router: string }
  /** A graceful stop was asked for; the process may live on for a while. */
  | { readonly kind: 'router-stopping'; readonly timeNs: Nanoseconds; readonly router: string }
  | { readonly kind: 'router-killed'; readonly timeNs: Nanoseconds; readonly router: string }
  | { readonly kind: 'router-frozen'; readonly timeNs: Nanoseconds; readonly router: string }
  | { readonly kind: 'router-thawed'; readonly timeNs: Nanoseconds; readonly router: string }
  /** The process ended; `expected` is false where nobody asked it to. */
  | {
      readonly kind: 'router-exited';
      readonly timeNs: Nanoseconds;
      readonly router: string;
      readonly expected: boolean;
      readonly exitCode?: number;
      readonly signal?: string;
      /** Its last lines of log, oldest first. */
      readonly lastLogLines: readonly string[];
    }
  | { readonly kind: 'power-off' | 'power-on'; readonly timeNs: Nanoseconds; readonly node: string }
  | {
      readonly kind: 'cable-pulled' | 'cable-plugged';
      readonly timeNs: Nanoseconds;
      readonly node: string;
      readonly lan: string;
    }
  | {
      readonly kind: 'fault-began' | 'fault-ended';
      readonly timeNs: Nanoseconds;
      /** It took effect so long after `timeNs` at most: frames before that time passed as before, frames after this one did not. */
      readonly withinNs?: number;
      readonly fault: string;
      readonly description: string;
    }
  | {
      readonly kind: 'probe-began';
      readonly timeNs: Nanoseconds;
      readonly probe: string;
      /** ICMP's identifier in its echo requests, where the stage sends such. */
      readonly identifier?: number;
    }
  | { readonly kind: 'probe-ended'; readonly timeNs: Nanoseconds; readonly probe: string }
  /** The host did not run us (or anyone) from `timeNs` for `durationNs`. */
  | {
      readonly kind: 'stall';
      readonly timeNs: Nanoseconds;
      readonly durationNs: number;
      readonly core: number;
    }
  /** A router's process was ready to run and had no core within this span. */
  | {
      readonly kind: 'router-waited';
      readonly timeNs: Nanoseconds;
      readonly durationNs: number;
      /** It waited for so long, somewhere within this span; absent where only the span is known. */
      readonly waitedNs?: number;
      readonly router: string;
    }
  /** The kernel let nobody change links, addresses or routes: its lock (RTNL) was held by somebody else. */
  | {
      readonly kind: 'lock-held';
      readonly timeNs: Nanoseconds;
      readonly durationNs: number;
    }
  /** The wall clock was stepped by this much between two readings. */
  | { readonly kind: 'clock-step'; readonly timeNs: Nanoseconds; readonly stepNs: number }
  /** A note of the scenario's author or of the runner: `step 3: kill r1`. */
  | { readonly kind: 'note'; readonly timeNs: Nanoseconds; readonly text: string };

/** An event that says that the host, and no router, let something wait. */
export type HoldUp = Extract<RunEvent, { readonly kind: 'stall' | 'router-waited' | 'lock-held' }>;

/** Whether the host held somebody up: a stall, a router without a core, or the kernel's lock. */
export function isHoldUp(event: RunEvent): event is HoldUp {
  return event.kind === 'stall' || event.kind === 'router-waited' || event.kind === 'lock-held';
}

/** How much of a span the host held somebody up, in nanoseconds; what overlaps counts once. */
export function heldUpNs(holdUps: readonly HoldUp[], fromNs: Nanoseconds, toNs: Nanoseconds): number {
  const within = holdUps.filter(({ timeNs, durationNs }) => timeNs + durationNs > fromNs && timeNs < toNs);
  within.sort((left, right) => left.timeNs - right.timeNs);
  let total = 0;
  let coveredUntilNs = fromNs;
  for (const { timeNs, durationNs } of within) {
    const beginNs = Math.max(timeNs, coveredUntilNs);
    const endNs = Math.min(timeNs + durationNs, toNs);
    if (endNs <= beginNs) continue;
    total += endNs - beginNs;
    coveredUntilNs = endNs;
  }
  return total;
}
