import { describe, expect, it } from 'vitest';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { Observation, Tenure } from '../../src/conformance/result.ts';
import { gratuitousArpFrame, joinFrame } from '../../src/wire/build.ts';
import { active, advertisement, findings, gratuitousArp, R1, R2, watch } from './watch.ts';

const SKEW_100 = 0.605;

/** An Ethernet frame as Linux's cooked captures have it: a header of 16 octets in place of Ethernet's 14. */
function cooked(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frame.length + 2);
  bytes.set([0, 2, 0, 1, 0, 6], 0);
  bytes.set(frame.subarray(6, 12), 6);
  bytes.set(frame.subarray(12), 14);
  return bytes;
}

function timeline(observation: Observation): string[] {
  return observation.virtualRouters[0]!.timeline.map(({ router, begin, end }) => `${router.slice(-1)} ${begin} ${end}`);
}

describe('history', () => {
  it('knows a router that was Active when the capture began, and one that still is', () => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    active(watcher, R2, 7.605, 9);
    expect(timeline(watcher.observe())).toEqual(['1 since-before silence', '2 takeover still-active']);
  });

  it('knows priority 0, and that the other took over after the skew alone', () => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    watcher.tap(4.5, advertisement({ ...R1, priority: 0 }));
    active(watcher, R2, 4.5 + SKEW_100, 8);
    const observation = watcher.observe();
    expect(timeline(observation)).toEqual(['1 since-before priority-zero', '2 priority-zero still-active']);
    expect(observation.virtualRouters[0]!.timeline[1]!.takeover).toMatchObject({ verdict: 'pass' });
  });

  it('keeps families apart that share a VRID', () => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    watcher.tap(2.5, advertisement({ source: 'fe80::1', addresses: ['fe80::100'], checksum: 'with-pseudo-header' }));
    const families = watcher.observe().virtualRouters.map(({ family, timeline: tenures }) => [family, tenures.length]);
    expect(families).toEqual([
      ['ipv4', 1],
      ['ipv6', 1],
    ]);
  });

  it('keeps VLANs apart, and says which', () => {
    const watcher = watch();
    for (const second of [1, 2, 3, 4]) {
      watcher.tap(second, advertisement({ ...R1, tags: [{ id: 10 }] }));
      watcher.tap(second + 0.5, advertisement({ ...R2, tags: [{ id: 20 }] }));
    }
    const observation = watcher.observe();
    expect(observation.virtualRouters.map(({ lan }) => lan)).toEqual(['tap vlan 10', 'tap vlan 20']);
    expect(findings(observation, 'tx.one-active')).toEqual([]);
  });

  it('keeps unrelated groups of one VRID apart: disjoint addresses and subnets', () => {
    const watcher = watch();
    active(watcher, R1, 1, 6);
    for (let second = 1.3; second < 6; second++) {
      watcher.tap(second, advertisement({ source: '198.51.100.1', priority: 90, addresses: ['198.51.100.100'] }));
    }
    const observation = watcher.observe();
    expect(observation.virtualRouters).toHaveLength(2);
    expect(findings(observation, 'tx.one-active')).toEqual([]);
    expect(findings(observation, 'tx.addresses')).toEqual([]);
  });

  it('splits several LANs in one untagged file where subnets and lists are disjoint, each with its own elections', () => {
    const watcher = watch();
    const elsewhere = { addresses: ['198.51.100.100'] };
    active(watcher, R1, 1, 4);
    active(watcher, R2, 7.605, 12);
    for (let second = 1.3; second < 5; second++) {
      watcher.tap(second, advertisement({ source: '198.51.100.1', priority: 90, ...elsewhere }));
    }
    for (let second = 8; second < 12; second++) {
      watcher.tap(second, advertisement({ source: '198.51.100.2', priority: 80, ...elsewhere }));
    }
    const timelines = watcher
      .observe()
      .virtualRouters.map(({ timeline: tenures }) => tenures.map(({ router }) => router));
    expect(timelines).toEqual([
      ['192.0.2.1', '192.0.2.2'],
      ['198.51.100.1', '198.51.100.2'],
    ]);
  });

  it('takes disjoint lists in one subnet, or one list from two subnets, for a mismatch', () => {
    for (const other of [
      { ...R2, addresses: ['192.0.2.200'] },
      { ...R2, source: '198.51.100.2' },
    ]) {
      const watcher = watch();
      active(watcher, R1, 1, 6);
      for (let second = 1.3; second < 6; second++) watcher.tap(second, advertisement(other));
      const observation = watcher.observe();
      expect(observation.virtualRouters).toHaveLength(1);
      expect(findings(observation, 'tx.one-active')).toHaveLength(1);
    }
  });

  it('tells routers apart that send from a virtual address, by their priorities, and says so', () => {
    const six = { addresses: ['fe80::100'], source: 'fe80::100', checksum: 'with-pseudo-header' } as const;
    const watcher = watch();
    for (let second = 1; second <= 4; second++) watcher.tap(second, advertisement({ ...six, priority: 200 }));
    watcher.tap(4.5, advertisement({ ...six, priority: 0 }));
    for (let second = 5.105; second <= 8; second++) watcher.tap(second, advertisement({ ...six, priority: 100 }));
    const observation = watcher.observe();
    const [virtualRouter] = observation.virtualRouters;
    expect(virtualRouter!.timeline).toMatchObject([
      { router: 'fe80::100 (priority 200)', end: 'priority-zero' },
      { router: 'fe80::100 (priority 100)', begin: 'priority-zero', takeover: { verdict: 'pass' } },
    ]);
    expect(findings(observation, 'tx.src-ip.v6')[0]).toMatchObject({ level: 'information' });
  });

  it('takes the address owner for a router of its own, whose address is an identity', () => {
    const watcher = watch();
    for (let second = 1; second <= 4; second++) {
      watcher.tap(second, advertisement({ source: '192.0.2.100', priority: 255 }));
    }
    expect(watcher.observe().virtualRouters[0]!.routers).toMatchObject([{ name: '192.0.2.100' }]);
  });

  it('takes the same frame at several interfaces for one', () => {
    const watcher = watch();
    for (const second of [1, 2, 3]) {
      const frame = advertisement(R1);
      watcher.tap(second, frame, 'bridge').tap(second + 0.000_1, frame, 'port');
    }
    const observation = watcher.observe();
    expect(observation.virtualRouters).toHaveLength(1);
    expect(observation.advertisements).toBe(3);
  });

  it('takes what a cooked capture of every interface shows twice for one', () => {
    const observer = createObserver();
    observer.interface(0, { name: 'any', linkType: 113, resolutionNanoseconds: 1, snapLength: 0 });
    for (let second = 1; second <= 30; second++) {
      const bytes = cooked(advertisement(R1));
      for (const delayNs of [0, 30_000]) {
        const timeNs = second * 1e9 + delayNs;
        const length = bytes.length;
        observer.frame({
          timeNs,
          interfaceIndex: 0,
          direction: 0,
          bytes,
          start: 0,
          end: length,
          originalLength: length,
          number: 1,
        });
      }
    }
    const observation = observer.finish();
    expect(observation.advertisements).toBe(30);
    expect(observation.virtualRouters[0]!.timeline[0]!.measuredIntervalNs).toBe(1e9);
    expect(observation.judged.find(({ requirement }) => requirement === 'tx.ttl')?.judgements).toBe(1);
  });

  it('is split by a step of the clock: no verdict crosses it', () => {
    const watcher = watch();
    active(watcher, R1, 100, 104);
    watcher.event({ kind: 'clock-step', timeNs: 104.1e9, stepNs: 2e9 });
    active(watcher, R2, 105, 108);
    const observation = watcher.observe();
    expect(timeline(observation)).toEqual(['1 since-before unknown', '2 since-before still-active']);
    expect(findings(observation, 'backup.takeover')).toEqual([]);
  });

  it('looks at the VRIDs and the time that were asked for alone', () => {
    const watcher = watch();
    active(watcher, R1, 1, 9);
    active(watcher, { ...R1, virtualRouterId: 52, addresses: ['192.0.2.52'] }, 1.5, 9);
    const observation = watcher.observe({ virtualRouterIds: new Set([51]), fromNs: 3e9, toNs: 5e9 });
    expect(observation.virtualRouters.map(({ virtualRouterId }) => virtualRouterId)).toEqual([51]);
    expect(observation.advertisements).toBe(3);
  });
});

describe('backup.takeover', () => {
  /** r1 Active until 4 s, r2 takes over so long after; a host's frames show that the capture went on. */
  function takeoverAfter(seconds: number): Observation {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    watcher.tap(4.7, gratuitousArp('192.0.2.77'));
    active(watcher, R2, 4 + seconds, 12);
    return watcher.observe();
  }

  it.each([
    [3.59, 'fail'],
    [2.605, 'fail'],
    [4.605, 'fail'],
    [3.9, 'warning'],
  ])('after %d s is a %s', (seconds, verdict) => {
    expect(findings(takeoverAfter(seconds), 'backup.takeover')[0]).toMatchObject({ verdict, router: '192.0.2.2' });
  });

  it.each([3.6, 3.605, 3.65])('after %d s is in time', (seconds) => {
    expect(findings(takeoverAfter(seconds), 'backup.takeover')).toEqual([]);
  });

  it('names another number of intervals', () => {
    expect(findings(takeoverAfter(4.609), 'backup.takeover')[0]!.message).toContain('it fits 4 intervals and the skew');
  });

  it('is not late where somebody unknown joined the group meanwhile: a router that has just started', () => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    watcher.tap(5, joinFrame({ groups: ['224.0.0.18'], sourceMac: '02:00:00:00:00:02' }));
    active(watcher, R2, 9, 12);
    expect(findings(watcher.observe(), 'backup.takeover')).toEqual([]);
  });

  it('counts from the older of two advertisements where the newer crossed the takeover on the wire', () => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    watcher.tap(7.604_6, advertisement(R1));
    active(watcher, R2, 7.605, 7.605);
    watcher.tap(8.604_6, advertisement(R1));
    expect(findings(watcher.observe(), 'backup.takeover')).toEqual([]);
  });

  it('is not judged after a router of lower priority was Active meanwhile', () => {
    const watcher = watch();
    active(watcher, { source: '192.0.2.9', priority: 250 }, 1, 6);
    active(watcher, R2, 6 + 3.605, 13.605);
    // R1 waited all the time, or was started just now: nothing tells.
    active(watcher, R1, 13.7, 18);
    const { timeline } = watcher.observe().virtualRouters[0]!;
    expect(timeline.at(-1)).toMatchObject({ router: '192.0.2.1', takeover: { verdict: 'not-judged' } });
  });

  it('is not judged against a router of lower priority: since when it waited is not known', () => {
    const watcher = watch();
    active(watcher, R2, 1, 4);
    active(watcher, R1, 4.2, 8);
    const [, second] = watcher.observe().virtualRouters[0]!.timeline;
    expect(second).toMatchObject({ begin: 'preemption', takeover: { verdict: 'not-judged' } });
  });
});

describe('backup.priority-zero', () => {
  it.each([
    [0.5, 'fail'],
    [3.605, 'fail'],
  ])('a takeover %d s after priority 0 is a %s', (seconds, verdict) => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    watcher.tap(4.1, advertisement({ ...R1, priority: 0 })).tap(4.3, gratuitousArp('192.0.2.77'));
    active(watcher, R2, 4.1 + seconds, 9);
    expect(findings(watcher.observe(), 'backup.priority-zero')[0]).toMatchObject({ verdict });
  });
});

describe('active.announce-order', () => {
  it('is broken by an announcement before the advertisement, and the timing is the announcement’s', () => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    watcher.tap(7.605, gratuitousArp());
    active(watcher, R2, 8.605, 11);
    const observation = watcher.observe();
    expect(findings(observation, 'active.announce-order')[0]).toMatchObject({ verdict: 'fail', router: '192.0.2.2' });
    expect(findings(observation, 'backup.takeover')).toEqual([]);
  });

  it('is kept by announcements that follow', () => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    active(watcher, R2, 7.605, 11);
    expect(findings(watcher.observe(), 'active.announce-order')).toEqual([]);
  });

  it('is broken at a tap by a router that preempts and had announced all of its addresses before', () => {
    const watcher = watch();
    active(watcher, R2, 0, 10);
    watcher.tap(10.2, gratuitousArp());
    for (let time = 10.4; time < 16; time++) watcher.tap(time, advertisement(R1));
    const found = findings(watcher.observe(), 'active.announce-order');
    expect(found).toMatchObject([{ verdict: 'fail', router: '192.0.2.1', seen: /200 ms before/ }]);
  });

  it('is kept at a tap by a router that preempts and announces then, whatever the other announced before', () => {
    const watcher = watch();
    active(watcher, R2, 0, 10);
    watcher.tap(10.2, gratuitousArp());
    active(watcher, R1, 10.4, 16);
    expect(findings(watcher.observe(), 'active.announce-order')).toEqual([]);
  });
});

describe('two that are Active', () => {
  function splitBrain(until: number): Observation {
    const watcher = watch();
    active(watcher, R1, 1, 20);
    active(watcher, R2, 5.3, until);
    return watcher.observe();
  }

  it('are a split brain that a tap can tell, and not whether they hear each other', () => {
    const observation = splitBrain(20);
    expect(findings(observation, 'tx.one-active')[0]).toMatchObject({ verdict: 'fail', router: '192.0.2.2' });
    expect(findings(observation, 'active.yield-priority')[0]).toMatchObject({ verdict: 'inconclusive' });
  });

  it('until one gives way, too late, break active.yield-priority', () => {
    const observation = splitBrain(9);
    expect(findings(observation, 'active.yield-priority')[0]).toMatchObject({ verdict: 'fail', router: '192.0.2.2' });
  });

  it('for the moment of an election are in order', () => {
    const watcher = watch();
    active(watcher, R2, 1, 5);
    active(watcher, R1, 5.4, 12);
    watcher.tap(5.41, advertisement(R2));
    const observation = watcher.observe();
    expect(findings(observation, 'active.yield-priority')).toEqual([]);
    expect(findings(observation, 'tx.one-active')).toEqual([]);
  });

  it('of three, one of which ends together with that to which it gave way, are followed to the end', () => {
    const watcher = watch();
    const middle = { source: '192.0.2.3', priority: 150 };
    for (const time of [0, 0.25, 1, 2, 3]) watcher.tap(time, advertisement(middle));
    watcher.tap(0.19, advertisement(R2));
    for (const time of [0.2, 0.3, 0.4]) watcher.tap(time, advertisement({ ...R1, interval: 10 }));
    const { timeline } = watcher.observe().virtualRouters[0]!;
    expect(timeline.map(({ router, end }) => [router, end])).toEqual([
      ['192.0.2.3', 'still-active'],
      ['192.0.2.2', 'preempted'],
      ['192.0.2.1', 'silence'],
    ]);
  });

  it('of equal priority are decided by the greater address', () => {
    const watcher = watch();
    active(watcher, { ...R1, priority: 100 }, 1, 9);
    active(watcher, R2, 4.3, 14);
    const observation = watcher.observe();
    expect(findings(observation, 'active.yield-tie')[0]).toMatchObject({ verdict: 'fail', router: '192.0.2.1' });
  });
});

describe('what interval learning did', () => {
  const WINDOWS = { heard: 2 * (3 + 156 / 256), own: 3 + 156 / 256 };

  /** r2, whose own interval is 1 s, takes over so long after r1 with an interval of 2 s, or gave up. */
  function takeover(afterSeconds: number, own = 100, priority?: number): Tenure {
    const watcher = watch();
    active(watcher, { ...R1, interval: 200 }, 1, 9, 2);
    if (priority !== undefined) watcher.tap(9.1, advertisement({ ...R1, interval: 200, priority }));
    const first = (priority === undefined ? 9 : 9.1) + afterSeconds;
    // Another host shows that the capture was alive.
    watcher.tap(first - 0.5, gratuitousArpFrame({ address: '192.0.2.77', mac: '02:00:00:00:00:77' }));
    active(watcher, { ...R2, interval: own }, first, first + 3, own / 100);
    return watcher.observe().virtualRouters[0]!.timeline[1]!;
  }

  it('shows in the time of a takeover: by the interval that was heard, or by its own', () => {
    expect(takeover(WINDOWS.heard)).toMatchObject({
      learning: { ownNs: 1e9, heardNs: 2e9, countedBy: 'heard' },
      description: expect.stringContaining('having learned the interval of 2.000 s (its own is 1.000 s)'),
    });
    expect(takeover(WINDOWS.own)).toMatchObject({
      learning: { ownNs: 1e9, heardNs: 2e9, countedBy: 'own' },
      description: expect.stringContaining('by its own interval of 1.000 s and not the 2.000 s that it heard'),
    });
  });

  it('does not show where the time fits neither, or counts from a priority 0', () => {
    expect(takeover(5).learning).toMatchObject({ countedBy: 'unknown' });
    expect(takeover((2 * 156) / 256, 100, 0).learning).toMatchObject({ countedBy: 'unknown' });
  });

  it('is nothing where both have the same interval', () => {
    expect(takeover(WINDOWS.heard, 200).learning).toBeUndefined();
  });

  it('follows an interval that changes while a router is Active', () => {
    const watcher = watch();
    active(watcher, R1, 1, 5);
    active(watcher, { ...R1, interval: 200 }, 6, 12, 2);
    active(watcher, R1, 14, 16);
    expect(watcher.observe().virtualRouters[0]!.timeline).toMatchObject([
      {
        intervals: [
          { sinceNs: 1e9, intervalNs: 1e9 },
          { sinceNs: 6e9, intervalNs: 2e9 },
          { sinceNs: 14e9, intervalNs: 1e9 },
        ],
        description: expect.stringContaining('its interval changed from 1.000 s to 2.000 s to 1.000 s'),
      },
    ]);
  });
});

describe('backup.silent', () => {
  it('is broken by an advertisement beside an Active router of higher priority', () => {
    const watcher = watch();
    active(watcher, R1, 1, 12);
    watcher.tap(6.5, advertisement(R2));
    expect(findings(watcher.observe(), 'backup.silent')[0]).toMatchObject({ verdict: 'fail', router: '192.0.2.2' });
  });
});

describe('a router that gave up', () => {
  it('must not advertise again at once', () => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    watcher.tap(4.2, advertisement({ ...R1, priority: 0 })).tap(4.3, advertisement(R1));
    expect(findings(watcher.observe(), 'active.shutdown')[0]).toMatchObject({ verdict: 'fail' });
  });

  it('may come back after a restart', () => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    watcher.tap(4.2, advertisement({ ...R1, priority: 0 }));
    active(watcher, R1, 9, 12);
    expect(findings(watcher.observe(), 'active.shutdown')).toEqual([]);
  });

  it('and was not Active sent priority 0 for nothing', () => {
    const watcher = watch();
    active(watcher, R1, 1, 8);
    watcher.tap(5.5, advertisement({ ...R2, priority: 0 }));
    expect(findings(watcher.observe(), 'backup.shutdown')[0]).toMatchObject({ verdict: 'fail', router: '192.0.2.2' });
  });
});
