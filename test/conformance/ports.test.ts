import { describe, expect, it } from 'vitest';
import type { HoldUp } from '../../src/capture/event.ts';
import { LEDGER } from '../../src/conformance/ledger/ledger.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { Observation } from '../../src/conformance/result.ts';
import { arpFrame, gratuitousArpFrame, joinFrame, neighborSolicitationFrame } from '../../src/wire/build.ts';
import type { Watch } from './watch.ts';
import { advertisement, broken, findings, gratuitousArp, judged, R1, R2, watch } from './watch.ts';
import { intent, running, send, started } from './with-ports.ts';

const VIRTUAL_MAC = '00:00:5e:00:01:33';
const answer = (targetMac = '02:00:00:00:00:03') =>
  arpFrame({
    operation: 'reply',
    senderMac: VIRTUAL_MAC,
    senderAddress: '192.0.2.100',
    targetMac,
    targetAddress: '192.0.2.3',
  });

describe('with ports', () => {
  it('a router is the node whose port the frame left, and sightings elsewhere are the same frame', () => {
    const watcher = running();
    send(watcher, 'r1', R1, 3.215, 6.215);
    const observation = watcher.observe({ intent: intent() });
    const [virtualRouter] = observation.virtualRouters;
    expect(virtualRouter!.routers).toMatchObject([{ name: 'r1', advertisements: 4, sourceAddress: '192.0.2.1' }]);
    expect(virtualRouter!.lan).toBe('lan');
    expect(broken(observation)).toEqual([]);
  });

  it('a takeover counts from what reached the candidate’s own port', () => {
    const watcher = running();
    send(watcher, 'r1', R1, 3.215, 6.215);
    // The advertisements at 7.215 and 8.215 do not reach r2, which takes over rightly.
    send(watcher, 'r1', R1, 7.215, 8.215, ['h1']);
    send(watcher, 'r2', R2, 6.215 + 3.605, 12);
    const observation = watcher.observe({ intent: intent() });
    expect(findings(observation, 'backup.takeover')).toEqual([]);
    const { takeover } = observation.virtualRouters[0]!.timeline.find(({ router }) => router === 'r2')!;
    expect(takeover).toMatchObject({ verdict: 'pass', elapsedNs: 3.605e9 - 20_000 });
  });

  it('a late takeover of a router that the host held up, when it heard the last or when it was due, is nobody’s fault', () => {
    const lateBy = (...holdUps: readonly HoldUp[]): Observation => {
      const watcher = running();
      send(watcher, 'r1', R1, 3.215, 6.215);
      for (const event of holdUps) watcher.event(event);
      send(watcher, 'r2', R2, 6.215 + 3.645, 12);
      return watcher.observe({ intent: intent() });
    };
    const verdict = (observation: Observation) =>
      observation.virtualRouters[0]!.timeline.find(({ router }) => router === 'r2')!.takeover!.verdict;
    const held = (seconds: number): HoldUp => ({
      kind: 'router-waited',
      router: 'r2',
      timeNs: seconds * 1e9,
      durationNs: 0.03e9,
    });
    expect(verdict(lateBy())).toBe('slow');
    expect(verdict(lateBy(held(9.825)))).toBe('inconclusive');
    expect(verdict(lateBy({ kind: 'lock-held', timeNs: 9.825e9, durationNs: 0.03e9 }))).toBe('inconclusive');
    expect(verdict(lateBy(held(6.2145)))).toBe('inconclusive');
    // Between the two it had nothing to do.
    expect(verdict(lateBy(held(8)))).toBe('slow');
  });

  it('a takeover while the Active router is heard is early', () => {
    const watcher = running();
    send(watcher, 'r1', R1, 3.215, 10.215);
    send(watcher, 'r2', R2, 7.9, 7.9);
    const observation = watcher.observe({ intent: intent() });
    expect(findings(observation, 'backup.takeover')[0]).toMatchObject({ verdict: 'fail', router: 'r2' });
    expect(findings(observation, 'backup.silent')[0]).toMatchObject({ verdict: 'fail', router: 'r2' });
  });

  it('two Active routers that do not hear each other are told, not blamed', () => {
    const watcher = running();
    send(watcher, 'r1', R1, 3.215, 14.215, ['h1']);
    send(watcher, 'r2', R2, 3.705, 14.705, ['h1']);
    const observation = watcher.observe({ intent: intent() });
    expect(findings(observation, 'tx.one-active')[0]).toMatchObject({ level: 'information' });
    expect(findings(observation, 'active.yield-priority')).toEqual([]);
  });

  it.each([
    ['half an interval apart', 3.705, 9.705],
    ['as close as in an election', 3.22, 10.22],
  ])('nor are they where the loser hears the winner at last and yields: %s', (_, first, last) => {
    const watcher = running();
    send(watcher, 'r1', R1, 3.215, 9.215, ['h1']);
    send(watcher, 'r2', R2, first, last, ['h1']);
    send(watcher, 'r1', R1, 10.215, 20.215);
    const observation = watcher.observe({ intent: intent() });
    expect(findings(observation, 'tx.one-active')).toMatchObject([
      { level: 'information', message: expect.stringContaining('nothing of r1 reached the port of r2 for ') },
    ]);
    expect(observation.virtualRouters[0]!.overlaps[0]!.reasons[0]).toMatchObject({
      id: 'cannot-hear',
      certainty: 'shown',
    });
    expect(findings(observation, 'active.yield-priority')).toEqual([]);
  });

  it('a loser that heard the winner must be silent', () => {
    const watcher = running();
    send(watcher, 'r2', R2, 3.705, 9.705);
    send(watcher, 'r1', R1, 5.9, 12.9);
    const observation = watcher.observe({ intent: intent() });
    expect(findings(observation, 'active.yield-priority')[0]).toMatchObject({
      verdict: 'fail',
      router: 'r2',
      count: 4,
    });
  });
});

describe('starting', () => {
  it('takes a whole Active_Down_Interval', () => {
    const early = running();
    send(early, 'r1', R1, 2.9, 6);
    expect(findings(early.observe({ intent: intent() }), 'init.backup')[0]).toMatchObject({
      verdict: 'fail',
      router: 'r1',
    });
    const right = running();
    send(right, 'r1', R1, 3.215, 6);
    const observation = right.observe({ intent: intent() });
    expect(findings(observation, 'init.backup')).toEqual([]);
    expect(judged(observation, 'init.backup')).toBe(true);
  });

  it('takes an owner no time at all', () => {
    const owner = intent({ priority: 255 });
    const right = running();
    send(right, 'r1', { ...R1, priority: 255 }, 0.05, 4);
    expect(findings(right.observe({ intent: owner }), 'init.owner')).toEqual([]);
    const slowProgram = running();
    slowProgram.event({ kind: 'router-ready', timeNs: 3.05e9, router: 'r1' });
    send(slowProgram, 'r1', { ...R1, priority: 255 }, 3.1, 6);
    expect(findings(slowProgram.observe({ intent: owner }), 'init.owner')).toEqual([]);
    const waiting = running();
    waiting.event({ kind: 'router-ready', timeNs: 0.05e9, router: 'r1' });
    send(waiting, 'r1', { ...R1, priority: 255 }, 3.1, 6);
    expect(findings(waiting.observe({ intent: owner }), 'init.owner')[0]).toMatchObject({ verdict: 'fail' });
  });

  it('shows no virtual address before the first advertisement', () => {
    const watcher = running();
    watcher.out('r1', 1, gratuitousArp());
    send(watcher, 'r1', R1, 3.215, 6);
    expect(findings(watcher.observe({ intent: intent() }), 'boot.delay')[0]).toMatchObject({
      verdict: 'fail',
      router: 'r1',
    });
  });

  it('ends with the first advertisement; an answer before it is another requirement’s', () => {
    const request = { operation: 'request', senderMac: VIRTUAL_MAC, targetAddress: '192.0.2.3' } as const;
    const later = running();
    send(later, 'r1', R1, 3.215, 6);
    later.out('r1', 5, arpFrame({ ...request, senderAddress: '192.0.2.100' }));
    expect(findings(later.observe({ intent: intent() }), 'boot.delay')).toEqual([]);
    const early = running();
    early.out('r1', 1, answer());
    send(early, 'r1', R1, 3.215, 6);
    expect(findings(early.observe({ intent: intent() }), 'boot.delay')).toEqual([]);
    expect(findings(early.observe({ intent: intent() }), 'backup.no-arp')).toMatchObject([{ verdict: 'fail' }]);
  });

  it('of an owner does not bind its addresses to its physical MAC', () => {
    const announced = (mac: string, priority = 255) => {
      const watcher = running();
      watcher.out('r1', 0.01, gratuitousArpFrame({ address: '192.0.2.100', mac }));
      send(watcher, 'r1', { ...R1, priority }, 0.05, 4);
      return watcher.observe({ intent: intent({ priority }) });
    };
    const physical = announced('02:00:00:00:00:01');
    expect(findings(physical, 'boot.not-physical')).toMatchObject([{ verdict: 'warning', router: 'r1' }]);
    expect(findings(physical, 'active.arp-not-physical')).toEqual([]);
    expect(findings(announced(VIRTUAL_MAC), 'boot.not-physical')).toEqual([]);
    expect(judged(announced(VIRTUAL_MAC), 'boot.not-physical')).toBe(true);
    expect(judged(announced('02:00:00:00:00:01', 200), 'boot.not-physical')).toBe(false);
  });

  it('shows no virtual IPv6 address by duplicate address detection either', () => {
    const six = { family: 'ipv6', addresses: ['fe80::100'] } as const;
    const watcher = running();
    watcher.out('r1', 1, neighborSolicitationFrame({ target: 'fe80::100', sourceMac: '00:00:5e:00:02:33' }));
    const observation = watcher.observe({ intent: intent(six, six) });
    expect(findings(observation, 'boot.delay')[0]).toMatchObject({ verdict: 'fail', router: 'r1' });
  });
});

describe('an interval that is not the configured one', () => {
  it('is told where nobody else advertises it', () => {
    const watcher = running();
    send(watcher, 'r1', { ...R1, interval: 200 }, 3.215, 3.215);
    expect(findings(watcher.observe({ intent: intent() }), 'tx.interval')).toMatchObject([
      { verdict: 'fail', router: 'r1', expected: '1 s', seen: '200 cs' },
    ]);
    expect(findings(watcher.observe({ intent: intent({ advertisementIntervalNs: 2e9 }) }), 'tx.interval')).toEqual([]);
  });
});

describe('stopping', () => {
  function stopped(then: (watcher: Watch) => void): Observation {
    const watcher = running();
    send(watcher, 'r1', R1, 3.215, 6.215);
    watcher.event({ kind: 'router-stopping', router: 'r1', timeNs: 6.5e9 });
    then(watcher);
    watcher.event({ kind: 'router-exited', router: 'r1', timeNs: 7.5e9, expected: true, lastLogLines: [] });
    watcher.out('h1', 8, gratuitousArp('192.0.2.3'));
    return watcher.observe({ intent: intent() });
  }

  it('of the Active router is told by one advertisement of priority 0', () => {
    const zero = { ...R1, priority: 0 };
    const right = stopped((watcher) => watcher.out('r1', 6.501, advertisement(zero)));
    expect(findings(right, 'active.shutdown')).toEqual([]);
    expect(judged(right, 'active.shutdown')).toBe(true);
    const silent = stopped(() => {});
    expect(findings(silent, 'active.shutdown')[0]).toMatchObject({ verdict: 'fail', router: 'r1', seen: 'none' });
    const again = stopped((watcher) =>
      watcher.out('r1', 6.501, advertisement(zero)).out('r1', 6.9, advertisement(zero)),
    );
    expect(findings(again, 'active.shutdown')[0]).toMatchObject({ verdict: 'fail', seen: '1 advertisement' });
  });

  it('of a Backup is not told at all', () => {
    const watcher = running();
    send(watcher, 'r2', R2, 3.705, 3.705);
    send(watcher, 'r1', R1, 3.9, 12.9);
    watcher.event({ kind: 'router-stopping', router: 'r2', timeNs: 9.5e9 });
    watcher.out('r2', 9.501, advertisement({ ...R2, priority: 0 }));
    expect(findings(watcher.observe({ intent: intent() }), 'backup.shutdown')[0]).toMatchObject({ verdict: 'fail' });
    const silent = running();
    send(silent, 'r2', R2, 3.705, 3.705);
    send(silent, 'r1', R1, 3.9, 12.9);
    silent.event({ kind: 'router-stopping', router: 'r2', timeNs: 9.5e9 });
    const observation = silent.observe({ intent: intent() });
    expect(findings(observation, 'backup.shutdown')).toEqual([]);
    expect(judged(observation, 'backup.shutdown')).toBe(true);
  });
});

describe('preemption', () => {
  it('off leaves a lower Active router alone', () => {
    const off = intent({ preempt: false });
    const watcher = running();
    send(watcher, 'r2', R2, 3.705, 8.705);
    send(watcher, 'r1', R1, 7.9, 12);
    expect(findings(watcher.observe({ intent: off }), 'backup.no-preempt')[0]).toMatchObject({
      verdict: 'fail',
      router: 'r1',
    });
  });

  it('on ends a lower one’s tenure in time', () => {
    const left = running();
    send(left, 'r1', R1, 3.215, 4.215);
    left.event({ kind: 'router-killed', router: 'r1', timeNs: 5e9 });
    started(left, 'r1', 9);
    send(left, 'r2', R2, 7.82, 40.82);
    expect(findings(left.observe({ intent: intent() }), 'backup.preempt')[0]).toMatchObject({
      verdict: 'fail',
      router: 'r1',
    });
  });
});

describe('a router that is not Active', () => {
  function activeWith(extra: (watcher: Watch) => void): Observation {
    const watcher = running();
    send(watcher, 'r1', R1, 3.215, 12.215);
    extra(watcher);
    return watcher.observe({ intent: intent() });
  }

  it('does not answer ARP for a virtual address; the Active one does', () => {
    const wrong = activeWith((watcher) => watcher.out('r2', 8, answer()));
    expect(findings(wrong, 'backup.no-arp')[0]).toMatchObject({ verdict: 'fail', router: 'r2' });
    const right = activeWith((watcher) => watcher.out('r1', 8, answer()));
    expect(findings(right, 'backup.no-arp')).toEqual([]);
    expect(judged(right, 'backup.no-arp')).toBe(true);
  });

  it('sends nothing from the virtual MAC', () => {
    const join = joinFrame({ groups: ['224.0.0.18'], sourceMac: VIRTUAL_MAC });
    const wrong = activeWith((watcher) => watcher.out('r2', 8, join));
    expect(findings(wrong, 'backup.no-vmac-source')[0]).toMatchObject({ verdict: 'warning', router: 'r2' });
    expect(
      findings(
        activeWith((watcher) => watcher.out('r1', 8, join)),
        'backup.no-vmac-source',
      ),
    ).toEqual([]);
  });

  it('because it was preempted is Backup from then on, not only when its silence has lasted', () => {
    const join = joinFrame({ groups: ['224.0.0.18'], sourceMac: VIRTUAL_MAC });
    const preempted = (after: number, heardBy: readonly string[] = ['r2', 'h1']) => {
      const watcher = running();
      send(watcher, 'r2', R2, 3.705, 7.705);
      watcher.out('r1', 8, advertisement(R1), heardBy);
      watcher.out('r2', 8 + after, join).out('r2', 8 + after, answer());
      return broken(watcher.observe({ intent: intent() }));
    };
    expect(preempted(0.3)).toEqual(expect.arrayContaining(['backup.no-arp', 'backup.no-vmac-source']));
    // What was under way when it heard of it, and what a router does that has not heard of it.
    for (const found of [preempted(0.01), preempted(0.3, ['h1'])]) {
      expect(found).not.toContain('backup.no-arp');
      expect(found).not.toContain('backup.no-vmac-source');
    }
  });

  it('may send late what was under way when it gave way, where the host held it up for so long', () => {
    const join = joinFrame({ groups: ['224.0.0.18'], sourceMac: VIRTUAL_MAC });
    /** r2 hears its better at 8 s; a report leaves 180 ms later. */
    const late = (holdUp: HoldUp | undefined, toldAt = 8.17) => {
      const watcher = running();
      send(watcher, 'r2', R2, 3.705, 7.705);
      watcher.out('r1', 8, advertisement(R1));
      if (holdUp !== undefined && toldAt < 8.18) watcher.event(holdUp);
      watcher.out('r2', 8.18, join);
      if (holdUp !== undefined && toldAt >= 8.18) watcher.event(holdUp);
      // What it sends afterwards, when nothing can be under way any more, is its own doing.
      watcher.out('r2', 8.2, join).out('r2', 9.5, join);
      return findings(watcher.observe({ intent: intent() }), 'backup.no-vmac-source');
    };
    const held = (timeNs: number, durationNs: number): HoldUp => ({
      kind: 'router-waited',
      router: 'r2',
      timeNs,
      durationNs,
    });
    expect(late(undefined)).toMatchObject([{ router: 'r2', count: 3, first: 8.18e9 }]);
    // What it took to say so does not matter: a wait is told when it is over.
    for (const toldAt of [8.17, 8.19]) {
      expect(late(held(8.01e9, 0.15e9), toldAt)).toMatchObject([{ router: 'r2', count: 1, first: 9.5e9 }]);
    }
    expect(late({ kind: 'lock-held', timeNs: 8.01e9, durationNs: 0.15e9 })).toMatchObject([{ count: 1 }]);
    // One that was over before, or too short, excuses nothing.
    expect(late(held(7.5e9, 0.4e9))).toMatchObject([{ count: 3 }]);
    expect(late(held(8.01e9, 0.1e9))).toMatchObject([{ count: 3 }]);
  });

  it('and was killed leaves nothing that answers', () => {
    const watcher = running();
    send(watcher, 'r1', R1, 3.215, 6.215);
    watcher.event({ kind: 'router-killed', router: 'r1', timeNs: 6.5e9 });
    send(watcher, 'r2', R2, 6.215 + 3.605, 12);
    watcher.out('r1', 11, answer());
    watcher.out('r1', 9.83, answer(VIRTUAL_MAC));
    const observation = watcher.observe({ intent: intent() });
    expect(findings(observation, 'down.no-residue')[0]).toMatchObject({ verdict: 'warning', router: 'r1' });
    expect(findings(observation, 'down.no-garp-reply')[0]).toMatchObject({ verdict: 'warning', router: 'r1' });
  });
});

describe('what is missing', () => {
  it('makes a rule not applicable, and says what it needs', () => {
    const { notApplicable } = watch().tap(1, advertisement(R1)).observe();
    const reasons = new Map(notApplicable.map(({ requirement, reason }) => [requirement, reason]));
    expect(reasons.get('backup.no-arp')).toMatch(/^needs at whose port/);
    expect(reasons.get('init.owner')).toMatch(/^needs what was done to the routers/);
    expect(reasons.get('backup.no-preempt')).toMatch(/^needs what the routers are configured/);
    expect(reasons.has('tx.ttl')).toBe(false);
  });

  it('is nothing where ports, events and intent are known', () => {
    const watcher = running();
    send(watcher, 'r1', R1, 3.215, 6);
    const unseen = new Set(LEDGER.flatMap(({ id, unseen: reason }) => (reason === undefined ? [] : [id])));
    const { notApplicable } = watcher.observe({ intent: intent() });
    expect(notApplicable.filter(({ requirement }) => !unseen.has(requirement))).toEqual([]);
    const log = LEDGER.find(({ id }) => id === 'rx.log')!;
    expect(notApplicable).toContainEqual({ requirement: 'rx.log', reason: log.unseen });
  });
});

describe('asked while frames arrive', () => {
  const query = { virtualRouterId: 51, family: 'ipv4' } as const;

  it('an observer says who is Active and what each router has sent', () => {
    const observer = createObserver();
    const give = (seconds: number, bytes: Uint8Array) =>
      observer.frame({
        timeNs: seconds * 1e9,
        interfaceIndex: 0,
        direction: 0,
        bytes,
        start: 0,
        end: bytes.length,
        originalLength: bytes.length,
        number: 1,
      });
    expect(observer.activeRouters(query)).toEqual([]);
    give(1, advertisement(R2));
    give(2, advertisement(R2));
    expect(observer.activeRouters(query)).toMatchObject([{ router: '192.0.2.2', sinceNs: 1e9, lastNs: 2e9 }]);
    give(2.5, advertisement(R1));
    expect(observer.activeRouters(query).map(({ router }) => router)).toEqual(['192.0.2.1']);
    give(3, advertisement({ ...R1, priority: 0 }));
    expect(observer.activeRouters(query)).toEqual([]);
    expect(observer.activity(query, '192.0.2.1')).toMatchObject({
      advertisements: 2,
      priorityZeroCount: 1,
      lastPriority: 0,
    });
    expect(observer.activeRouters(query, 9e9)).toEqual([]);
    expect(observer.tenures(query)).toHaveLength(2);
  });

  it('a router that was silent for longer than any peer waits is Active no more', () => {
    const observer = createObserver();
    const bytes = advertisement(R1);
    observer.frame({
      timeNs: 1e9,
      interfaceIndex: 0,
      direction: 0,
      bytes,
      start: 0,
      end: bytes.length,
      originalLength: bytes.length,
      number: 1,
    });
    expect(observer.activeRouters(query, 4.9e9)).toHaveLength(1);
    expect(observer.activeRouters(query, 5.2e9)).toEqual([]);
  });
});
