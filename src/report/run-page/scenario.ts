import { DIRECTION_OUT } from '../../capture/frame.ts';
import { nanosecondsSince } from '../../capture/time.ts';
import type { FrameReference, Observation } from '../../conformance/result.ts';
import type { PageFinding, PageFrame, PageScenario, PageStory } from '../../page/data.ts';
import { isAsKnown, type ScenarioResult } from '../../scenario/result.ts';
import { byImportance, cite, ruleInWords, virtualRouterName } from '../check-words.ts';
import { defined } from '../defined.ts';
import { knownLines } from '../failure.ts';
import { type ChosenFrames, chooseFrames } from './choose-frames.ts';
import { faultsOf, holdUpsOf, lanesOf, type ToPage } from './lanes.ts';

/** Findings and hold-ups that a page carries of one scenario; its report has all. */
const FINDINGS_CARRIED = 200;
const HOLD_UPS_CARRIED = 300;
/** The story ends so long after its last frame or step. */
const MARGIN_MS = 1;

/** One scenario's result as the page of a run shows it; frames are read from the capture that the run left. */
export async function pageScenario(result: ScenarioResult): Promise<PageScenario> {
  const { observation, capture } = result;
  const frames = observation === undefined || capture === undefined ? undefined : await framesOf(result, capture);
  const at = clockOf(result, observation, frames);
  return defined({
    id: result.id,
    title: result.title,
    verdict: result.verdict,
    asKnown: isAsKnown(result, 'must'),
    reason: result.reason,
    router: result.router,
    variant: result.variant,
    stage: result.stage,
    profile: result.profile,
    attempts: result.attempts,
    playedMs: Math.round(result.playedNs / 1e6),
    rerun: result.rerun,
    folder: result.folder,
    steps: result.steps.map(({ text, verdict, beganNs, endedNs, reason }) =>
      defined({
        text,
        verdict,
        beganMs: beganNs === undefined ? undefined : at(beganNs),
        endedMs: endedNs === undefined ? undefined : at(endedNs),
        reason,
      }),
    ),
    expectations: result.expectations.map(({ text, verdict, expected, seen, reason, frames: shown }) =>
      defined({ text, verdict, expected, seen, reason, frames: numbersOf(shown) }),
    ),
    findings: findingsOf(observation),
    known: knownLines(result.deviations ?? []),
    story: observation === undefined ? undefined : storyOf(result, observation, frames, at),
  });
}

function framesOf({ expectations, observation }: ScenarioResult, capture: string): Promise<ChosenFrames> {
  const named = [...expectations, ...(observation?.findings ?? [])].flatMap(({ frames }) => numbersOf(frames));
  return chooseFrames(capture, new Set(named));
}

/** The page's time begins with the first step or frame, whichever was earlier. */
function clockOf(
  { steps }: ScenarioResult,
  observation: Observation | undefined,
  frames: ChosenFrames | undefined,
): ToPage {
  const times = steps.flatMap(({ beganNs }) => beganNs ?? []);
  const shiftNs = shiftOf(observation, frames);
  if (frames?.frames[0] !== undefined) times.push(frames.frames[0].timeNs + shiftNs);
  const beginNs = times.length === 0 ? 0 : Math.min(...times);
  return (timeNs) => Math.round((timeNs - beginNs) / 1e3) / 1e3;
}

/** From the time of the capture as a file to that of the stage. */
function shiftOf(observation: Observation | undefined, frames: ChosenFrames | undefined): number {
  if (observation === undefined || frames?.origin === undefined) return 0;
  return nanosecondsSince(observation.origin, frames.origin);
}

function findingsOf(observation: Observation | undefined): readonly PageFinding[] {
  return byImportance(observation?.findings ?? [])
    .slice(0, FINDINGS_CARRIED)
    .map((finding) =>
      defined({
        requirement: finding.requirement,
        verdict: finding.verdict,
        message: finding.message,
        subject: `${virtualRouterName(finding.virtualRouter)} ${finding.router}`,
        count: finding.count,
        frames: numbersOf(finding.frames),
        rule: ruleInWords(finding),
        section: cite(finding),
        advice: finding.advice,
      }),
    );
}

function storyOf(
  result: ScenarioResult,
  observation: Observation,
  chosen: ChosenFrames | undefined,
  at: ToPage,
): PageStory {
  const shiftNs = shiftOf(observation, chosen);
  const times = [
    ...result.steps.flatMap(({ endedNs }) => endedNs ?? []),
    ...(chosen?.frames ?? []).map(({ timeNs }) => timeNs + shiftNs),
    ...observation.virtualRouters.flatMap(({ timeline }) => timeline.map(({ lastNs }) => lastNs)),
  ];
  const endMs = times.reduce((latest, timeNs) => Math.max(latest, at(timeNs)), 0) + MARGIN_MS;
  const lanes = lanesOf(result, observation, at, endMs);
  const laneOf = new Map(lanes.map(({ name }, index) => [name, index]));
  const frames = (chosen?.frames ?? []).flatMap((one): PageFrame | [] => {
    const place = chosen?.interfaces[one.interfaceIndex];
    const lane = laneOf.get(place?.port?.node ?? '');
    if (place === undefined || lane === undefined) return [];
    return {
      number: one.number,
      atMs: at(one.timeNs + shiftNs),
      lane,
      way: one.direction === DIRECTION_OUT ? 'out' : 'in',
      lan: place.port?.lan ?? '',
      linkType: place.linkType,
      octets: Buffer.from(one.bytes).toString('base64'),
      length: one.originalLength,
    };
  });
  return {
    endMs,
    lanes,
    faults: faultsOf(result.events, at),
    holdUps: holdUpsOf(result.events, at).slice(0, HOLD_UPS_CARRIED),
    frames,
    left: chosen?.left ?? 0,
  };
}

function numbersOf(frames: readonly FrameReference[]): readonly number[] {
  return frames.map(({ number }) => number);
}
