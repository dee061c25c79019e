import type { Nanoseconds } from '../capture/time.ts';
import type { Cause, FrameReference, Observation } from '../conformance/result.ts';
import type { Echoes } from './echoes.ts';
import type { Plan, PlanExpectation } from './plan.ts';
import type { ExpectationResult, StepResult } from './result.ts';
import type { Sightings } from './sightings.ts';

/** Everything that expectations are judged from. */
export interface Played {
  readonly plan: Plan;
  readonly steps: readonly StepResult[];
  readonly sightings: Sightings;
  readonly observation: Observation;
  /** The requests of each probe by its name. */
  readonly echoes: ReadonlyMap<string, Echoes>;
  /** What can be named as causes from a capture at one node alone, by the node. */
  readonly tapped: ReadonlyMap<string, readonly Cause[]>;
  /** Frames after it are not judged: the stage is being taken down. */
  readonly endNs: Nanoseconds;
}

/** What an expectation comes to, without its words. */
export type Judgement = Pick<ExpectationResult, 'verdict' | 'expected' | 'seen' | 'reason' | 'details' | 'broken'> & {
  readonly frames?: readonly FrameReference[];
};

/** An expectation of one kind. */
export type ExpectationOf<K extends PlanExpectation['kind']> = Extract<PlanExpectation, { readonly kind: K }>;

/** Frames of an account are kept up to this number. */
export const FRAME_LIMIT = 20;

/** A time as the reader of a capture counts it: seconds since the run's origin. */
export function clock(timeNs: Nanoseconds): string {
  return `${(timeNs / 1e9).toFixed(6)} s`;
}

/** When the next thing was done: until then what is seen belongs to the step before it. */
export function nextDoingNs({ plan, steps, endNs }: Played, step: number): number {
  const next = plan.steps.findIndex(({ kind }, index) => index > step && kind !== 'pause' && kind !== 'await');
  return (next < 0 ? undefined : steps[next]?.beganNs) ?? endNs;
}
