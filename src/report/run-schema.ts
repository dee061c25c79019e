import { z } from 'zod';
import { RESULT_VERSION } from '../scenario/result.ts';

const time = z.string().describe('RFC 3339 in UTC, nine digits of a second');
const verdict = z.enum(['pass', 'fail', 'warning', 'inconclusive', 'not-applicable', 'skipped']);
export const reportedFrameSchema = z.strictObject({ number: z.int(), time, interface: z.string().optional() });
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
        'cause',
        'announced',
        'never',
        'rules',
      ]),
      text: z.string(),
      line: z.int().optional(),
      verdict,
      expected: z.string(),
      seen: z.string(),
      reason: z.string().optional(),
      frames: z.array(reportedFrameSchema),
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
      frames: z.array(reportedFrameSchema),
    }),
  ),
  deviations: z
    .array(
      z.strictObject({
        requirement: z.string().optional().describe('The requirement whose rule found it broken'),
        expectation: z.string().optional().describe('The expectation or step that does not hold'),
        verdict: z.enum(['fail', 'warning']),
        message: z.string(),
        known: z
          .strictObject({
            finding: z.string(),
            requirement: z.string().optional(),
            section: z.string().optional(),
            evidence: z.string(),
          })
          .optional()
          .describe('What a file of known deviations says of it (--expect)'),
      }),
    )
    .describe('Everything that it fails or warns for'),
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
    cpu: z
      .strictObject({
        setUpMs: z.number().describe('Building namespaces, links, addresses'),
        tearDownMs: z.number().describe("Taking them down; what the kernel's own threads do of it is not counted"),
        routerStartMs: z.number().describe('Routers until they were ready'),
        labMs: z.number().describe('The process that has the LANs, set-up and tear-down among it'),
        routersMs: z.number().describe('Routers, their start among it'),
        commandMs: z.number().describe('The command: it decides, judges and writes'),
      })
      .optional()
      .describe('CPU time, in milliseconds'),
    verdicts: z.record(verdict, z.int()).describe('How many scenarios have each verdict'),
    scenarios: z.array(scenario),
    repaired: z
      .array(
        z.strictObject({
          router: z.string(),
          finding: z.string(),
          requirement: z.string().optional(),
          variant: z.string(),
          scenario: z.string().optional(),
          expectation: z.string().optional(),
          rule: z.string().optional(),
        }),
      )
      .describe('Known deviations (--expect) that this run did not show'),
    notBegun: z.array(z.string()),
  })
  .meta({ title: 'A run of vrrpbench' });

export type RunReport = z.infer<typeof runReportSchema>;
export type ScenarioReport = RunReport['scenarios'][number];

/** The JSON Schema of a run's report (draft 2020-12). */
export function runReportJsonSchema(): object {
  return z.toJSONSchema(runReportSchema);
}
