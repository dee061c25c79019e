import { createRandomStream, type RandomStream } from '../fabric/random.ts';
import { VARIANTS } from '../scenario/variant.ts';
import { boundMs, longestIntervalMs } from './bound.ts';
import {
  type Case,
  type CaseFault,
  type CaseRouter,
  type CaseStep,
  type CaseVirtualRouter,
  FIRST_VRID,
  FLAWS,
  ROUTER_STEPS,
} from './case.ts';
import { type World, worldAfter, worldOf } from './world.ts';

/** What cases are made with. */
export interface GenerateOptions {
  /** Also what no RFC promises anything about: mixed intervals in version 2. */
  readonly beyond: boolean;
  /** Clocks that drift and processes that wait. */
  readonly clocks: boolean;
  /** What one router of each case does wrong. */
  readonly misbehaviour?: string;
}

/** Most LANs have few routers; some have as many as twenty. */
const ROUTER_NUMBERS = [2, 2, 3, 3, 3, 4, 4, 5, 7, 12, 20];
const INTERVALS_V3_MS = [100, 300, 1000, 1000, 2000];
const INTERVALS_V2_MS = [1000, 1000, 2000];
/** A router's own one, at most ten times another's: what a case costs grows with their quotient. */
const MIXED_V3_MS = [300, 500, 1000, 2000, 3000];
const MIXED_V2_MS = [1000, 2000, 3000];
const MOST_STEPS = 14;
const MOST_DRIFT_PPM = 500;
const MOST_SCHEDULING_DELAY_MS = 20;

/** A case that the seed alone decides. */
export function generateCase(seed: number, options: GenerateOptions): Case {
  const random = createRandomStream(seed, 'case');
  const virtualRouterCount = pick(random, [1, 1, 1, 2, 3]);
  const variants = Array.from({ length: virtualRouterCount }, () => pick(random, VARIANTS));
  const hasV2 = variants.includes('v2-ipv4');
  const isMixed = (!hasV2 || options.beyond) && chance(random, 0.25);
  const routers = makeRouters(random, options, isMixed ? (hasV2 ? MIXED_V2_MS : MIXED_V3_MS) : undefined);
  const virtualRouters = variants.map((variant, index): CaseVirtualRouter => {
    const intervals = variant === 'v2-ipv4' ? INTERVALS_V2_MS : INTERVALS_V3_MS;
    return {
      id: FIRST_VRID + index,
      variant,
      intervalMs: isMixed ? 1000 : pick(random, intervals),
      priorities: makePriorities(random, routers, index === 0),
    };
  });
  const bare: Case = {
    seed,
    rfc: chance(random, 0.25) ? '5798' : '9568',
    routers,
    virtualRouters,
    host: chance(random, 0.8),
    schedule: [],
  };
  return { ...bare, schedule: makeSchedule(random, bare) };
}

function makeRouters(
  random: RandomStream,
  { clocks, misbehaviour }: GenerateOptions,
  mixedMs: readonly number[] | undefined,
): readonly CaseRouter[] {
  const count = pick(random, ROUTER_NUMBERS);
  const preempts = chance(random, 0.6);
  const areLate = clocks && chance(random, 0.3);
  const wrong = misbehaviour === undefined ? -1 : random.below(count);
  return Array.from({ length: count }, (_, index) => ({
    name: `r${index + 1}`,
    ...(mixedMs === undefined ? {} : { intervalMs: pick(random, mixedMs) }),
    preempt: preempts || chance(random, 0.3),
    preemptDelayMs: chance(random, 0.15) ? 1000 * (1 + random.below(4)) : 0,
    driftPpm: areLate ? random.below(2 * MOST_DRIFT_PPM + 1) - MOST_DRIFT_PPM : 0,
    schedulingDelayMs: areLate ? random.below(MOST_SCHEDULING_DELAY_MS + 1) : 0,
    ...(index === wrong ? { misbehaviour: misbehaviour! } : {}),
  }));
}

/** Far apart, close to each other, or the same. One router's addresses are those of one virtual router at most. */
function makePriorities(
  random: RandomStream,
  routers: readonly CaseRouter[],
  mayBeOwned: boolean,
): Readonly<Record<string, number>> {
  const span = pick(random, [2, 4, 254, 254]);
  const base = random.below(255 - span);
  const priorities = routers.map(({ name }): [string, number] => [name, 1 + base + random.below(span)]);
  if (chance(random, 0.15) && mayBeOwned) priorities[random.below(priorities.length)]![1] = 255;
  return Object.fromEntries(priorities);
}

function makeSchedule(random: RandomStream, bare: Case): readonly CaseStep[] {
  const steps: CaseStep[] = [];
  let world = worldOf(bare);
  const add = (step: CaseStep): void => {
    const after = worldAfter(world, step);
    if (after === undefined) return;
    world = after;
    steps.push(step);
  };
  const settle = (): void => {
    const longest = Math.max(
      ...bare.virtualRouters.map((one) => boundMs(bare, one, LATENESS_MS) + 3 * longestIntervalMs(bare, one)),
    );
    add({ kind: 'pause', forMs: Math.ceil(longest) });
  };
  const shortPause = (): void => {
    const longest = Math.max(...bare.virtualRouters.map((one) => longestIntervalMs(bare, one)));
    const forMs = random.below(4 * longest);
    if (forMs > 0) add({ kind: 'pause', forMs });
  };

  const startsOneByOne = chance(random, 0.4);
  for (const { name } of shuffled(random, bare.routers)) {
    if (chance(random, 0.1)) continue;
    if (chance(random, 0.03)) add({ kind: 'pull-cable', router: name });
    add({ kind: 'start', router: name });
    if (startsOneByOne) shortPause();
  }
  settle();
  const wanted = 1 + random.below(MOST_STEPS);
  for (let made = 0; made < wanted; made += 1) {
    const step = makeStep(random, bare, world, `f${made + 1}`);
    if (step === undefined) continue;
    add(step);
    if (chance(random, 0.45)) settle();
    else if (chance(random, 0.8)) shortPause();
  }
  for (const name of world.faults.keys()) if (chance(random, 0.9)) add({ kind: 'end-fault', name });
  for (const { name } of bare.routers) {
    if (chance(random, 0.1)) continue;
    for (const kind of ['power-on', 'plug-cable', 'thaw', 'start'] as const) add({ kind, router: name });
  }
  settle();
  return steps;
}

/** What frames may be late by when nobody knows yet which faults there will be. */
const LATENESS_MS = 300;

function makeStep(random: RandomStream, bare: Case, world: World, name: string): CaseStep | undefined {
  const router = (): string => pick(random, bare.routers).name;
  const open = [...world.faults.keys()];
  if (open.length > 0 && chance(random, 0.4)) return { kind: 'end-fault', name: pick(random, open) };
  if (chance(random, 0.45)) return { kind: 'begin-fault', name, fault: makeFault(random, bare, router) };
  if (chance(random, 0.15)) {
    const virtualRouter = pick(random, bare.virtualRouters);
    return {
      kind: 'forge',
      advertisement: {
        virtualRouterId: virtualRouter.id,
        priority: pick(random, [0, 0, 1, 100, 254, 255, virtualRouter.priorities[router()]!]),
        ...(chance(random, 0.3) ? { as: router() } : {}),
        ...(chance(random, 0.4) ? { flaw: pick(random, FLAWS) } : {}),
      },
    };
  }
  const kind = pick(random, ROUTER_STEPS);
  const able = bare.routers
    .map((one): CaseStep => ({ kind, router: one.name }))
    .filter((step) => worldAfter(world, step) !== undefined);
  return able.length === 0 ? undefined : pick(random, able);
}

function makeFault(random: RandomStream, bare: Case, router: () => string): CaseFault {
  switch (random.below(11)) {
    case 0:
    case 1:
      return { kind: 'isolate', router: router() };
    case 2:
      return { kind: 'mute', router: router() };
    case 3:
      return { kind: 'deafen', router: router() };
    case 4: {
      const [from, to] = shuffled(random, bare.routers);
      return { kind: 'cut', from: from!.name, router: to!.name };
    }
    case 5: {
      const part = shuffled(random, bare.routers).slice(0, 1 + random.below(Math.min(3, bare.routers.length - 1)));
      return { kind: 'partition', routers: part.map(({ name }) => name) };
    }
    case 6:
      return { kind: 'loss', router: router(), chance: (1 + random.below(9)) / 10 };
    case 7:
      return { kind: 'lose-one', router: router(), position: 1 + random.below(3) };
    case 8:
      return { kind: 'delay', router: router(), byMs: 1 + random.below(50), jitterMs: random.below(10) };
    case 9:
      return { kind: pick(random, ['duplicate', 'reorder'] as const), router: router() };
    default:
      return { kind: 'corrupt', router: router(), chance: (1 + random.below(9)) / 10 };
  }
}

function pick<T>(random: RandomStream, from: readonly T[]): T {
  return from[random.below(from.length)]!;
}

function chance(random: RandomStream, probability: number): boolean {
  return random.fraction() < probability;
}

function shuffled<T>(random: RandomStream, list: readonly T[]): T[] {
  const left = [...list];
  const made: T[] = [];
  while (left.length > 0) made.push(...left.splice(random.below(left.length), 1));
  return made;
}
