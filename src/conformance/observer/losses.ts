import type { Nanoseconds } from '../../capture/time.ts';
import type { Finding } from '../result.ts';
import { plural } from '../rules/words.ts';

/** Frames that the capture did not keep, though they were on the LAN. */
export interface Loss {
  readonly fromNs: Nanoseconds;
  readonly toNs: Nanoseconds;
  /** What shows it, in words. */
  readonly why: string;
}

/** What a capture has lost: where that is known nobody is blamed for silence. */
export interface Losses {
  /** Frames are missing in this time. */
  note(fromNs: Nanoseconds, toNs: Nanoseconds, why: string): void;
  /** So many frames are missing somewhere in this time; known only afterwards. */
  noteSomewhere(fromNs: Nanoseconds, toNs: Nanoseconds, frames: number): void;
  /** Why frames may be missing in this time; undefined where nothing says so. */
  within(fromNs: Nanoseconds, toNs: Nanoseconds): string | undefined;
  /** How much of this time is lost, in nanoseconds. */
  lostNs(fromNs: Nanoseconds, toNs: Nanoseconds): number;
  /** A finding that so many lost frames would explain, looked at again at the end; undefined where none would. */
  reconsider(finding: Finding, silences: number | undefined): Finding;
}

/** The newest are remembered: silence is judged soon after it ends. */
const LOSSES = 256;
const COUNTS = 256;

interface Count {
  readonly fromNs: Nanoseconds;
  toNs: Nanoseconds;
  frames: number;
}

export function createLosses(): Losses {
  const losses: Loss[] = [];
  const counts: Count[] = [];

  function find(fromNs: Nanoseconds, toNs: Nanoseconds): Loss | undefined {
    return losses.findLast((loss) => loss.toNs > fromNs && loss.fromNs < toNs);
  }

  return {
    note(fromNs, toNs, why) {
      if (losses.length >= LOSSES) losses.shift();
      losses.push({ fromNs, toNs, why });
    },
    noteSomewhere(fromNs, toNs, frames) {
      const last = counts[counts.length - 1];
      if (last !== undefined && counts.length >= COUNTS) {
        last.toNs = toNs;
        last.frames += frames;
      } else {
        counts.push({ fromNs, toNs, frames });
      }
    },
    within: (fromNs, toNs) => find(fromNs, toNs)?.why,
    lostNs(fromNs, toNs) {
      let total = 0;
      let coveredNs = fromNs;
      const within = losses.filter((loss) => loss.toNs > fromNs && loss.fromNs < toNs);
      for (const loss of within.sort((a, b) => a.fromNs - b.fromNs)) {
        const begin = Math.max(loss.fromNs, coveredNs);
        const end = Math.min(loss.toNs, toNs);
        if (end > begin) total += end - begin;
        coveredNs = Math.max(coveredNs, end);
      }
      return total;
    },
    reconsider(finding, silences) {
      const { verdict, first, last } = finding;
      if (silences === undefined || (verdict !== 'fail' && verdict !== 'warning')) return finding;
      const lost = counts.filter((one) => one.toNs >= first && one.fromNs <= last);
      const frames = lost.reduce((sum, one) => sum + one.frames, 0);
      if (frames < silences) return finding;
      return {
        ...finding,
        verdict: 'inconclusive',
        message: `${finding.message}; but the capture lost ${plural(frames, 'frame')} then, so nothing can be concluded from what is not seen`,
      };
    },
  };
}
