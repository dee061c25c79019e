import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/conformance/result.ts';
import { arpFrame } from '../../src/wire/build.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import type { Watch } from './watch.ts';
import { active, advertisement, findings, judged, R1, R2, watch } from './watch.ts';

/** A host's frame: the capture goes on. */
const somebody = () =>
  arpFrame({
    operation: 'request',
    senderMac: '02:00:00:00:00:77',
    senderAddress: '192.0.2.77',
    targetAddress: '192.0.2.78',
  });

/** Active_Down_Interval of priority 100 at one second. */
const WAIT = 3.605;

/** What a receiver must discard. */
const FAULTS: readonly (readonly [string, Partial<AdvertisementFrame>])[] = [
  ['rx.ttl', { hopLimit: 254 }],
  ['rx.checksum', { checksum: 'wrong' }],
  ['rx.type', { type: 2 }],
  ['rx.count-zero', { addresses: [] }],
];

/** r1's advertisements are valid until 4 s, then wrong until 7.5 s; r2 takes over so long after 4 or 7.5 s. */
function takeover(fault: Partial<AdvertisementFrame>, at: number): Observation {
  const watcher = watch();
  active(watcher, R1, 1, 4);
  for (let time = 4.5; time < 8; time++) watcher.tap(time, advertisement({ ...R1, ...fault }));
  for (let time = 8.2; time < at; time++) watcher.tap(time, somebody());
  active(watcher, R2, at, 16);
  return watcher.observe();
}

describe.each(FAULTS)('%s', (requirement, fault) => {
  it('is broken by a Backup whose timer was restarted by what it must discard', () => {
    const observation = takeover(fault, 7.5 + WAIT);
    expect(findings(observation, requirement)).toMatchObject([{ verdict: 'fail', router: '192.0.2.2', count: 1 }]);
    // It is told once: the takeover is not late beside.
    expect(findings(observation, 'backup.takeover')).toEqual([]);
  });

  it('is kept by one whose timer ran on', () => {
    const observation = takeover(fault, 4 + WAIT);
    expect(findings(observation, requirement)).toEqual([]);
    expect(judged(observation, requirement)).toBe(true);
  });

  it('is not judged where the time fits neither', () => {
    const observation = takeover(fault, 10);
    expect(findings(observation, requirement)).toEqual([]);
    expect(findings(observation, 'backup.takeover')).toMatchObject([{ verdict: 'fail' }]);
  });

  it('never advances the history', () => {
    const [virtualRouter] = takeover(fault, 7.5 + WAIT).virtualRouters;
    expect(virtualRouter!.timeline[0]).toMatchObject({ end: 'silence', lastNs: 4e9, advertisements: 4 });
  });
});

describe('an invalid priority 0', () => {
  it('that a Backup believes makes it take over after the skew alone', () => {
    const takenOver = (seconds: number) => {
      const watcher = watch();
      active(watcher, R1, 1, 9);
      watcher.tap(9.3, advertisement({ ...R1, priority: 0, checksum: 'wrong' }));
      active(watcher, R2, 9.3 + seconds, 15);
      return findings(watcher.observe(), 'rx.checksum');
    };
    expect(takenOver(0.605)).toMatchObject([{ verdict: 'fail', router: '192.0.2.2' }]);
    expect(takenOver(0.2)).toEqual([]);
  });
});

describe('an interval of 0 that a Backup believes', () => {
  it('makes it take over at once', () => {
    const watcher = watch();
    active(watcher, R1, 1, 9);
    watcher.tap(9.3, advertisement({ ...R1, interval: 0 }));
    active(watcher, R2, 9.302, 15);
    expect(findings(watcher.observe(), 'rx.interval-zero')).toMatchObject([{ verdict: 'fail', router: '192.0.2.2' }]);
  });
});

describe('an interval that a Backup learned from what it must discard', () => {
  it('shows in its next takeover', () => {
    const takenOver = (seconds: number) => {
      const watcher = watch();
      active(watcher, R1, 1, 6);
      watcher.tap(6.4, advertisement({ ...R1, interval: 300, checksum: 'wrong' }));
      watcher.tap(7, advertisement(R1));
      for (let time = 7.7; time < 7 + seconds; time++) watcher.tap(time, somebody());
      active(watcher, R2, 7 + seconds, 22);
      return findings(watcher.observe(), 'rx.checksum').filter(({ router }) => router === '192.0.2.2');
    };
    expect(takenOver(10.825)).toMatchObject([{ verdict: 'fail' }]);
    expect(takenOver(WAIT)).toEqual([]);
  });
});

describe('an Active router that falls silent when it hears what it must discard', () => {
  /** r2 is Active until 5 s; wrong advertisements of a higher priority at 5.4 to 7.4 s; r2 is back so long after these. */
  function back(after: number, fields: Partial<AdvertisementFrame> = {}): Observation {
    const watcher = watch();
    active(watcher, R2, 1, 5);
    for (const time of [5.4, 6.4, 7.4]) watcher.tap(time, advertisement({ ...R1, hopLimit: 64, ...fields }));
    for (let time = 8.4; time < 7.4 + after; time++) watcher.tap(time, somebody());
    active(watcher, R2, 7.4 + after, 16);
    return watcher.observe();
  }

  it('and is back when a Backup’s timer would have run out gave way to it', () => {
    expect(findings(back(WAIT), 'rx.ttl').filter(({ router }) => router === '192.0.2.2')).toMatchObject([
      { verdict: 'fail', message: expect.stringContaining('fell silent for VRID 51 (IPv4) when an advertisement') },
    ]);
  });

  it.each([
    ['at another time', 2.9, {}],
    ['though it was of a lower priority', WAIT, { priority: 50 }],
  ])('proves nothing where it is back %s', (_when, after, fields) => {
    expect(findings(back(after, fields), 'rx.ttl').filter(({ router }) => router === '192.0.2.2')).toEqual([]);
  });
});

describe('with ports', () => {
  function ports(heardBy: readonly string[]): Observation {
    const watcher: Watch = watch({ r1: 'router', r2: 'router' });
    for (let time = 1; time <= 4; time++) watcher.out('r1', time, advertisement(R1));
    for (let time = 4.5; time < 8; time++) watcher.out('r1', time, advertisement({ ...R1, hopLimit: 254 }), heardBy);
    for (let time = 7.5 + WAIT; time < 15; time++) watcher.out('r2', time, advertisement(R2));
    return watcher.observe();
  }

  it('a router can have believed only what reached its port', () => {
    expect(findings(ports(['r2']), 'rx.ttl')).toMatchObject([{ router: 'r2' }]);
    expect(findings(ports([]), 'rx.ttl')).toEqual([]);
    expect(findings(ports([]), 'backup.takeover')).toMatchObject([{ verdict: 'fail', router: 'r2' }]);
  });
});
