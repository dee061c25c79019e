import { MILLISECOND } from '../capture/time.ts';
import { isOutside } from '../stage/topology.ts';
import type { SerialisableAction } from './plan.ts';
import { clock, type ExpectationOf, type Judgement, type Played } from './played.ts';
import type { SeenAdvertisement } from './sightings.ts';
import { concerns, meetsAdvertisement } from './watch.ts';

/** What was on its way when a step took effect. */
const IN_FLIGHT_NS = MILLISECOND;

/** Whether a router fell silent when a step had taken effect; the priority 0 of a graceful stop may still follow it. */
export function judgeSilent(played: Played, expectation: ExpectationOf<'silent'>): Judgement {
  const { router, afterStep, untilStep, during } = expectation;
  const step = played.steps[afterStep];
  const fromNs = ((during ? step?.beganNs : step?.endedNs) ?? 0) + IN_FLIGHT_NS;
  const untilNs =
    (during ? step?.endedNs : untilStep === undefined ? undefined : played.steps[untilStep]?.beganNs) ?? played.endNs;
  const planned = played.plan.steps[afterStep];
  const stopped = planned?.kind === 'perform' && planned.actions.some((action) => action.kind === 'stop');
  const sent = played.sightings.advertisements.filter(
    (seen) =>
      concerns(expectation, seen) &&
      seen.router === router &&
      seen.timeNs > fromNs &&
      seen.timeNs <= untilNs &&
      !(stopped && seen.priority === 0),
  );
  const judgement = judgeAbsence(sent, expectation.text);
  const [first] = sent;
  if (first === undefined) return judgement;
  if (hasTester(played) && (tookOverInTime(played, first, afterStep) || foundTheTesterSilent(played, first, untilNs))) {
    const reason = `what it should have heard did not come: ${router} took over in its time`;
    return { ...judgement, verdict: 'inconclusive', reason };
  }
  return judgement;
}

/** Whether the bench itself sends what a router waits for: then it is the bench that may have been late. */
function hasTester({ plan }: Played): boolean {
  return plan.steps.some(({ kind }) => kind === 'send' || kind === 'keep-sending');
}

const IN_TIME: ReadonlySet<string | undefined> = new Set(['pass', 'slow', 'inconclusive']);

/**
 * Whether an advertisement that a step should have prevented is of a Backup whose timer ran out as it should, in that step
 * or before: then the tester was late, and the router is right. It is not where the scenario waited for it to take over.
 */
export function tookOverInTime(played: Played, { router, timeNs }: SeenAdvertisement, step: number): boolean {
  const meant = played.plan.steps.findLastIndex(
    (one, index) =>
      index < step && one.kind === 'await' && one.condition.kind === 'active' && one.condition.router === router,
  );
  const sinceNs = played.steps[meant]?.endedNs ?? Number.NEGATIVE_INFINITY;
  return played.observation.virtualRouters.some(({ timeline }) =>
    timeline.some(
      (tenure) =>
        tenure.router === router &&
        tenure.begin === 'takeover' &&
        tenure.firstNs > sinceNs &&
        tenure.firstNs <= timeNs &&
        tenure.lastNs >= timeNs &&
        IN_TIME.has(tenure.takeover?.verdict),
    ),
  );
}

/**
 * Whether what the tester was to send all the time came so late that whoever waited for it took over by right, be it for
 * the first time since its start. It is not where the scenario meant the silence: then nothing follows it.
 */
function foundTheTesterSilent(played: Played, { router, timeNs }: SeenAdvertisement, untilNs: number): boolean {
  const tenure = played.observation.virtualRouters
    .flatMap(({ timeline }) => timeline)
    .find((one) => one.router === router && one.firstNs <= timeNs && one.lastNs >= timeNs);
  if (tenure?.takeover === undefined) return false;
  const { crafted } = played.sightings;
  const before = crafted.findLast((sent) => sent.timeNs < tenure.firstNs);
  const after = crafted.find((sent) => sent.timeNs >= tenure.firstNs && sent.timeNs <= untilNs);
  if (before === undefined || after === undefined) return false;
  return tenure.firstNs - before.timeNs >= tenure.takeover.expectedMinimumNs;
}

/** Whether something that must not happen was seen between two steps. */
export function judgeNever(played: Played, expectation: ExpectationOf<'never'>): Judgement {
  const { condition, afterStep, untilStep } = expectation;
  const fromNs =
    (isOperated(played, afterStep) ? played.steps[afterStep]?.endedNs : undefined) ??
    played.steps[afterStep]?.beganNs ??
    0;
  const untilNs = untilStep === undefined ? played.endNs : (played.steps[untilStep]?.beganNs ?? played.endNs);
  const meets = (seen: SeenAdvertisement): boolean => {
    if (condition.kind === 'advertisement') return meetsAdvertisement(condition, seen);
    return (
      condition.kind === 'active' && concerns(condition, seen) && seen.router === condition.router && seen.priority > 0
    );
  };
  const sent = played.sightings.advertisements.filter(
    (seen) => seen.timeNs > fromNs && seen.timeNs <= untilNs && meets(seen),
  );
  return judgeAbsence(sent, expectation.text);
}

/** Whether somebody was asked to do what a step says: when it took effect is known when it is over. */
function isOperated({ plan }: Played, index: number): boolean {
  const step = plan.steps[index];
  const outside = new Set(plan.topology.nodes.filter(isOutside).map(({ name }) => name));
  const names = step?.kind === 'perform' ? step.actions.map((action) => nodeOf(action)) : [];
  return names.some((name) => name !== undefined && outside.has(name));
}

function nodeOf(action: SerialisableAction): string | undefined {
  if ('router' in action) return action.router;
  return 'node' in action ? action.node : undefined;
}

function judgeAbsence(sent: readonly SeenAdvertisement[], expected: string): Judgement {
  const first = sent[0];
  if (first === undefined) return { verdict: 'pass', expected, seen: 'none' };
  const count = sent.length === 1 ? 'one' : `${sent.length}`;
  const seen = `${count}, the first at ${clock(first.timeNs)} with priority ${first.priority}`;
  return { verdict: 'fail', expected, seen, frames: sent };
}
