import type { RunEvent } from '../capture/event.ts';
import type { Nanoseconds } from '../capture/time.ts';
import type { FrameReference, Observation, Profile, Verdict } from '../conformance/result.ts';
import type { JudgedDeviation } from './known-deviations.ts';
import type { ProbeSummary } from './outage.ts';
import type { PlanExpectation } from './plan.ts';
import type { Variant } from './variant.ts';

/** Rises when a reader of results of before would misread one of now. */
export const RESULT_VERSION = 1;

/** What became of one expectation. */
export interface ExpectationResult {
  readonly kind: PlanExpectation['kind'];
  /** The expectation in the words of the scenario. */
  readonly text: string;
  /** Its line in the scenario's file. */
  readonly line?: number;
  readonly verdict: Verdict;
  /** What should have been, and what was; for a network engineer. */
  readonly expected: string;
  readonly seen: string;
  /** Why it is not a plain pass or fail. */
  readonly reason?: string;
  /** Each of several things that were seen, where `seen` only counts them. */
  readonly details?: readonly string[];
  /** The requirements that the frames break, where the rules are judged: one entry for each thing that was found. */
  readonly broken?: readonly BrokenRequirement[];
  /** The frames that show it; at most 20. */
  readonly frames: readonly FrameReference[];
}

/** A requirement that a rule found broken, or could not decide. */
export interface BrokenRequirement {
  readonly requirement: string;
  readonly verdict: Verdict;
  readonly message: string;
}

/** How far a step came. Times are of the stage's clock. */
export interface StepResult {
  readonly text: string;
  readonly line?: number;
  readonly beganNs?: Nanoseconds;
  readonly endedNs?: Nanoseconds;
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'skipped';
  /** Why it did not succeed. */
  readonly reason?: string;
}

/** A router that ended though nobody asked it to. */
export interface UnexpectedExit {
  readonly router: string;
  readonly timeNs: Nanoseconds;
  readonly description: string;
  readonly lastLogLines: readonly string[];
}

/** What became of one of several plays of a scenario. */
export interface PlayOutcome {
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly seed: number;
  readonly attempts: number;
  readonly folder?: string;
}

/** One scenario, played in one variant with one router. */
export interface ScenarioResult {
  /** `power-off/v3-ipv4/native` */
  readonly id: string;
  readonly scenario: string;
  readonly title: string;
  readonly variant: Variant;
  /** The implementation under test. */
  readonly router: string;
  readonly stage: 'lab' | 'simulation';
  readonly profile: Profile;
  /** The requirements that the scenario puts to the test. */
  readonly covers: readonly string[];
  readonly file?: string;
  readonly verdict: Verdict;
  /** Why it is inconclusive, not applicable or skipped, or could not be played to its end. */
  readonly reason?: string;
  readonly steps: readonly StepResult[];
  readonly expectations: readonly ExpectationResult[];
  /** What it fails or warns for, each with the entry of a file of known deviations that has it; filled in by a suite. */
  readonly deviations?: readonly JudgedDeviation[];
  /** The history and the findings; absent where nothing was played. */
  readonly observation?: Observation;
  readonly events: readonly RunEvent[];
  /** What each probe shows, by its name. */
  readonly probes: Readonly<Record<string, ProbeSummary>>;
  readonly unexpectedExits: readonly UnexpectedExit[];
  /** Log of each router, oldest line first. */
  readonly logs: Readonly<Record<string, readonly string[]>>;
  readonly configurations: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly seed: number;
  /** How often it was played until it was conclusive, or was given up. */
  readonly attempts: number;
  /** Each play, where it was to be played several times: the result is that of the first of the worst. */
  readonly plays?: readonly PlayOutcome[];
  /** From the first step to the last, by the stage's clock. */
  readonly playedNs: number;
  /** Building and taking down, by the wall clock. */
  readonly setUpMs: number;
  readonly tearDownMs: number;
  /** Frames that the capture lost, by the kernel's counters. */
  readonly droppedFrames: number;
  /** Frames that a wire lost though no fault said so, because it could hold no more of them. */
  readonly wireOverflows: number;
  /** The folder with the capture, logs and configurations; absent where none was asked for. */
  readonly folder?: string;
  readonly capture?: string;
  /** The command that plays just this again. */
  readonly rerun: string;
}

/** The verdict of a whole from those of its parts: the worst decides. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  const order: readonly Verdict[] = ['fail', 'inconclusive', 'warning', 'pass'];
  return order.find((verdict) => verdicts.includes(verdict)) ?? verdicts[0] ?? 'pass';
}

/** What is needed of a result, just played or read from a report, to tell whether it makes a run fail. */
export interface Failing {
  readonly verdict: Verdict;
  readonly deviations?:
    | readonly { readonly verdict: 'fail' | 'warning'; readonly known?: object | undefined }[]
    | undefined;
}

/** Whether a result makes the whole run fail, by the level from which on that is so: what is known of a router does not. */
export function failsRun(result: Failing, failOn: 'must' | 'should'): boolean {
  const failed = result.verdict === 'fail' || (failOn === 'should' && result.verdict === 'warning');
  return failed && !isAsKnown(result, failOn);
}

/** Whether a result deviates in what is known of its router, and in nothing else from that level on. */
export function isAsKnown({ verdict, deviations = [] }: Failing, failOn: 'must' | 'should'): boolean {
  if (verdict !== 'fail' && verdict !== 'warning') return false;
  const counting = deviations.filter((one) => one.verdict === 'fail' || failOn === 'should' || verdict === 'warning');
  return counting.length > 0 && counting.every(({ known }) => known !== undefined);
}
