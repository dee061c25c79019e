import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/conformance/result.ts';
import { joinFrame } from '../../src/wire/build.ts';
import { active, advertisement, findings, R1, R2, watch } from './watch.ts';

const VIRTUAL_MAC = '00:00:5e:00:01:33';
/** Of r1's macvlan, made by chance (RFC 7217). */
const OWN = 'fe80::c391:7971:e10c:5df3';
/** What every macvlan has whose address is made of the virtual MAC. */
const SHARED = 'fe80::200:5eff:fe00:133';

/**
 * r1 and r2 are Active in turn, ten seconds each; r1's macvlan reports its groups when it becomes Active, from an address that no
 * router advertises from, and once more at each of these times.
 */
function watched(source: string, also: readonly number[], turns = 3): Observation {
  const watcher = watch();
  const report = joinFrame({ groups: ['ff02::1:ff0c:5df3'], source, sourceMac: VIRTUAL_MAC });
  const reports = (fromS: number, toS: number) => {
    for (const at of also) if (at > fromS && at < toS) watcher.tap(at, report);
  };
  for (let turn = 0; turn < turns; turn++) {
    const begin = 1 + 20 * turn;
    watcher.tap(begin, advertisement(R1));
    watcher.tap(begin + 0.1, report);
    active(watcher, R1, begin + 1, begin + 8);
    watcher.tap(begin + 8.5, advertisement({ ...R1, priority: 0 }));
    for (let second = 9.109; second < 19; second++) {
      watcher.tap(begin + second, advertisement(R2));
      reports(begin + second, begin + second + 1);
    }
  }
  return watcher.observe();
}

describe('a report from the virtual MAC, at a tap, from an address that no router advertises from', () => {
  it('is a Backup’s where that address is otherwise seen while this router is Active', () => {
    expect(findings(watched(OWN, [34.7]), 'backup.no-vmac-source')).toMatchObject([
      { verdict: 'warning', router: '192.0.2.1', count: 1, first: 34.7e9 },
    ]);
  });

  it('is nobody’s in particular where every macvlan has that address', () => {
    expect(findings(watched(SHARED, [34.7]), 'backup.no-vmac-source')).toEqual([]);
  });

  it('is in order where its router alone is Active', () => {
    expect(findings(watched(OWN, []), 'backup.no-vmac-source')).toEqual([]);
  });

  it('is left open where it was seen too seldom to tell whose it is, or as often beside the other', () => {
    expect(findings(watched(OWN, [14.7], 2), 'backup.no-vmac-source')).toEqual([]);
    expect(findings(watched(OWN, [14.7, 34.7, 54.7]), 'backup.no-vmac-source')).toEqual([]);
  });
});
