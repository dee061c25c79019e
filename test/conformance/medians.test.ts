import { describe, expect, it } from 'vitest';
import { advertisement, findings, judged, R1, R2, type Watch, watch } from './watch.ts';
import { running } from './with-ports.ts';

/** r1 advertises every second, and `burst` times within a few milliseconds after each of `every` of them. */
function withBursts(burst: number, every: number): Watch {
  const watcher = watch();
  for (let second = 1; second <= 40; second++) {
    watcher.tap(second, advertisement(R1));
    if (second % every !== 0) continue;
    for (let more = 1; more <= burst; more++) watcher.tap(second + more * 0.000_5, advertisement(R1));
  }
  return watcher;
}

describe('the median period', () => {
  it('is not decided by bursts, however many advertisements are in them', () => {
    const few = withBursts(40, 10).observe();
    expect(judged(few, 'tx.period')).toBe(true);
    const observation = withBursts(200, 4).observe();
    for (const one of [few, observation]) {
      expect(findings(one, 'tx.period')).toEqual([]);
      expect(findings(one, 'tx.interval')).toEqual([]);
      expect(Math.abs(one.virtualRouters[0]!.timeline[0]!.measuredIntervalNs! - 1e9)).toBeLessThan(5e6);
    }
  });

  it('shows a router that is always four times too fast', () => {
    for (const count of [30, 400]) {
      const watcher = watch();
      for (let index = 0; index < count; index++) watcher.tap(1 + index / 4, advertisement(R1));
      expect(findings(watcher.observe(), 'tx.interval')).toMatchObject([
        { verdict: 'fail', seen: expect.stringMatching(/^25[01](\.\d+)? ms$/) },
      ]);
    }
  });

  it('holds for all of the time that was seen, for no single frame shows it', () => {
    const watcher = watch();
    for (let index = 0; index < 40; index++) watcher.tap(1 + index / 4, advertisement(R1));
    const observation = watcher.observe();
    const [finding] = findings(observation, 'tx.interval');
    expect(finding).toMatchObject({ first: observation.firstNs, last: observation.lastNs, frames: [] });
    expect(finding!.last - finding!.first).toBe(39 * 250_000_000);
  });

  it('needs twenty gaps of its own kind: a burst is none', () => {
    const watcher = watch();
    for (let second = 1; second <= 6; second++) watcher.tap(second, advertisement(R1));
    for (let more = 1; more <= 60; more++) watcher.tap(6 + more * 0.000_5, advertisement(R1));
    expect(judged(watcher.observe(), 'tx.period')).toBe(false);
  });
});

describe('two that are Active', () => {
  /** r1 does not reach r2; r1 hears r2, which sends so often, and asserts itself at once, its own timer running on. */
  function asserting(every: number, assertAfter: number): Watch {
    const watcher = watch();
    for (let second = 1; second <= 150; second++) watcher.tap(second, advertisement({ ...R1, identification: 0 }));
    for (let time = 1.05; time < 150; time += every) {
      watcher.tap(time, advertisement({ ...R2, interval: Math.round(every * 100) }));
      watcher.tap(time + assertAfter, advertisement({ ...R1, identification: 0 }));
    }
    return watcher;
  }

  it('are measured by what they send of themselves, not by what they answer each other with (RFC 9568 §6.4.3)', () => {
    const observation = asserting(1.3, 0.000_4).observe();
    expect(judged(observation, 'tx.period')).toBe(true);
    for (const rule of ['tx.period', 'tx.interval']) expect(findings(observation, rule)).toEqual([]);
    expect(observation.virtualRouters[0]!.timeline[0]!.measuredIntervalNs).toBe(1e9);
  });

  it('and do not answer at once are too fast', () => {
    expect(findings(asserting(0.5, 0.25).observe(), 'tx.interval')).toMatchObject([{ router: '192.0.2.1' }]);
  });
});

describe('advertisements of one source at two phases', () => {
  const VIRTUAL = {
    source: 'fe80::5e:51',
    addresses: ['fe80::5e:51', '2001:db8::100'],
    priority: 100,
    checksum: undefined,
  };

  /** Each interval of a second one advertisement, and another so much later. */
  function phases(later: number, fields: Parameters<typeof advertisement>[0] = VIRTUAL) {
    const watcher = watch();
    for (let second = 1; second <= 20; second++) {
      watcher.tap(second, advertisement(fields));
      watcher.tap(second + later, advertisement(fields));
    }
    const observation = watcher.observe();
    return ['tx.period', 'tx.interval'].flatMap((requirement) => findings(observation, requirement));
  }

  it.each([0.3, 0.02, 0.9])('are two machines’, or seen twice: %d s', (later) => {
    expect(phases(later)).toMatchObject([
      {
        requirement: 'tx.period',
        verdict: 'inconclusive',
        message: expect.stringContaining('two machines send from fe80::5e:51'),
      },
    ]);
    expect(phases(later, R1)).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  it('are one router’s, twice as fast as it says, where the phases are halves', () => {
    expect(phases(0.5)).toMatchObject([{ requirement: 'tx.interval', verdict: 'fail' }]);
  });

  it.each([0.3, 0.5])('are two machines’ where each numbers its packets: %d s', (later) => {
    const clone = (first: number, second: number) => {
      const watcher = watch();
      for (let time = 1; time <= 20; time++) {
        watcher.tap(time, advertisement({ ...R1, identification: (first + time) & 0xffff }));
        watcher.tap(time + later, advertisement({ ...R1, identification: (second + 3 * time) & 0xffff }));
      }
      return watcher.observe();
    };
    const observation = clone(65_530, 7000);
    expect(findings(observation, 'tx.one-active')).toMatchObject([
      {
        verdict: 'fail',
        router: '192.0.2.1',
        message: expect.stringContaining('two machines advertise VRID 51 (IPv4)'),
      },
    ]);
    for (const rule of ['tx.period', 'tx.interval']) expect(findings(observation, rule)).toEqual([]);
  });

  it('are not two machines’ by numbers in two captures whose clocks are far apart', () => {
    const watcher = watch();
    for (let time = 1; time <= 20; time++) {
      watcher.tap(time, advertisement({ ...R1, identification: 100 + time }), 'left');
      watcher.tap(time + 0.3, advertisement({ ...R1, identification: 60 + time }), 'right');
    }
    expect(findings(watcher.observe(), 'tx.one-active')).toEqual([]);
  });

  it('are not two machines’ by numbers where they are at random, 0, or one sequence', () => {
    const scattered = (time: number) => (time * 40_503 + 12_345) & 0xffff;
    for (const number of [scattered, () => 0, (time: number) => time, (time: number) => 300 * time]) {
      const watcher = watch();
      for (let time = 1; time <= 60; time++) {
        watcher.tap(time, advertisement({ ...R1, identification: number(time) & 0xffff }));
      }
      expect(findings(watcher.observe(), 'tx.one-active')).toEqual([]);
    }
  });

  it('are nobody’s where there is one', () => {
    const watcher = watch();
    for (let second = 1; second <= 40; second++) watcher.tap(second + (second % 2) * 0.01, advertisement(VIRTUAL));
    expect(findings(watcher.observe(), 'tx.period')).toEqual([]);
  });

  it('are one router’s at its own port', () => {
    const watcher = running();
    for (let second = 4; second <= 24; second++) {
      watcher.out('r1', second, advertisement(R1)).out('r1', second + 0.3, advertisement(R1));
    }
    expect(findings(watcher.observe(), 'tx.interval')).toMatchObject([{ verdict: 'fail', router: 'r1' }]);
  });
});

describe('takeovers at an interval of 50 ms or less', () => {
  const FAST = { interval: 5 } as const;
  /** Active_Down_Interval of priority 100 at 50 ms: 180.5 ms. */
  const DOWN = 0.180_4;

  /** r1 falls silent again and again, and r2 takes over so much later than it should. */
  function takeovers(delays: readonly number[]): Watch {
    const watcher = watch();
    let time = 1;
    for (const delay of delays) {
      for (let index = 0; index < 10; index++, time += 0.05) watcher.tap(time, advertisement({ ...R1, ...FAST }));
      time += DOWN + delay - 0.05;
      for (let index = 0; index < 6; index++, time += 0.05) watcher.tap(time, advertisement({ ...R2, ...FAST }));
      // r1 preempts before r2's next advertisement, and hears it no more.
      time -= 0.01;
    }
    return watcher;
  }
  const verdicts = (delays: readonly number[]) =>
    findings(takeovers(delays).observe(), 'backup.takeover').map(({ verdict }) => verdict);

  it('are judged by the median of at least five', () => {
    expect(verdicts([0, 0, 0.4, 0, 0.4])).toEqual([]);
    expect(verdicts([0.4, 0.4, 0, 0.4, 0])).toEqual(['fail']);
    expect(verdicts([0.1, 0.1, 0.1, 0.1, 0.1])).toEqual(['warning']);
    expect(verdicts([-0.06, -0.06, -0.06, 0, 0])).toEqual(['fail']);
  });

  it('stay open where there are fewer and one is outside', () => {
    expect(verdicts([0.4, 0, 0, 0])).toEqual(['inconclusive']);
    expect(verdicts([0, 0, 0, 0])).toEqual([]);
  });
});
