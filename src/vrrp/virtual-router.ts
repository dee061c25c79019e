import { compareAddresses } from '../wire/address.ts';
import { isSentInVersion3Too, learnedIntervalNs, waitAsBackup, waitBehind } from './backup.ts';
import { isOwner, STOPPING_PRIORITY, type VirtualRouterParameters } from './parameters.ts';
import type {
  Action,
  ActiveState,
  BackupState,
  FaultReason,
  FaultState,
  Input,
  ReceivedAdvertisement,
  State,
  Step,
  TransitionReason,
  VirtualRouter,
} from './state.ts';
import { skewTimeNs } from './timers.ts';

const NOTHING: readonly Action[] = [];

export function createVirtualRouter(parameters: VirtualRouterParameters): VirtualRouter {
  return { parameters, state: { kind: 'initialize' } };
}

/** When the next 'timer' input is due (absolute nanoseconds), or undefined where no timer runs. */
export function deadlineNs(virtualRouter: VirtualRouter): number | undefined {
  const { state } = virtualRouter;
  switch (state.kind) {
    case 'initialize':
    case 'fault':
      return undefined;
    case 'backup':
      return state.activeDownAtNs;
    case 'active':
      return state.advertiseAtNs;
  }
}

/**
 * One step of RFC 9568 §6.4 (RFC 5798 §6.4, RFC 3768 §6.4): what happened at `nowNs`, and what is to be done about it.
 * `nowNs` is the time of the input: for an advertisement when it arrived, on the clock that runs the timers. Inputs are
 * taken in the order in which they come: an advertisement that is given before a due 'timer' restarts that timer.
 */
export function step(virtualRouter: VirtualRouter, nowNs: number, input: Input): Step {
  if (input.kind === 'priority-changed') {
    const parameters = { ...virtualRouter.parameters, priority: input.priority };
    return { virtualRouter: { parameters, state: virtualRouter.state }, actions: NOTHING };
  }
  const { state } = virtualRouter;
  switch (state.kind) {
    case 'initialize':
      return stepInitialize(virtualRouter, nowNs, input);
    case 'fault':
      return stepFault(virtualRouter, state, nowNs, input);
    case 'backup':
      return stepBackup(virtualRouter, state, nowNs, input);
    case 'active':
      return stepActive(virtualRouter, state, nowNs, input);
  }
}

type StateInput = Exclude<Input, { kind: 'priority-changed' }>;

/** RFC 9568 §6.4.1. */
function stepInitialize(virtualRouter: VirtualRouter, nowNs: number, input: StateInput): Step {
  switch (input.kind) {
    case 'startup':
      return enter(virtualRouter, nowNs, 'startup');
    case 'fault-began':
      return moveTo(virtualRouter, { kind: 'fault', reason: input.reason, started: false }, input.reason);
    case 'shutdown':
    case 'advertisement':
    case 'timer':
    case 'fault-ended':
    case 'yield':
      return unchanged(virtualRouter);
  }
}

/** Not a state of the RFCs: Initialize, left as at startup (§6.4.1) when the fault has ended. */
function stepFault(virtualRouter: VirtualRouter, state: FaultState, nowNs: number, input: StateInput): Step {
  switch (input.kind) {
    case 'startup':
      return stay(virtualRouter, { ...state, started: true });
    case 'fault-ended':
      if (!state.started) return moveTo(virtualRouter, { kind: 'initialize' }, 'fault-ended');
      return enter(virtualRouter, nowNs, 'fault-ended');
    case 'shutdown':
      return moveTo(virtualRouter, { kind: 'initialize' }, 'shutdown');
    case 'advertisement':
    case 'timer':
    case 'fault-began':
    case 'yield':
      return unchanged(virtualRouter);
  }
}

/** RFC 9568 §6.4.2. */
function stepBackup(virtualRouter: VirtualRouter, state: BackupState, nowNs: number, input: StateInput): Step {
  switch (input.kind) {
    case 'timer':
      if (nowNs < state.activeDownAtNs) return unchanged(virtualRouter);
      return becomeActive(virtualRouter, nowNs, state.takeoverReason);
    case 'advertisement':
      return receiveAsBackup(virtualRouter, state, nowNs, input.advertisement);
    case 'shutdown':
      return moveTo(virtualRouter, { kind: 'initialize' }, 'shutdown');
    case 'fault-began':
      return moveTo(virtualRouter, { kind: 'fault', reason: input.reason, started: true }, input.reason);
    case 'startup':
    case 'fault-ended':
    case 'yield':
      return unchanged(virtualRouter);
  }
}

/** RFC 9568 §6.4.3. */
function stepActive(virtualRouter: VirtualRouter, state: ActiveState, nowNs: number, input: StateInput): Step {
  switch (input.kind) {
    case 'timer':
      return advertisePeriodically(virtualRouter, state, nowNs);
    case 'advertisement':
      return receiveAsActive(virtualRouter, nowNs, input.advertisement);
    case 'shutdown':
      return moveTo(virtualRouter, { kind: 'initialize' }, 'shutdown', [
        { kind: 'advertise', priority: STOPPING_PRIORITY, reason: 'shutdown' },
      ]);
    case 'fault-began':
      return leaveActiveForFault(virtualRouter, input.reason);
    case 'yield':
      return moveTo(
        virtualRouter,
        waitAsBackup(virtualRouter.parameters, nowNs, virtualRouter.parameters.advertisementIntervalNs),
        'group',
      );
    case 'startup':
    case 'fault-ended':
      return unchanged(virtualRouter);
  }
}

/** §6.4.1: the owner is Active at once, any other router waits as Backup. */
function enter(virtualRouter: VirtualRouter, nowNs: number, reason: 'startup' | 'fault-ended'): Step {
  const { parameters } = virtualRouter;
  if (isOwner(parameters)) return becomeActive(virtualRouter, nowNs, 'owner');
  const activeIntervalNs = parameters.advertisementIntervalNs;
  return moveTo(virtualRouter, waitAsBackup(parameters, nowNs, activeIntervalNs), reason);
}

/** The advertisement goes out before anything else; the interval is the router's own, not the learned one (§6.4.2). */
function becomeActive(virtualRouter: VirtualRouter, nowNs: number, reason: TransitionReason): Step {
  const { parameters, state } = virtualRouter;
  const active: ActiveState = { kind: 'active', advertiseAtNs: nowNs + parameters.advertisementIntervalNs };
  return {
    virtualRouter: { parameters, state: active },
    actions: [
      { kind: 'advertise', priority: parameters.priority, reason: 'became-active' },
      { kind: 'transition', from: state.kind, to: 'active', reason },
      { kind: 'announce' },
    ],
  };
}

function receiveAsBackup(
  virtualRouter: VirtualRouter,
  state: BackupState,
  nowNs: number,
  advertisement: ReceivedAdvertisement,
): Step {
  const { parameters } = virtualRouter;
  if (isOwnFrame(parameters, advertisement)) return unchanged(virtualRouter);
  if (isSentInVersion3Too(state, nowNs, advertisement)) return unchanged(virtualRouter);
  if (advertisement.priority === STOPPING_PRIORITY) {
    const skewNs = skewTimeNs(parameters.version, parameters.priority, state.activeIntervalNs, parameters.skewRounding);
    return stay(virtualRouter, {
      ...state,
      activeDownAtNs: nowNs + skewNs,
      takeoverReason: 'priority-zero',
      preemptAtNs: undefined,
    });
  }
  const activeIntervalNs = learnedIntervalNs(parameters, advertisement);
  if (advertisement.priority >= parameters.priority || !preempts(parameters)) {
    return stay(virtualRouter, waitBehind(parameters, nowNs, activeIntervalNs, advertisement));
  }
  const preemptAtNs = preemptionTimeNs(parameters, state, nowNs);
  if (nowNs < preemptAtNs) {
    return stay(virtualRouter, { ...waitBehind(parameters, nowNs, activeIntervalNs, advertisement), preemptAtNs });
  }
  return state.takeoverReason === 'preemption'
    ? unchanged(virtualRouter)
    : stay(virtualRouter, { ...state, takeoverReason: 'preemption' });
}

/** The owner preempts whatever Preempt_Mode says (§6.1). */
function preempts(parameters: VirtualRouterParameters): boolean {
  return parameters.preempt || isOwner(parameters);
}

/** From when on a lower Active router is preempted: the owner does not wait. */
function preemptionTimeNs(parameters: VirtualRouterParameters, state: BackupState, nowNs: number): number {
  return isOwner(parameters) ? nowNs : (state.preemptAtNs ?? nowNs + parameters.preemptDelayNs);
}

function receiveAsActive(virtualRouter: VirtualRouter, nowNs: number, advertisement: ReceivedAdvertisement): Step {
  const { parameters } = virtualRouter;
  if (isOwnFrame(parameters, advertisement)) return unchanged(virtualRouter);
  if (advertisement.priority === STOPPING_PRIORITY) {
    const active: ActiveState = { kind: 'active', advertiseAtNs: nowNs + parameters.advertisementIntervalNs };
    return {
      virtualRouter: { parameters, state: active },
      actions: [{ kind: 'advertise', priority: parameters.priority, reason: 'priority-zero-received' }],
    };
  }
  const reason = reasonToYield(parameters, advertisement);
  if (reason !== undefined) {
    const activeIntervalNs = learnedIntervalNs(parameters, advertisement);
    const farewell: readonly Action[] = parameters.behaviour.advertiseBeforeYield
      ? [{ kind: 'advertise', priority: parameters.priority, reason: 'yielding' }]
      : NOTHING;
    return moveTo(virtualRouter, waitBehind(parameters, nowNs, activeIntervalNs, advertisement), reason, farewell);
  }
  if (!parameters.behaviour.immediateAssertion) return unchanged(virtualRouter);
  // RFC 9568 §6.4.3: the loser's peers, and switches that moved the virtual MAC, hear at once who is Active; Adver_Timer
  // runs on, so that a flood of losing advertisements does not delay the regular ones.
  return {
    virtualRouter,
    actions: [{ kind: 'advertise', priority: parameters.priority, reason: 'assertion' }],
  };
}

function reasonToYield(
  parameters: VirtualRouterParameters,
  advertisement: ReceivedAdvertisement,
): TransitionReason | undefined {
  if (advertisement.priority > parameters.priority) return 'higher-priority';
  if (advertisement.priority < parameters.priority) return undefined;
  return compareAddresses(advertisement.sourceAddress, parameters.primaryAddress) > 0 ? 'greater-address' : undefined;
}

/**
 * The next one is due an interval after this one was due, not after it was sent, so that lateness does not add up.
 * Whoever was held up for more than an interval leaves out what it missed.
 */
function advertisePeriodically(virtualRouter: VirtualRouter, state: ActiveState, nowNs: number): Step {
  const { parameters } = virtualRouter;
  if (nowNs < state.advertiseAtNs) return unchanged(virtualRouter);
  const intervalNs = parameters.advertisementIntervalNs;
  const missed = Math.floor((nowNs - state.advertiseAtNs) / intervalNs);
  const active: ActiveState = { kind: 'active', advertiseAtNs: state.advertiseAtNs + (missed + 1) * intervalNs };
  return {
    virtualRouter: { parameters, state: active },
    actions: [{ kind: 'advertise', priority: parameters.priority, reason: 'periodic' }],
  };
}

/** Where the interface still works the others are told, so that they need not wait; where it is lost nothing can be sent. */
function leaveActiveForFault(virtualRouter: VirtualRouter, reason: FaultReason): Step {
  const farewell: readonly Action[] =
    reason === 'tracking' ? [{ kind: 'advertise', priority: STOPPING_PRIORITY, reason: 'fault' }] : NOTHING;
  return moveTo(virtualRouter, { kind: 'fault', reason, started: true }, reason, farewell);
}

/** A reflecting switch or a cloned machine: answering it, as §6.4.3 would have it, is a storm. */
function isOwnFrame(parameters: VirtualRouterParameters, advertisement: ReceivedAdvertisement): boolean {
  return compareAddresses(advertisement.sourceAddress, parameters.primaryAddress) === 0;
}

function unchanged(virtualRouter: VirtualRouter): Step {
  return { virtualRouter, actions: NOTHING };
}

function stay(virtualRouter: VirtualRouter, state: State): Step {
  return { virtualRouter: { parameters: virtualRouter.parameters, state }, actions: NOTHING };
}

function moveTo(
  virtualRouter: VirtualRouter,
  state: State,
  reason: TransitionReason,
  before: readonly Action[] = NOTHING,
): Step {
  const transition: Action = { kind: 'transition', from: virtualRouter.state.kind, to: state.kind, reason };
  return {
    virtualRouter: { parameters: virtualRouter.parameters, state },
    actions: [...before, transition],
  };
}
