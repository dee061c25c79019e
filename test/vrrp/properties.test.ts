import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isOwner,
  RFC5798_BEHAVIOUR,
  RFC9568_BEHAVIOUR,
  type VirtualRouterParameters,
  virtualRouterParameters,
} from '../../src/vrrp/parameters.ts';
import { activeDownIntervalNs, skewTimeNs } from '../../src/vrrp/timers.ts';
import { Group, type Link } from './group.ts';

const MS = 1_000_000;
const SECOND = 1000 * MS;
/** How long an advertisement takes in a quiet network: less than any difference of skews that a test relies on. */
const QUIET_DELAY_NS = 20_000;
/** Members' intervals are at most 1 s, so Active_Down_Interval is below 4 s; twice that, and what is still in flight. */
const SETTLING_NS = 10 * SECOND;

interface Member {
  readonly priority: number;
  readonly intervalMs: number;
  readonly preempt: boolean;
  readonly immediateAssertion: boolean;
}

const member = fc.record({
  priority: fc.integer({ min: 1, max: 254 }),
  intervalMs: fc.constantFrom(100, 250, 1000),
  preempt: fc.boolean(),
  immediateAssertion: fc.boolean(),
});
const group = fc.array(member, { minLength: 2, maxLength: 5 });

/** What befalls a group before the network becomes quiet. */
const disturbance = fc.record({
  atMs: fc.integer({ min: 0, max: 15_000 }),
  who: fc.nat({ max: 4 }),
  what: fc.constantFrom('start', 'crash', 'shutdown', 'lose-interface', 'regain-interface' as const),
});
const history = fc.record({
  seed: fc.integer(),
  lossPercent: fc.integer({ min: 0, max: 80 }),
  longestDelayMs: fc.integer({ min: 0, max: 400 }),
  disturbances: fc.array(disturbance, { maxLength: 12 }),
});
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

/** Member n has the address 192.0.2.(10 + n); version 3, so intervals may differ. */
function version3(
  members: readonly Member[],
  changes: Partial<VirtualRouterParameters> = {},
): VirtualRouterParameters[] {
  return members.map(({ priority, intervalMs, preempt, immediateAssertion }, index) =>
    virtualRouterParameters({
      virtualRouterId: 7,
      version: 3,
      family: 'ipv4',
      priority,
      advertisementIntervalNs: intervalMs * MS,
      preempt,
      primaryAddress: Uint8Array.of(192, 0, 2, 10 + index),
      addresses: [Uint8Array.of(192, 0, 2, 1)],
      behaviour: { ...RFC9568_BEHAVIOUR, immediateAssertion },
      ...changes,
    }),
  );
}

/** All of version 2 on a LAN have one interval, or they do not belong together (RFC 3768 §7.1). */
function version2(
  members: readonly Member[],
  changes: Partial<VirtualRouterParameters> = {},
): VirtualRouterParameters[] {
  return version3(members, { version: 2, advertisementIntervalNs: SECOND, behaviour: RFC5798_BEHAVIOUR, ...changes });
}

/** Mulberry32: a small generator, so that losses follow from the seed alone. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const quiet: Link = () => QUIET_DELAY_NS;

function disturbed({ seed, lossPercent, longestDelayMs }: History): Link {
  const random = randomNumbers(seed);
  return () => (random() * 100 < lossPercent ? undefined : Math.floor(random() * longestDelayMs * MS));
}

/** A group after a bad quarter of a minute, in a network that has just become quiet, with everyone running. */
function survivors(parameters: readonly VirtualRouterParameters[], past: History): Group {
  const group = new Group(parameters, disturbed(past));
  for (const index of parameters.keys()) group.start(index);
  for (const { atMs, who, what } of [...past.disturbances].sort((left, right) => left.atMs - right.atMs)) {
    const index = who % parameters.length;
    group.runUntil(Math.max(group.nowNs, atMs * MS));
    if (what === 'start') group.start(index);
    if (what === 'crash') group.crash(index);
    if (what === 'shutdown') group.input(index, { kind: 'shutdown' });
    if (what === 'lose-interface') group.input(index, { kind: 'fault-began', reason: 'interface-lost' });
    if (what === 'regain-interface') group.input(index, { kind: 'fault-ended' });
  }
  group.runUntil(15 * SECOND);
  group.link = quiet;
  for (const index of parameters.keys()) {
    if (group.members[index] === undefined) group.start(index);
    group.input(index, { kind: 'startup' });
    group.input(index, { kind: 'fault-ended' });
  }
  return group;
}

/** Runs until the group has had its time to settle, then sees that nothing changes any more. */
function settledActives(group: Group): readonly number[] {
  group.runUntil(group.nowNs + SETTLING_NS);
  const settled = group.actives();
  const before = group.sent.length;
  group.runUntil(group.nowNs + SETTLING_NS);
  expect(group.actives()).toEqual(settled);
  expect(group.sent.slice(before).every(({ from }) => settled.includes(from))).toBe(true);
  return settled;
}

describe('a group whose members have addresses of their own, in a network that has become quiet', () => {
  it('has exactly one Active router, and stays so (v3, intervals, preemption and assertion mixed)', () => {
    fc.assert(
      fc.property(group, history, (members, past) => {
        expect(settledActives(survivors(version3(members), past))).toHaveLength(1);
      }),
      { numRuns: 150 },
    );
  });

  it('has exactly one Active router, and stays so (v2, one interval)', () => {
    fc.assert(
      fc.property(group, history, (members, past) => {
        expect(settledActives(survivors(version2(members), past))).toHaveLength(1);
      }),
      { numRuns: 150 },
    );
  });

  it('has the highest priority Active, with preemption on', () => {
    fc.assert(
      fc.property(group, history, (members, past) => {
        const [active] = settledActives(survivors(version3(members, { preempt: true }), past));
        expect(members[active!]?.priority).toBe(Math.max(...members.map(({ priority }) => priority)));
      }),
      { numRuns: 150 },
    );
  });

  it('has its one owner Active, whatever the preemption', () => {
    fc.assert(
      fc.property(group, history, fc.nat({ max: 4 }), (members, past, chosen) => {
        const owner = chosen % members.length;
        const parameters = version3(members).map((one, index) => (index === owner ? { ...one, priority: 255 } : one));
        expect(settledActives(survivors(parameters, past))).toEqual([owner]);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps its Active router when a better one comes that does not preempt', () => {
    fc.assert(
      fc.property(group, (members) => {
        const parameters = version3([...members, { ...members[0]!, priority: 254 }], { preempt: false });
        const group = new Group(parameters, quiet);
        for (const index of members.keys()) group.start(index);
        const before = settledActives(group);
        group.start(members.length);
        expect(settledActives(group)).toEqual(before);
      }),
    );
  });

  it('lets a better one wait for its preemption delay, and Active_Down_Interval after it', () => {
    fc.assert(
      fc.property(member, fc.integer({ min: 0, max: 5000 }), (lower, delayMs) => {
        const better: Member = { ...lower, priority: 254, preempt: true };
        const [first, second] = version3([{ ...lower, priority: 100 }, better]);
        const group = new Group([first!, { ...second!, preemptDelayNs: delayMs * MS }], quiet);
        group.start(0);
        group.runUntil(5 * SECOND);
        const joinedNs = group.nowNs;
        group.start(1);
        group.runUntil(joinedNs + delayMs * MS + SETTLING_NS);
        const took = group.sent.find(({ from }) => from === 1);
        expect(group.actives()).toEqual([1]);
        expect(took!.timeNs - joinedNs).toBeGreaterThanOrEqual(delayMs * MS);
        // Two intervals more: the first lower advertisement starts the delay, the last one restarts the down timer.
        const downNs =
          activeDownIntervalNs(3, 254, lower.intervalMs * MS) + 2 * (lower.intervalMs * MS + QUIET_DELAY_NS);
        expect(took!.timeNs - joinedNs).toBeLessThanOrEqual(delayMs * MS + downNs);
      }),
    );
  });
});

describe('when the Active router is gone', () => {
  /** Priorities ten apart: the skews differ by more than an advertisement takes. */
  const ranked = fc
    .uniqueArray(fc.integer({ min: 1, max: 25 }), { minLength: 2, maxLength: 5 })
    .chain((tens) =>
      fc
        .constantFrom(100, 250, 1000)
        .map((intervalMs) =>
          [...tens]
            .sort((left, right) => right - left)
            .map((ten): Member => ({ priority: ten * 10, intervalMs, preempt: true, immediateAssertion: true })),
        ),
    );

  it('silently: the next one takes over exactly Active_Down_Interval after the last advertisement reached it', () => {
    fc.assert(
      fc.property(ranked, fc.integer({ min: 0, max: 1000 }), (members, laterMs) => {
        const group = new Group(version3(members), quiet);
        for (const index of members.keys()) group.start(index);
        group.runUntil(20 * SECOND + laterMs * MS);
        expect(group.actives()).toEqual([0]);
        const last = group.sent.at(-1)!;
        group.crash(0);
        group.runUntil(group.nowNs + SETTLING_NS);
        const next = group.sent.find(({ timeNs }) => timeNs > last.timeNs)!;
        const expectedNs = activeDownIntervalNs(3, members[1]!.priority, members[0]!.intervalMs * MS);
        expect(next).toEqual({
          timeNs: last.timeNs + QUIET_DELAY_NS + expectedNs,
          from: 1,
          priority: members[1]!.priority,
        });
        expect(new Set(group.sent.filter(({ timeNs }) => timeNs > last.timeNs).map(({ from }) => from))).toEqual(
          new Set([1]),
        );
      }),
    );
  });

  it('with a farewell: the next one takes over exactly Skew_Time after it', () => {
    fc.assert(
      fc.property(ranked, (members) => {
        const group = new Group(version3(members), quiet);
        for (const index of members.keys()) group.start(index);
        group.runUntil(20 * SECOND);
        group.input(0, { kind: 'shutdown' });
        const farewell = group.sent.at(-1)!;
        expect(farewell).toMatchObject({ from: 0, priority: 0 });
        group.runUntil(group.nowNs + SETTLING_NS);
        const next = group.sent.find(({ timeNs }) => timeNs > farewell.timeNs)!;
        const skewNs = skewTimeNs(3, members[1]!.priority, members[0]!.intervalMs * MS);
        expect(next).toMatchObject({ timeNs: farewell.timeNs + QUIET_DELAY_NS + skewNs, from: 1 });
      }),
    );
  });
});

describe('the preconditions: without them two stay Active, and rightly so', () => {
  const two = fc.tuple(member, member);
  const bothStayActive = (parameters: readonly VirtualRouterParameters[]) => {
    const group = new Group(parameters, quiet);
    for (const index of parameters.keys()) group.start(index);
    expect(settledActives(group)).toEqual([0, 1]);
  };

  it('two owners that discard, as published (§7.1)', () => {
    fc.assert(
      fc.property(two, (members) => {
        bothStayActive(version3(members, { priority: 255, behaviour: RFC5798_BEHAVIOUR }));
      }),
    );
  });

  it('but two owners that process (erratum 8298) leave the one with the greater address', () => {
    fc.assert(
      fc.property(group, (members) => {
        const parameters = version3(members, { priority: 255 });
        expect(parameters.every(isOwner)).toBe(true);
        const settling = new Group(parameters, quiet);
        for (const index of parameters.keys()) settling.start(index);
        expect(settledActives(settling)).toEqual([members.length - 1]);
      }),
    );
  });

  it('equal priority with the same address: each takes the other’s frames for its own', () => {
    fc.assert(
      fc.property(two, ([first]) => {
        bothStayActive(version3([first, first], { primaryAddress: Uint8Array.of(192, 0, 2, 10) }));
      }),
    );
  });

  it('v2 with different intervals (RFC 3768 §7.1)', () => {
    fc.assert(
      fc.property(two, (members) => {
        const [first, second] = version2(members);
        bothStayActive([first!, { ...second!, advertisementIntervalNs: 2 * SECOND }]);
      }),
    );
  });

  it('different address lists, where they are checked (§7.1)', () => {
    fc.assert(
      fc.property(two, (members) => {
        const [first, second] = version3(members, { checkAddressList: true });
        bothStayActive([first!, { ...second!, addresses: [Uint8Array.of(192, 0, 2, 99)] }]);
      }),
    );
  });

  it('links that carry nothing', () => {
    fc.assert(
      fc.property(two, (members) => {
        const group = new Group(version3(members), () => undefined);
        group.start(0);
        group.start(1);
        expect(settledActives(group)).toEqual([0, 1]);
      }),
    );
  });
});
