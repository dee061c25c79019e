import { performance } from 'node:perf_hooks';
import {
  NotPlayableError,
  SkippedError,
  type Stage,
  StageError,
  type StageSet,
  type StageSummary,
} from '../stage/stage.ts';
import { judgeRun, type RunOptions, resultWithoutPlay } from './judge-run.ts';
import type { Plan } from './plan.ts';
import { playSteps } from './play.ts';
import { openRecording, recordSummary } from './recording.ts';
import { unplayable } from './requirements.ts';
import type { ScenarioResult, StepResult } from './result.ts';
import { callWitnesses, listenerOf, type Witnesses } from './witnesses.ts';

/**
 * Plays a plan on a stage and judges what was seen. A stage that cannot play it gives 'not-applicable' before anything
 * starts, and so does a router whose implementation lacks what it is to do; one that cannot be built, 'inconclusive'. Rejects where the run's files cannot be written.
 */
export async function runPlan(stage: Stage, plan: Plan, options: RunOptions): Promise<ScenarioResult> {
  const run = await openRun(stage, plan, options);
  if ('verdict' in run) return run;
  let steps: readonly StepResult[];
  try {
    steps = await playSteps(plan, run.set, run.witnesses.sightings, options.onStep);
  } catch (error) {
    await run.abandon();
    throw error;
  }
  return await run.finish(plan, steps);
}

/** A plan whose LANs are built, before its first step. */
export interface OpenRun {
  readonly set: StageSet;
  readonly witnesses: Witnesses;
  /** Takes the set down and judges what was seen. The plan is the one that was opened, with the steps that were played. */
  finish(plan: Plan, steps: readonly StepResult[]): Promise<ScenarioResult>;
  /** Takes the set down, and judges nothing. */
  abandon(): Promise<void>;
}

/** Builds what a plan needs; the result where that cannot be. Rejects where the run's files cannot be written. */
export async function openRun(stage: Stage, plan: Plan, options: RunOptions): Promise<OpenRun | ScenarioResult> {
  const missing = unplayable(plan, stage.capabilities);
  if (missing !== undefined) return resultWithoutPlay(stage, plan, options, 'not-applicable', missing);
  const recording = options.folder === undefined ? undefined : await openRecording(options.folder);
  const witnesses = callWitnesses(stage, plan, recording);
  const beganMs = performance.now();
  let set: StageSet;
  try {
    set = await stage.build(plan.topology, listenerOf(plan, witnesses), { seed: options.seed });
  } catch (error) {
    await recording?.end();
    if (!(error instanceof StageError)) throw error;
    const reason = error.cure === undefined ? error.message : `${error.message} (${error.cure})`;
    const verdict =
      error instanceof NotPlayableError ? 'not-applicable' : error instanceof SkippedError ? 'skipped' : 'inconclusive';
    return resultWithoutPlay(stage, plan, options, verdict, reason);
  }
  const setUpMs = performance.now() - beganMs;
  return {
    set,
    witnesses,
    async finish(played, steps) {
      witnesses.endNs = set.now();
      const playedMs = performance.now();
      const { summary, broken } = await takeDown(set);
      const tearDownMs = performance.now() - playedMs;
      await recording?.end();
      if (recording !== undefined) await recordSummary(recording.folder, played, summary);
      return judgeRun({ stage, plan: played, options, witnesses, steps, summary, broken, setUpMs, tearDownMs });
    },
    async abandon() {
      await set.close().catch(() => {});
      await recording?.end();
    },
  };
}

const NOTHING_KNOWN: StageSummary = { droppedFrames: 0, wireOverflows: 0, logs: {}, configurations: {} };

/** Takes the set down. A stage that breaks here may owe us frames: what broke is told beside a summary of nothing. */
async function takeDown(set: StageSet): Promise<{ readonly summary: StageSummary; readonly broken?: string }> {
  try {
    return { summary: await set.close() };
  } catch (error) {
    if (error instanceof StageError) return { summary: NOTHING_KNOWN, broken: error.message };
    throw error;
  }
}
