import {
  type Case,
  type CaseFault,
  type CaseRouter,
  type CaseStep,
  FIRST_VRID,
  isRouterStep,
  routersOfFault,
} from './case.ts';
import { playCase } from './play.ts';
import type { Violation } from './violation.ts';
import { withPossibleSteps } from './world.ts';

/** A case that still breaks the invariant though nothing more can be taken out of it. */
export interface Shrunk {
  readonly explored: Case;
  readonly violation: Violation;
  /** How many smaller cases were played to find it. */
  readonly tries: number;
}

/** Smaller cases that are played for one violation at most. */
const MOST_TRIES = 3000;
/** What pauses are tried at: whole seconds, then tenths. */
const ROUND_MS = [1000, 100];
const CONVENTIONAL_INTERVAL_MS = 1000;

/**
 * Takes out of a case what is not needed for its violation (delta debugging): virtual routers, routers, steps, then
 * whatever differs from the convention. Every case that is kept breaks the same invariant.
 */
export async function shrink(found: Case, violation: Violation, beyond: boolean): Promise<Shrunk> {
  let best: Shrunk = { explored: found, violation, tries: 0 };
  let tries = 0;
  const isStill = async (candidate: Case): Promise<boolean> => {
    if (tries >= MOST_TRIES) return false;
    tries += 1;
    const played = await playCase(candidate, beyond);
    if (played.violation?.invariant !== violation.invariant) return false;
    best = { explored: candidate, violation: played.violation, tries };
    return true;
  };

  const tryAll = async (candidatesOf: (from: Case) => Iterable<Case>): Promise<boolean> => {
    let isSmaller = false;
    let goOn = true;
    while (goOn) {
      goOn = false;
      for (const candidate of candidatesOf(best.explored)) {
        if (!(await isStill(withJoinedPauses(withPossibleSteps(candidate))))) continue;
        isSmaller = true;
        goOn = true;
        break;
      }
    }
    return isSmaller;
  };

  let goOn = true;
  while (goOn && tries < MOST_TRIES) {
    goOn = false;
    for (const candidatesOf of PASSES) if (await tryAll(candidatesOf)) goOn = true;
  }
  await isStill(renumbered(best.explored));
  await isStill(withFirstId(best.explored));
  return { ...best, tries };
}

/** Pauses in a row are one. */
function withJoinedPauses(from: Case): Case {
  const schedule: CaseStep[] = [];
  for (const step of from.schedule) {
    const before = schedule.at(-1);
    if (step.kind === 'pause' && before?.kind === 'pause') {
      schedule[schedule.length - 1] = { kind: 'pause', forMs: before.forMs + step.forMs };
    } else schedule.push(step);
  }
  return { ...from, schedule };
}

/** In the order in which they take away most. */
const PASSES: readonly ((from: Case) => Iterable<Case>)[] = [
  withoutVirtualRouters,
  withoutRouters,
  withoutSteps,
  withConvention,
  withSimplerSteps,
];

function* withoutVirtualRouters(from: Case): Iterable<Case> {
  if (from.virtualRouters.length === 1) return;
  for (const gone of from.virtualRouters) {
    yield {
      ...from,
      virtualRouters: from.virtualRouters.filter((one) => one !== gone),
      schedule: from.schedule.filter((step) => step.kind !== 'forge' || step.advertisement.virtualRouterId !== gone.id),
    };
  }
}

function* withoutRouters(from: Case): Iterable<Case> {
  if (from.routers.length === 1) return;
  for (let size = from.routers.length >> 1; size >= 1; size >>= 1) {
    for (let first = 0; first < from.routers.length; first += size) {
      const gone = from.routers.slice(first, first + size).map(({ name }) => name);
      if (gone.length < from.routers.length) yield withoutNames(from, gone);
    }
  }
}

function withoutNames(from: Case, gone: readonly string[]): Case {
  const schedule = from.schedule.flatMap((step): CaseStep[] => {
    if (isRouterStep(step)) return gone.includes(step.router) ? [] : [step];
    if (step.kind === 'forge') return gone.includes(step.advertisement.as ?? '') ? [] : [step];
    if (step.kind !== 'begin-fault') return [step];
    if (step.fault.kind === 'partition') {
      const routers = step.fault.routers.filter((name) => !gone.includes(name));
      return routers.length === 0 ? [] : [{ ...step, fault: { kind: 'partition', routers } }];
    }
    return routersOfFault(step.fault).some((name) => gone.includes(name)) ? [] : [step];
  });
  return { ...from, routers: from.routers.filter(({ name }) => !gone.includes(name)), schedule };
}

function* withoutSteps(from: Case): Iterable<Case> {
  const { schedule } = from;
  for (let size = schedule.length >> 1; size >= 1; size >>= 1) {
    for (let first = 0; first < schedule.length; first += size) {
      yield { ...from, schedule: [...schedule.slice(0, first), ...schedule.slice(first + size)] };
    }
  }
}

/** What is left to say is what matters. */
function* withConvention(from: Case): Iterable<Case> {
  if (from.host) yield { ...from, host: false };
  if (from.rfc !== '9568') yield { ...from, rfc: '9568' };
  for (const router of from.routers) {
    for (const simpler of simplerRouters(router)) {
      yield { ...from, routers: from.routers.map((one) => (one === router ? simpler : one)) };
    }
  }
  for (const virtualRouter of from.virtualRouters) {
    const become = (change: Partial<typeof virtualRouter>): Case => ({
      ...from,
      virtualRouters: from.virtualRouters.map((one) => (one === virtualRouter ? { ...one, ...change } : one)),
    });
    if (virtualRouter.variant !== 'v3-ipv4') yield become({ variant: 'v3-ipv4' });
    if (virtualRouter.intervalMs !== CONVENTIONAL_INTERVAL_MS) yield become({ intervalMs: CONVENTIONAL_INTERVAL_MS });
    const ranked = rankedPriorities(from, virtualRouter.priorities);
    if (from.routers.some(({ name }) => ranked[name] !== virtualRouter.priorities[name])) {
      yield become({ priorities: ranked });
    }
  }
}

function* simplerRouters(router: CaseRouter): Iterable<CaseRouter> {
  const { intervalMs, ...withoutInterval } = router;
  if (intervalMs !== undefined) yield withoutInterval;
  if (!router.preempt) yield { ...router, preempt: true };
  if (router.preemptDelayMs !== 0) yield { ...router, preemptDelayMs: 0 };
  if (router.driftPpm !== 0) yield { ...router, driftPpm: 0 };
  if (router.schedulingDelayMs !== 0) yield { ...router, schedulingDelayMs: 0 };
}

/** 200 for the highest, 50 less for the next; ties stay ties, and an owner an owner. */
function rankedPriorities(from: Case, priorities: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const values = [...new Set(from.routers.map(({ name }) => priorities[name]!))]
    .filter((value) => value !== 255)
    .sort((left, right) => right - left);
  const step = Math.min(50, Math.floor(190 / Math.max(1, values.length)));
  return Object.fromEntries(
    from.routers.map(({ name }) => {
      const value = priorities[name]!;
      return [name, value === 255 ? 255 : 200 - values.indexOf(value) * step];
    }),
  );
}

function* withSimplerSteps(from: Case): Iterable<Case> {
  for (const [index, step] of from.schedule.entries()) {
    for (const simpler of simplerSteps(step)) {
      yield { ...from, schedule: from.schedule.map((one, at) => (at === index ? simpler : one)) };
    }
  }
}

function* simplerSteps(step: CaseStep): Iterable<CaseStep> {
  if (step.kind === 'pause') {
    if (step.forMs > ROUND_MS[0]!) yield { kind: 'pause', forMs: Math.ceil(step.forMs / 2 / 100) * 100 };
    for (const unit of ROUND_MS) {
      const forMs = Math.floor(step.forMs / unit) * unit;
      if (forMs > 0 && forMs < step.forMs) yield { kind: 'pause', forMs };
      const more = Math.ceil(step.forMs / unit) * unit;
      if (unit === ROUND_MS[1] && more !== step.forMs) yield { kind: 'pause', forMs: more };
    }
  }
  if (step.kind === 'forge' && step.advertisement.flaw !== undefined) {
    const { flaw, ...advertisement } = step.advertisement;
    yield { kind: 'forge', advertisement };
  }
  if (step.kind === 'begin-fault') for (const fault of simplerFaults(step.fault)) yield { ...step, fault };
}

function* simplerFaults(fault: CaseFault): Iterable<CaseFault> {
  switch (fault.kind) {
    case 'partition':
      if (fault.routers.length > 1) {
        for (const gone of fault.routers) yield { ...fault, routers: fault.routers.filter((name) => name !== gone) };
      }
      break;
    case 'loss':
      yield { kind: 'deafen', router: fault.router };
      break;
    case 'delay':
      if (fault.jitterMs > 0) yield { ...fault, jitterMs: 0 };
      break;
    default:
      break;
  }
}

/** The routers as `r1`, `r2`, … in their order, as a scenario counts them. */
function renumbered(from: Case): Case {
  const names = new Map(from.routers.map(({ name }, index) => [name, `r${index + 1}`]));
  const of = (name: string): string => names.get(name)!;
  return {
    ...from,
    routers: from.routers.map((router) => ({ ...router, name: of(router.name) })),
    virtualRouters: from.virtualRouters.map((virtualRouter) => ({
      ...virtualRouter,
      priorities: Object.fromEntries(from.routers.map(({ name }) => [of(name), virtualRouter.priorities[name]!])),
    })),
    schedule: from.schedule.map((step): CaseStep => {
      if (isRouterStep(step)) return { ...step, router: of(step.router) };
      if (step.kind === 'begin-fault') return { ...step, fault: withNames(step.fault, of) };
      if (step.kind !== 'forge' || step.advertisement.as === undefined) return step;
      return { ...step, advertisement: { ...step.advertisement, as: of(step.advertisement.as) } };
    }),
  };
}

/** The only virtual router as the first one: of VRID 51. */
function withFirstId(from: Case): Case {
  const [only, second] = from.virtualRouters;
  if (only === undefined || second !== undefined || only.id === FIRST_VRID) return from;
  return {
    ...from,
    virtualRouters: [{ ...only, id: FIRST_VRID }],
    schedule: from.schedule.map((step) =>
      step.kind === 'forge' ? { ...step, advertisement: { ...step.advertisement, virtualRouterId: FIRST_VRID } } : step,
    ),
  };
}

function withNames(fault: CaseFault, of: (name: string) => string): CaseFault {
  if (fault.kind === 'partition') return { ...fault, routers: fault.routers.map(of) };
  if (fault.kind === 'cut') return { ...fault, from: of(fault.from), router: of(fault.router) };
  return { ...fault, router: of(fault.router) };
}
