import { DIRECTION_OUT } from '../capture/frame.ts';
import { formatDuration, SECOND } from '../capture/time.ts';
import type { FrameStream } from '../stage/action.ts';
import { SkippedError, StageError, type StageSet } from '../stage/stage.ts';
import { isOutside } from '../stage/topology.ts';
import { craftFrame } from './craft.ts';
import type { Condition, Plan, PlanStep, SendDescription } from './plan.ts';
import type { StepResult } from './result.ts';
import type { Sightings } from './sightings.ts';
import { stalledNs } from './stalls.ts';
import { concerns, createWatch, type Mark, markOf } from './watch.ts';

/**
 * A part of a deadline that the host held somebody up which makes missing it inconclusive. Deadlines are three times what
 * is waited for, and more: less than this explains nothing.
 */
const STALLED_SHARE = 0.25;
/** After the last step, time for what is on its way. */
const SETTLE_NS = SECOND / 10;

/** What steps are played on. */
interface Play {
  readonly plan: Plan;
  readonly set: StageSet;
  readonly sightings: Sightings;
  /** What was seen when the last thing was done: conditions count from there. */
  mark: Mark;
}

/** Plays steps one by one, as they are said: conditions of one count from what the one before did. */
export function createPlayer(
  plan: Plan,
  set: StageSet,
  sightings: Sightings,
): (step: PlanStep, index: number) => Promise<StepResult> {
  const play: Play = { plan, set, sightings, mark: markOf(sightings, set.now()) };
  return (step, index) => playStep(play, step, index);
}

/** Plays every step in order until one does not succeed; those after it are skipped. */
export async function playSteps(
  plan: Plan,
  set: StageSet,
  sightings: Sightings,
  onStep?: (step: PlanStep) => void,
): Promise<readonly StepResult[]> {
  const playOne = createPlayer(plan, set, sightings);
  const results: StepResult[] = [];
  for (const [index, step] of plan.steps.entries()) {
    if (results.some(({ verdict }) => verdict !== 'pass')) {
      results.push({ ...written(step), verdict: 'skipped', reason: 'a step before it did not succeed' });
      continue;
    }
    onStep?.(step);
    results.push(await playOne(step, index));
  }
  return await settle(set, results);
}

/** Lets what is on its way arrive. A stage that breaks here leaves it open whether the last step came true. */
async function settle(set: StageSet, results: readonly StepResult[]): Promise<readonly StepResult[]> {
  try {
    await set.advance(set.now() + SETTLE_NS);
    return results;
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    const reason = error.message;
    return results.map((result, index) =>
      index === results.length - 1 && result.verdict === 'pass'
        ? { ...result, verdict: 'inconclusive', reason }
        : result,
    );
  }
}

function written({ text, line }: PlanStep): Pick<StepResult, 'text' | 'line'> {
  return line === undefined ? { text } : { text, line };
}

async function playStep(play: Play, step: PlanStep, index: number): Promise<StepResult> {
  const { set } = play;
  const beganNs = set.now();
  const done = (outcome: Pick<StepResult, 'verdict' | 'reason'>): StepResult => ({
    ...written(step),
    beganNs,
    endedNs: set.now(),
    ...outcome,
  });
  try {
    await set.perform({ kind: 'note', text: `step ${index + 1}: ${step.text}` });
    switch (step.kind) {
      case 'perform':
        play.mark = markOf(play.sightings, set.now());
        await Promise.all(step.actions.map((action) => set.perform(action)));
        return done({ verdict: 'pass' });
      case 'run-commands':
        play.mark = markOf(play.sightings, set.now());
        for (const command of step.commands) await set.perform({ kind: 'run-command', command });
        return done({ verdict: 'pass' });
      case 'send':
        play.mark = markOf(play.sightings, set.now());
        await send(set, step.send, step.forNs, index);
        // What takes its time is done at its end.
        if (step.forNs > 0) play.mark = markOf(play.sightings, set.now());
        return done({ verdict: 'pass' });
      case 'keep-sending':
        play.mark = markOf(play.sightings, set.now());
        await set.perform({ kind: 'begin-stream', stream: streamOf(step.name, step.send) });
        return done({ verdict: 'pass' });
      case 'pause':
        await set.advance(set.now() + step.forNs);
        return done({ verdict: 'pass' });
      case 'await':
        return done(await waitFor(play, step.condition, step.withinNs));
    }
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    if (error instanceof SkippedError) return done({ verdict: 'skipped', reason: error.message });
    // A router that cannot be started has failed; where the stage itself is at its end nothing is known of the router.
    const ofRouter = step.kind === 'perform' && step.actions.some(({ kind }) => kind === 'start');
    const cure = error.cure === undefined ? '' : ` (${error.cure})`;
    return done({ verdict: ofRouter ? 'fail' : 'inconclusive', reason: `${error.message}${cure}` });
  }
}

/** Sends what a step describes, and lets the time pass that it takes. */
async function send(set: StageSet, description: SendDescription, forNs: number, index: number): Promise<void> {
  const { node, lan, frames, count } = description;
  const beganNs = set.now();
  if (count === 1) {
    await set.perform({ kind: 'send-frame', node, lan, direction: DIRECTION_OUT, bytes: craftFrame(frames[0]!) });
    if (forNs > 0) await set.advance(beganNs + forNs);
    return;
  }
  const name = `step ${index + 1}`;
  await set.perform({ kind: 'begin-stream', stream: { ...streamOf(name, description), count } });
  // Counted from when it goes on: a stage that took its time to begin still sends every frame.
  await set.advance(set.now() + forNs);
  await set.perform({ kind: 'end-stream', name });
}

function streamOf(name: string, { node, lan, frames, everyNs }: Omit<SendDescription, 'count'>): FrameStream {
  return { name, node, lan, frames: frames.map(craftFrame), intervalNs: everyNs };
}

async function waitFor(
  play: Play,
  condition: Condition,
  withinNs: number,
): Promise<Pick<StepResult, 'verdict' | 'reason'>> {
  const { set, sightings, plan } = play;
  // Whoever ended it has said so: nobody sees its process.
  if (condition.kind === 'ended' && isOperated(plan, condition.router)) return { verdict: 'pass' };
  const watch = createWatch(condition, sightings, play.mark, countVirtualRouters(plan, condition));
  const beganNs = set.now();
  const deadlineNs = beganNs + withinNs;
  for (;;) {
    const nowNs = set.now();
    if (watch.reached(nowNs)) return { verdict: 'pass' };
    if (nowNs >= deadlineNs) break;
    const untilNs = Math.min(deadlineNs, Math.max(watch.due() ?? deadlineNs, nowNs + 1));
    await set.advance(untilNs, () => watch.reached(set.now()));
  }
  const stalled = stalledNs(sightings.events, beganNs, deadlineNs);
  const reason = `not seen within ${formatDuration(withinNs)}: ${watch.describe()}`;
  if (stalled < STALLED_SHARE * withinNs) return { verdict: 'fail', reason };
  return { verdict: 'inconclusive', reason: `${reason}; the host held it up for ${formatDuration(stalled)} of it` };
}

/** Whether a router is outside, so that somebody else does what is done to it. */
function isOperated({ topology }: Plan, router: string): boolean {
  return topology.nodes.some((node) => node.name === router && isOutside(node));
}

/** How many virtual routers the router of a condition takes part in. */
function countVirtualRouters(plan: Plan, condition: Condition): number {
  if (condition.kind !== 'active') return 0;
  const node = plan.topology.nodes.find(({ name }) => name === condition.router);
  if (node?.kind !== 'router') return 1;
  return node.virtualRouters.filter((one) => concerns(condition, one)).length;
}
