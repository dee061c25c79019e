import type { RunEvent } from '../capture/event.ts';
import type { Verdict } from '../conformance/result.ts';
import type { Stage, StageSummary } from '../stage/stage.ts';
import { judgeExpectations } from './judge.ts';
import { summariseProbe } from './outage.ts';
import type { Plan, PlanStep } from './plan.ts';
import type { ExpectationResult, ScenarioResult, StepResult, UnexpectedExit } from './result.ts';
import { worstVerdict } from './result.ts';
import type { Witnesses } from './witnesses.ts';

export interface RunOptions {
  readonly seed: number;
  /** Where the capture, logs and configurations go; nothing is kept where it is absent. */
  readonly folder?: string;
  /** The command that plays just this again; made from the plan where it is absent. */
  readonly rerun?: string;
  /** Is told of each step when it begins. */
  readonly onStep?: (step: PlanStep) => void;
}

/** A run that is over, with everything that was seen of it. */
export interface PlayedRun {
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

/** What came of a run. */
export function judgeRun(run: PlayedRun): ScenarioResult {
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
  { steps, broken, summary: { droppedFrames, wireOverflows } }: PlayedRun,
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
