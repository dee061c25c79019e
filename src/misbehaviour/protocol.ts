import type { VirtualRouterParameters } from '../vrrp/parameters.ts';
import type { Protocol } from '../vrrp/protocol.ts';
import type { ReceivedMessage } from '../vrrp/receive.ts';
import type { Action, Input, ReceivedAdvertisement, State, Step, VirtualRouter } from '../vrrp/state.ts';

type Change = (right: Protocol) => Protocol;
type StepFunction = Protocol['step'];

/** Messages are checked as if they said something else. */
export function misread(
  change: (message: ReceivedMessage, parameters: VirtualRouterParameters) => Partial<ReceivedMessage>,
): Change {
  return (right) => ({
    ...right,
    receive: (parameters, message) => right.receive(parameters, { ...message, ...change(message, parameters) }),
  });
}

/** The virtual router runs as if it had been told something else. */
export function toldOtherwise(
  change: (
    parameters: VirtualRouterParameters,
    state: State | undefined,
    input: Input | undefined,
  ) => Partial<VirtualRouterParameters>,
): Change {
  return (right) => ({
    ...right,
    receive: (parameters, message) =>
      right.receive({ ...parameters, ...change(parameters, undefined, undefined) }, message),
    step(virtualRouter, nowNs, input) {
      const { parameters, state } = virtualRouter;
      if (input.kind === 'priority-changed') return right.step(virtualRouter, nowNs, input);
      const told = { ...parameters, ...change(parameters, state, input) };
      const { virtualRouter: next, actions } = right.step({ parameters: told, state }, nowNs, input);
      return { virtualRouter: { parameters, state: next.state }, actions };
    },
  });
}

/** Every step of the state machine is what this makes of the right one. */
export function stepping(around: (right: StepFunction) => StepFunction): Change {
  return (right) => ({ ...right, step: around(right.step) });
}

/** The right step, with its outcome changed. */
export function afterStep(change: (made: Step, before: VirtualRouter, nowNs: number, input: Input) => Step): Change {
  return stepping(
    (right) => (virtualRouter, nowNs, input) => change(right(virtualRouter, nowNs, input), virtualRouter, nowNs, input),
  );
}

/** The right step, with its actions changed. */
export function afterActions(
  change: (actions: readonly Action[], before: VirtualRouter, input: Input, after: VirtualRouter) => readonly Action[],
): Change {
  return afterStep((made, before, _nowNs, input) => ({
    ...made,
    actions: change(made.actions, before, input, made.virtualRouter),
  }));
}

/** Advertisements of a kind do nothing at all in a state. */
export function ignoring(
  state: 'active' | 'backup',
  isIgnored: (advertisement: ReceivedAdvertisement, parameters: VirtualRouterParameters) => boolean,
): Change {
  return stepping((right) => (virtualRouter, nowNs, input) => {
    const isMeant =
      input.kind === 'advertisement' &&
      virtualRouter.state.kind === state &&
      isIgnored(input.advertisement, virtualRouter.parameters);
    return isMeant ? { virtualRouter, actions: [] } : right(virtualRouter, nowNs, input);
  });
}

/** The state machine is given other advertisements than those that came. */
export function mistaking(
  change: (advertisement: ReceivedAdvertisement, virtualRouter: VirtualRouter) => Partial<ReceivedAdvertisement>,
): Change {
  return stepping((right) => (virtualRouter, nowNs, input) => {
    if (input.kind !== 'advertisement') return right(virtualRouter, nowNs, input);
    const advertisement = { ...input.advertisement, ...change(input.advertisement, virtualRouter) };
    return right(virtualRouter, nowNs, { kind: 'advertisement', advertisement });
  });
}

/** The same step in another state. */
export function inState(made: Step, state: State): Step {
  return { actions: made.actions, virtualRouter: { parameters: made.virtualRouter.parameters, state } };
}
