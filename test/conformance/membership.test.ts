import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/conformance/result.ts';
import { joinFrame, neighborAdvertisementFrame, neighborSolicitationFrame } from '../../src/wire/build.ts';
import { RECORD_TO_INCLUDE } from '../../src/wire/group-report.ts';
import type { Watch } from './watch.ts';
import { advertisement, findings, judged, watch } from './watch.ts';

const PHYSICAL_MAC = '02:00:00:00:00:01';
const VIRTUAL_MAC = '00:00:5e:00:02:33';
const HOST_MAC = '02:00:00:00:00:03';
const FIELDS = {
  source: 'fe80::1',
  addresses: ['fe80::5e:51', '2001:db8::101'],
  checksum: 'with-pseudo-header',
} as const;
const GROUPS = ['ff02::1:ff5e:51', 'ff02::1:ff00:101'];

/** r1 becomes Active after five seconds; its groups are what a report of a host on that LAN is compared with. */
function becomesActive(extra: (watcher: Watch) => void): Observation {
  const watcher = watch();
  watcher.tap(0, joinFrame({ groups: ['ff02::1:ff00:3'], sourceMac: HOST_MAC, source: 'fe80::3' }));
  for (let second = 5; second < 12; second++) watcher.tap(second, advertisement(FIELDS));
  extra(watcher);
  return watcher.observe();
}

const report = (groups: readonly string[], sourceMac = PHYSICAL_MAC, recordType?: number) =>
  joinFrame({ groups, sourceMac, source: 'fe80::1', ...(recordType === undefined ? {} : { recordType }) });
const told = (observation: Observation) => findings(observation, 'active.solicited-node');

describe('active.solicited-node', () => {
  it.each([
    ['from its physical MAC, before or after', PHYSICAL_MAC, 2],
    ['from its physical MAC while Active', PHYSICAL_MAC, 6],
    ['from the virtual MAC while Active', VIRTUAL_MAC, 6],
  ])('is proven by an MLD report %s', (_, mac, seconds) => {
    const observation = becomesActive((watcher) => watcher.tap(seconds, report(GROUPS, mac)));
    expect(told(observation)).toEqual([]);
    expect(judged(observation, 'active.solicited-node')).toBe(true);
  });

  it('stays open without a report: for the addresses that none was seen of', () => {
    expect(told(becomesActive(() => {}))).toMatchObject([{ verdict: 'inconclusive', router: 'fe80::1' }]);
    const half = becomesActive((watcher) => watcher.tap(6, report([GROUPS[0]!])));
    expect(told(half)).toMatchObject([
      { verdict: 'inconclusive', seen: 'neither report nor answer for 2001:db8::101' },
    ]);
    // From the virtual MAC long before it was Active: another router's.
    const others = joinFrame({ groups: GROUPS, sourceMac: VIRTUAL_MAC });
    expect(told(becomesActive((watcher) => watcher.tap(1, others)))).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  it('is decided by an answer to a solicitation that went to the group', () => {
    const ask = (destination: string) =>
      neighborSolicitationFrame({
        target: 'fe80::5e:51',
        source: 'fe80::3',
        sourceMac: HOST_MAC,
        destination,
        ...(destination.startsWith('ff') ? {} : { destinationMac: VIRTUAL_MAC }),
      });
    const answer = neighborAdvertisementFrame({
      target: 'fe80::5e:51',
      sourceMac: VIRTUAL_MAC,
      destination: 'fe80::3',
      destinationMac: HOST_MAC,
      solicited: true,
    });
    const asked = (destination: string) =>
      becomesActive((watcher) =>
        watcher
          .tap(6, report([GROUPS[1]!]))
          .tap(7.1, ask(destination))
          .tap(7.2, answer),
      );
    expect(told(asked('ff02::1:ff5e:51'))).toEqual([]);
    expect(told(asked('fe80::5e:51'))).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  it('is broken by leaving a group while Active; not by leaving it afterwards', () => {
    const left = (seconds: number) =>
      becomesActive((watcher) =>
        watcher.tap(6, report(GROUPS)).tap(seconds, report([GROUPS[0]!], PHYSICAL_MAC, RECORD_TO_INCLUDE)),
      );
    expect(told(left(8))).toMatchObject([{ verdict: 'fail', count: 1, first: 8e9 }]);
    expect(told(left(11.5))).toEqual([]);
  });

  it('needs reports or answers in the capture, and a beginning', () => {
    const watcher = watch();
    for (let second = 5; second < 12; second++) watcher.tap(second, advertisement(FIELDS));
    const observation = watcher.observe();
    expect(told(observation)).toEqual([]);
    expect(observation.notApplicable).toContainEqual({
      requirement: 'active.solicited-node',
      reason: 'needs MLD reports, or answers to solicitations, in the capture',
    });
    const since = watch();
    for (let second = 0; second < 5; second++) since.tap(second, advertisement(FIELDS));
    since.tap(1.5, joinFrame({ groups: ['ff02::1:ff00:3'], sourceMac: HOST_MAC, source: 'fe80::3' }));
    expect(told(since.observe())).toEqual([]);
  });

  it('is proven of the node whose port the report left', () => {
    const ported = watch({ r1: 'router', r2: 'router' });
    for (let second = 5; second < 9; second++) ported.out('r1', second, advertisement(FIELDS));
    ported.out('r2', 0, joinFrame({ groups: ['ff02::1:ff00:3'], sourceMac: HOST_MAC }));
    ported.out('r2', 6, joinFrame({ groups: GROUPS, sourceMac: VIRTUAL_MAC }));
    expect(told(ported.observe())).toMatchObject([{ verdict: 'inconclusive', router: 'r1' }]);
    ported.out('r1', 3, joinFrame({ groups: GROUPS, sourceMac: VIRTUAL_MAC }));
    expect(told(ported.observe())).toEqual([]);
  });
});
