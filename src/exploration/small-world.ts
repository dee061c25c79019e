import { MILLISECOND, SECOND } from '../capture/time.ts';
import {
  RFC5798_BEHAVIOUR,
  STOPPING_PRIORITY,
  type VirtualRouterParameters,
  virtualRouterParameters,
} from '../vrrp/parameters.ts';
import { PROTOCOL, type Protocol } from '../vrrp/protocol.ts';
import type { Input, State } from '../vrrp/state.ts';
import { createVirtualRouter } from '../vrrp/virtual-router.ts';

/**
 * Two or three routers of one virtual router, nothing but the protocol core: each advertisement is delivered or lost, each
 * timer fires in any order that a process could be late by. Plain data whose times count from now.
 */
export interface SmallWorld {
  /** In the order of the routers; a router that does not run is in Initialize. */
  readonly states: readonly State[];
  /** Advertisements on their way, oldest first. */
  readonly onTheWay: readonly Letter[];
  /** How many more routers may be killed, stopped or started. */
  readonly faultsLeft: number;
}

interface Letter {
  readonly from: number;
  readonly to: number;
  readonly priority: number;
}

/** What the routers are told. */
export interface SmallConfiguration {
  readonly name: string;
  readonly parameters: readonly VirtualRouterParameters[];
  /** What they run by. */
  readonly protocol: Protocol;
}

/** What may happen next. */
export type Move =
  | { readonly kind: 'deliver' | 'lose'; readonly letter: Letter }
  | { readonly kind: 'timer' | 'kill' | 'stop' | 'start'; readonly router: number };

/** A process is late by less: timers that are due within this time of each other fire in any order. */
export const LATENESS_NS = 50 * MILLISECOND;
const FAULTS = 2;

/** Priorities that differ little have skews that are closer than a process may be late by. */
const PRIORITIES: Readonly<Record<string, readonly number[]>> = {
  'priorities 110, 100, 90': [110, 100, 90],
  'equal priorities': [100, 100, 100],
  'an owner': [255, 100, 90],
};
const INTERVALS: Readonly<Record<string, readonly number[]>> = {
  '1 s': [1, 1, 1],
  '1, 3, 2 s': [1, 3, 2],
  '3, 1, 2 s': [3, 1, 2],
};

/** Every configuration that so many routers are checked in. */
export function smallConfigurations(routers: number, protocol: Protocol = PROTOCOL): readonly SmallConfiguration[] {
  const configurations: SmallConfiguration[] = [];
  for (const [priorityName, priorities] of Object.entries(PRIORITIES)) {
    for (const [intervalName, intervals] of Object.entries(INTERVALS)) {
      for (const preempt of [true, false]) {
        for (const document of ['3768', '5798', '9568'] as const) {
          // Version 2 discards other intervals (RFC 3768 §7.1): it promises nothing where they differ.
          if (document === '3768' && intervalName !== '1 s') continue;
          const name = `RFC ${document}, ${priorityName}, ${intervalName}, preemption ${preempt ? 'on' : 'off'}`;
          const parameters = Array.from({ length: routers }, (_, index) =>
            virtualRouterParameters({
              virtualRouterId: 51,
              version: document === '3768' ? 2 : 3,
              family: 'ipv4',
              priority: priorities[index]!,
              advertisementIntervalNs: intervals[index]! * SECOND,
              preempt,
              addresses: [Uint8Array.of(192, 0, 2, 101)],
              primaryAddress: Uint8Array.of(192, 0, 2, index + 1),
              ...(document === '5798' ? { behaviour: RFC5798_BEHAVIOUR } : {}),
            }),
          );
          configurations.push({ name, parameters, protocol });
        }
      }
    }
  }
  return configurations;
}

/** All routers have started at once. */
export function firstWorld(configuration: SmallConfiguration): SmallWorld {
  const { parameters } = configuration;
  const nothing: SmallWorld = {
    states: parameters.map((one) => createVirtualRouter(one).state),
    onTheWay: [],
    faultsLeft: FAULTS,
  };
  return parameters.reduce((world, _, router) => give(configuration, world, router, { kind: 'startup' }), nothing);
}

/** Everything that may happen next. */
export function movesFrom({ parameters, protocol }: SmallConfiguration, world: SmallWorld): readonly Move[] {
  const { states, onTheWay, faultsLeft } = world;
  const moves: Move[] = [];
  const [letter] = onTheWay;
  if (letter !== undefined) moves.push({ kind: 'deliver', letter }, { kind: 'lose', letter });
  const due = states.map(
    (state, router) => protocol.deadlineNs({ parameters: parameters[router]!, state }) ?? Number.POSITIVE_INFINITY,
  );
  // While an advertisement is on its way no time passes.
  const latestNs = letter === undefined ? Math.min(...due) + LATENESS_NS : 0;
  for (const [router, dueNs] of due.entries()) {
    if (dueNs <= latestNs) moves.push({ kind: 'timer', router });
  }
  if (faultsLeft === 0) return moves;
  for (const [router, { kind }] of states.entries()) {
    if (kind === 'initialize') moves.push({ kind: 'start', router });
    else moves.push({ kind: 'kill', router }, { kind: 'stop', router });
  }
  return moves;
}

/** The world after a move. */
export function worldAfterMove(configuration: SmallConfiguration, world: SmallWorld, move: Move): SmallWorld {
  switch (move.kind) {
    case 'lose':
      return { ...world, onTheWay: world.onTheWay.slice(1) };
    case 'deliver': {
      const { from, to, priority } = move.letter;
      const sender = configuration.parameters[from]!;
      return give(configuration, { ...world, onTheWay: world.onTheWay.slice(1) }, to, {
        kind: 'advertisement',
        advertisement: {
          priority,
          version: sender.version,
          intervalNs: sender.advertisementIntervalNs,
          sourceAddress: sender.primaryAddress,
        },
      });
    }
    case 'timer': {
      const state = world.states[move.router]!;
      const dueNs = configuration.protocol.deadlineNs({ parameters: configuration.parameters[move.router]!, state })!;
      return give(configuration, later(world, Math.max(0, dueNs)), move.router, { kind: 'timer' });
    }
    case 'kill': {
      const states = world.states.map((state, router): State => (router === move.router ? DOWN : state));
      return { ...world, states, faultsLeft: world.faultsLeft - 1 };
    }
    case 'stop':
    case 'start': {
      const input: Input = { kind: move.kind === 'stop' ? 'shutdown' : 'startup' };
      return give(configuration, { ...world, faultsLeft: world.faultsLeft - 1 }, move.router, input);
    }
  }
}

const DOWN: State = { kind: 'initialize' };

/** A router is given something now; what it sends is on its way to every other that runs. */
function give(
  { parameters, protocol }: SmallConfiguration,
  world: SmallWorld,
  router: number,
  input: Input,
): SmallWorld {
  const before = { parameters: parameters[router]!, state: world.states[router]! };
  const { virtualRouter, actions } = protocol.step(before, 0, input);
  const states = world.states.map((state, index) => (index === router ? virtualRouter.state : state));
  const letters = actions.flatMap((action) =>
    action.kind === 'advertise'
      ? states.flatMap(({ kind }, to) =>
          to === router || kind === 'initialize' ? [] : [{ from: router, to, priority: action.priority }],
        )
      : [],
  );
  return { ...world, states, onTheWay: letters.length === 0 ? world.onTheWay : [...world.onTheWay, ...letters] };
}

/** The same world so much later. */
export function later(world: SmallWorld, byNs: number): SmallWorld {
  if (byNs === 0) return world;
  return { ...world, states: world.states.map((state) => laterState(state, byNs)) };
}

function laterState(state: State, byNs: number): State {
  switch (state.kind) {
    case 'active':
      return { kind: 'active', advertiseAtNs: state.advertiseAtNs - byNs };
    case 'backup': {
      const { preemptAtNs } = state;
      return {
        ...state,
        // Overdue is overdue, however long.
        activeDownAtNs: Math.max(0, state.activeDownAtNs - byNs),
        preemptAtNs: preemptAtNs === undefined ? undefined : Math.max(0, preemptAtNs - byNs),
      };
    }
    default:
      return state;
  }
}

/** One text for all worlds that are the same. */
export function keyOf({ states, onTheWay, faultsLeft }: SmallWorld): string {
  let key = `${faultsLeft}`;
  for (const state of states) {
    if (state.kind === 'active') key += `|A${state.advertiseAtNs}`;
    else if (state.kind === 'backup')
      key += `|B${state.activeDownAtNs},${state.activeIntervalNs},${state.takeoverReason},${state.preemptAtNs ?? ''}`;
    else key += `|${state.kind}`;
  }
  for (const { from, to, priority } of onTheWay) key += `>${from}${to}${priority === STOPPING_PRIORITY ? 'z' : ''}`;
  return key;
}

/** A move in words. */
export function moveText(move: Move): string {
  if ('letter' in move) {
    const { from, to, priority } = move.letter;
    const what = priority === STOPPING_PRIORITY ? 'priority 0' : 'an advertisement';
    return `r${to + 1} ${move.kind === 'deliver' ? 'hears' : 'loses'} ${what} of r${from + 1}`;
  }
  return `${move.kind} r${move.router + 1}`;
}
