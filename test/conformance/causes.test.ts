import { describe, expect, it } from 'vitest';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { CauseId, Observation } from '../../src/conformance/result.ts';
import { arpFrame } from '../../src/wire/build.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import { active, advertisement, R1, R2, type Watch, watch } from './watch.ts';

/** Both advertise side by side from the sixth second on, for half a minute. */
function split(one: Partial<AdvertisementFrame> = {}, other: Partial<AdvertisementFrame> = {}): Watch {
  const watcher = watch();
  active(watcher, { ...R1, ...one }, 1, 40);
  active(watcher, { ...R2, ...other }, 6.3, 40);
  return watcher;
}

const named = ({ causes }: Observation): readonly CauseId[] => causes.map(({ id }) => id);
const likely = ({ causes }: Observation) =>
  causes.filter(({ certainty }) => certainty !== 'possible').map(({ id }) => id);

describe('two Active routers that disagree', () => {
  const v2 = { version: 2, interval: 1, checksum: undefined } as const;

  it('about the checksum convention', () => {
    const observation = split({}, { checksum: 'with-pseudo-header' }).observe();
    expect(likely(observation)).toContain('checksum-conventions');
    expect(observation.causes.find(({ id }) => id === 'checksum-conventions')?.text).toContain(
      '192.0.2.1 computes its checksum over the message alone, 192.0.2.2 with a pseudo-header',
    );
  });

  it('about the interval, in version 2', () => {
    expect(likely(split(v2, { ...v2, interval: 2 }).observe())).toContain('v2-intervals');
  });

  it('about authentication, in version 2', () => {
    const watcher = split(v2, { ...v2, authenticationType: 1, authenticationData: new Uint8Array(8).fill(65) });
    expect(likely(watcher.observe())).toContain('v2-authentication');
  });

  it('about the version', () => {
    expect(likely(split({}, v2).observe())).toContain('version-mismatch');
  });

  it('about the addresses: a possible reason, because nobody need check them', () => {
    const observation = split({}, { addresses: ['192.0.2.100', '192.0.2.101'] }).observe();
    expect(observation.causes.find(({ id }) => id === 'address-lists')).toMatchObject({ certainty: 'possible' });
  });

  it('about unicast', () => {
    expect(likely(split({}, { destination: '192.0.2.1', destinationMac: '02:00:00:00:00:01' }).observe())).toContain(
      'unicast-multicast',
    );
  });

  it('because a hop lowers the TTL, so that nobody believes one of them', () => {
    const observation = split({}, { hopLimit: 254 }).observe();
    expect(likely(observation)).toEqual(['ttl-changed']);
    expect(observation.causes[0]!.text).toMatch(/must be discarded.*192\.0\.2\.1 is Active beside it/);
  });
});

describe('two Active routers that agree about everything', () => {
  it('may not hear each other, which one tap cannot tell', () => {
    const observation = split().observe();
    expect(likely(observation)).toEqual([]);
    expect(named(observation)).toEqual(expect.arrayContaining(['cannot-hear', 'multicast-snooping']));
    expect(observation.virtualRouters[0]!.overlaps).toMatchObject([
      { winner: '192.0.2.1', loser: '192.0.2.2', fromNs: 6.3e9, toNs: 39.3e9 },
    ]);
  });

  it('do not hear each other where the ports say so', () => {
    const watcher = watch({ r1: 'router', r2: 'router' });
    for (let second = 1; second < 30; second++) {
      watcher.out('r1', second, advertisement(R1), []);
      watcher.out('r2', second + 0.3, advertisement(R2), []);
    }
    const { causes } = watcher.observe();
    expect(causes.find(({ id }) => id === 'cannot-hear')).toMatchObject({
      certainty: 'shown',
      text: expect.stringContaining('nothing of r1 reached the port of r2'),
    });
  });

  it('look like spanning tree where the lower one gives way after half a minute', () => {
    const watcher = watch();
    active(watcher, R1, 1, 60);
    active(watcher, R2, 6.3, 36.3);
    expect(named(watcher.observe())).toContain('spanning-tree');
  });
});

describe('a trunk whose ends disagree about tags', () => {
  it('shows one virtual router in two VLANs, a sender in each', () => {
    const watcher = watch();
    for (let second = 1; second < 20; second++) {
      watcher.tap(second, advertisement({ ...R1, tags: [{ id: 10 }] }));
      watcher.tap(second + 0.3, advertisement({ ...R2, tags: [{ id: 20 }] }));
    }
    const { causes, virtualRouters } = watcher.observe();
    expect(virtualRouters.map(({ lan }) => lan)).toEqual(['tap vlan 10', 'tap vlan 20']);
    expect(causes).toMatchObject([{ id: 'vlan-mismatch', certainty: 'likely' }]);
  });

  it('is nothing that is named where the same router is in both', () => {
    const watcher = watch();
    for (let second = 1; second < 20; second++) {
      watcher.tap(second, advertisement({ ...R1, tags: [{ id: 10 }] }));
      watcher.tap(second + 0.3, advertisement({ ...R1, tags: [{ id: 20 }] }));
    }
    expect(named(watcher.observe())).not.toContain('vlan-mismatch');
  });
});

describe('the capture', () => {
  it('says how many advertisements it cut, and that they were not judged', () => {
    const watcher = watch();
    const observer = createObserver();
    observer.interface(0, { name: 'tap', linkType: 1, resolutionNanoseconds: 1, snapLength: 34 });
    for (let second = 1; second < 5; second++) {
      const bytes = advertisement(R1);
      const place = { interfaceIndex: 0, direction: 0 as const, bytes, start: 0, end: 34, number: second };
      observer.frame({ ...place, timeNs: second * 1e9, originalLength: bytes.length });
    }
    expect(observer.finish().notes).toEqual([expect.stringContaining('4 frames of VRRP were cut')]);
    expect(watcher.observe().notes).toEqual([]);
  });
});

describe('advertisements that were cut before their interval', () => {
  it('are those of a router at the default interval', () => {
    const observer = createObserver();
    observer.interface(0, { name: 'tap', linkType: 1, resolutionNanoseconds: 1, snapLength: 38 });
    for (let second = 1; second < 30; second++) {
      const bytes = advertisement({ ...R1, version: 2, interval: 1, checksum: undefined });
      const place = { interfaceIndex: 0, direction: 0 as const, bytes, start: 0, end: 38, number: second };
      observer.frame({ ...place, timeNs: second * 1e9, originalLength: bytes.length });
    }
    const { findings, virtualRouters } = observer.finish();
    expect(findings.filter(({ requirement }) => requirement === 'tx.interval')).toEqual([]);
    for (const { timeline } of virtualRouters) {
      for (const { advertisedIntervalNs } of timeline) expect(advertisedIntervalNs).toBe(1e9);
    }
  });
});

describe('the history', () => {
  it('names the time in which nobody was Active, and how it began', () => {
    const watcher = watch();
    active(watcher, R1, 1, 10);
    active(watcher, R2, 13.605, 20);
    watcher.tap(20.2, advertisement({ ...R2, priority: 0 }));
    active(watcher, R1, 20.42, 25);
    expect(watcher.observe().virtualRouters[0]!.vacancies).toEqual([
      { fromNs: 10e9, toNs: 13.605e9, after: 'silence', former: '192.0.2.1', next: '192.0.2.2' },
      { fromNs: 20.2e9, toNs: 20.42e9, after: 'priority-zero', former: '192.0.2.2', next: '192.0.2.1' },
    ]);
  });

  it('names flapping, and that the router was alive from which another took over', () => {
    const watcher = watch();
    for (let cycle = 0; cycle < 4; cycle++) {
      active(watcher, R1, 1 + 15 * cycle, 10 + 15 * cycle);
      active(watcher, R2, 13.605 + 15 * cycle, 13.7 + 15 * cycle);
      watcher.tap(14 + 15 * cycle, advertisement(R1));
      watcher.tap(15 + 15 * cycle, advertisement(R1));
    }
    const observation = watcher.observe();
    expect(observation.virtualRouters[0]!.flapping).toMatchObject([{ changes: 6 }]);
    expect(likely(observation)).toEqual(expect.arrayContaining(['flapping', 'took-over-from-the-living']));
  });

  it('counts advertisements that are missing, and says how even the others are', () => {
    const watcher = watch();
    active(watcher, R1, 1, 10);
    active(watcher, R1, 13, 20);
    active(watcher, R1, 22, 30);
    expect(watcher.observe().virtualRouters[0]!.routers[0]!.regularity).toEqual({
      gaps: 23,
      medianNs: 1e9,
      jitterNs: 0,
      driftNs: 0,
      missing: 3,
    });
  });
});

describe('what hosts saw', () => {
  const question = (seconds: number, watcher: Watch) =>
    watcher.tap(
      seconds,
      arpFrame({
        operation: 'request',
        senderMac: '02:00:00:00:00:09',
        senderAddress: '192.0.2.9',
        targetAddress: '192.0.2.100',
      }),
    );
  const answer = (seconds: number, mac: string, watcher: Watch) =>
    watcher.tap(
      seconds,
      arpFrame({
        operation: 'reply',
        senderMac: mac,
        senderAddress: '192.0.2.100',
        targetMac: '02:00:00:00:00:09',
        targetAddress: '192.0.2.9',
      }),
    );

  it('is which MAC address answered when, and that two did at once', () => {
    const watcher = watch();
    active(watcher, R1, 1, 20);
    question(5.5, watcher);
    answer(5.501, '00:00:5e:00:01:33', watcher);
    question(9.5, watcher);
    answer(9.501, '00:00:5e:00:01:33', watcher);
    answer(9.502, '02:00:00:00:00:01', watcher);
    const observation = watcher.observe();
    expect(observation.virtualRouters[0]!.hosts).toMatchObject([
      {
        address: '192.0.2.100',
        spans: [
          { mac: '00:00:5e:00:01:33', isVirtualMac: true, answers: 2, lastNs: 9.501e9 },
          { mac: '02:00:00:00:00:01', isVirtualMac: false, answers: 1 },
        ],
      },
    ]);
    expect(likely(observation)).toEqual(expect.arrayContaining(['two-answers', 'physical-address-bound']));
  });
});

describe('the configuration', () => {
  const intent = {
    router: 'gw1',
    lan: 'eth0',
    virtualRouterId: 51,
    version: 3 as const,
    family: 'ipv4' as const,
    priority: 200,
    advertisementIntervalNs: 1e9,
    addresses: ['192.0.2.100'],
    virtualMac: true,
  };

  it('agrees where the wire does', () => {
    const watcher = watch();
    active(watcher, R1, 1, 10);
    expect(watcher.observe({ intent: { virtualRouters: [intent] } }).deviations).toEqual([]);
  });

  it('is held beside the wire, setting by setting, and nothing is a failure by it', () => {
    const watcher = watch();
    active(watcher, { ...R1, interval: 200, addresses: ['192.0.2.101'] }, 1, 21, 2);
    const observation = watcher.observe({
      intent: { virtualRouters: [intent, { ...intent, router: 'gw2', priority: 100, virtualRouterId: 52 }] },
    });
    expect(observation.deviations).toMatchObject([
      { router: '192.0.2.1', configuration: 'gw1', setting: 'interval', configured: '1.000 s', seen: '2.000 s' },
      { setting: 'addresses', configured: '192.0.2.100', seen: '192.0.2.101' },
      { configuration: 'gw2', setting: 'presence', seen: 'no advertisement of this VRID' },
    ]);
  });
});
