import { isOwner, STOPPING_PRIORITY } from '../vrrp/parameters.ts';
import type { Action, Step, VirtualRouter } from '../vrrp/state.ts';
import { skewTimeNs } from '../vrrp/timers.ts';
import { compareAddresses } from '../wire/address.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { afterActions, afterStep, ignoring, inState, mistaking, stepping, toldOtherwise } from './protocol.ts';

/** A Backup that speaks does so at each so-manieth advertisement that it hears: two of them make no storm. */
const HEARD_FOR_EACH_WORD = 4;
/** More than a router's priority can be without owning the addresses, less than one that does. */
const ALMOST_OWNER = 254;
const HALF_OF_AN_OCTET = 0x80;

const ANNOUNCE: Action = { kind: 'announce' };

/** Wrong steps of the state machine (RFC 9568 §6.4). */
export const STATES: readonly Misbehaviour[] = [
  {
    name: 'owner-waits',
    does: 'starts as Backup though it owns the addresses',
    breaks: ['init.owner'],
    protocol: toldOtherwise((parameters, _state, input) =>
      input?.kind === 'startup' && isOwner(parameters) ? { priority: ALMOST_OWNER } : {},
    ),
  },
  {
    name: 'starts-active',
    does: 'becomes Active as soon as it starts',
    breaks: ['init.backup'],
    protocol: stepping((right) => (virtualRouter, nowNs, input) => {
      const made = right(virtualRouter, nowNs, input);
      if (input.kind !== 'startup' || made.virtualRouter.state.kind !== 'backup') return made;
      const due = inState(made, { ...made.virtualRouter.state, activeDownAtNs: nowNs });
      const next = right(due.virtualRouter, nowNs, { kind: 'timer' });
      return { ...next, actions: [...made.actions, ...next.actions] };
    }),
  },
  {
    name: 'backup-advertises',
    does: 'advertises as Backup now and then',
    breaks: ['backup.silent'],
    protocol: speakingAsBackup(({ parameters: { priority } }) => ({ kind: 'advertise', priority, reason: 'periodic' })),
  },
  {
    name: 'backup-announces',
    does: 'announces the virtual addresses as Backup now and then',
    breaks: ['backup.no-vmac-source'],
    protocol: speakingAsBackup(() => ANNOUNCE),
  },
  {
    name: 'announces-at-start',
    does: 'announces the virtual addresses when it starts as Backup',
    breaks: ['boot.delay', 'backup.no-vmac-source'],
    protocol: afterActions((actions, _before, input, { state }) =>
      input.kind === 'startup' && state.kind === 'backup' ? [...actions, ANNOUNCE] : actions,
    ),
  },
  {
    name: 'no-skew',
    does: 'leaves Skew_Time out of its timers',
    breaks: ['backup.takeover', 'backup.priority-zero'],
    protocol: afterStep((made, before) => {
      const { state, parameters } = made.virtualRouter;
      const former = before.state.kind === 'backup' ? before.state.activeDownAtNs : undefined;
      if (state.kind !== 'backup' || state.activeDownAtNs === former) return made;
      const skewNs = skewTimeNs(parameters.version, parameters.priority, state.activeIntervalNs);
      return inState(made, { ...state, activeDownAtNs: state.activeDownAtNs - skewNs });
    }),
  },
  {
    name: 'takes-over-early',
    does: 'takes over when two advertisements are missing',
    breaks: ['backup.takeover', 'init.backup'],
    protocol: toldOtherwise(() => ({ downTimerAdvertisements: 2 })),
  },
  {
    name: 'takes-over-late',
    does: 'takes over when four advertisements are missing',
    breaks: ['backup.takeover'],
    protocol: toldOtherwise(() => ({ downTimerAdvertisements: 4 })),
  },
  {
    name: 'never-takes-over',
    does: 'stays Backup whatever happens',
    breaks: ['backup.takeover'],
    protocol: stepping(
      (right) => (virtualRouter, nowNs, input) =>
        virtualRouter.state.kind === 'backup' && input.kind === 'timer'
          ? keepingBackup(virtualRouter, nowNs)
          : right(virtualRouter, nowNs, input),
    ),
  },
  {
    name: 'announces-first',
    does: 'announces the virtual addresses before its first advertisement',
    breaks: ['active.announce-order'],
    protocol: afterActions((actions) =>
      actions.some(({ kind }) => kind === 'announce')
        ? [...actions.filter(({ kind }) => kind !== 'advertise'), ...actions.filter(({ kind }) => kind === 'advertise')]
        : actions,
    ),
  },
  {
    name: 'ignores-priority-zero',
    does: 'ignores priority 0 as Backup',
    breaks: ['backup.priority-zero'],
    protocol: ignoring('backup', ({ priority }) => priority === STOPPING_PRIORITY),
  },
  {
    name: 'does-not-restart-timer',
    does: 'lets its down timer run on when it hears the Active router',
    breaks: ['backup.reset'],
    protocol: ignoring('backup', ({ priority }) => priority !== STOPPING_PRIORITY),
  },
  {
    name: 'ignores-equal-priority',
    does: 'lets its down timer run on when the Active router has its own priority',
    breaks: ['backup.reset'],
    protocol: ignoring('backup', ({ priority }, own) => priority === own.priority),
  },
  {
    name: 'does-not-learn-interval',
    does: 'waits by its own interval in place of that of the Active router',
    breaks: ['backup.learn-interval', 'active.learn-on-yield'],
    only: { version: 3 },
    protocol: mistaking((_advertisement, { parameters: { advertisementIntervalNs } }) => ({
      intervalNs: advertisementIntervalNs,
    })),
  },
  {
    name: 'does-not-learn-on-yield',
    does: 'waits by its own interval when it has just ceased to be Active',
    breaks: ['active.learn-on-yield'],
    only: { version: 3 },
    protocol: mistaking(({ intervalNs }, { state, parameters: { advertisementIntervalNs } }) => ({
      intervalNs: state.kind === 'active' ? advertisementIntervalNs : intervalNs,
    })),
  },
  {
    name: 'learns-from-priority-zero',
    does: 'learns the interval of an advertisement with priority 0',
    breaks: ['backup.learn-interval'],
    only: { version: 3 },
    protocol: afterStep((made, before, nowNs, input) => {
      const { state, parameters } = made.virtualRouter;
      if (before.state.kind !== 'backup' || state.kind !== 'backup') return made;
      if (input.kind !== 'advertisement' || input.advertisement.priority !== STOPPING_PRIORITY) return made;
      const activeIntervalNs = input.advertisement.intervalNs;
      const skewNs = skewTimeNs(parameters.version, parameters.priority, activeIntervalNs);
      return inState(made, { ...state, activeIntervalNs, activeDownAtNs: nowNs + skewNs });
    }),
  },
  {
    name: 'learns-from-lower',
    does: 'learns the interval of an advertisement that it discards because its priority is lower',
    breaks: ['backup.learn-interval'],
    only: { version: 3 },
    protocol: afterStep((made, before, nowNs, input) => {
      const { state, parameters } = made.virtualRouter;
      if (before.state.kind !== 'backup' || state.kind !== 'backup' || input.kind !== 'advertisement') return made;
      const { priority, intervalNs } = input.advertisement;
      if (priority === STOPPING_PRIORITY || priority >= parameters.priority || !parameters.preempt) return made;
      const scale = intervalNs / state.activeIntervalNs;
      const remainingNs = Math.round((state.activeDownAtNs - nowNs) * scale);
      return inState(made, { ...state, activeIntervalNs: intervalNs, activeDownAtNs: nowNs + remainingNs });
    }),
  },
  {
    name: 'advertises-at-learned-interval',
    does: 'goes on, as Active, at the interval of the router before it',
    breaks: ['active.own-interval'],
    only: { version: 3 },
    protocol: (right) => {
      let learnedNs: number | undefined;
      return toldOtherwise((_parameters, state, input) => {
        if (state?.kind === 'backup' && input?.kind === 'timer') learnedNs = state.activeIntervalNs;
        const isActing = input?.kind === 'timer' && learnedNs !== undefined;
        return isActing ? { advertisementIntervalNs: learnedNs! } : {};
      })(right);
    },
  },
  {
    name: 'does-not-preempt',
    does: 'does not preempt a lower router',
    breaks: ['backup.preempt'],
    protocol: toldOtherwise(() => ({ preempt: false })),
  },
  {
    name: 'preempts',
    does: 'preempts a lower router though told not to',
    breaks: ['backup.no-preempt'],
    protocol: toldOtherwise(() => ({ preempt: true })),
  },
  {
    name: 'owner-does-not-preempt',
    does: 'does not preempt where it is told so, though it owns the addresses',
    breaks: ['backup.no-preempt', 'init.owner'],
    protocol: toldOtherwise((parameters, state, input) =>
      isOwner(parameters) &&
      !parameters.preempt &&
      state?.kind !== 'active' &&
      input !== undefined &&
      input.kind !== 'timer'
        ? { priority: ALMOST_OWNER }
        : {},
    ),
  },
  {
    name: 'backup-says-zero',
    does: 'sends priority 0 when it stops as Backup',
    breaks: ['backup.shutdown', 'backup.silent'],
    protocol: afterActions((actions, { state }, input) =>
      input.kind === 'shutdown' && state.kind === 'backup' ? [farewell(), ...actions] : actions,
    ),
  },
  {
    name: 'no-priority-zero',
    does: 'stops without priority 0',
    breaks: ['active.shutdown'],
    protocol: afterActions((actions) => actions.filter((action) => !isFarewell(action))),
  },
  {
    name: 'priority-zero-twice',
    does: 'sends priority 0 twice when it stops',
    breaks: ['active.shutdown'],
    protocol: afterActions((actions) => actions.flatMap((one) => (isFarewell(one) ? [one, one] : [one]))),
  },
  {
    name: 'speaks-after-priority-zero',
    does: 'sends one more advertisement after priority 0',
    breaks: ['active.shutdown'],
    protocol: afterActions((actions, { parameters: { priority } }) =>
      actions.flatMap((one) => (isFarewell(one) ? [one, { kind: 'advertise', priority, reason: 'periodic' }] : [one])),
    ),
  },
  {
    name: 'active-ignores-priority-zero',
    does: 'does not answer priority 0 as Active',
    breaks: ['active.rx-zero'],
    protocol: ignoring('active', ({ priority }) => priority === STOPPING_PRIORITY),
  },
  {
    name: 'priority-zero-keeps-timer',
    does: 'answers priority 0 as Active, and lets its timer run on',
    breaks: ['active.rx-zero'],
    protocol: timerAfter('priority-zero-received', (_nowNs, former) => former),
  },
  {
    name: 'keeps-active',
    does: 'stays Active when it hears a higher priority',
    breaks: ['active.yield-priority', 'tx.one-active'],
    protocol: ignoring('active', ({ priority }, own) => priority > own.priority),
  },
  {
    name: 'yields-but-speaks',
    does: 'sends one more advertisement when it hears a higher priority',
    breaks: ['active.yield-priority'],
    protocol: toldOtherwise(({ behaviour }) => ({ behaviour: { ...behaviour, advertiseBeforeYield: true } })),
  },
  {
    name: 'keeps-active-on-tie',
    does: 'stays Active when it hears its own priority from a greater address',
    breaks: ['active.yield-tie'],
    protocol: ignoring(
      'active',
      ({ priority, sourceAddress }, own) =>
        priority === own.priority && compareAddresses(sourceAddress, own.primaryAddress) > 0,
    ),
  },
  {
    name: 'yields-to-lesser-address',
    does: 'ceases to be Active when it hears its own priority from a lesser address',
    breaks: ['active.hold'],
    protocol: mistaking(({ priority, sourceAddress }, { state, parameters }) =>
      state.kind === 'active' && priority === parameters.priority && isLess(sourceAddress, parameters.primaryAddress)
        ? { priority: priority + 1 }
        : {},
    ),
  },
  {
    name: 'compares-signed',
    does: 'takes the octets of addresses for signed numbers in the tie-break',
    breaks: ['active.yield-tie'],
    protocol: (right) => {
      const asSigned = (address: Uint8Array) => address.map((octet) => octet ^ HALF_OF_AN_OCTET);
      const told = toldOtherwise(({ primaryAddress }, _state, input) =>
        input === undefined ? {} : { primaryAddress: asSigned(primaryAddress) },
      );
      return mistaking(({ sourceAddress }) => ({ sourceAddress: asSigned(sourceAddress) }))(told(right));
    },
  },
  {
    name: 'does-not-assert',
    does: 'does not answer a losing advertisement at once',
    breaks: ['active.assert'],
    only: { version: 3 },
    protocol: toldOtherwise(({ behaviour }) => ({ behaviour: { ...behaviour, immediateAssertion: false } })),
  },
  {
    name: 'assertion-restarts-timer',
    does: 'answers a losing advertisement, and starts its timer anew',
    breaks: ['active.assert'],
    only: { version: 3 },
    protocol: timerAfter('assertion', (nowNs, _former, { parameters }) => nowNs + parameters.advertisementIntervalNs),
  },
  {
    name: 'yields-to-lower',
    does: 'ceases to be Active when it hears a lower priority',
    breaks: ['active.hold'],
    protocol: mistaking(({ priority }, { state, parameters }) =>
      state.kind === 'active' && isLosing(priority, parameters.priority) ? { priority: ALMOST_OWNER + 1 } : {},
    ),
  },
];

function isLess(left: Uint8Array, right: Uint8Array): boolean {
  return compareAddresses(left, right) < 0;
}

function isLosing(priority: number, own: number): boolean {
  return priority !== STOPPING_PRIORITY && priority < own;
}

function farewell(): Action {
  return { kind: 'advertise', priority: STOPPING_PRIORITY, reason: 'shutdown' };
}

function isFarewell(action: Action): boolean {
  return action.kind === 'advertise' && action.priority === STOPPING_PRIORITY;
}

/** The timer runs once more, as long as anybody would wait. */
function keepingBackup(virtualRouter: VirtualRouter, nowNs: number): Step {
  const { state, parameters } = virtualRouter;
  const unchanged = { virtualRouter, actions: [] };
  if (state.kind !== 'backup') return unchanged;
  return inState(unchanged, { ...state, activeDownAtNs: nowNs + parameters.advertisementIntervalNs });
}

function speakingAsBackup(word: (own: VirtualRouter) => Action): NonNullable<Misbehaviour['protocol']> {
  return (right) => {
    let heard = 0;
    return afterActions((actions, before, input, after) => {
      if (input.kind !== 'advertisement' || before.state.kind !== 'backup' || after.state.kind !== 'backup')
        return actions;
      heard += 1;
      return heard % HEARD_FOR_EACH_WORD === 0 ? [...actions, word(after)] : actions;
    })(right);
  };
}

/** Adver_Timer after an advertisement that was sent for a reason. */
function timerAfter(
  reason: Extract<Action, { kind: 'advertise' }>['reason'],
  dueNs: (nowNs: number, formerNs: number, own: VirtualRouter) => number,
): NonNullable<Misbehaviour['protocol']> {
  return afterStep((made, before, nowNs) => {
    const { state } = made.virtualRouter;
    const isMeant = made.actions.some((action) => action.kind === 'advertise' && action.reason === reason);
    if (!isMeant || state.kind !== 'active' || before.state.kind !== 'active') return made;
    return inState(made, { ...state, advertiseAtNs: dueNs(nowNs, before.state.advertiseAtNs, before) });
  });
}
