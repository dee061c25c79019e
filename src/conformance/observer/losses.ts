import type { Nanoseconds } from '../../capture/time.ts';
import type { Finding } from '../result.ts';
import { plural } from '../rules/words.ts';

/** Frames that the capture did not keep, though they were on the LAN. */
export interface Loss {
  readonly fromNs: Nanoseconds;
  readonly toNs: Nanoseconds;
  /** What shows it, in words. */
  readonly why: string;
  /** How many; infinity where only the time is known. */
  readonly frames: number;
}

/** What a capture has lost: where that is known nobody is blamed for silence. */
export interface Losses {
  /** Frames are missing in this time: so many, where that is known. */
  note(fromNs: Nanoseconds, toNs: Nanoseconds, why: string, frames?: number): void;
  /** So many frames are missing somewhere in this time; known only afterwards. */
  noteSomewhere(fromNs: Nanoseconds, toNs: Nanoseconds, frames: number): void;
  /** Why so many frames (absent: one) may be missing in this time; undefined where nothing says so. */
  within(fromNs: Nanoseconds, toNs: Nanoseconds, frames?: number): string | undefined;
  /** When frames were missing for the last time in this time; `fromNs` where none were. */
  lostUntilNs(fromNs: Nanoseconds, toNs: Nanoseconds): Nanoseconds;
  /** How much of this time lost frames explain of whoever sends one each interval, in nanoseconds. */
  lostNs(fromNs: Nanoseconds, toNs: Nanoseconds, intervalNs: number): number;
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

  function overlapping(fromNs: Nanoseconds, toNs: Nanoseconds): readonly Loss[] {
    return losses.filter((loss) => loss.toNs > fromNs && loss.fromNs < toNs);
  }

  return {
    note(fromNs, toNs, why, frames = Number.POSITIVE_INFINITY) {
      if (losses.length >= LOSSES) losses.shift();
      losses.push({ fromNs, toNs, why, frames });
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
    within(fromNs, toNs, wanted = 1) {
      const found = overlapping(fromNs, toNs);
      const lost = found.reduce((sum, { frames }) => sum + frames, 0);
      return lost < wanted ? undefined : found.at(-1)?.why;
    },
    lostUntilNs: (fromNs, toNs) =>
      overlapping(fromNs, toNs).reduce((untilNs, loss) => Math.max(untilNs, Math.min(loss.toNs, toNs)), fromNs),
    lostNs(fromNs, toNs, intervalNs) {
      let total = 0;
      let coveredNs = fromNs;
      for (const loss of overlapping(fromNs, toNs).toSorted((a, b) => a.fromNs - b.fromNs)) {
        const begin = Math.max(loss.fromNs, coveredNs);
        const end = Math.min(loss.toNs, toNs);
        if (end > begin) total += Math.min(end - begin, loss.frames * intervalNs);
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
