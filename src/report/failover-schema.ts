import { z } from 'zod';
import { FAULT_NAMES } from '../failover/fault.ts';
import { PATHS } from '../failover/trial.ts';
import { VARIANTS } from '../scenario/variant.ts';

/** What `vrrpbench failover --json` prints: docs/schema/failover.json is made from it. Times are in milliseconds. */

/** Rises when a reader of before would misread. */
export const FAILOVER_VERSION = 1;

const milliseconds = z.number();
/** null: it did not end while it was looked at. */
const endless = z.number().nullable();

const estimate = z.strictObject({
  value: endless,
  low: endless.describe('Of the 95% confidence interval, by bootstrap'),
  high: endless,
});

const summary = z.strictObject({
  count: z.int(),
  minimum: endless,
  median: estimate,
  p90: estimate,
  p99: estimate.describe('The maximum, where there are fewer than a hundred values'),
  maximum: endless,
});

const summaries = z.strictObject({
  'to-server': summary.optional(),
  'to-client': summary.optional(),
  'virtual-address': summary.optional(),
});

const takeover = z.strictObject({
  faultToFirst: milliseconds.describe('From the fault to the first advertisement of the new router'),
  lastToFirst: milliseconds.optional().describe('From the last advertisement that it heard'),
  added: milliseconds.optional().describe("What the implementation adds to the RFC's time"),
  firstToAnnouncement: milliseconds
    .optional()
    .describe('To its first gratuitous ARP or unsolicited Neighbor Advertisement; negative: before its advertisement'),
});

const path = z.strictObject({
  sent: z.int(),
  lost: z.int(),
  duplicates: z.int(),
  outages: z.int(),
  outageFrom: endless.describe('The longest outage lasted at least so long'),
  outageTo: endless.describe('and at most so long'),
});

/** Times from the fault; negative: before it. */
const story = z.strictObject({
  from: milliseconds,
  to: milliseconds,
  advertisements: z.array(z.strictObject({ router: z.string(), lan: z.string(), at: milliseconds, priority: z.int() })),
  announcements: z.array(z.strictObject({ router: z.string(), lan: z.string(), at: milliseconds })),
  gaps: z
    .array(z.strictObject({ path: z.enum([...PATHS, 'tcp']), from: milliseconds, to: endless }))
    .describe(
      'The longest time without packets on each path, from the first lost one to the last; tcp: in which a connection stood still',
    ),
});

const run = z.strictObject({
  run: z.int(),
  seed: z.int(),
  phase: z.number().describe('When the fault was to strike, as a part of the advertisement interval'),
  excluded: z.string().optional().describe('Why it does not count'),
  takeovers: z.strictObject({ inside: takeover.optional(), outside: takeover.optional() }).optional(),
  paths: z.strictObject({ 'to-server': path, 'to-client': path, 'virtual-address': path }).optional(),
  bothAnswered: milliseconds.optional().describe('For how long both routers answered for the virtual address'),
  tcp: z
    .strictObject({
      stall: endless.describe(
        'The longest time in which nothing more could be read at the server, beyond a write every 0.8 ms',
      ),
      repeated: z.int().describe('Segments that were sent again though all of them had arrived'),
    })
    .optional()
    .describe('A TCP connection from the client to the server'),
  folder: z.string().optional().describe('Where its capture is'),
  story: story.optional().describe('What happened around the fault: of the median run and of the worst'),
});

const cell = z.strictObject({
  router: z.string(),
  variant: z.enum(VARIANTS),
  interval: milliseconds,
  fault: z.enum(FAULT_NAMES),
  expected: z
    .strictObject({ from: milliseconds, to: milliseconds })
    .optional()
    .describe("From fault to first advertisement by the RFC's timers alone, uniform between the two"),
  notApplicable: z.string().optional(),
  medianRun: z.int().optional(),
  worstRun: z.int().optional(),
  summaries: z.strictObject({
    faultToFirst: summary.optional(),
    added: summary.optional(),
    firstToAnnouncement: summary.optional(),
    outage: summary.optional().describe('Of the path that was gone for longest in each run'),
    outageWidth: summary.optional().describe('How far apart the bounds of an outage are'),
    bothAnswered: summary.optional().describe('For how long both routers answered for the virtual address'),
    tcpStall: summary.optional().describe('For how long a TCP connection through the routers stood still'),
    paths: summaries.describe('The outage of each path'),
    lost: summaries.optional().describe('Packets of each path that did not arrive'),
    duplicates: summaries.optional().describe('Packets of each path that arrived again'),
  }),
  runs: z.array(run),
});

export const failoverSchema = z.strictObject({
  version: z.literal(FAILOVER_VERSION),
  command: z.string(),
  seed: z.int(),
  runs: z.int(),
  jobs: z.int(),
  realTime: z.boolean().describe('Whether routers and bench ran at real-time priority'),
  wall: milliseconds,
  host: z.strictObject({ kernel: z.string(), cores: z.int(), processor: z.string(), node: z.string() }),
  routers: z.record(z.string(), z.string()).describe('Versions, where they are known'),
  cells: z.array(cell),
});

export type FailoverReport = z.infer<typeof failoverSchema>;
export type FailoverCell = z.infer<typeof cell>;
export type FailoverRun = z.infer<typeof run>;
export type FailoverStory = z.infer<typeof story>;
export type FailoverSummary = z.infer<typeof summary>;

/** The JSON Schema that is published. */
export function failoverJsonSchema(): object {
  return z.toJSONSchema(failoverSchema);
}
