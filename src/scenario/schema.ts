import { z } from 'zod';
import { CAUSE_IDS, PROFILES } from '../conformance/result.ts';
import { MISBEHAVIOURS } from '../misbehaviour/catalogue.ts';
import { answerSchema, keepSendingSchema, sendSchema } from './schema-send.ts';
import { byVariant, durationText, names, nameText, oneOf, termText, VARIANT_NAME } from './schema-values.ts';

/**
 * What a scenario file may say. The JSON Schema that editors use is made from this (docs/schema/scenario.json); each
 * description is what an editor shows. Times are texts here: parse.ts turns them into nanoseconds.
 */

const virtualRouter = z.strictObject({
  id: z.int().min(1).max(255).optional().describe('VRID, 51 unless said'),
  lan: nameText.optional().describe('The LAN; the first one unless said'),
  interval: byVariant(durationText)
    .optional()
    .describe('Advertisement interval, 1s unless said (version 2: whole seconds)'),
  addresses: byVariant(z.array(z.string()).min(1))
    .optional()
    .describe('Virtual addresses; by convention 192.0.2.101, or fe80::5e:51 and 2001:db8::101'),
  preempt: byVariant(z.boolean())
    .optional()
    .describe('Whether a router of higher priority takes over from a living one; true unless said'),
  accept: byVariant(z.boolean())
    .optional()
    .describe('Accept_Mode: the Active router answers pings to the virtual addresses; true unless said'),
  'router-advertisements': byVariant(z.boolean())
    .optional()
    .describe(
      'Over IPv6: the Active router advertises itself to hosts (Router Advertisements); as each does unless said',
    ),
  'transmit-on-base': z.boolean().optional().describe('Advertisements leave with the physical MAC (vmac_xmit_base)'),
  checksum: z
    .enum(['message-alone', 'with-pseudo-header'])
    .optional()
    .describe('What version 3 over IPv4 sends, where the routers must agree; the choice of each unless said'),
  'virtual-mac': z.boolean().optional().describe('Whether virtual MACs are used; true unless said'),
  priorities: z
    .record(nameText, z.int().min(1).max(255))
    .optional()
    .describe('Priority of each router here, where it differs from the one under routers'),
});

const router = z.strictObject({
  priority: byVariant(z.int().min(1).max(255))
    .optional()
    .describe('By convention 200 for the first router, 100 for the second, and so on; 255 owns the addresses'),
  interval: byVariant(durationText)
    .optional()
    .describe("This router's own advertisement interval, where it differs from the virtual router's"),
  preempt: byVariant(z.boolean())
    .optional()
    .describe('Whether it takes over from a living router of lower priority; true unless said'),
  'preempt-delay': durationText.optional().describe('How long it waits before it preempts'),
  'clock-drift': z
    .int()
    .min(-100_000)
    .max(100_000)
    .optional()
    .describe('By how many millionths its clock is fast, negative where it is slow; virtual time alone'),
  'scheduling-delay': durationText
    .optional()
    .describe('It waits up to so long for a core before each thing that it does; virtual time alone'),
  'start-offset': durationText.optional().describe('It starts so long after it is told to; virtual time alone'),
  implementation: z.string().optional().describe('Which program plays it; the one given with --router unless said'),
  misbehaviour: z
    .enum(MISBEHAVIOURS.map(({ name }) => name))
    .optional()
    .describe('The one thing that it does wrong; the native router plays it'),
  configuration: z.string().optional().describe('Its configuration word for word, instead of one made from this file'),
  lans: names.optional().describe('The LANs that it is on; all unless said'),
});

const host = z.strictObject({
  lan: nameText.optional().describe('The LAN that it is on; the first one unless said'),
  gateway: z.string().optional().describe('Its default gateway; the first virtual address of its LAN unless said'),
});

const cable = z.union([names, z.strictObject({ node: nameText, lan: nameText.optional() })]);

const frames = z.union([
  z.string().meta({
    description: 'In words: `the 3rd advertisement from r1`, `every advertisement from r1 to r2`, `everything from r1`',
  }),
  z.strictObject({
    protocol: z.enum(['vrrp', 'arp', 'nd', 'icmp', 'tcp', 'udp']).optional(),
    'virtual-router': z.int().min(1).max(255).optional(),
    priority: z.int().min(0).max(255).optional(),
    'source-mac': byVariant(z.string()).optional(),
    'destination-mac': byVariant(z.string()).optional(),
    source: byVariant(z.string()).optional().describe('Source IP address'),
    destination: byVariant(z.string()).optional().describe('Destination IP address'),
    positions: z
      .array(z.int().min(1))
      .optional()
      .describe('Only the matching frames of these positions, counted from 1 after the fault began'),
  }),
]);

const fault = oneOf(
  {
    lose: frames.optional().describe('Frames that are lost'),
    delay: frames.optional().describe('Frames that are held back for the time that `by` says'),
    duplicate: frames.optional().describe('Frames that arrive twice'),
    reorder: frames.optional().describe('Frames that others overtake'),
    corrupt: frames.optional().describe('Frames in which one bit is flipped'),
    tag: frames.optional().describe('Frames that go on with a tag of 802.1Q, of the VLAN that `vlan` says'),
    police: frames.optional().describe('Frames of which only so many pass in a second as `rate` says'),
  },
  {
    name: nameText.optional().describe('To end it by'),
    at: nameText.optional().describe('The node at whose port it happens; the one that `from` names unless said'),
    lan: nameText.optional(),
    direction: z
      .enum(['in', 'out', 'both'])
      .optional()
      .describe("As the node sees it: 'in' would reach it, 'out' leaves it"),
    chance: z.number().gt(0).max(1).optional().describe('Probability for each frame, decided by the seed of the run'),
    by: durationText.optional().describe('How long frames are delayed or held back'),
    jitter: durationText.optional().describe('How much the delay varies'),
    copies: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('How many more times a duplicated frame arrives; 1 unless said'),
    'passed-by': z.int().min(1).max(100).optional().describe('How many frames overtake a reordered one; 1 unless said'),
    vlan: z.int().min(1).max(4094).optional().describe('The VLAN of a tag'),
    rate: z.int().min(1).max(100_000).optional().describe('How many frames a policer lets pass in a second'),
    offset: z.int().min(0).optional().describe('The octet of the Ethernet frame that is corrupted'),
  },
);

const reload = z.strictObject({
  router: nameText,
  addresses: byVariant(z.array(z.string()).min(1)).optional().describe('The virtual addresses from now on'),
  interval: byVariant(durationText).optional().describe('Its advertisement interval from now on'),
  priority: byVariant(z.int().min(1).max(254)).optional().describe('Its priority from now on'),
  preempt: byVariant(z.boolean()).optional().describe('Whether it preempts from now on'),
  configuration: z.string().optional().describe('Its configuration word for word, where it had one'),
});

const words = z.string().min(1);
const command = z.strictObject({
  at: nameText.describe('The node, or the LAN whose switch is meant'),
  run: z
    .union([words, z.array(words).min(1)])
    .describe(
      'A program and its arguments, or several to be run in turn. {macvlan} and {interface} of a node; {bridge} of a switch, and {r1}, its port to r1',
    ),
});

const conditions = {
  active: nameText.optional().describe('This router advertises, and no other has since'),
  advertisement: z
    .strictObject({
      from: nameText,
      priority: z.int().min(0).max(255).optional(),
      count: z.int().min(1).optional().describe('How many, from when this step begins; 1 unless said'),
    })
    .optional()
    .describe('Advertisements that leave the router'),
  silence: z
    .strictObject({ from: nameText, for: termText })
    .optional()
    .describe('The router sends no advertisement for so long'),
  ended: nameText.optional().describe("The router's process has ended"),
};
const conditionOptions = {
  'virtual-router': z.int().min(1).max(255).optional().describe('The VRID; every one unless said'),
  lan: nameText.optional().describe('The LAN; every one unless said'),
};

const awaits = oneOf(conditions, {
  ...conditionOptions,
  within: termText.optional().describe('The deadline; three times active-down-interval and 5s unless said'),
});

const probe = z.strictObject({
  name: nameText.optional(),
  from: nameText.optional().describe('The host; the first one unless said'),
  to: z.string().optional().describe('Address or node; the first virtual address that is not link-local unless said'),
  every: durationText.optional().describe('1ms unless said'),
});

const bareSteps = z.enum(['end-probe', 'end-fault', 'end-sending']);
const step = oneOf(
  {
    start: names.optional().describe('Start routers, all at once'),
    stop: names.optional().describe('Ask routers to stop gracefully'),
    kill: names.optional().describe("SIGKILL to every process of the router; the kernel's state stays"),
    freeze: names.optional().describe('Stop the router from running (SIGSTOP); the kernel goes on'),
    thaw: names.optional().describe('Let a frozen router run again'),
    reload: reload.optional().describe('The router reads another configuration while it runs'),
    command: command.optional().describe('Somebody runs a program on a machine, without a shell'),
    'power-off': names.optional().describe('The process is killed and every link goes down, at once'),
    'power-on': names.optional().describe('The links come back, with nothing left of what was configured'),
    'pull-cable': cable.optional().describe('The link loses its carrier'),
    'plug-cable': cable.optional().describe('The link has its carrier again'),
    'remove-interface': cable.optional().describe('The interface vanishes, with all that hangs on it'),
    'restore-interface': cable.optional().describe('It is made anew, with its addresses'),
    fault: fault.optional().describe('Something goes wrong in the wire'),
    'end-fault': nameText.optional().describe('A fault ends'),
    send: sendSchema.optional().describe('Crafted frames: valid but for what is said'),
    'keep-sending': keepSendingSchema.optional().describe('The same while the next steps are played'),
    'end-sending': nameText.optional().describe('What keeps sending ends'),
    answer: answerSchema
      .nullable()
      .optional()
      .describe('From now on somebody answers ARP and Neighbor Solicitations for an address, whoever has it'),
    await: awaits.optional().describe('Wait until the wire shows this'),
    probe: probe.nullable().optional().describe('Begin to ping, with numbered requests'),
    'end-probe': nameText.optional().describe('A probe ends'),
    pause: termText.optional().describe('Let time pass'),
    note: z.string().optional().describe('A note in the capture'),
  },
  { as: nameText.optional().describe('A name for this step, for `after` to refer to') },
);

const after = z
  .string()
  .optional()
  .describe(
    'The step that it follows, `power-off`, `power-off r1`, or its name; the last one that did something to a router unless said',
  );

const requiredStep = z.string().describe('The step: its name, or its words');
const during = z.string().optional().describe('Instead of `after`: while this step is played');

const causeName = z.enum(CAUSE_IDS);
const cause = z.union([
  causeName,
  z.strictObject({
    named: causeName,
    'seen-at': nameText.describe('From a capture at this node alone; at every port unless said'),
  }),
]);

const bareExpectations = z.enum(['one-active', 'rules']);
const expectation = oneOf(
  {
    takeover: z
      .strictObject({ of: nameText, after })
      .optional()
      .describe("This router takes over within the RFC's time"),
    outage: z
      .strictObject({
        below: termText.optional(),
        above: termText.optional(),
        probe: nameText.optional(),
        of: nameText
          .optional()
          .describe('The router whose timers the terms mean; the one of lowest priority unless said'),
      })
      .optional()
      .describe('How long the probed address does not answer'),
    'one-active': z
      .enum(['throughout', 'at-end'])
      .optional()
      .describe('Never two Active routers beyond what an election takes'),
    active: nameText.optional().describe('This router, and it alone, is Active at the end'),
    silent: z
      .strictObject({ router: nameText, after, during, until: after.describe('Until this step; the end unless said') })
      .optional()
      .describe('The router sends no advertisement after that step, or during it'),
    steady: z
      .strictObject({
        router: nameText,
        during: requiredStep,
        extra: z.literal('allowed').optional().describe('More advertisements than one each interval do no harm'),
      })
      .optional()
      .describe('The router is Active during that step: one advertisement each interval, none missing and none more'),
    yield: z
      .strictObject({ of: nameText, at: requiredStep })
      .optional()
      .describe('The router is silent from the first frame on that the step sends, to the end of the step'),
    response: z
      .strictObject({
        from: nameText,
        to: requiredStep,
        timer: z
          .enum(['restarted', 'kept'])
          .optional()
          .describe("To an advertisement: whether the response restarts the interval of the router's own"),
      })
      .optional()
      .describe('The router answers the question or echo, forwards the datagram, advertises at once'),
    'no-response': z
      .strictObject({ from: nameText, to: requiredStep })
      .optional()
      .describe('It does not: neither answered nor forwarded'),
    never: oneOf(
      { active: conditions.active, advertisement: conditions.advertisement },
      { after, until: after.describe('Until this step; the end unless said'), ...conditionOptions },
    )
      .optional()
      .describe('This must not be seen'),
    announced: z
      .strictObject({ address: byVariant(z.string()), by: nameText, after })
      .optional()
      .describe('The router tells hosts of the address by itself'),
    cause: cause.optional().describe('What `check` names as a cause of trouble'),
    'no-cause': cause.optional().describe('What `check` does not name'),
    rules: z
      .strictObject({
        profile: z.enum(PROFILES as [string, ...string[]]).optional(),
        only: z.array(z.string()).optional().describe('Only these requirements, `tx.src-mac`'),
        except: z.array(z.string()).optional().describe('All but these requirements'),
      })
      .optional()
      .describe('No frame breaks a rule; always expected, said here to narrow it'),
  },
  {
    ...conditionOptions,
    level: z
      .enum(['must', 'should', 'information'])
      .optional()
      .describe('How it counts where it does not hold: fails, warns, or is only told; must unless said'),
  },
);

/** One thing that is done, as it is written under `steps`. */
export const stepSchema = z.union([bareSteps, step]);

export const scenarioSchema = z
  .strictObject({
    name: z.string().min(1).describe('What the scenario shows, in one line'),
    description: z.string().optional().describe('What is done, what must come of it, and which section says so'),
    covers: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('The requirements that it puts to the test: `rx.ttl` (vrrpbench requirements lists them)'),
    variants: z
      .array(VARIANT_NAME)
      .min(1)
      .optional()
      .describe('What it is played as; v2-ipv4, v3-ipv4 and v3-ipv6 unless said'),
    profile: byVariant(z.enum(PROFILES as [string, ...string[]]))
      .optional()
      .describe('The document that is judged by; rfc3768 for version 2, rfc9568 for version 3 unless said'),
    'judged-by': z
      .array(z.enum(PROFILES as [string, ...string[]]))
      .min(1)
      .optional()
      .describe('The documents that want what is expected here, where others want something else; all unless said'),
    fabric: z
      .enum(['bridge', 'wire'])
      .optional()
      .describe('What joins the ports; a wire where there are faults, else a kernel bridge'),
    lans: z.array(nameText).min(1).optional().describe('Names of the LANs; one, `lan`, unless said'),
    'virtual-router': virtualRouter.optional(),
    'virtual-routers': z.array(virtualRouter).min(1).optional().describe('Where there is more than one'),
    routers: z
      .union([z.array(nameText), z.record(nameText, z.union([z.null(), router]))])
      .describe('The routers under test'),
    hosts: z.union([z.array(nameText), z.record(nameText, z.union([z.null(), host]))]).optional(),
    steps: z.array(stepSchema).min(1).describe('What is done, in order'),
    expect: z
      .array(z.union([bareExpectations, expectation]))
      .min(1)
      .describe('What must come of it'),
  })
  .meta({
    title: 'A scenario of vrrpbench',
    description: 'LANs, routers and hosts; what is done to them; what must come of it.',
  });

export type ScenarioDocument = z.infer<typeof scenarioSchema>;
export type StepDocument = ScenarioDocument['steps'][number];
export type ExpectationDocument = ScenarioDocument['expect'][number];
export type VirtualRouterDocument = z.infer<typeof virtualRouter>;
export type RouterDocument = z.infer<typeof router>;
export type ReloadDocument = z.infer<typeof reload>;
export type CommandDocument = z.infer<typeof command>;
export type FaultDocument = z.infer<typeof fault>;
export type FramesDocument = z.infer<typeof frames>;
export type AwaitDocument = z.infer<typeof awaits>;

/** The JSON Schema of scenario files (draft 2020-12), for editors. */
export function scenarioJsonSchema(): object {
  return z.toJSONSchema(scenarioSchema, { io: 'input' });
}
