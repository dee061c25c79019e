import { z } from 'zod';
import { formatTime, type Nanoseconds, type TimeOrigin } from '../capture/time.ts';
import type { Finding, FrameReference, Tenure } from '../conformance/result.ts';
import { RESULT_VERSION, type ScenarioResult } from '../scenario/result.ts';
import type { SuiteResult } from '../scenario/suite.ts';
import { countVerdicts } from './count.ts';
import type { Reporter } from './reporter.ts';

const time = z.string().describe('RFC 3339 in UTC, nine digits of a second');
const verdict = z.enum(['pass', 'fail', 'warning', 'inconclusive', 'not-applicable', 'skipped']);
const frame = z.strictObject({ number: z.int(), time, interface: z.string().optional() });
const virtualRouter = z.strictObject({ lan: z.string(), vrid: z.int(), family: z.enum(['ipv4', 'ipv6']) });

const takeover = z.strictObject({
  verdict: z.string(),
  elapsedNs: z.number(),
  expectedMinimumNs: z.number(),
  expectedMaximumNs: z.number(),
  reason: z.string().optional(),
});

const scenario = z.strictObject({
  id: z.string(),
  scenario: z.string(),
  title: z.string(),
  variant: z.string(),
  router: z.string().describe('The implementation under test'),
  stage: z.enum(['lab', 'simulation']),
  profile: z.string(),
  covers: z.array(z.string()).describe('The requirements that it puts to the test'),
  file: z.string().optional(),
  verdict,
  reason: z.string().optional(),
  attempts: z.int(),
  seed: z.int(),
  plays: z
    .array(
      z.strictObject({
        verdict,
        reason: z.string().optional(),
        seed: z.int(),
        attempts: z.int(),
        folder: z.string().optional(),
      }),
    )
    .optional()
    .describe('Each play, where it was played several times; all else tells the first of the worst'),
  playedMs: z.number().describe("From the first step to the last, by the stage's clock"),
  setUpMs: z.number(),
  tearDownMs: z.number(),
  droppedFrames: z.int().describe('Frames that the capture lost'),
  wireOverflows: z.int().describe('Frames that a wire lost though no fault said so: it could hold back no more'),
  steps: z.array(
    z.strictObject({
      text: z.string(),
      line: z.int().optional(),
      verdict: z.string(),
      began: time.optional(),
      ended: time.optional(),
      reason: z.string().optional(),
    }),
  ),
  expectations: z.array(
    z.strictObject({
      kind: z.enum([
        'takeover',
        'outage',
        'one-active',
        'active',
        'silent',
        'steady',
        'yield',
        'response',
        'never',
        'rules',
      ]),
      text: z.string(),
      line: z.int().optional(),
      verdict,
      expected: z.string(),
      seen: z.string(),
      reason: z.string().optional(),
      frames: z.array(frame),
    }),
  ),
  virtualRouters: z.array(
    virtualRouter.extend({
      addresses: z.array(z.string()),
      timeline: z.array(
        z.strictObject({
          router: z.string(),
          priority: z.int(),
          begin: z.string(),
          end: z.string(),
          first: time,
          last: time,
          advertisements: z.int(),
          advertisedIntervalNs: z.number(),
          measuredIntervalNs: z.number().optional(),
          takeover: takeover.optional(),
          description: z.string(),
        }),
      ),
    }),
  ),
  findings: z.array(
    z.strictObject({
      requirement: z.string(),
      level: z.string(),
      profile: z.string(),
      verdict,
      message: z.string(),
      advice: z.string().optional(),
      virtualRouter,
      router: z.string(),
      count: z.int(),
      first: time,
      last: time,
      frames: z.array(frame),
    }),
  ),
  judged: z.array(z.string()).describe('The requirements whose rule had something to judge'),
  events: z.array(z.looseObject({ kind: z.string(), time })),
  probes: z.array(
    z.strictObject({
      probe: z.string(),
      requests: z.int(),
      answers: z.int(),
      outages: z.int().describe('How often there was a time without answers'),
      longestOutage: z
        .strictObject({
          lost: z.int(),
          lowerNs: z.number().describe('It lasted at least so long'),
          upperNs: z.number().nullable().describe('It lasted no longer; null where no answer came any more'),
          began: time,
        })
        .optional(),
    }),
  ),
  unexpectedExits: z.array(
    z.strictObject({ router: z.string(), time, description: z.string(), lastLogLines: z.array(z.string()) }),
  ),
  folder: z.string().optional(),
  capture: z.string().optional(),
  rerun: z.string(),
});

/** What `vrrpbench run --json` prints. */
export const runReportSchema = z
  .strictObject({
    version: z.literal(RESULT_VERSION),
    seed: z.int(),
    jobs: z.int(),
    repeat: z.int().min(1).describe('How often each scenario was played'),
    shard: z
      .strictObject({ index: z.int().min(1), count: z.int().min(1) })
      .optional()
      .describe('Which part of the scenarios it is, where several machines share them'),
    wallMs: z.number(),
    verdicts: z.record(verdict, z.int()).describe('How many scenarios have each verdict'),
    scenarios: z.array(scenario),
    notBegun: z.array(z.string()),
  })
  .meta({ title: 'A run of vrrpbench' });

export type RunReport = z.infer<typeof runReportSchema>;
type ScenarioReport = RunReport['scenarios'][number];

/** The JSON Schema of a run's report (draft 2020-12). */
export function runReportJsonSchema(): object {
  return z.toJSONSchema(runReportSchema);
}

/** Prints one document when the run is over. */
export function createJsonReporter(screen: NodeJS.WritableStream): Reporter {
  return {
    suiteFinished(outcome) {
      screen.write(`${JSON.stringify(runReport(outcome), null, 2)}\n`);
    },
  };
}

/** A suite's outcome as its published schema has it. */
export function runReport(outcome: SuiteResult): RunReport {
  return {
    version: RESULT_VERSION,
    seed: outcome.seed,
    jobs: outcome.jobs,
    repeat: outcome.repeat,
    ...(outcome.shard === undefined ? {} : { shard: outcome.shard }),
    wallMs: Math.round(outcome.wallMs),
    verdicts: countVerdicts(outcome.results),
    scenarios: outcome.results.map(scenarioReport),
    notBegun: [...outcome.notBegun],
  };
}

const BEGINNING: TimeOrigin = { unixNanoseconds: 0n };

/** One scenario's result as the published schema has it. */
export function scenarioReport(result: ScenarioResult): ScenarioReport {
  const { observation } = result;
  const origin = observation?.origin ?? BEGINNING;
  const at = (timeNs: Nanoseconds) => formatTime(timeNs, origin);
  const frameOf = ({ number, timeNs, interfaceIndex }: FrameReference) =>
    defined({ number, time: at(timeNs), interface: observation?.interfaces[interfaceIndex]?.name });
  return defined({
    id: result.id,
    scenario: result.scenario,
    title: result.title,
    variant: result.variant,
    router: result.router,
    stage: result.stage,
    profile: result.profile,
    covers: [...result.covers],
    file: result.file,
    verdict: result.verdict,
    reason: result.reason,
    attempts: result.attempts,
    seed: result.seed,
    plays: result.plays?.map((play) => ({ ...play })),
    playedMs: Math.round(result.playedNs / 1e6),
    setUpMs: Math.round(result.setUpMs),
    tearDownMs: Math.round(result.tearDownMs),
    droppedFrames: result.droppedFrames,
    wireOverflows: result.wireOverflows,
    steps: result.steps.map(({ text, line, verdict: came, beganNs, endedNs, reason }) =>
      defined({
        text,
        line,
        verdict: came,
        began: beganNs === undefined ? undefined : at(beganNs),
        ended: endedNs === undefined ? undefined : at(endedNs),
        reason,
      }),
    ),
    // The details of an expectation are its findings, which have a place of their own.
    expectations: result.expectations.map(({ details: _, broken: __, ...expectation }) =>
      defined({ ...expectation, frames: expectation.frames.map(frameOf) }),
    ),
    virtualRouters: (observation?.virtualRouters ?? []).map(
      ({ lan, virtualRouterId, family, addresses, timeline }) => ({
        lan,
        vrid: virtualRouterId,
        family,
        addresses: [...addresses],
        timeline: timeline.map((tenure) => tenureReport(tenure, at)),
      }),
    ),
    findings: (observation?.findings ?? []).map((finding) => findingReport(finding, at, frameOf)),
    judged: (observation?.judged ?? []).flatMap(({ requirement, judgements }) => (judgements > 0 ? [requirement] : [])),
    events: result.events.map(({ timeNs, ...event }) => ({ ...event, time: at(timeNs) })),
    probes: Object.entries(result.probes).map(([probe, { requests, answers, outages, longest }]) =>
      defined({
        probe,
        requests,
        answers,
        outages,
        longestOutage:
          longest === undefined
            ? undefined
            : {
                lost: longest.lost,
                lowerNs: longest.lowerNs,
                upperNs: Number.isFinite(longest.upperNs) ? longest.upperNs : null,
                began: at(longest.beganNs),
              },
      }),
    ),
    unexpectedExits: result.unexpectedExits.map(({ router, timeNs, description, lastLogLines }) => ({
      router,
      time: at(timeNs),
      description,
      lastLogLines: [...lastLogLines],
    })),
    folder: result.folder,
    capture: result.capture,
    rerun: result.rerun,
  });
}

function tenureReport(tenure: Tenure, at: (timeNs: Nanoseconds) => string) {
  const { router, priority, begin, end, firstNs, lastNs, advertisements, advertisedIntervalNs, description } = tenure;
  const timing = tenure.takeover;
  return defined({
    router,
    priority,
    begin,
    end,
    first: at(firstNs),
    last: at(lastNs),
    advertisements,
    advertisedIntervalNs,
    measuredIntervalNs: tenure.measuredIntervalNs,
    takeover:
      timing === undefined
        ? undefined
        : defined({
            verdict: timing.verdict,
            elapsedNs: timing.elapsedNs,
            expectedMinimumNs: timing.expectedMinimumNs,
            expectedMaximumNs: timing.expectedMaximumNs,
            reason: timing.reason,
          }),
    description,
  });
}

type ReportedFrame = z.infer<typeof frame>;

function findingReport(
  finding: Finding,
  at: (timeNs: Nanoseconds) => string,
  frameOf: (frame: FrameReference) => ReportedFrame,
) {
  const { lan, virtualRouterId, family } = finding.virtualRouter;
  return defined({
    requirement: finding.requirement,
    level: finding.level,
    profile: finding.profile,
    verdict: finding.verdict,
    message: finding.message,
    advice: finding.advice,
    virtualRouter: { lan, vrid: virtualRouterId, family },
    router: finding.router,
    count: finding.count,
    first: at(finding.first),
    last: at(finding.last),
    frames: finding.frames.map(frameOf),
  });
}

type Defined<T> = { [K in keyof T]: T[K] };

/** Leaves out the fields that are undefined, as JSON does. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
