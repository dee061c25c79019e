import { z } from 'zod';
import type { FramePlace } from '../capture/frame.ts';
import { formatTime, type Nanoseconds, type TimeOrigin } from '../capture/time.ts';
import type { CheckedCapture } from '../conformance/check-capture.ts';
import type { CheckedFile } from '../conformance/check-captures.ts';
import type {
  Finding,
  FrameReference,
  Observation,
  Tenure,
  VirtualRouterHistory,
  VirtualRouterKey,
} from '../conformance/result.ts';

const time = z.string().describe('RFC 3339 in UTC, nine digits of a second');
const family = z.enum(['ipv4', 'ipv6']);
const profile = z.enum(['rfc3768', 'rfc5798', 'rfc9568']);
const verdict = z.enum(['pass', 'fail', 'warning', 'inconclusive', 'not-applicable', 'skipped']);
const virtualRouterKey = z.strictObject({ lan: z.string(), vrid: z.int(), family });
const frame = z.strictObject({
  number: z.int().describe('As Wireshark counts, from 1'),
  time,
  interface: z.string().optional(),
  file: z.string().optional().describe('Where several captures were read as one: the one that counts so'),
  places: z
    .array(z.strictObject({ number: z.int(), interface: z.string().optional(), file: z.string().optional() }))
    .optional()
    .describe('Other places at which the same frame was seen'),
});

const takeover = z.strictObject({
  verdict: z.enum(['early', 'pass', 'slow', 'late', 'inconclusive', 'not-judged']),
  elapsedNs: z.number().describe('From the frame that last restarted the down timer to the takeover'),
  expectedMinimumNs: z.number(),
  expectedMaximumNs: z.number(),
  reason: z.string().optional(),
  shortInterval: z
    .literal(true)
    .optional()
    .describe('The interval is so short that one takeover proves nothing: the median of several is judged'),
});

const regularity = z.strictObject({
  gaps: z.int(),
  medianNs: z.number(),
  jitterNs: z.number().describe('Half of the width in which the middle half of the gaps lies'),
  driftNs: z.number().describe('How much the median differs from the interval that is advertised'),
  missing: z.int().describe('Advertisements missing in gaps of 1.5 intervals and more'),
});

const reason = z.strictObject({
  id: z.string(),
  certainty: z.enum(['shown', 'likely', 'possible']),
  text: z.string(),
  settle: z.string().describe('What would settle it, or cure it'),
});

const cause = reason.extend({ virtualRouter: virtualRouterKey.optional(), frames: z.array(frame) });

const setting = z.enum([
  'presence',
  'priority',
  'interval',
  'version',
  'addresses',
  'virtual-mac',
  'checksum',
  'preemption',
]);

const deviation = z.strictObject({
  virtualRouter: virtualRouterKey.partial({ lan: true }),
  router: z.string().optional().describe('As the frames show it'),
  configuration: z.string().optional().describe('As its configuration calls it'),
  setting,
  configured: z.string(),
  seen: z.string(),
});

const agreement = z.strictObject({
  virtualRouter: virtualRouterKey,
  router: z.string().describe('As the frames show it'),
  configuration: z.string().describe('As its configuration calls it'),
  settings: z.array(z.strictObject({ setting, configured: z.string() })),
});

const tenure = z.strictObject({
  router: z.string(),
  priority: z.int(),
  version: z.union([z.literal(2), z.literal(3)]),
  begin: z.enum(['since-before', 'startup', 'takeover', 'priority-zero', 'preemption', 'unknown']),
  end: z.enum(['still-active', 'priority-zero', 'silence', 'preempted', 'yielded', 'unknown']),
  first: time.describe('Its first advertisement of non-zero priority'),
  last: time,
  priorityZero: time.optional(),
  advertisements: z.int(),
  advertisedIntervalNs: z.number(),
  measuredIntervalNs: z.number().optional().describe('Median'),
  intervals: z
    .array(z.strictObject({ since: time, intervalNs: z.number() }))
    .optional()
    .describe('Where the advertised interval changed: the first ones, and since when'),
  takeover: takeover.optional(),
  learning: z
    .strictObject({
      ownNs: z.number(),
      heardNs: z.number(),
      countedBy: z.enum(['heard', 'own', 'unknown']).describe('By which its down timer ran, if the takeover tells'),
    })
    .optional()
    .describe('Version 3, where a Backup heard another interval than its own before it took over'),
  description: z.string(),
});

const virtualRouter = z.strictObject({
  lan: z.string(),
  vrid: z.int(),
  version: z.array(z.union([z.literal(2), z.literal(3)])).describe('Every version that was spoken'),
  family,
  addresses: z.array(z.string()),
  routers: z.array(
    z.strictObject({
      name: z.string(),
      sourceAddress: z.string(),
      physicalMac: z.string().optional(),
      priorities: z.array(z.int()),
      advertisements: z.int(),
      regularity: regularity.optional(),
    }),
  ),
  timeline: z.array(tenure),
  omittedTenures: z.int().describe('Left out in the middle of a timeline that is too long'),
  vacancies: z.array(
    z.strictObject({
      from: time.describe('Last sign of the router that was Active'),
      to: time.describe('First advertisement of the next'),
      after: tenure.shape.end,
      former: z.string(),
      next: z.string(),
    }),
  ),
  overlaps: z
    .array(
      z.strictObject({
        from: time,
        to: time,
        winner: z.string(),
        loser: z.string(),
        reasons: z.array(reason),
        frames: z.array(frame),
      }),
    )
    .describe('Times in which two were Active for longer than an election takes'),
  flapping: z.array(z.strictObject({ from: time, to: time, changes: z.int() })),
  hosts: z
    .array(
      z.strictObject({
        address: z.string(),
        spans: z.array(
          z.strictObject({
            mac: z.string(),
            isVirtualMac: z.boolean(),
            router: z.string().optional(),
            first: time,
            last: time,
            frames: z.int(),
            answers: z.int(),
          }),
        ),
      }),
    )
    .describe('Which MAC address was told to hosts for each virtual address'),
  macPlaces: z
    .array(z.strictObject({ place: z.string(), first: time, last: time, frames: z.int() }))
    .describe('Where a switch with these ports learns the virtual MAC'),
});

const finding = z.strictObject({
  requirement: z.string().describe('The id of the ledger of requirements'),
  level: z.enum(['must', 'should', 'information']),
  profile: profile.describe('The document that it was judged by'),
  breaks: z.array(profile),
  allows: z.array(profile),
  verdict,
  message: z.string(),
  expected: z.string().optional(),
  seen: z.string().optional(),
  advice: z.string().optional(),
  virtualRouter: virtualRouterKey,
  router: z.string(),
  count: z.int(),
  first: time,
  last: time,
  frames: z.array(frame).max(20),
});

const checkedFile = z.strictObject({
  file: z.string(),
  frames: z.int(),
  complete: z.boolean(),
  problem: z.string().optional(),
  clock: z.strictObject({
    source: z
      .enum(['reference', 'given', 'measured', 'unknown'])
      .describe('The clock of the first file, an offset that was given, one from frames that both saw, or as it is'),
    offsetNs: z.int().optional().describe('What was added to its times'),
    driftPpb: z.number().optional(),
    sharedFrames: z.int().optional(),
    residualNs: z.number().optional().describe('Median of what is left between the sightings of one frame'),
    ambiguous: z.boolean().optional(),
  }),
});

const capture = z.strictObject({
  file: z.string(),
  frames: z.int(),
  advertisements: z.int(),
  first: time.optional(),
  last: time.optional(),
  complete: z.boolean(),
  problem: z.string().optional().describe('Where and how the capture broke; everything before was judged'),
  notes: z.array(z.string()).describe('What a reader must know of the capture itself'),
  limits: z.array(z.string()).describe('Limits that were reached'),
  files: z.array(checkedFile).optional().describe('Where several captures were read as one'),
});

/** What `vrrpbench check --json` prints for each file. */
export const checkReportSchema = z
  .strictObject({
    version: z.literal(1),
    capture,
    virtualRouters: z.array(virtualRouter),
    findings: z.array(finding),
    causes: z.array(cause).describe('What the frames show or suggest as the cause of trouble, surest first'),
    deviations: z.array(deviation).describe('Where the wire differs from the configuration'),
    agreements: z.array(agreement).describe('What of the configuration the wire bears out'),
    judged: z.record(z.string(), z.int()).describe('How often each requirement had something to be judged by'),
    notApplicable: z.array(z.strictObject({ requirement: z.string(), reason: z.string() })),
  })
  .meta({ title: 'A capture as vrrpbench check sees it' });

export type CheckReport = z.infer<typeof checkReportSchema>;

/** The JSON Schema of a check's report (draft 2020-12): one report, or a list of them where several files were given. */
export function checkReportJsonSchema(): object {
  return z.toJSONSchema(z.union([checkReportSchema, z.array(checkReportSchema)]));
}

/** A checked capture as the published schema has it. */
export function checkReport({ file, observation, complete, problem, files }: CheckedCapture): CheckReport {
  const { origin, firstNs, lastNs } = observation;
  const at = (timeNs: Nanoseconds) => formatTime(timeNs, origin);
  return {
    version: 1,
    capture: {
      file,
      frames: observation.frames,
      advertisements: observation.advertisements,
      ...(firstNs === undefined ? {} : { first: at(firstNs) }),
      ...(lastNs === undefined ? {} : { last: at(lastNs) }),
      complete,
      ...(problem === undefined ? {} : { problem }),
      notes: [...observation.notes],
      limits: [...observation.limits],
      ...(files === undefined ? {} : { files: files.map(reportFile) }),
    },
    virtualRouters: observation.virtualRouters.map((one) => reportVirtualRouter(one, observation)),
    findings: observation.findings.map((one) => reportFinding(one, observation)),
    causes: observation.causes.map(({ frames, virtualRouter: key, ...rest }) => ({
      ...rest,
      ...(key === undefined ? {} : { virtualRouter: reportKey(key) }),
      frames: frames.map((one) => reportFrame(one, observation)),
    })),
    deviations: observation.deviations.map(({ virtualRouter: { lan, virtualRouterId, family: own }, ...rest }) => ({
      ...rest,
      virtualRouter: { ...(lan === undefined ? {} : { lan }), vrid: virtualRouterId, family: own },
    })),
    agreements: observation.agreements.map(({ virtualRouter: key, settings, ...who }) => ({
      ...who,
      virtualRouter: reportKey(key),
      settings: [...settings],
    })),
    judged: Object.fromEntries(observation.judged.map(({ requirement, judgements }) => [requirement, judgements])),
    notApplicable: observation.notApplicable.map((one) => ({ ...one })),
  };
}

function reportFile({ clock, span: _, ...file }: CheckedFile): z.infer<typeof checkedFile> {
  if (clock.kind === 'given') return { ...file, clock: { source: 'given', offsetNs: clock.offsetNs } };
  if (clock.kind !== 'measured') return { ...file, clock: { source: clock.kind } };
  const { frames, ...offset } = clock.offset;
  return { ...file, clock: { source: 'measured', sharedFrames: frames, ...offset } };
}

function reportKey({ lan, virtualRouterId, family: own }: VirtualRouterKey): z.infer<typeof virtualRouterKey> {
  return { lan, vrid: virtualRouterId, family: own };
}

/** One virtual router as the published schema has it. */
export function reportVirtualRouter(
  history: VirtualRouterHistory,
  observation: Observation,
): CheckReport['virtualRouters'][number] {
  const { origin } = observation;
  const span = ({ fromNs, toNs }: { readonly fromNs: number; readonly toNs: number }) => ({
    from: formatTime(fromNs, origin),
    to: formatTime(toNs, origin),
  });
  const seen = ({ firstNs, lastNs }: { readonly firstNs: number; readonly lastNs: number }) => ({
    first: formatTime(firstNs, origin),
    last: formatTime(lastNs, origin),
  });
  return {
    lan: history.lan,
    vrid: history.virtualRouterId,
    version: [...history.versions],
    family: history.family,
    addresses: [...history.addresses],
    routers: history.routers.map((router) => ({ ...router, priorities: [...router.priorities] })),
    timeline: history.timeline.map((one) => reportTenure(one, origin)),
    omittedTenures: history.omittedTenures,
    vacancies: history.vacancies.map((one) => {
      const { after, former, next } = one;
      return { ...span(one), after, former, next };
    }),
    overlaps: history.overlaps.map((one) => {
      const { winner, loser, reasons, frames } = one;
      const shown = frames.map((reference) => reportFrame(reference, observation));
      return { ...span(one), winner, loser, reasons: reasons.map((text) => ({ ...text })), frames: shown };
    }),
    flapping: history.flapping.map((one) => ({ ...span(one), changes: one.changes })),
    hosts: history.hosts.map(({ address, spans }) => ({
      address,
      spans: spans.map(({ firstNs, lastNs, ...rest }) => ({ ...rest, ...seen({ firstNs, lastNs }) })),
    })),
    macPlaces: history.macPlaces.map(({ firstNs, lastNs, ...rest }) => ({ ...rest, ...seen({ firstNs, lastNs }) })),
  };
}

function reportTenure(one: Tenure, origin: TimeOrigin): z.infer<typeof tenure> {
  const { firstNs, lastNs, priorityZeroNs, takeover: timing, intervals, ...rest } = one;
  const since = intervals?.map(({ sinceNs, intervalNs }) => ({ since: formatTime(sinceNs, origin), intervalNs }));
  return {
    ...rest,
    ...(since === undefined ? {} : { intervals: since }),
    first: formatTime(firstNs, origin),
    last: formatTime(lastNs, origin),
    ...(priorityZeroNs === undefined ? {} : { priorityZero: formatTime(priorityZeroNs, origin) }),
    ...(timing === undefined ? {} : { takeover: reportTakeover(timing) }),
  };
}

function reportTakeover(timing: NonNullable<Tenure['takeover']>): z.infer<typeof takeover> {
  const { baseNs: _, ...rest } = timing;
  return rest;
}

/** A frame as its own file counts it, and where else it was seen. */
function reportFrame(reference: FrameReference, { origin, interfaces }: Observation): z.infer<typeof frame> {
  const place = ({ number, interfaceIndex }: FramePlace) => {
    const { name, file } = interfaces[interfaceIndex] ?? {};
    return {
      number,
      ...(name === undefined || name === '' ? {} : { interface: name }),
      ...(file === undefined ? {} : { file }),
    };
  };
  const { timeNs, places, ...seen } = reference;
  return {
    ...place(seen),
    time: formatTime(timeNs, origin),
    ...(places === undefined ? {} : { places: places.map(place) }),
  };
}

/** One finding as the published schema has it. */
export function reportFinding(one: Finding, observation: Observation): CheckReport['findings'][number] {
  const { origin } = observation;
  const { virtualRouter: key, first, last, frames, breaks, allows, ...rest } = one;
  return {
    ...rest,
    breaks: [...breaks],
    allows: [...allows],
    virtualRouter: reportKey(key),
    first: formatTime(first, origin),
    last: formatTime(last, origin),
    frames: frames.map((reference) => reportFrame(reference, observation)),
  };
}
