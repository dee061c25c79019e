import type { Variant } from '../scenario/variant.ts';
import type { ExpectedTime } from './expected.ts';
import type { FaultName } from './fault.ts';
import type { TrialFigures } from './figures.ts';
import type { Summary } from './statistics.ts';
import type { TrialStory } from './story.ts';
import type { PathName } from './trial.ts';

/** What is measured together: everything but chance is the same. */
export interface CellKey {
  readonly router: string;
  readonly variant: Variant;
  readonly intervalNs: number;
  readonly fault: FaultName;
}

/** One run of a cell. */
export interface RunResult {
  /** Counted from 1. */
  readonly run: number;
  readonly seed: number;
  /** When the fault was to strike, as a part of the advertisement interval. */
  readonly phase: number;
  readonly figures?: TrialFigures;
  /** Why it does not count. */
  readonly excluded?: string;
  /** Where its capture is, if it was kept. */
  readonly folder?: string;
  /** What happened around the fault; of the median run and of the worst. */
  readonly story?: TrialStory;
}

/** Sums of the runs that count. Nanoseconds, or packets; absent where there was nothing to sum up. */
export interface CellSummaries {
  /** From the fault to the first advertisement of the new router, on the LAN where that took longer. */
  readonly faultToFirst?: Summary;
  /** What the implementation adds to the RFC's time, on the LAN where it added more. */
  readonly added?: Summary;
  /** From the first advertisement to the first announcement, on the LAN where that took longer. */
  readonly firstToAnnouncement?: Summary;
  /** The middle of the outage's bounds on the path that was gone for longest. */
  readonly outage?: Summary;
  /** The same of each path. */
  readonly paths: Readonly<Record<PathName, Summary | undefined>>;
  /** How far apart the bounds of an outage are. */
  readonly outageWidth?: Summary;
  /** Packets of each path. */
  readonly lost: Readonly<Record<PathName, Summary | undefined>>;
  /** Packets of each path that arrived again. */
  readonly duplicates: Readonly<Record<PathName, Summary | undefined>>;
  readonly bothAnswered?: Summary;
  /** For how long a TCP connection stood still. */
  readonly stall?: Summary;
}

/** What a cell came to. */
export interface CellResult extends CellKey {
  /** By the RFC's timers alone; absent where the RFC knows no takeover. */
  readonly expected?: ExpectedTime;
  /** Why nothing was played: this router, version or stage cannot do it. */
  readonly notApplicable?: string;
  readonly runs: readonly RunResult[];
  readonly summaries: CellSummaries;
  /** The run whose outage is the median, and the one whose outage is longest; by number. */
  readonly medianRun?: number;
  readonly worstRun?: number;
}

/** A whole measurement. */
export interface FailoverResult {
  readonly seed: number;
  readonly runs: number;
  readonly jobs: number;
  readonly realTime: boolean;
  readonly wallMs: number;
  readonly cells: readonly CellResult[];
}
