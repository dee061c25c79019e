import { writeFile } from 'node:fs/promises';
import type { z } from 'zod';
import { formatTime, type Nanoseconds, type TimeOrigin } from '../capture/time.ts';
import type { Finding, FrameReference, Tenure } from '../conformance/result.ts';
import type { JudgedDeviation } from '../scenario/known-deviations.ts';
import { RESULT_VERSION, type ScenarioResult } from '../scenario/result.ts';
import type { SuiteResult } from '../scenario/suite.ts';
import { countVerdicts } from './count.ts';
import { roundUsage } from './cpu.ts';
import { defined } from './defined.ts';
import type { Reporter } from './reporter.ts';
import type { RunReport, reportedFrameSchema, ScenarioReport } from './run-schema.ts';

/** Prints one document when the run is over. */
export function createJsonReporter(screen: NodeJS.WritableStream): Reporter {
  return {
    suiteFinished(outcome) {
      screen.write(`${JSON.stringify(runReport(outcome), null, 2)}\n`);
    },
  };
}

/** The name of a run's report in the folder that it leaves behind. */
export const REPORT_FILE = 'report.json';

/** Writes the same document into a file. */
export function createJsonFileReporter(path: string): Reporter {
  return { suiteFinished: (outcome) => writeFile(path, `${JSON.stringify(runReport(outcome))}\n`) };
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
    ...(outcome.cpu === undefined ? {} : { cpu: roundUsage(outcome.cpu) }),
    verdicts: countVerdicts(outcome.results),
    scenarios: outcome.results.map(scenarioReport),
    repaired: outcome.repaired.map(({ implementation, known, variant, scenario, expectation, rule }) =>
      defined({
        router: implementation,
        finding: known.finding,
        requirement: known.requirement,
        variant,
        scenario,
        expectation,
        rule,
      }),
    ),
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
    deviations: (result.deviations ?? []).map(deviationReport),
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

function deviationReport({ requirement, expectation, verdict, message, known }: JudgedDeviation) {
  return defined({
    requirement,
    expectation,
    verdict,
    message,
    known:
      known === undefined
        ? undefined
        : defined({
            finding: known.finding,
            requirement: known.requirement,
            section: known.section,
            evidence: known.evidence,
          }),
  });
}

type ReportedFrame = z.infer<typeof reportedFrameSchema>;

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
