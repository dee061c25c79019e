import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/capture/frame.ts';
import { DIRECTION_IN, DIRECTION_OUT, DIRECTION_UNKNOWN } from '../../src/capture/frame.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import type { Watch } from './watch.ts';
import { advertisement, broken, findings, R1, R2, watch } from './watch.ts';

const SIX = { source: 'fe80::1', addresses: ['fe80::100'], checksum: 'with-pseudo-header' } as const;

/** r1's advertisements at its own port, each of which comes by again so much later. */
function echoed(
  watcher: Watch,
  place: string,
  after: number,
  fields: Partial<AdvertisementFrame> = R1,
  directions: readonly [Direction, Direction] = [DIRECTION_OUT, DIRECTION_IN],
): Watch {
  for (let time = 1; time <= 30; time++) {
    const frame = advertisement(fields);
    watcher.at(place, directions[0], time, frame).at(place, directions[1], time + after, frame);
  }
  return watcher;
}

describe('an advertisement that comes back to the port that sent it', () => {
  it.each([
    ['at once', 0.000_3, R1],
    ['after a while', 0.4, R1],
    ['over IPv6', 0.4, SIX],
  ])('%s is a finding, and no second advertisement', (_when, after, fields) => {
    for (const watcher of [watch({ r1: 'router', r2: 'router' }), watch()]) {
      const observation = echoed(watcher, 'r1', after, fields).observe();
      expect(findings(observation, 'lan.echo')).toMatchObject([{ verdict: 'warning', count: 30 }]);
      expect(observation.advertisements).toBe(30);
      const [virtualRouter] = observation.virtualRouters;
      expect(virtualRouter!.routers).toHaveLength(1);
      expect(virtualRouter!.timeline).toMatchObject([{ advertisements: 30, measuredIntervalNs: 1e9 }]);
      expect(broken(observation)).toEqual(['lan.echo']);
    }
  });

  it('is none where another router’s arrives', () => {
    const watcher = watch();
    for (let time = 1; time <= 3; time++) watcher.at('eth0', DIRECTION_OUT, time, advertisement(R2));
    for (let time = 3.4; time <= 9; time++) watcher.at('eth0', DIRECTION_IN, time, advertisement(R1));
    const observation = watcher.observe();
    expect(findings(observation, 'lan.echo')).toEqual([]);
    expect(observation.virtualRouters[0]!.routers).toHaveLength(2);
  });
});

describe('an advertisement that arrives where its like was sent', () => {
  it('is another router’s where that one has just sent it: two have one source, as FRR does over IPv6', () => {
    const watcher = watch({ r1: 'router', r2: 'router' });
    for (let time = 1; time <= 30; time++) {
      watcher.out('r1', time, advertisement(SIX), ['r2']);
      // Through a wire that is slow.
      watcher.out('r2', time + 0.3, advertisement(SIX), []);
      watcher.at('r1', DIRECTION_IN, time + 0.31, advertisement(SIX));
    }
    // Both at once.
    for (let time = 31; time <= 40; time++) {
      watcher.out('r2', time + 0.299_98, advertisement(SIX), []);
      watcher.out('r1', time + 0.3, advertisement(SIX), []);
      watcher.at('r1', DIRECTION_IN, time + 0.300_04, advertisement(SIX));
    }
    expect(findings(watcher.observe(), 'lan.echo')).toEqual([]);
  });
});

describe('a packet that a tap sees once more', () => {
  const UNKNOWN = [DIRECTION_UNKNOWN, DIRECTION_UNKNOWN] as const;

  it('long after is told, and no second advertisement once the sender is known to number its packets', () => {
    const observation = echoed(watch(), 'tap', 0.4, R1, UNKNOWN).observe();
    expect(findings(observation, 'lan.echo')).toMatchObject([{ level: 'information' }]);
    // Of the first one it is not known yet.
    expect(observation.virtualRouters[0]!.timeline).toMatchObject([{ advertisements: 31, measuredIntervalNs: 1e9 }]);
  });

  it('at once is a copy of a mirror port', () => {
    const observation = echoed(watch(), 'tap', 0.000_3, R1, UNKNOWN).observe();
    expect(findings(observation, 'lan.echo')).toEqual([]);
    expect(observation.advertisements).toBe(30);
  });

  it('is none where the sender numbers all its packets alike', () => {
    const observation = echoed(watch(), 'tap', 0.4, { ...R1, identification: 0 }, UNKNOWN).observe();
    expect(findings(observation, 'lan.echo')).toEqual([]);
    expect(observation.advertisements).toBe(60);
  });
});
