import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/conformance/result.ts';
import { neighborAdvertisementFrame } from '../../src/wire/build.ts';
import { advertisement, broken, findings, judged, R1, R2 } from './watch.ts';
import { intent, running, send } from './with-ports.ts';

/** Active_Down_Interval of priority 100, at intervals of one second, two, and a half. */
const WAIT = 3.605;
const WAIT_AT_TWO_SECONDS = 7.215;
const WAIT_AT_HALF_A_SECOND = 1.803;

/** Each requirement, its router's takeover by a mistake and without it: where the rule speaks on the first alone. */
const MISTAKES: readonly [string, (rightly: boolean) => Observation][] = [
  [
    'backup.reset',
    (rightly) => {
      const watcher = running();
      send(watcher, 'r1', R1, 3.215, 6.215);
      watcher.out('r1', 6.6, advertisement(R1));
      send(watcher, 'r2', R2, (rightly ? 6.6 : 6.215) + WAIT, 15);
      return watcher.observe({ intent: intent() });
    },
  ],
  [
    'backup.learn-interval',
    (rightly) => {
      const slow = { ...R1, interval: 200 };
      const watcher = running();
      for (let time = 6.435; time < 12; time += 2) send(watcher, 'r1', slow, time, time);
      send(watcher, 'r2', R2, 10.435 + (rightly ? WAIT_AT_TWO_SECONDS : WAIT), 20);
      return watcher.observe({ intent: intent({ advertisementIntervalNs: 2e9 }) });
    },
  ],
  [
    'active.learn-on-yield',
    (rightly) => {
      const watcher = running();
      send(watcher, 'r2', R2, 3.715, 5.715);
      send(watcher, 'r1', { ...R1, interval: 50 }, 5.9, 5.9);
      send(watcher, 'r2', R2, 5.9 + (rightly ? WAIT_AT_HALF_A_SECOND : WAIT), 15);
      return watcher.observe({ intent: intent({ advertisementIntervalNs: 0.5e9 }) });
    },
  ],
  [
    'family.independent',
    (rightly) => {
      const watcher = running();
      send(watcher, 'r1', R1, 3.215, 6.215);
      const other = { source: 'fe80::1', addresses: ['fe80::100'], checksum: 'with-pseudo-header' } as const;
      watcher.out('r1', 3.4002, neighborAdvertisementFrame({ target: 'fe80::100', sourceMac: '00:00:5e:00:02:33' }));
      for (let time = 3.4; time < 9; time++) watcher.out('r1', time, advertisement(other));
      send(watcher, 'r2', R2, (rightly ? 6.215 : 8.4) + WAIT, 15);
      return watcher.observe({ intent: intent() });
    },
  ],
  [
    'active.own-interval',
    (rightly) => {
      const watcher = running();
      for (let time = 6.435; time < 12; time += 2) send(watcher, 'r1', { ...R1, interval: 200 }, time, time);
      send(watcher, 'r2', rightly ? R2 : { ...R2, interval: 200 }, 10.435 + WAIT_AT_TWO_SECONDS, 20);
      return watcher.observe({ intent: intent({ advertisementIntervalNs: 2e9 }) });
    },
  ],
];

function takenAfter(seconds: number): Observation {
  const watcher = running();
  send(watcher, 'r1', R1, 3.215, 6.215);
  send(watcher, 'r2', R2, 6.215 + seconds, 15);
  return watcher.observe({ intent: intent() });
}

describe.each(MISTAKES)('%s', (requirement, play) => {
  it('is broken by a takeover that this mistake alone explains, and told once', () => {
    const observation = play(false);
    expect(findings(observation, requirement)).toMatchObject([{ verdict: 'fail', router: 'r2', count: 1 }]);
    expect(findings(observation, 'backup.takeover')).toEqual([]);
    expect(findings(observation, 'tx.interval')).toEqual([]);
  });

  it('is kept by one in time', () => {
    const observation = play(true);
    expect(broken(observation)).toEqual([]);
    expect(judged(observation, requirement)).toBe(true);
  });
});

describe('a takeover out of time that no mistake explains', () => {
  it.each([
    ['late', 5.2],
    // As if the newest advertisement had not restarted the timer, or the timer counted two intervals.
    ['an interval early', 2.605],
  ])('is told as that: %s', (_, seconds) => {
    expect(findings(takenAfter(seconds), 'backup.takeover')).toMatchObject([{ verdict: 'fail' }]);
    expect(findings(takenAfter(seconds), 'backup.reset')).toEqual([]);
  });
});
