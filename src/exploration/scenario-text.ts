import { stringify } from 'yaml';
import { primaryAddress } from '../scenario/addresses.ts';
import type {
  ExpectationDocument,
  FaultDocument,
  RouterDocument,
  ScenarioDocument,
  StepDocument,
  VirtualRouterDocument,
} from '../scenario/schema.ts';
import type { AdvertisementDocument } from '../scenario/schema-advertisement.ts';
import { VARIANT_FACTS } from '../scenario/variant.ts';
import { boundMs } from './bound.ts';
import { addressesOf, HOST, numberOf, OWNER, pingedAddress, TESTER_NUMBER } from './build.ts';
import type { Case, CaseFault, CaseRouter, CaseStep, CaseVirtualRouter, ForgedAdvertisement } from './case.ts';
import { FIRST_VRID } from './case.ts';
import { pingMs, stoppingMs } from './play.ts';
import { INVARIANTS, type Violation } from './violation.ts';

type ProbeDocument = NonNullable<Exclude<StepDocument, string>['probe']>;

/** The name of the pause after which nothing may change any more. */
const AT_REST = 'at-rest';
/** The name of the pause before the last thing that is done. */
const BEFORE = 'before';
/** How long a host may be without an answer beyond the bound of an election. */
const RESOLUTION_MS = 1100;

/**
 * A case as an ordinary scenario: routers, steps and the expectation that it breaks. A scenario has one variant: of several
 * virtual routers those of the violation's variant are in it.
 */
export function scenarioText(explored: Case, violation: Violation): string {
  const virtualRouter = explored.virtualRouters.find(({ id }) => id === violation.virtualRouterId)!;
  const document = scenarioOf(explored, virtualRouter, violation);
  const head = [
    `# Found by exploration from seed ${explored.seed}: ${INVARIANTS[violation.invariant]}.`,
    `# What chance decides here it decides from the same seed: vrrpbench run FILE --stage virtual --seed ${explored.seed}`,
  ];
  return `${head.join('\n')}\n${stringify(document, { lineWidth: 120, flowCollectionPadding: true })}`;
}

function scenarioOf(explored: Case, virtualRouter: CaseVirtualRouter, violation: Violation): ScenarioDocument {
  const { variant } = virtualRouter;
  const shown = explored.virtualRouters.filter((one) => one.variant === variant);
  const isVersion3 = VARIANT_FACTS[variant].version === 3;
  return {
    name: violation.sentence.replace(/\.$/, ''),
    description: `Expected: ${INVARIANTS[violation.invariant]}.`,
    variants: [variant],
    ...(isVersion3 && explored.rfc === '5798' ? { profile: 'rfc5798' } : {}),
    'virtual-routers': shown.map((one, index) => virtualRouterOf(explored, one, index)),
    routers: Object.fromEntries(explored.routers.map((router) => [router.name, routerOf(router)])),
    ...(explored.host ? { hosts: [HOST] } : {}),
    steps: stepsOf(explored, virtualRouter, violation),
    expect: [...expectationsOf(explored, virtualRouter, violation), { rules: { only: [] } }],
  } as ScenarioDocument;
}

/** The n-th of a scenario has addresses by convention where it is the n-th here. */
function virtualRouterOf(explored: Case, virtualRouter: CaseVirtualRouter, index: number): VirtualRouterDocument {
  const { id, intervalMs, priorities } = virtualRouter;
  const isOwned = Object.values(priorities).includes(OWNER);
  const addresses =
    isOwned || id === FIRST_VRID + index ? {} : { addresses: [...addressesOf(explored, virtualRouter)] };
  return { id, interval: `${intervalMs}ms`, ...addresses, priorities };
}

function routerOf(router: CaseRouter): RouterDocument | null {
  const said: RouterDocument = {
    ...(router.intervalMs === undefined ? {} : { interval: `${router.intervalMs}ms` }),
    ...(router.preempt ? {} : { preempt: false }),
    ...(router.preemptDelayMs === 0 ? {} : { 'preempt-delay': `${router.preemptDelayMs}ms` }),
    ...(router.driftPpm === 0 ? {} : { 'clock-drift': router.driftPpm }),
    ...(router.schedulingDelayMs === 0 ? {} : { 'scheduling-delay': `${router.schedulingDelayMs}ms` }),
    ...(router.misbehaviour === undefined ? {} : { misbehaviour: router.misbehaviour }),
  };
  return Object.keys(said).length === 0 ? null : said;
}

function stepsOf(explored: Case, virtualRouter: CaseVirtualRouter, { invariant }: Violation): StepDocument[] {
  const { schedule } = explored;
  const steps: StepDocument[] = [];
  const open = new Map<string, CaseFault>();
  const probe = probeOf(explored, virtualRouter);
  if (explored.host) steps.push({ probe });
  const last = schedule.findLastIndex(({ kind }) => kind !== 'pause');
  for (const [index, step] of schedule.slice(0, last + 1).entries()) {
    if (index === last - 1 && step.kind === 'pause') steps.push({ pause: `${step.forMs}ms`, as: BEFORE });
    else steps.push(...documentsOf(explored, virtualRouter, step, open));
  }
  // The last pause: until the bound, until a host has asked again, and what must hold from there on.
  let leftMs = schedule.slice(last + 1).reduce((sum, step) => sum + (step.kind === 'pause' ? step.forMs : 0), 0);
  const pause = (wantedMs: number, more: { readonly as?: string } = {}): void => {
    const forMs = Math.min(wantedMs, leftMs);
    if (forMs > 0) steps.push({ pause: `${forMs}ms`, ...more });
    leftMs -= forMs;
  };
  pause(Math.ceil(boundMs(explored, virtualRouter, 0)), { as: AT_REST });
  const isOfHosts = invariant === 'blackhole' || invariant === 'wrong-port';
  if (isOfHosts) {
    pause(RESOLUTION_MS);
    steps.push({ probe: { ...probe, name: AT_REST } });
  }
  pause(leftMs);
  if (isOfHosts) steps.push({ 'end-probe': AT_REST });
  if (explored.host) steps.push('end-probe');
  return steps;
}

function probeOf(explored: Case, virtualRouter: CaseVirtualRouter): ProbeDocument {
  const to = explored.virtualRouters.length === 1 ? {} : { to: pingedAddress(explored, virtualRouter) };
  return { from: HOST, ...to, every: `${pingMs(virtualRouter.intervalMs)}ms` };
}

function documentsOf(
  explored: Case,
  virtualRouter: CaseVirtualRouter,
  step: CaseStep,
  open: Map<string, CaseFault>,
): StepDocument[] {
  switch (step.kind) {
    case 'pause':
      return [{ pause: `${step.forMs}ms` }];
    case 'begin-fault':
      open.set(step.name, step.fault);
      return faultsOf(explored, virtualRouter, step.name, step.fault).map((fault) => ({ fault }));
    case 'end-fault':
      return faultsOf(explored, virtualRouter, step.name, open.get(step.name)!).map(({ name }) => ({
        'end-fault': name!,
      }));
    case 'forge': {
      const { advertisement } = step;
      const of = explored.virtualRouters.find(({ id }) => id === advertisement.virtualRouterId)!;
      return of.variant === virtualRouter.variant ? [{ send: { advertisement: forgedOf(of, advertisement) } }] : [];
    }
    case 'stop':
      if (stoppingMs(explored, step.router) === 0) return [{ stop: step.router }];
      return [{ stop: step.router }, { await: { ended: step.router } }];
    default:
      return [{ [step.kind]: step.router } as StepDocument];
  }
}

function faultsOf(
  explored: Case,
  { variant }: CaseVirtualRouter,
  name: string,
  fault: CaseFault,
): readonly FaultDocument[] {
  const { family } = VARIANT_FACTS[variant];
  const cut = (from: string, to: string): FaultDocument => ({
    lose: `every advertisement from ${from} to ${to}`,
    name: `${name}-${from}-${to}-${family}`,
  });
  switch (fault.kind) {
    case 'isolate':
      return [{ lose: 'everything', at: fault.router, direction: 'both', name }];
    case 'mute':
      return [{ lose: `every advertisement from ${fault.router}`, name }];
    case 'deafen':
      return [{ lose: `every advertisement to ${fault.router}`, name }];
    case 'cut':
      return [cut(fault.from, fault.router)];
    case 'partition': {
      const rest = explored.routers.map((router) => router.name).filter((router) => !fault.routers.includes(router));
      return fault.routers.flatMap((one) => rest.flatMap((other) => [cut(one, other), cut(other, one)]));
    }
    case 'loss':
      return [{ lose: `every advertisement to ${fault.router}`, chance: fault.chance, name }];
    case 'lose-one':
      return [{ lose: `the ${ORDINALS[fault.position - 1]} advertisement to ${fault.router}`, name }];
    case 'delay': {
      const jitter = fault.jitterMs === 0 ? {} : { jitter: `${fault.jitterMs}ms` };
      return [{ delay: `every advertisement to ${fault.router}`, by: `${fault.byMs}ms`, ...jitter, name }];
    }
    case 'duplicate':
    case 'reorder':
      return [{ [fault.kind]: `every advertisement to ${fault.router}`, name }];
    case 'corrupt':
      return [{ corrupt: `every advertisement from ${fault.router}`, chance: fault.chance, name }];
  }
}

const ORDINALS = ['first', 'second', 'third'];

function forgedOf(virtualRouter: CaseVirtualRouter, forged: ForgedAdvertisement): AdvertisementDocument {
  const { family, version } = VARIANT_FACTS[virtualRouter.variant];
  const units = virtualRouter.intervalMs / (version === 2 ? 1000 : 10);
  const flawed: Readonly<Record<NonNullable<ForgedAdvertisement['flaw']>, AdvertisementDocument>> = {
    ttl: { ttl: 254 },
    version: { version: 4 },
    type: { type: 2 },
    cut: { 'cut-octets': 2 },
    checksum: { checksum: 'wrong' },
    authentication: { 'authentication-type': 1, 'authentication-data': 'secret' },
    'count-zero': { addresses: [], count: 0 },
    'interval-zero': { interval: 0 },
    interval: { interval: units + 1 },
    destination: { destination: family === 'ipv4' ? '224.0.0.1' : 'ff02::1' },
  };
  return {
    'virtual-router': virtualRouter.id,
    priority: forged.priority,
    source: primaryAddress(family, 1, forged.as === undefined ? TESTER_NUMBER : numberOf(forged.as)),
    ...(forged.flaw === undefined ? {} : flawed[forged.flaw]),
  };
}

/** What the scenario expects, and the violation breaks. */
function expectationsOf(
  explored: Case,
  virtualRouter: CaseVirtualRouter,
  { invariant, router }: Violation,
): readonly ExpectationDocument[] {
  const choice = explored.virtualRouters.length === 1 ? {} : { 'virtual-router': virtualRouter.id };
  switch (invariant) {
    case 'two-active':
      return [{ 'one-active': 'at-end', ...choice }];
    case 'none-active':
    case 'wrong-active':
      return [{ active: router, ...choice }];
    case 'flapping':
      return [{ never: { advertisement: { from: router }, after: AT_REST, ...choice } }];
    case 'needless-change':
      return [{ never: { advertisement: { from: router }, after: BEFORE, ...choice } }];
    case 'blackhole':
    case 'wrong-port':
      return [{ outage: { below: `${pingMs(virtualRouter.intervalMs)}ms`, probe: AT_REST } }];
  }
}
