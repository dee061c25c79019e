import { type Case, type CaseFault, type CaseStep, isRouterStep, routersOfFault } from './case.ts';

/** Where a router's process and its link stand, by what was done to it. */
export interface RouterStanding {
  readonly running: boolean;
  readonly frozen: boolean;
  readonly powered: boolean;
  readonly plugged: boolean;
}

/** Everything that has been done so far and still counts. */
export interface World {
  readonly routers: ReadonlyMap<string, RouterStanding>;
  readonly faults: ReadonlyMap<string, CaseFault>;
}

const AT_FIRST: RouterStanding = { running: false, frozen: false, powered: true, plugged: true };

/** Power and cables, and nothing started. */
export function worldOf({ routers }: Case): World {
  return { routers: new Map(routers.map(({ name }) => [name, AT_FIRST])), faults: new Map() };
}

/** The world after a step; undefined where the step cannot be taken: nobody kills a router that does not run. */
export function worldAfter(world: World, step: CaseStep): World | undefined {
  if (isRouterStep(step)) {
    const before = world.routers.get(step.router);
    const after = before === undefined ? undefined : standingAfter(before, step.kind);
    if (after === undefined) return undefined;
    return { ...world, routers: new Map(world.routers).set(step.router, after) };
  }
  switch (step.kind) {
    case 'begin-fault': {
      if (world.faults.has(step.name)) return undefined;
      if (!routersOfFault(step.fault).every((name) => world.routers.has(name))) return undefined;
      return { ...world, faults: new Map(world.faults).set(step.name, step.fault) };
    }
    case 'end-fault': {
      const faults = new Map(world.faults);
      return faults.delete(step.name) ? { ...world, faults } : undefined;
    }
    case 'forge':
      return step.advertisement.as === undefined || world.routers.has(step.advertisement.as) ? world : undefined;
    case 'pause':
      return world;
  }
}

function standingAfter(before: RouterStanding, kind: string): RouterStanding | undefined {
  const { running, frozen, powered, plugged } = before;
  switch (kind) {
    case 'start':
      return powered && !running ? { ...before, running: true, frozen: false } : undefined;
    case 'stop':
      return running && !frozen ? { ...before, running: false } : undefined;
    case 'kill':
      return running ? { ...before, running: false, frozen: false } : undefined;
    case 'freeze':
      return running && !frozen ? { ...before, frozen: true } : undefined;
    case 'thaw':
      return running && frozen ? { ...before, frozen: false } : undefined;
    case 'power-off':
      return powered ? { ...before, powered: false, running: false, frozen: false } : undefined;
    case 'power-on':
      return powered ? undefined : { ...before, powered: true };
    case 'pull-cable':
      return plugged ? { ...before, plugged: false } : undefined;
    default:
      return plugged ? undefined : { ...before, plugged: true };
  }
}

/** The case without the steps that cannot be taken: what is left when something was taken out of it. */
export function withPossibleSteps(explored: Case): Case {
  let world = worldOf(explored);
  const schedule = explored.schedule.filter((step) => {
    const after = worldAfter(world, step);
    if (after !== undefined) world = after;
    return after !== undefined;
  });
  return { ...explored, schedule };
}

/** Whether a router takes part: its process runs and its link is up. */
export function takesPart({ running, frozen, powered, plugged }: RouterStanding): boolean {
  return running && !frozen && powered && plugged;
}

/** Who takes part now, in the order of the case. */
export function participants(world: World): readonly string[] {
  return [...world.routers].filter(([, standing]) => takesPart(standing)).map(([name]) => name);
}

/** Whether advertisements of one router reach another; 'unsure' where chance decides. */
export function hears(world: World, from: string, to: string): 'yes' | 'no' | 'unsure' {
  let answer: 'yes' | 'unsure' = 'yes';
  for (const fault of world.faults.values()) {
    const met = meets(fault, from, to);
    if (met === 'no') return 'no';
    if (met === 'unsure') answer = 'unsure';
  }
  return answer;
}

function meets(fault: CaseFault, from: string, to: string): 'yes' | 'no' | 'unsure' {
  switch (fault.kind) {
    case 'isolate':
      return fault.router === from || fault.router === to ? 'no' : 'yes';
    case 'mute':
      return fault.router === from ? 'no' : 'yes';
    case 'deafen':
      return fault.router === to ? 'no' : 'yes';
    case 'cut':
      return fault.from === from && fault.router === to ? 'no' : 'yes';
    case 'partition':
      return fault.routers.includes(from) === fault.routers.includes(to) ? 'yes' : 'no';
    case 'loss':
      return fault.router === to ? 'unsure' : 'yes';
    case 'corrupt':
      return fault.router === from ? 'unsure' : 'yes';
    case 'lose-one':
    case 'delay':
    case 'duplicate':
    case 'reorder':
      return 'yes';
  }
}

/**
 * The groups of routers that hear each other; undefined where that is no clear thing: chance decides, or one hears
 * another that does not hear it.
 */
export function groupsOf(world: World, among: readonly string[]): readonly (readonly string[])[] | undefined {
  const groups: string[][] = [];
  for (const name of among) {
    const group = groups.find((members) => hears(world, members[0]!, name) === 'yes');
    if (group === undefined) groups.push([name]);
    else group.push(name);
  }
  const isClear = groups.every((group) =>
    among.every((from) =>
      group.every((to) => from === to || hears(world, from, to) === (group.includes(from) ? 'yes' : 'no')),
    ),
  );
  return isClear ? groups : undefined;
}

/** Whether a router is cut off from hosts too: nothing of it passes. */
export function isIsolated(world: World, router: string): boolean {
  return [...world.faults.values()].some((fault) => fault.kind === 'isolate' && fault.router === router);
}

/** Whether a router's advertisements reach nobody: the switch does not learn from them either. */
export function isMuted(world: World, router: string): boolean {
  return [...world.faults.values()].some((fault) => fault.kind === 'mute' && fault.router === router);
}

/** How much later than they are sent advertisements may arrive now, in milliseconds. */
export function latenessMs(world: World): number {
  let sum = 0;
  for (const fault of world.faults.values()) {
    if (fault.kind === 'delay') sum += fault.byMs + fault.jitterMs;
    if (fault.kind === 'reorder') sum += REORDER_HOLD_MS;
  }
  return sum;
}

/** How long a reordered frame waits for others to pass it. */
export const REORDER_HOLD_MS = 100;
