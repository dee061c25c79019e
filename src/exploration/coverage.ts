import type { ProtocolWatcher } from '../simulation/protocol-watcher.ts';
import { isOwner, STOPPING_PRIORITY } from '../vrrp/parameters.ts';
import type { DiscardReason, Reception } from '../vrrp/receive.ts';
import type { Action, ActiveState, BackupState, Input, Step, VirtualRouter } from '../vrrp/state.ts';
import { compareAddresses } from '../wire/address.ts';

/**
 * Every transition of the protocol core (src/vrrp), by state, input and guard, and every reason to discard a message;
 * with the reason why the simulation cannot reach it, where it cannot.
 */
export const TRANSITIONS: Readonly<Record<string, string | undefined>> = {
  'initialize: startup of the owner': undefined,
  'initialize: startup of another': undefined,
  'initialize: fault began': undefined,
  'initialize: shutdown': 'a process that was stopped has ended',
  'initialize: advertisement': 'a process that has ended hears nothing',
  'initialize: timer': 'no timer runs',
  'initialize: fault ended': 'a fault from before the startup ends behind it',
  'initialize: yield': 'there are no groups',
  'fault: startup': undefined,
  'fault: fault ended, the owner': undefined,
  'fault: fault ended, another': undefined,
  'fault: fault ended before the startup': 'startup follows at once',
  'fault: shutdown': undefined,
  'fault: advertisement': 'a link that is down brings nothing',
  'fault: timer': undefined,
  'fault: fault began': 'a link is lost once',
  'fault: yield': 'there are no groups',
  'backup: timer before its time': undefined,
  'backup: timer, silence': undefined,
  'backup: timer, priority 0 was heard': undefined,
  'backup: timer, a lower router was heard': undefined,
  'backup: advertisement of its own': 'it is discarded before',
  'backup: advertisement in version 2 too': 'there is no v2/v3 mode',
  'backup: advertisement of priority 0': undefined,
  'backup: advertisement of higher priority': undefined,
  'backup: advertisement of the same priority': undefined,
  'backup: advertisement of lower priority, preemption off': undefined,
  'backup: advertisement of lower priority, preemption waits': undefined,
  'backup: advertisement of lower priority, preemption begins': undefined,
  'backup: advertisement of lower priority, preemption goes on': undefined,
  'backup: shutdown': undefined,
  'backup: fault began': undefined,
  'backup: startup': 'a process starts once',
  'backup: fault ended': 'a link comes back once',
  'backup: yield': 'there are no groups',
  'active: timer before its time': undefined,
  'active: timer': undefined,
  'active: timer after intervals that were missed': undefined,
  'active: advertisement of its own': 'it is discarded before',
  'active: advertisement of priority 0': undefined,
  'active: advertisement of higher priority': undefined,
  'active: advertisement of the same priority, greater address': undefined,
  'active: advertisement of the same priority, lesser address, answered': undefined,
  'active: advertisement of the same priority, lesser address, ignored': undefined,
  'active: advertisement of lower priority, answered': undefined,
  'active: advertisement of lower priority, ignored': undefined,
  'active: shutdown': undefined,
  'active: fault began, interface': undefined,
  'active: fault began, tracking': 'there is no tracking',
  'active: startup': 'a process starts once',
  'active: fault ended': 'a link comes back once',
  'active: yield': 'there are no groups',
  'any: priority changed': 'there is no tracking',
  'received: accepted': undefined,
  ...Object.fromEntries(
    Object.entries(discardReasons()).map(([reason, out]) => [`received: discarded, ${reason}`, out]),
  ),
};

function discardReasons(): Readonly<Record<DiscardReason, string | undefined>> {
  return {
    'own-frame': undefined,
    'wrong-destination': undefined,
    'unknown-peer': 'there are no unicast peers',
    ttl: undefined,
    version: undefined,
    type: undefined,
    length: undefined,
    checksum: undefined,
    'virtual-router-id': 'a message is given to the virtual router that it is for',
    'authentication-type': undefined,
    'authentication-data': 'no passwords are configured',
    owner: undefined,
    'address-count-zero': undefined,
    'interval-zero': undefined,
    'interval-mismatch': undefined,
    'address-list': 'the check is off',
  };
}

/** How often each transition was taken. */
export type Coverage = Readonly<Record<string, number>>;

/** Counts what the core does. */
export function createCoverage(): ProtocolWatcher & { counts(): Coverage } {
  const counts: Record<string, number> = Object.fromEntries(Object.keys(TRANSITIONS).map((name) => [name, 0]));
  const count = (name: string): void => {
    if (counts[name] === undefined) throw new Error(`the table of transitions lacks '${name}'`);
    counts[name] += 1;
  };
  return {
    counts: () => counts,
    received: (reception) => count(nameOfReception(reception)),
    stepped: (before, nowNs, input, made) => count(nameOfStep(before, nowNs, input, made)),
  };
}

/** The sum of two coverages. */
export function addCoverage(left: Coverage, right: Coverage): Coverage {
  return Object.fromEntries(Object.keys(TRANSITIONS).map((name) => [name, (left[name] ?? 0) + (right[name] ?? 0)]));
}

function nameOfReception(reception: Reception): string {
  return reception.verdict === 'accept' ? 'received: accepted' : `received: discarded, ${reception.reason}`;
}

/** The row of TRANSITIONS that a step belongs to. */
export function nameOfStep(before: VirtualRouter, nowNs: number, input: Input, made: Step): string {
  if (input.kind === 'priority-changed') return 'any: priority changed';
  const { state, parameters } = before;
  const what = input.kind.replace('-', ' ');
  switch (state.kind) {
    case 'initialize':
      if (input.kind === 'startup') return `initialize: startup of ${isOwner(parameters) ? 'the owner' : 'another'}`;
      return `initialize: ${what}`;
    case 'fault':
      if (input.kind !== 'fault-ended') return `fault: ${what}`;
      if (!state.started) return 'fault: fault ended before the startup';
      return `fault: fault ended, ${isOwner(parameters) ? 'the owner' : 'another'}`;
    case 'backup':
      return `backup: ${backupGuard(before, state, nowNs, input, made)}`;
    case 'active':
      return `active: ${activeGuard(before, state, nowNs, input, made.actions)}`;
  }
}

const TAKEOVERS = {
  silence: 'silence',
  'priority-zero': 'priority 0 was heard',
  preemption: 'a lower router was heard',
} as const;

function backupGuard(
  { parameters }: VirtualRouter,
  state: BackupState,
  nowNs: number,
  input: Input,
  { virtualRouter: { state: after } }: Step,
): string {
  if (input.kind === 'timer') {
    if (nowNs < state.activeDownAtNs) return 'timer before its time';
    return `timer, ${TAKEOVERS[state.takeoverReason]}`;
  }
  if (input.kind !== 'advertisement') return input.kind.replace('-', ' ');
  const { priority, sourceAddress, version } = input.advertisement;
  if (compareAddresses(sourceAddress, parameters.primaryAddress) === 0) return 'advertisement of its own';
  if (version === 2 && parameters.version === 3) return 'advertisement in version 2 too';
  if (priority === STOPPING_PRIORITY) return 'advertisement of priority 0';
  if (priority > parameters.priority) return 'advertisement of higher priority';
  if (priority === parameters.priority) return 'advertisement of the same priority';
  if (!parameters.preempt && !isOwner(parameters)) return 'advertisement of lower priority, preemption off';
  if (after.kind === 'backup' && after.preemptAtNs !== undefined && nowNs < after.preemptAtNs) {
    return 'advertisement of lower priority, preemption waits';
  }
  const isNew = state.takeoverReason !== 'preemption';
  return `advertisement of lower priority, preemption ${isNew ? 'begins' : 'goes on'}`;
}

function activeGuard(
  { parameters }: VirtualRouter,
  state: ActiveState,
  nowNs: number,
  input: Input,
  actions: readonly Action[],
): string {
  if (input.kind === 'timer') {
    if (nowNs < state.advertiseAtNs) return 'timer before its time';
    const isLate = nowNs - state.advertiseAtNs >= parameters.advertisementIntervalNs;
    return isLate ? 'timer after intervals that were missed' : 'timer';
  }
  if (input.kind === 'fault-began') return `fault began, ${input.reason === 'tracking' ? 'tracking' : 'interface'}`;
  if (input.kind !== 'advertisement') return input.kind.replace('-', ' ');
  const { priority, sourceAddress } = input.advertisement;
  const order = compareAddresses(sourceAddress, parameters.primaryAddress);
  if (order === 0) return 'advertisement of its own';
  if (priority === STOPPING_PRIORITY) return 'advertisement of priority 0';
  if (priority > parameters.priority) return 'advertisement of higher priority';
  if (priority === parameters.priority && order > 0) return 'advertisement of the same priority, greater address';
  const answer = actions.length > 0 ? 'answered' : 'ignored';
  if (priority < parameters.priority) return `advertisement of lower priority, ${answer}`;
  return `advertisement of the same priority, lesser address, ${answer}`;
}
