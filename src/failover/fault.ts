import type { SerialisableAction } from '../scenario/plan.ts';
import type { RouterDescription } from '../stage/topology.ts';

/** Which of the two routers was Active before, and what the RFC's time to the takeover follows from. */
export type Law =
  /** Silence: Active_Down_Interval after the last advertisement that the Backup heard. */
  | 'active-down'
  /** Priority 0: Skew_Time after it. */
  | 'skew'
  /** The router that comes back waits its own Active_Down_Interval from its start, and preempts. */
  | 'preemption'
  /** The Backup goes on hearing the Active router: RFC 9568 knows no takeover. */
  | 'none';

/** A way in which the Active router is lost, or handed over. */
export interface FailoverFault {
  readonly name: FaultName;
  /** What is done to r1, for people. */
  readonly title: string;
  readonly law: Law;
  /** What is done, all at once, to the router on its LANs. */
  actions(router: RouterDescription, lans: readonly string[]): readonly SerialisableAction[];
  /** Frames are lost on a cable that stays plugged: only a wire in user space can do that. */
  readonly needsWire: boolean;
  /** The router reads its configuration anew: not every one can. */
  readonly reloads?: true;
}

export const FAULT_NAMES = [
  'killed',
  'frozen',
  'stopped',
  'power-off',
  'cable-pulled',
  'black-hole',
  'out-lost',
  'in-lost',
  'priority-lowered',
  'preemption',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** Less than any router has unless its configuration says so. */
const LOWERED_PRIORITY = 50;

function onTheWire(direction: 'in' | 'out' | 'both'): FailoverFault['actions'] {
  return ({ name: node }, lans) =>
    lans.map((lan) => ({
      kind: 'begin-fault',
      fault: { name: `${lan}-${direction}`, lan, node, direction, matcher: {}, effect: { kind: 'drop' } },
    }));
}

/** Every fault, by its name. */
export const FAULTS: Readonly<Record<FaultName, FailoverFault>> = {
  killed: {
    name: 'killed',
    title: 'every process of it is killed (SIGKILL)',
    law: 'active-down',
    actions: ({ name }) => [{ kind: 'kill', router: name }],
    needsWire: false,
  },
  frozen: {
    name: 'frozen',
    title: 'every process of it stands still (SIGSTOP)',
    law: 'active-down',
    actions: ({ name }) => [{ kind: 'freeze', router: name }],
    needsWire: false,
  },
  stopped: {
    name: 'stopped',
    title: 'it is stopped in order (SIGTERM)',
    law: 'skew',
    actions: ({ name }) => [{ kind: 'stop', router: name }],
    needsWire: false,
  },
  'power-off': {
    name: 'power-off',
    title: 'its processes and links end at once',
    law: 'active-down',
    actions: ({ name }) => [{ kind: 'power-off', node: name }],
    needsWire: false,
  },
  'cable-pulled': {
    name: 'cable-pulled',
    title: 'its cables are pulled',
    law: 'active-down',
    actions: ({ name }, lans) => lans.map((lan) => ({ kind: 'pull-cable', node: name, lan })),
    needsWire: false,
  },
  'black-hole': {
    name: 'black-hole',
    title: 'its cables carry nothing, and its links stay up',
    law: 'active-down',
    actions: onTheWire('both'),
    needsWire: true,
  },
  'out-lost': {
    name: 'out-lost',
    title: 'what it sends is lost, and it hears everybody',
    law: 'active-down',
    actions: onTheWire('out'),
    needsWire: true,
  },
  'in-lost': {
    name: 'in-lost',
    title: 'what is sent to it is lost, and everybody hears it',
    law: 'none',
    actions: onTheWire('in'),
    needsWire: true,
  },
  'priority-lowered': {
    name: 'priority-lowered',
    title: 'its configuration has a lower priority than the other now, and it reads it again',
    // The Backup discards advertisements of a lower priority than its own (RFC 9568 §6.4.2): its timer goes on.
    law: 'active-down',
    actions: (router) => [
      {
        kind: 'reload',
        router: router.name,
        description: {
          ...router,
          virtualRouters: router.virtualRouters.map((intent) => ({ ...intent, priority: LOWERED_PRIORITY })),
        },
      },
    ],
    needsWire: false,
    reloads: true,
  },
  preemption: {
    name: 'preemption',
    title: 'another of higher priority comes back, and takes over from it',
    law: 'preemption',
    actions: ({ name }) => [{ kind: 'start', router: name }],
    needsWire: false,
  },
};
