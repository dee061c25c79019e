import { OWNER_PRIORITY, type VirtualRouterParameters } from '../vrrp/parameters.ts';
import { activeDownIntervalNs } from '../vrrp/timers.ts';
import {
  firstWorld,
  keyOf,
  LATENESS_NS,
  type Move,
  movesFrom,
  moveText,
  type SmallConfiguration,
  type SmallWorld,
  worldAfterMove,
} from './small-world.ts';

/** What every world within the horizon came to. */
export interface Exhausted {
  readonly configuration: string;
  readonly depth: number;
  /** Worlds that differ, and moves between them. */
  readonly states: number;
  readonly moves: number;
  /** How many of them have more than one Active router, and the shortest way to one. */
  readonly twoActive: number;
  readonly twoActiveBy?: readonly string[];
  /** How many moves were needed at most, in time: until one Active router was left and stayed, nothing being lost any more. */
  readonly longestNs: number;
  /** The first world from which the right router does not become the only Active one within the bound. */
  readonly violation?: { readonly by: readonly string[]; readonly sentence: string };
}

/** Worlds that are kept at most: the horizon is too far where there are more. */
const MOST_STATES = 3_000_000;

/** The horizon is too far for the memory that there is. */
export class HorizonError extends Error {
  override readonly name = 'HorizonError';
}

interface Reached {
  readonly world: SmallWorld;
  readonly from: Reached | undefined;
  readonly by: Move | undefined;
}

/**
 * Visits every world that this many moves lead to, each once, nearest first, and lets each go on without losses and with
 * punctual timers: within the bound one Active router must be left, the right one (RFC 9568 §6.4).
 * @throws HorizonError where there are too many
 */
export function exhaust(configuration: SmallConfiguration, depth: number, mostStates = MOST_STATES): Exhausted {
  const seen = new Set<string>();
  let moves = 0;
  let twoActive = 0;
  let twoActiveBy: readonly string[] | undefined;
  let longestNs = 0;
  let front: Reached[] = [{ world: firstWorld(configuration), from: undefined, by: undefined }];
  seen.add(keyOf(front[0]!.world));
  const boundNs = settlingNs(configuration.parameters);

  const outcome = (more: Pick<Exhausted, 'violation'>): Exhausted => ({
    configuration: configuration.name,
    depth,
    states: seen.size,
    moves,
    twoActive,
    ...(twoActiveBy === undefined ? {} : { twoActiveBy }),
    longestNs,
    ...more,
  });

  for (let at = 0; at <= depth; at += 1) {
    const next: Reached[] = [];
    for (const reached of front) {
      if (activeRouters(reached.world).length > 1) {
        twoActive += 1;
        twoActiveBy ??= wayTo(reached);
      }
      const settled = settle(configuration, reached.world, boundNs);
      if (typeof settled === 'string') return outcome({ violation: { by: wayTo(reached), sentence: settled } });
      longestNs = Math.max(longestNs, settled);
      if (at === depth) continue;
      for (const move of movesFrom(configuration, reached.world)) {
        moves += 1;
        const world = worldAfterMove(configuration, reached.world, move);
        const key = keyOf(world);
        if (seen.has(key)) continue;
        if (seen.size >= mostStates) {
          throw new HorizonError(`more than ${mostStates} states within ${depth} moves: take a smaller --depth`);
        }
        seen.add(key);
        next.push({ world, from: reached, by: move });
      }
    }
    front = next;
  }
  return outcome({});
}

function activeRouters({ states }: SmallWorld): readonly number[] {
  return states.flatMap(({ kind }, router) => (kind === 'active' ? [router] : []));
}

/**
 * How long after the last loss one router alone is Active: the longest Active_Down_Interval of one that has learned the
 * longest interval, twice, and what a process is late by.
 */
export function settlingNs(parameters: readonly VirtualRouterParameters[]): number {
  const longest = Math.max(...parameters.map(({ advertisementIntervalNs }) => advertisementIntervalNs));
  const downs = parameters.map(({ version, priority }) => activeDownIntervalNs(version, priority, longest));
  return 2 * Math.max(...downs) + LATENESS_NS;
}

/** Lets a world go on without losses: when the last change came, or what is wrong when the bound is over. */
function settle(configuration: SmallConfiguration, from: SmallWorld, boundNs: number): number | string {
  const { parameters, protocol } = configuration;
  const restNs = 2 * Math.max(...parameters.map(({ advertisementIntervalNs }) => advertisementIntervalNs));
  let world = from;
  let nowNs = 0;
  let changedNs = 0;
  while (nowNs < boundNs + restNs) {
    const [letter] = world.onTheWay;
    let move: Move;
    if (letter !== undefined) move = { kind: 'deliver', letter };
    else {
      const due = world.states.map((state, router) => protocol.deadlineNs({ parameters: parameters[router]!, state }));
      const times = due.filter((dueNs) => dueNs !== undefined);
      // Nobody runs.
      if (times.length === 0) break;
      const dueNs = Math.min(...times);
      move = { kind: 'timer', router: due.indexOf(dueNs) };
      nowNs += Math.max(0, dueNs);
    }
    const after = worldAfterMove(configuration, world, move);
    if (activeRouters(after).join() !== activeRouters(world).join()) changedNs = nowNs;
    world = after;
  }
  const names = activeRouters(world).map((router) => `r${router + 1}`);
  const running = world.states.flatMap(({ kind }, router) => (kind === 'initialize' ? [] : [router]));
  if (running.length === 0) return 0;
  if (names.length !== 1) return `${names.length === 0 ? 'nobody is' : `${names.join(' and ')} are`} Active in the end`;
  if (changedNs > boundNs) return `who is Active changes ${(changedNs / 1e9).toFixed(3)} s after the last loss`;
  const active = parameters[activeRouters(world)[0]!]!;
  const better = running.find((router) => {
    const { priority, preempt } = parameters[router]!;
    return priority > active.priority && (preempt || priority === OWNER_PRIORITY);
  });
  return better === undefined ? changedNs : `${names[0]} stays Active though r${better + 1} preempts`;
}

function wayTo(reached: Reached): readonly string[] {
  const words: string[] = [];
  for (let at: Reached | undefined = reached; at?.by !== undefined; at = at.from) words.unshift(moveText(at.by));
  return words;
}
