import type { SerialisableAction } from '../scenario/plan.ts';

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
  actions(router: string, lans: readonly string[]): readonly SerialisableAction[];
  /** Frames are lost on a cable that stays plugged: only a wire in user space can do that. */
  readonly needsWire: boolean;
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
  'preemption',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

function onTheWire(direction: 'in' | 'out' | 'both'): FailoverFault['actions'] {
  return (node, lans) =>
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
    actions: (router) => [{ kind: 'kill', router }],
    needsWire: false,
  },
  frozen: {
    name: 'frozen',
    title: 'every process of it stands still (SIGSTOP)',
    law: 'active-down',
    actions: (router) => [{ kind: 'freeze', router }],
    needsWire: false,
  },
  stopped: {
    name: 'stopped',
    title: 'it is stopped in order (SIGTERM)',
    law: 'skew',
    actions: (router) => [{ kind: 'stop', router }],
    needsWire: false,
  },
  'power-off': {
    name: 'power-off',
    title: 'its processes and links end at once',
    law: 'active-down',
    actions: (node) => [{ kind: 'power-off', node }],
    needsWire: false,
  },
  'cable-pulled': {
    name: 'cable-pulled',
    title: 'its cables are pulled',
    law: 'active-down',
    actions: (node, lans) => lans.map((lan) => ({ kind: 'pull-cable', node, lan })),
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
  preemption: {
    name: 'preemption',
    title: 'another of higher priority comes back, and takes over from it',
    law: 'preemption',
    actions: (router) => [{ kind: 'start', router }],
    needsWire: false,
  },
};
