import { describe, expect, it } from 'vitest';
import type { VirtualRouterIntent } from '../../src/capture/intent.ts';
import type { Watch } from './watch.ts';
import { advertisement, broken, findings, R1, R2, watch } from './watch.ts';
import { intent, running } from './with-ports.ts';

const VERSION_2 = { version: 2, interval: 1 } as const;

/** Both versions, version 2 so long after version 3. */
function inBoth(watcher: Watch, first: number, last: number, after = 0.000_2): void {
  for (let time = first; time <= last + 1e-9; time++) {
    watcher.tap(time, advertisement(R1)).tap(time + after, advertisement({ ...R1, ...VERSION_2 }));
  }
}

describe('a router that speaks both versions at one rate (RFC 9568 §8.4)', () => {
  it.each([0.000_2, -0.000_2, 0.4])('is one router, Active once, with version 2 %d s after version 3', (after) => {
    const watcher = watch();
    inBoth(watcher, 1, 30, after);
    const observation = watcher.observe();
    expect(observation.virtualRouters).toHaveLength(1);
    const [virtualRouter] = observation.virtualRouters;
    expect(virtualRouter).toMatchObject({ routers: [{ name: '192.0.2.1' }] });
    expect(virtualRouter!.versions.toSorted()).toEqual([2, 3]);
    expect(virtualRouter!.timeline).toHaveLength(1);
    const [tenure] = virtualRouter!.timeline;
    expect(tenure).toMatchObject({ version: 3, measuredIntervalNs: 1e9 });
    expect(tenure!.description).toContain('speaking VRRPv2 and VRRPv3 (RFC 9568 §8.4)');
    expect(broken(observation)).toEqual([]);
  });

  it('gives up once, with priority 0 in both', () => {
    const watcher = watch();
    inBoth(watcher, 1, 5);
    watcher.event({ kind: 'router-stopping', router: 'r1', timeNs: 5.4e9 });
    watcher.tap(5.5, advertisement({ ...R1, priority: 0 }));
    watcher.tap(5.500_2, advertisement({ ...R1, ...VERSION_2, priority: 0 }));
    const observation = watcher.observe();
    expect(observation.virtualRouters[0]!.timeline).toMatchObject([{ end: 'priority-zero' }]);
    expect(broken(observation)).toEqual([]);
  });

  it('is taken over from in time by a router of either version', () => {
    for (const fields of [R2, { ...R2, ...VERSION_2 }]) {
      const watcher = watch();
      inBoth(watcher, 1, 4);
      for (let time = 7.605; time < 12; time++) watcher.tap(time, advertisement(fields));
      const [, second] = watcher.observe().virtualRouters[0]!.timeline;
      expect(second).toMatchObject({ begin: 'takeover', takeover: { verdict: 'pass' } });
    }
  });
});

describe('the interval that version 2 says beside version 3', () => {
  /** The findings of r1, configured so; version 2 says this many seconds. */
  function said(interval: number, advertisementIntervalNs: number, more: Partial<VirtualRouterIntent> = {}) {
    const watcher = running();
    for (let time = 4; time < 14; time += advertisementIntervalNs / 1e9) {
      const field = Math.round(advertisementIntervalNs / 1e7);
      watcher.out('r1', time, advertisement({ ...R1, interval: field }));
      watcher.out('r1', time + 0.000_2, advertisement({ ...R1, version: 2, interval }));
    }
    return findings(watcher.observe({ intent: intent({ advertisementIntervalNs, ...more }) }), 'tx.interval');
  }

  it('is the same in whole seconds, and never less than one', () => {
    expect([said(1, 0.4e9), said(1, 1.5e9), said(2, 1.5e9), said(1, 1e9)]).toEqual([[], [], [], []]);
    expect(said(2, 0.4e9)).toMatchObject([{ verdict: 'fail', expected: '0.4 s', seen: '2 s' }]);
    expect(said(3, 1e9)).toMatchObject([{ verdict: 'fail', expected: '1 s', seen: '3 s' }]);
  });

  it('has to be right where the router is to speak version 3 alone', () => {
    expect(said(1, 0.4e9, { bothVersions: false })).not.toEqual([]);
  });
});

describe('two versions on one VRID', () => {
  it('at different rates from one source are two configurations', () => {
    const watcher = watch();
    for (let time = 1; time <= 20; time++) watcher.tap(time, advertisement(R1));
    for (let time = 1.2; time <= 20; time += 3) {
      watcher.tap(time, advertisement({ ...R1, version: 2, interval: 3 }));
    }
    expect(findings(watcher.observe(), 'tx.version')).toMatchObject([
      { verdict: 'warning', router: '192.0.2.1', seen: '20 advertisements of version 3, 7 of version 2' },
    ]);
  });

  it('of two routers are a mismatch, said which', () => {
    const watcher = watch();
    for (let time = 1; time <= 12; time++) {
      watcher.tap(time, advertisement({ ...R1, ...VERSION_2 })).tap(time + 0.4, advertisement(R2));
    }
    const observation = watcher.observe();
    expect(observation.virtualRouters).toHaveLength(1);
    expect(findings(observation, 'tx.version')).toMatchObject([
      { verdict: 'warning', message: expect.stringContaining('192.0.2.1 speaks VRRPv2 and 192.0.2.2 VRRPv3') },
    ]);
  });

  it('one after the other are a router that was configured anew', () => {
    const watcher = watch();
    for (let time = 1; time <= 5; time++) watcher.tap(time, advertisement({ ...R1, ...VERSION_2 }));
    for (let time = 6; time <= 9; time++) watcher.tap(time, advertisement(R1));
    const observation = watcher.observe();
    expect(findings(observation, 'tx.version')).toEqual([]);
    expect(observation.virtualRouters[0]!.timeline).toMatchObject([{ version: 3, advertisements: 9 }]);
    expect(observation.virtualRouters[0]!.timeline[0]!.description).toContain('VRRPv3 in the end, VRRPv2 before');
  });
});
