import { monotonicNow } from '../linux/clock.ts';

// A halted core wakes late, by tenths of a millisecond on a virtual machine, and by a different time each time. Who is
// awake at a deadline already is on time: timers are armed somewhat earlier, and the rest is waited for actively.

/** How early a process is woken for its deadlines, and what it may spend on being awake until then. */
export interface Punctuality {
  /** How long before a deadline to be woken, in nanoseconds; 0: at the deadline. */
  leadNs(): number;
  /**
   * Tells that a timer armed for this time has woken the process, and waits actively until the deadline.
   * @returns false where there is too little left to spend: the deadline is still to come, and nothing was waited
   */
  await(armedForNs: number, deadlineNs: number): boolean;
}

/** Longer waits would cost more than they help. */
const LONGEST_LEAD_NS = 250_000;
/** How much of a core active waiting may use in the long run, and what it may have saved up: together 2% of any second. */
const SHARE = 0.015;
const SAVED_NS = 4_000_000;
/** What is woken more often than this, on average, is awake most of the time, and could not pay for it. */
const SHORTEST_GAP_NS = 4_000_000;
const GAP_WEIGHT = 1 / 16;
/** The estimate of how late the kernel wakes is what it does not exceed in this part of the times. */
const QUANTILE = 0.95;
const STEP_NS = 10_000;
/** A Backup sleeps for months: longer gaps than this count as this. */
const LONGEST_GAP_NS = 16 * SHORTEST_GAP_NS;

/** Knows nothing yet of how late the kernel wakes. */
export function createPunctuality(now: () => number = monotonicNow): Punctuality {
  let latenessNs = 0;
  let savedNs = SAVED_NS;
  let wokenAtNs = now();
  let gapNs = SHORTEST_GAP_NS;

  function woken(nowNs: number, lateNs: number): void {
    const sinceNs = nowNs - wokenAtNs;
    wokenAtNs = nowNs;
    gapNs += (Math.min(sinceNs, LONGEST_GAP_NS) - gapNs) * GAP_WEIGHT;
    savedNs = Math.min(SAVED_NS, savedNs + sinceNs * SHARE);
    // A step up for each that was later, a small one down for each other: it settles where they are in balance.
    latenessNs += lateNs > latenessNs ? STEP_NS * QUANTILE : -STEP_NS * (1 - QUANTILE);
    latenessNs = Math.max(0, Math.min(LONGEST_LEAD_NS, latenessNs));
  }

  return {
    leadNs() {
      const isDense = Math.max(gapNs, now() - wokenAtNs) < SHORTEST_GAP_NS;
      return isDense ? 0 : Math.min(latenessNs, savedNs);
    },
    await(armedForNs, deadlineNs) {
      let nowNs = now();
      woken(nowNs, nowNs - armedForNs);
      const waitNs = Math.max(0, deadlineNs - nowNs);
      if (waitNs > savedNs) return false;
      while (nowNs < deadlineNs) nowNs = now();
      // Not what passed beyond the deadline: a host that stood still then spent nothing of ours, and who is in debt
      // would be woken late.
      savedNs -= waitNs;
      return true;
    },
  };
}
