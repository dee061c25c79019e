import { describe, expect, it } from 'vitest';
import { RFC5798_BEHAVIOUR, type VirtualRouterParameters, virtualRouterParameters } from '../../src/vrrp/parameters.ts';
import type {
  Action,
  ActiveState,
  BackupState,
  FaultState,
  Input,
  State,
  VirtualRouter,
} from '../../src/vrrp/state.ts';
import { createVirtualRouter, deadlineNs, step } from '../../src/vrrp/virtual-router.ts';

const MS = 1_000_000;
const NOW = 5000 * MS;
const OWN = Uint8Array.of(192, 0, 2, 10);
const LESSER = Uint8Array.of(192, 0, 2, 9);
/** Greater as unsigned octets, less as signed ones. */
const GREATER = Uint8Array.of(192, 0, 2, 200);

/** Version 3, priority 100, an interval of 100 ms: Skew_Time 60.9375 ms, Active_Down_Interval 360.9375 ms. */
function parameters(changes: Partial<VirtualRouterParameters> = {}): VirtualRouterParameters {
  return virtualRouterParameters({
    virtualRouterId: 7,
    version: 3,
    family: 'ipv4',
    advertisementIntervalNs: 100 * MS,
    primaryAddress: OWN,
    addresses: [Uint8Array.of(192, 0, 2, 1)],
    ...changes,
  });
}

const V3 = parameters();
const V3_OWNER = parameters({ priority: 255 });
const V3_NO_PREEMPTION = parameters({ preempt: false });
const V3_PREEMPT_DELAY = parameters({ preemptDelayNs: 1000 * MS });
const V3_RFC5798 = parameters({ behaviour: RFC5798_BEHAVIOUR });
const V3_TRUNCATED = parameters({ skewRounding: 'truncated' });
const V3_FIVE_MISSED = parameters({ downTimerAdvertisements: 5 });
/** Version 2: Skew_Time 609.375 ms, Master_Down_Interval 3609.375 ms. */
const V2 = parameters({ version: 2, advertisementIntervalNs: 1000 * MS });

const INITIALIZE: State = { kind: 'initialize' };
const FAULT: FaultState = { kind: 'fault', reason: 'interface-lost', started: true };
const FAULT_UNSTARTED: FaultState = { ...FAULT, started: false };
const ACTIVE: ActiveState = { kind: 'active', advertiseAtNs: NOW + 40 * MS };
/** Has learned an interval of 200 ms from a slower Active router. */
const BACKUP: BackupState = {
  kind: 'backup',
  activeDownAtNs: NOW + 300 * MS,
  activeIntervalNs: 200 * MS,
  takeoverReason: 'silence',
  preemptAtNs: undefined,
};

function backupUntil(delayMs: number, changes: Partial<BackupState> = {}): BackupState {
  return { ...BACKUP, activeDownAtNs: NOW + delayMs * MS, activeIntervalNs: 100 * MS, ...changes };
}

function advertisement(priority: number, sourceAddress = LESSER, intervalMs = 100): Input {
  return { kind: 'advertisement', advertisement: { priority, sourceAddress, version: 3, intervalNs: intervalMs * MS } };
}

const timer: Input = { kind: 'timer' };
const startup: Input = { kind: 'startup' };
const shutdown: Input = { kind: 'shutdown' };
const faultEnded: Input = { kind: 'fault-ended' };
const interfaceLost: Input = { kind: 'fault-began', reason: 'interface-lost' };
const tracking: Input = { kind: 'fault-began', reason: 'tracking' };

/** What becoming Active is, in this order. */
function becomesActive(from: State['kind'], reason: string, priority = 100): readonly unknown[] {
  return [
    { kind: 'advertise', priority, reason: 'became-active' },
    { kind: 'transition', from, to: 'active', reason },
    { kind: 'announce' },
  ];
}

const nothing: readonly Action[] = [];

interface Row {
  readonly section: string;
  readonly what: string;
  readonly parameters: VirtualRouterParameters;
  readonly state: State;
  readonly input: Input;
  readonly next: State;
  readonly actions: readonly unknown[];
}

function row(
  section: string,
  what: string,
  given: readonly [VirtualRouterParameters, State, Input],
  next: State,
  actions: readonly unknown[] = nothing,
): Row {
  return { section, what, parameters: given[0], state: given[1], input: given[2], next, actions };
}

const initialize: readonly Row[] = [
  row(
    '6.4.1',
    'startup of an owner: Active at once',
    [V3_OWNER, INITIALIZE, startup],
    { kind: 'active', advertiseAtNs: NOW + 100 * MS },
    becomesActive('initialize', 'owner', 255),
  ),
  row(
    '6.4.1',
    'startup of any other router: Backup for Active_Down_Interval of its own interval',
    [V3, INITIALIZE, startup],
    backupUntil(360.9375),
    [{ kind: 'transition', from: 'initialize', to: 'backup', reason: 'startup' }],
  ),
  row(
    '3768 6.4.1',
    'startup in v2: Master_Down_Interval',
    [V2, INITIALIZE, startup],
    backupUntil(3609.375, { activeIntervalNs: 1000 * MS }),
    [{ kind: 'transition', from: 'initialize', to: 'backup', reason: 'startup' }],
  ),
  row('6.1', 'startup with the skew in whole centiseconds', [V3_TRUNCATED, INITIALIZE, startup], backupUntil(360), [
    { kind: 'transition', from: 'initialize', to: 'backup', reason: 'startup' },
  ]),
  row(
    '6.1',
    'startup of a router that waits for five intervals',
    [V3_FIVE_MISSED, INITIALIZE, startup],
    backupUntil(560.9375),
    [{ kind: 'transition', from: 'initialize', to: 'backup', reason: 'startup' }],
  ),
  row('6.4.1', 'an advertisement is nothing', [V3, INITIALIZE, advertisement(200)], INITIALIZE),
  row('6.4.1', 'a timer is nothing', [V3, INITIALIZE, timer], INITIALIZE),
  row('6.4.1', 'shutdown is nothing', [V3, INITIALIZE, shutdown], INITIALIZE),
  row('-', 'the end of a fault is nothing', [V3, INITIALIZE, faultEnded], INITIALIZE),
  row('-', 'a fault before the startup is kept', [V3, INITIALIZE, interfaceLost], FAULT_UNSTARTED, [
    { kind: 'transition', from: 'initialize', to: 'fault', reason: 'interface-lost' },
  ]),
];

const fault: readonly Row[] = [
  row('-', 'a startup during a fault waits for its end', [V3, FAULT_UNSTARTED, startup], FAULT),
  row('-', 'the end of a fault, not started: still to be started', [V3, FAULT_UNSTARTED, faultEnded], INITIALIZE, [
    { kind: 'transition', from: 'fault', to: 'initialize', reason: 'fault-ended' },
  ]),
  row('6.4.1', 'the end of a fault, started: as at startup', [V3, FAULT, faultEnded], backupUntil(360.9375), [
    { kind: 'transition', from: 'fault', to: 'backup', reason: 'fault-ended' },
  ]),
  row(
    '6.4.1',
    'the end of a fault, owner: Active at once',
    [V3_OWNER, FAULT, faultEnded],
    { kind: 'active', advertiseAtNs: NOW + 100 * MS },
    becomesActive('fault', 'owner', 255),
  ),
  row('-', 'shutdown during a fault: nothing is sent', [V3, FAULT, shutdown], INITIALIZE, [
    { kind: 'transition', from: 'fault', to: 'initialize', reason: 'shutdown' },
  ]),
  row('-', 'an advertisement is nothing', [V3, FAULT, advertisement(0)], FAULT),
  row('-', 'a timer is nothing', [V3, FAULT, timer], FAULT),
  row('-', 'another fault is nothing', [V3, FAULT, tracking], FAULT),
];

const backup: readonly Row[] = [
  row('6.4.2', 'the timer before its deadline is nothing', [V3, BACKUP, timer], BACKUP),
  row(
    '6.4.2',
    'Active_Down_Timer fires: advertisement, then Active at its own interval, then announcements',
    [V3, { ...BACKUP, activeDownAtNs: NOW }, timer],
    { kind: 'active', advertiseAtNs: NOW + 100 * MS },
    becomesActive('backup', 'silence'),
  ),
  row(
    '6.4.2',
    'Active_Down_Timer fires while a lower Active router is heard',
    [V3, { ...BACKUP, activeDownAtNs: NOW - 1, takeoverReason: 'preemption' }, timer],
    { kind: 'active', advertiseAtNs: NOW + 100 * MS },
    becomesActive('backup', 'preemption'),
  ),
  row(
    '6.4.2',
    'priority 0: Active_Down_Timer becomes Skew_Time of the interval learned before; its own interval teaches nothing',
    [V3, BACKUP, advertisement(0, GREATER, 4000)],
    { ...BACKUP, activeDownAtNs: NOW + 121.875 * MS, takeoverReason: 'priority-zero' },
  ),
  row(
    '3768 6.4.2',
    'priority 0 in v2: the skew is a part of a second',
    [V2, { ...BACKUP, activeIntervalNs: 1000 * MS }, advertisement(0)],
    {
      ...BACKUP,
      activeDownAtNs: NOW + 609.375 * MS,
      activeIntervalNs: 1000 * MS,
      takeoverReason: 'priority-zero',
    },
  ),
  row(
    '6.4.2',
    'a higher priority: restart, and learn the interval',
    [V3, BACKUP, advertisement(200, LESSER, 400)],
    backupUntil(1443.75, { activeIntervalNs: 400 * MS }),
  ),
  row(
    '6.4.2',
    'an equal priority: restart, whatever the address',
    [V3, BACKUP, advertisement(100, LESSER)],
    backupUntil(360.9375),
  ),
  row(
    '3768 6.4.2',
    'v2 restarts with its own interval, and learns none',
    [V2, { ...BACKUP, activeIntervalNs: 1000 * MS }, advertisement(200, LESSER, 3000)],
    backupUntil(3609.375, { activeIntervalNs: 1000 * MS }),
  ),
  row(
    '6.4.2',
    'an interval of 0, where it is accepted, teaches nothing',
    [V3_RFC5798, BACKUP, advertisement(200, LESSER, 0)],
    backupUntil(360.9375),
  ),
  row(
    '6.4.2',
    'a lower priority with preemption: discarded, nothing learned',
    [V3, BACKUP, advertisement(99, GREATER, 400)],
    {
      ...BACKUP,
      takeoverReason: 'preemption',
    },
  ),
  row(
    '6.4.2',
    'a lower priority after a priority 0: the takeover is a preemption',
    [V3, { ...BACKUP, takeoverReason: 'priority-zero' }, advertisement(99)],
    { ...BACKUP, takeoverReason: 'preemption' },
  ),
  row(
    '6.4.2',
    'a lower priority without preemption: restart, and learn the interval',
    [V3_NO_PREEMPTION, BACKUP, advertisement(99, LESSER, 400)],
    backupUntil(1443.75, { activeIntervalNs: 400 * MS }),
  ),
  row(
    '6.1',
    'a lower priority heard by an owner without preemption: preempted nevertheless',
    [parameters({ priority: 255, preempt: false }), BACKUP, advertisement(254)],
    { ...BACKUP, takeoverReason: 'preemption' },
  ),
  row(
    '-',
    'the first lower priority with a preemption delay: restart, and the delay begins',
    [V3_PREEMPT_DELAY, BACKUP, advertisement(99)],
    backupUntil(360.9375, { preemptAtNs: NOW + 1000 * MS }),
  ),
  row(
    '-',
    'a lower priority within the preemption delay: restart, and the delay goes on',
    [V3_PREEMPT_DELAY, { ...BACKUP, preemptAtNs: NOW + 1 }, advertisement(99)],
    backupUntil(360.9375, { preemptAtNs: NOW + 1 }),
  ),
  row(
    '-',
    'a lower priority when the preemption delay is over: discarded',
    [V3_PREEMPT_DELAY, { ...BACKUP, preemptAtNs: NOW }, advertisement(99)],
    { ...BACKUP, preemptAtNs: NOW, takeoverReason: 'preemption' },
  ),
  row(
    '-',
    'a higher priority ends the preemption delay',
    [V3_PREEMPT_DELAY, { ...BACKUP, preemptAtNs: NOW + 1 }, advertisement(100)],
    backupUntil(360.9375),
  ),
  row(
    '6.1',
    'an owner does not wait for a preemption delay',
    [parameters({ priority: 255, preemptDelayNs: 1000 * MS }), BACKUP, advertisement(254)],
    { ...BACKUP, takeoverReason: 'preemption' },
  ),
  row(
    '6.4.2',
    'priority 0 ends the preemption delay',
    [V3_PREEMPT_DELAY, { ...BACKUP, preemptAtNs: NOW + 1 }, advertisement(0)],
    { ...BACKUP, activeDownAtNs: NOW + 121.875 * MS, takeoverReason: 'priority-zero' },
  ),
  row('7.1', 'its own frame, come back: nothing', [V3, BACKUP, advertisement(200, OWN)], BACKUP),
  row('7.1', 'its own priority 0, come back: nothing', [V3, BACKUP, advertisement(0, OWN)], BACKUP),
  row('6.4.2', 'shutdown: nothing is sent', [V3, BACKUP, shutdown], INITIALIZE, [
    { kind: 'transition', from: 'backup', to: 'initialize', reason: 'shutdown' },
  ]),
  row('-', 'the interface is lost: nothing is sent', [V3, BACKUP, interfaceLost], FAULT, [
    { kind: 'transition', from: 'backup', to: 'fault', reason: 'interface-lost' },
  ]),
  row('-', 'a second startup is nothing', [V3, BACKUP, startup], BACKUP),
  row('-', 'the end of a fault is nothing', [V3, BACKUP, faultEnded], BACKUP),
];

const active: readonly Row[] = [
  row('6.4.3', 'the timer before its deadline is nothing', [V3, ACTIVE, timer], ACTIVE),
  row(
    '6.4.3',
    'Adver_Timer fires: an advertisement, and the next an interval after this one was due',
    [V3, { kind: 'active', advertiseAtNs: NOW - 7 * MS }, timer],
    { kind: 'active', advertiseAtNs: NOW + 93 * MS },
    [{ kind: 'advertise', priority: 100, reason: 'periodic' }],
  ),
  row(
    '6.4.3',
    'held up for several intervals: one advertisement, the missed ones are left out',
    [V3, { kind: 'active', advertiseAtNs: NOW - 307 * MS }, timer],
    { kind: 'active', advertiseAtNs: NOW + 93 * MS },
    [{ kind: 'advertise', priority: 100, reason: 'periodic' }],
  ),
  row(
    '6.4.3',
    'held up for exactly an interval: the next deadline lies ahead',
    [V3, { kind: 'active', advertiseAtNs: NOW - 100 * MS }, timer],
    { kind: 'active', advertiseAtNs: NOW + 100 * MS },
    [{ kind: 'advertise', priority: 100, reason: 'periodic' }],
  ),
  row(
    '6.4.3',
    'priority 0: an advertisement, and Adver_Timer restarts',
    [V3, ACTIVE, advertisement(0)],
    { kind: 'active', advertiseAtNs: NOW + 100 * MS },
    [{ kind: 'advertise', priority: 100, reason: 'priority-zero-received' }],
  ),
  row(
    '6.4.3',
    'a higher priority: Backup, with the interval of the winner',
    [V3, ACTIVE, advertisement(101, LESSER, 400)],
    backupUntil(1443.75, { activeIntervalNs: 400 * MS }),
    [{ kind: 'transition', from: 'active', to: 'backup', reason: 'higher-priority' }],
  ),
  row(
    '3768 6.4.3',
    'a higher priority in v2: Backup, with the local interval',
    [V2, ACTIVE, advertisement(101, LESSER, 3000)],
    backupUntil(3609.375, { activeIntervalNs: 1000 * MS }),
    [{ kind: 'transition', from: 'active', to: 'backup', reason: 'higher-priority' }],
  ),
  row(
    '6.4.3',
    'a higher priority: yields though it does not preempt itself',
    [V3_NO_PREEMPTION, ACTIVE, advertisement(101)],
    backupUntil(360.9375),
    [{ kind: 'transition', from: 'active', to: 'backup', reason: 'higher-priority' }],
  ),
  row(
    '6.4.3',
    'an equal priority from a greater address, unsigned: Backup',
    [V3, ACTIVE, advertisement(100, GREATER)],
    backupUntil(360.9375),
    [{ kind: 'transition', from: 'active', to: 'backup', reason: 'greater-address' }],
  ),
  row(
    '6.4.3 (8298)',
    'two owners, the other with a greater address: Backup',
    [V3_OWNER, ACTIVE, advertisement(255, GREATER)],
    backupUntil(300.390625, {}),
    [{ kind: 'transition', from: 'active', to: 'backup', reason: 'greater-address' }],
  ),
  row(
    '6.4.3',
    'an equal priority from a lesser address: asserts itself, and Adver_Timer runs on',
    [V3, ACTIVE, advertisement(100, LESSER)],
    ACTIVE,
    [{ kind: 'advertise', priority: 100, reason: 'assertion' }],
  ),
  row(
    '6.4.3',
    'a lower priority: asserts itself, and Adver_Timer runs on',
    [V3, ACTIVE, advertisement(99, GREATER)],
    ACTIVE,
    [{ kind: 'advertise', priority: 100, reason: 'assertion' }],
  ),
  row('5798 6.4.3', 'a lower priority: discarded in silence', [V3_RFC5798, ACTIVE, advertisement(99, GREATER)], ACTIVE),
  row('3768 6.4.3', 'a lower priority in v2: discarded in silence', [V2, ACTIVE, advertisement(99)], ACTIVE),
  row(
    '7.1',
    'its own frame, come back: no answer, or it would answer itself for ever',
    [V3, ACTIVE, advertisement(100, OWN)],
    ACTIVE,
  ),
  row('7.1', 'its own priority 0, come back: no answer', [V3, ACTIVE, advertisement(0, OWN)], ACTIVE),
  row('6.4.3', 'shutdown: priority 0', [V3, ACTIVE, shutdown], INITIALIZE, [
    { kind: 'advertise', priority: 0, reason: 'shutdown' },
    { kind: 'transition', from: 'active', to: 'initialize', reason: 'shutdown' },
  ]),
  row('-', 'the interface is lost: nothing can be sent', [V3, ACTIVE, interfaceLost], FAULT, [
    { kind: 'transition', from: 'active', to: 'fault', reason: 'interface-lost' },
  ]),
  row(
    '-',
    'something tracked has failed: priority 0, so that nobody waits',
    [V3, ACTIVE, tracking],
    { kind: 'fault', reason: 'tracking', started: true },
    [
      { kind: 'advertise', priority: 0, reason: 'fault' },
      { kind: 'transition', from: 'active', to: 'fault', reason: 'tracking' },
    ],
  ),
  row('-', 'a second startup is nothing', [V3, ACTIVE, startup], ACTIVE),
  row('-', 'the end of a fault is nothing', [V3, ACTIVE, faultEnded], ACTIVE),
];

const STATES: readonly (readonly [string, readonly Row[]])[] = [
  ['Initialize', initialize],
  ['Fault', fault],
  ['Backup', backup],
  ['Active', active],
];

describe.each(STATES)('%s', (_name, rows) => {
  it.each(rows.map((one) => [`§${one.section}: ${one.what}`, one] as const))('%s', (_title, one) => {
    const virtualRouter: VirtualRouter = { parameters: one.parameters, state: one.state };
    const { virtualRouter: after, actions } = step(virtualRouter, NOW, one.input);
    expect(after.state).toEqual(one.next);
    expect(actions).toEqual(one.actions);
    expect(after.parameters).toBe(one.parameters);
  });

  it('has a row for every input', () => {
    const covered = new Set(rows.map(({ input }) => input.kind));
    expect([...covered].sort()).toEqual(
      ['advertisement', 'fault-began', 'fault-ended', 'shutdown', 'startup', 'timer'].sort(),
    );
  });

  it('takes a new priority for what comes next, and leaves its timer', () => {
    for (const { parameters: given, state } of rows) {
      const stepped = step({ parameters: given, state }, NOW, { kind: 'priority-changed', priority: 42 });
      expect(stepped.virtualRouter).toEqual({ parameters: { ...given, priority: 42 }, state });
      expect(stepped.actions).toEqual([]);
    }
  });
});

describe('the deadline', () => {
  it('is the one timer of the state', () => {
    const at = (state: State) => deadlineNs({ parameters: V3, state });
    expect(at(INITIALIZE)).toBeUndefined();
    expect(at(FAULT)).toBeUndefined();
    expect(at(BACKUP)).toBe(BACKUP.activeDownAtNs);
    expect(at(ACTIVE)).toBe(ACTIVE.advertiseAtNs);
  });

  it('is there from the startup on, and moves to the timer of the new state', () => {
    const waiting = step(createVirtualRouter(V3), NOW, startup).virtualRouter;
    const firing = deadlineNs(waiting) ?? 0;
    expect(firing).toBe(NOW + 360_937_500);
    expect(deadlineNs(step(waiting, firing, timer).virtualRouter)).toBe(firing + 100 * MS);
  });
});

describe('a priority that has changed', () => {
  it('is in the next advertisement of the Active router', () => {
    const changed = step({ parameters: V3, state: ACTIVE }, NOW, { kind: 'priority-changed', priority: 42 });
    const { actions } = step(changed.virtualRouter, ACTIVE.advertiseAtNs, timer);
    expect(actions).toEqual([{ kind: 'advertise', priority: 42, reason: 'periodic' }]);
  });

  it('decides what a Backup thinks of the next advertisement', () => {
    const changed = step({ parameters: V3, state: BACKUP }, NOW, { kind: 'priority-changed', priority: 201 });
    const { virtualRouter } = step(changed.virtualRouter, NOW, advertisement(200));
    expect(virtualRouter.state).toEqual({ ...BACKUP, takeoverReason: 'preemption' });
  });
});

describe('an Active router whose timer is always late', () => {
  it('does not drift', () => {
    const intervalNs = 100 * MS;
    let virtualRouter: VirtualRouter = { parameters: V3, state: { kind: 'active', advertiseAtNs: NOW } };
    for (let sent = 0; sent < 1000; sent++) {
      virtualRouter = step(virtualRouter, (deadlineNs(virtualRouter) ?? 0) + 3 * MS, timer).virtualRouter;
    }
    expect(deadlineNs(virtualRouter)).toBe(NOW + 1000 * intervalNs);
  });
});

describe('an Active router that is told to advertise before it yields', () => {
  const yielding = parameters({ behaviour: { ...RFC5798_BEHAVIOUR, advertiseBeforeYield: true } });

  it.each([
    ['a higher priority', advertisement(101)],
    ['an equal priority from a greater address', advertisement(100, GREATER)],
  ])('does, with its own priority, on %s', (_what, input) => {
    const { actions, virtualRouter } = step({ parameters: yielding, state: ACTIVE }, NOW, input);
    expect(virtualRouter.state.kind).toBe('backup');
    expect(actions.map(({ kind }) => kind)).toEqual(['advertise', 'transition']);
    expect(actions[0]).toEqual({ kind: 'advertise', priority: 100, reason: 'yielding' });
  });
});

describe('v2/v3 mode (RFC 9568 §8.4.2)', () => {
  const both = parameters({ alsoVersion2: true });
  const backup = createVirtualRouter(both);
  const heard = (version: 2 | 3, intervalMs: number, sourceAddress = GREATER, priority = 150): Input => ({
    kind: 'advertisement',
    advertisement: { priority, version, sourceAddress, intervalNs: intervalMs * MS },
  });
  const started = step(backup, NOW, startup).virtualRouter;
  /** The deadline after these, each so many milliseconds after the start. */
  const deadlineMs = (...inputs: readonly (readonly [number, Input])[]): number => {
    let virtualRouter = started;
    for (const [atMs, input] of inputs) virtualRouter = step(virtualRouter, NOW + atMs * MS, input).virtualRouter;
    return (deadlineNs(virtualRouter)! - NOW) / MS;
  };

  it('times out by what a version 2 Active router advertises, the skew computed as in version 3', () => {
    expect(deadlineMs([10, heard(2, 1000)])).toBe(10 + 3000 + 609.375);
  });

  it('times out by what a version 3 Active router advertises', () => {
    expect(deadlineMs([10, heard(3, 200)])).toBe(10 + 600 + 121.875);
  });

  it('ignores version 2 of a router that it hears in version 3, priority 0 too', () => {
    const alone = deadlineMs([10, heard(3, 200)]);
    expect(deadlineMs([10, heard(3, 200)], [11, heard(2, 1000)])).toBe(alone);
    expect(deadlineMs([10, heard(3, 200)], [11, heard(2, 1000, GREATER, 0)])).toBe(alone);
  });

  it('does not ignore version 2 of another router', () => {
    expect(deadlineMs([10, heard(3, 200)], [11, heard(2, 1000, LESSER)])).toBe(11 + 3000 + 609.375);
  });

  it('hears version 2 again when version 3 has ceased, before it would take over', () => {
    expect(deadlineMs([10, heard(3, 200)], [409, heard(2, 1000)])).toBe(10 + 600 + 121.875);
    expect(deadlineMs([10, heard(3, 200)], [410, heard(2, 1000)])).toBe(410 + 3000 + 609.375);
  });

  it('remembers the router that it yielded to', () => {
    const active = { parameters: both, state: ACTIVE };
    const yielded = step(active, NOW, heard(3, 200)).virtualRouter;
    const after = step(yielded, NOW + MS, heard(2, 1000)).virtualRouter;
    expect(deadlineNs(after)).toBe(deadlineNs(yielded));
  });
});
