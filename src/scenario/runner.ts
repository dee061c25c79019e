import { performance } from 'node:perf_hooks';
import type { RunEvent } from '../capture/event.ts';
import type { Intent } from '../capture/intent.ts';
import type { Observer } from '../conformance/observer/api.ts';
import { createObserver } from '../conformance/observer/observer.ts';
import type { Verdict } from '../conformance/result.ts';
import {
  NotPlayableError,
  SkippedError,
  type Stage,
  StageError,
  type StageListener,
  type StageSet,
  type StageSummary,
} from '../stage/stage.ts';
import { createEchoes, type EchoesCollector } from './echoes.ts';
import { judgeExpectations } from './judge.ts';
import { summariseProbe } from './outage.ts';
import type { Plan } from './plan.ts';
import { playSteps } from './play.ts';
import { openRecording, type Recording, recordSummary } from './recording.ts';
import { unplayable } from './requirements.ts';
import type { ExpectationResult, ScenarioResult, StepResult, UnexpectedExit } from './result.ts';
import { worstVerdict } from './result.ts';
import { createSightings, type SightingsCollector } from './sightings.ts';
import { createTaps, type Tap } from './taps.ts';

export interface RunOptions {
  readonly seed: number;
  /** Where the capture, logs and configurations go; nothing is kept where it is absent. */
  readonly folder?: string;
  /** The command that plays just this again; made from the plan where it is absent. */
  readonly rerun?: string;
}

/** What looks at a run while it is played. */
interface Witnesses {
  readonly sightings: SightingsCollector;
  readonly observer: Observer;
  readonly echoes: ReadonlyMap<string, EchoesCollector>;
  readonly taps: ReadonlyMap<string, Tap>;
  readonly recording: Recording | undefined;
  /** Frames and events after it are of the taking down, and are not looked at. */
  endNs: number;
}

/**
 * Plays a plan on a stage and judges what was seen. A stage that cannot play it gives 'not-applicable' before anything
 * starts, and so does a router whose implementation lacks what it is to do; one that cannot be built, 'inconclusive'. Rejects where the run's files cannot be written.
 */
export async function runPlan(stage: Stage, plan: Plan, options: RunOptions): Promise<ScenarioResult> {
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
  const { steps, endNs } = await play(plan, set, witnesses);
  witnesses.endNs = endNs;
  const playedMs = performance.now();
  const { summary, broken } = await takeDown(set);
  const tearDownMs = performance.now() - playedMs;
  await recording?.end();
  if (recording !== undefined) await recordSummary(recording.folder, plan, summary);
  return judgeRun({ stage, plan, options, witnesses, steps, summary, broken, setUpMs, tearDownMs });
}

async function play(
  plan: Plan,
  set: StageSet,
  witnesses: Witnesses,
): Promise<{ steps: readonly StepResult[]; endNs: number }> {
  try {
    const steps = await playSteps(plan, set, witnesses.sightings);
    return { steps, endNs: set.now() };
  } catch (error) {
    await set.close().catch(() => {});
    await witnesses.recording?.end();
    throw error;
  }
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

function callWitnesses(stage: Stage, plan: Plan, recording: Recording | undefined): Witnesses {
  const probes = plan.steps.flatMap((step) => (step.kind === 'perform' ? step.actions : []));
  return {
    sightings: createSightings(),
    observer: createObserver({
      profile: plan.profile,
      ...(plan.errata === undefined ? {} : { errata: new Set(plan.errata) }),
      intent: intentOf(plan),
      realTime: stage.capabilities.realTime,
    }),
    echoes: new Map(
      probes.flatMap((action) =>
        action.kind === 'begin-probe' ? [[action.probe.name, createEchoes(action.probe)]] : [],
      ),
    ),
    taps: createTaps(plan),
    recording,
    endNs: Number.POSITIVE_INFINITY,
  };
}

/** What every router is meant to do. */
export function intentOf(plan: Plan): Intent {
  return { virtualRouters: plan.topology.nodes.flatMap((node) => (node.kind === 'router' ? node.virtualRouters : [])) };
}

function listenerOf(plan: Plan, witnesses: Witnesses): StageListener {
  const { sightings, observer, echoes, taps, recording } = witnesses;
  return {
    origin(origin) {
      observer.origin(origin);
      for (const tap of taps.values()) tap.origin(origin);
      recording?.begin(origin, intentOf(plan));
    },
    interface(index, description) {
      sightings.interface(index, description);
      observer.interface(index, description);
      for (const tap of taps.values()) tap.interface(index, description);
      for (const probe of echoes.values()) probe.interface(index, description);
      recording?.interface(index, description);
    },
    frame(record) {
      if (record.timeNs > witnesses.endNs) return;
      sightings.frame(record);
      observer.frame(record);
      for (const tap of taps.values()) tap.frame(record);
      for (const probe of echoes.values()) probe.frame(record);
      recording?.frame(record);
    },
    event(event) {
      if (event.timeNs > witnesses.endNs) return;
      sightings.event(event);
      observer.event(event);
      for (const tap of taps.values()) tap.event(event);
      recording?.event(event);
    },
  };
}

interface Run {
  readonly stage: Stage;
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly witnesses: Witnesses;
  readonly steps: readonly StepResult[];
  readonly summary: StageSummary;
  /** Why the stage could not be taken down in order. */
  readonly broken: string | undefined;
  readonly setUpMs: number;
  readonly tearDownMs: number;
}

function judgeRun(run: Run): ScenarioResult {
  const { plan, witnesses, steps, summary } = run;
  const { sightings, echoes, recording } = witnesses;
  const observation = witnesses.observer.finish();
  const tapped = new Map([...witnesses.taps].map(([node, tap]) => [node, tap.causes()]));
  const played = { plan, steps, sightings, observation, echoes, tapped, endNs: witnesses.endNs };
  const expectations = judgeExpectations(played);
  const unexpectedExits = sightings.events.flatMap(unexpectedExit);
  const { verdict, reason } = conclude(run, expectations, unexpectedExits);
  const first = steps[0]?.beganNs ?? 0;
  return {
    ...headOf(run.stage, plan, run.options),
    verdict,
    ...(reason === undefined ? {} : { reason }),
    steps,
    expectations,
    observation,
    events: sightings.events,
    probes: Object.fromEntries([...echoes].map(([name, requests]) => [name, summariseProbe(requests)])),
    unexpectedExits,
    logs: summary.logs,
    configurations: summary.configurations,
    playedNs: witnesses.endNs - first,
    setUpMs: run.setUpMs,
    tearDownMs: run.tearDownMs,
    droppedFrames: summary.droppedFrames,
    wireOverflows: summary.wireOverflows,
    ...(recording === undefined ? {} : { folder: recording.folder, capture: recording.capture }),
  };
}

function unexpectedExit(event: RunEvent): readonly UnexpectedExit[] {
  if (event.kind !== 'router-exited' || event.expected) return [];
  const { router, timeNs, exitCode, signal, lastLogLines } = event;
  const how = signal === undefined ? `with exit status ${exitCode ?? 'unknown'}` : `by ${signal}`;
  return [{ router, timeNs, lastLogLines, description: `${router} ended by itself, ${how}` }];
}

function conclude(
  { steps, broken, summary: { droppedFrames, wireOverflows } }: Run,
  expectations: readonly ExpectationResult[],
  exits: readonly UnexpectedExit[],
): { readonly verdict: Verdict; readonly reason?: string } {
  const refused = steps.find(({ verdict, beganNs }) => verdict === 'skipped' && beganNs !== undefined);
  if (refused !== undefined) return { verdict: 'skipped', reason: `${refused.text}: ${refused.reason}` };
  const stopped = steps.find(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive');
  const judged = expectations.filter(({ verdict }) => verdict !== 'skipped');
  const verdicts: Verdict[] = [
    ...judged.map(({ verdict }) => verdict),
    ...(exits.length > 0 ? (['fail'] as const) : []),
  ];
  if (stopped !== undefined) verdicts.push(stopped.verdict);
  const verdict = worstVerdict(verdicts);
  // What was not played to its end, or not seen to its end, is no router's fault: expectations were judged in vain.
  if (broken !== undefined) return { verdict: 'inconclusive', reason: `the frames' end is missing: ${broken}` };
  if (stopped?.verdict === 'inconclusive' && exits.length === 0) {
    return { verdict: 'inconclusive', reason: `${stopped.text}: ${stopped.reason ?? 'it could not be played'}` };
  }
  if (wireOverflows > 0) {
    const reason = `the wire lost ${wireOverflows} frames that no fault names: it holds back no more at a time`;
    return { verdict: 'inconclusive', reason };
  }
  if (droppedFrames > 0 && verdict !== 'pass' && verdict !== 'warning') {
    return { verdict: 'inconclusive', reason: `the capture lost ${droppedFrames} frames` };
  }
  const reasons = [
    ...exits.map(({ description }) => description),
    ...(stopped?.reason === undefined ? [] : [`${stopped.text}: ${stopped.reason}`]),
    ...(verdict === 'inconclusive'
      ? judged.flatMap((one) => (one.verdict === 'inconclusive' ? [`${one.text}: ${one.reason ?? one.seen}`] : []))
      : []),
  ];
  return reasons.length === 0 ? { verdict } : { verdict, reason: reasons.join('; ') };
}

/** The names of the implementations that play the routers: `native`, `keepalived+native`. */
export function routerOf(plan: Plan): string {
  const names = plan.topology.nodes.flatMap((node) => (node.kind === 'router' ? [node.implementation] : []));
  return [...new Set(names)].join('+');
}

type Head = Pick<
  ScenarioResult,
  | 'id'
  | 'scenario'
  | 'title'
  | 'variant'
  | 'router'
  | 'stage'
  | 'profile'
  | 'covers'
  | 'file'
  | 'seed'
  | 'attempts'
  | 'rerun'
>;

function headOf(stage: Stage, plan: Plan, options: RunOptions): Head {
  const router = routerOf(plan);
  return {
    id: `${plan.scenario}/${plan.variant}/${router}`,
    scenario: plan.scenario,
    title: plan.title,
    variant: plan.variant,
    router,
    stage: stage.capabilities.name,
    profile: plan.profile,
    covers: plan.covers ?? [],
    ...(plan.file === undefined ? {} : { file: plan.file }),
    seed: options.seed,
    attempts: 1,
    rerun:
      options.rerun ??
      `vrrpbench run ${plan.file ?? plan.scenario} --variant ${plan.variant} --router ${plan.implementation ?? router} --seed ${options.seed}`,
  };
}

/** The result of a plan that nothing was played of. */
export function resultWithoutPlay(
  stage: Stage,
  plan: Plan,
  options: RunOptions,
  verdict: Verdict,
  reason: string,
): ScenarioResult {
  return {
    ...headOf(stage, plan, options),
    verdict,
    reason,
    steps: plan.steps.map(({ text }) => ({ text, verdict: 'skipped' })),
    expectations: [],
    events: [],
    probes: {},
    unexpectedExits: [],
    logs: {},
    configurations: {},
    playedNs: 0,
    setUpMs: 0,
    tearDownMs: 0,
    droppedFrames: 0,
    wireOverflows: 0,
  };
}
