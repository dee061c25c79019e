import { describe, expect, it } from 'vitest';
import { MILLISECOND } from '../../src/capture/time.ts';
import type { Finding, Tenure } from '../../src/conformance/result.ts';
import { judgeExpectations } from '../../src/scenario/judge.ts';
import type { Played } from '../../src/scenario/played.ts';
import type { ExpectationResult } from '../../src/scenario/result.ts';
import { NOTHING_OBSERVED, type Story, tellStory } from './story.ts';

/** The first expectation of a story whose r1 loses its power 5 s after the beginning, and that ends after 12 s. */
function judge(
  story: Story,
  expectation: string,
  change: (played: Played) => Played = (played) => played,
): ExpectationResult {
  const played = change(story.played(`  - ${expectation}`, [0, 100, 5000], 12_000));
  return judgeExpectations(played)[0]!;
}

/** r1 advertises until it loses its power, r2 from 3.6 s after. */
function powerOff(): Story {
  const story = tellStory();
  story.advertisesFrom(1000, 4000, 'r1');
  story.advertisesFrom(7609, 11_609, 'r2');
  return story;
}

/** Pings each millisecond; unanswered between these times. */
function pinged(lostFromMs: number, lostToMs: number, story = tellStory()): Story {
  for (let timeMs = 3000; timeMs < 10_000; timeMs++) story.pings(timeMs, timeMs < lostFromMs || timeMs > lostToMs);
  return story;
}

describe('an outage', () => {
  const BELOW = 'outage: { below: active-down-interval + 20ms }';

  it('passes when answers come back below the limit', () => {
    const result = judge(pinged(5000, 8600), BELOW);
    expect(result).toMatchObject({ verdict: 'pass', seen: '3.6 s to 3.602 s (3601 requests lost)' });
    expect(result.frames).toHaveLength(2);
  });

  it('fails when the lost requests alone are longer than the limit', () => {
    expect(judge(pinged(5000, 8700), BELOW)).toMatchObject({
      verdict: 'fail',
      seen: '3.7 s to 3.702 s (3701 requests lost)',
    });
  });

  it('is inconclusive when the limit lies between its bounds', () => {
    expect(judge(pinged(5000, 8628), BELOW)).toMatchObject({ verdict: 'inconclusive' });
  });

  it('is inconclusive when the host stood still beyond the limit', () => {
    const story = pinged(5000, 8700);
    story.stalls(8625, 100);
    expect(judge(story, BELOW)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('held it up for 70.63 ms'),
    });
  });

  it('is not excused by a stall before the limit', () => {
    const story = pinged(5000, 8700);
    story.stalls(6000, 100);
    expect(judge(story, BELOW)).toMatchObject({ verdict: 'fail' });
  });

  it('does not blame the router for requests that were not sent', () => {
    const story = tellStory();
    for (let timeMs = 3000; timeMs < 5000; timeMs++) story.pings(timeMs);
    for (let timeMs = 5000; timeMs < 8600; timeMs++) story.pings(timeMs, false);
    for (let timeMs = 8650; timeMs < 9000; timeMs++) story.pings(timeMs);
    expect(judge(story, BELOW)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'the host sent nothing for 50 ms at its edges',
    });
  });

  it('is none when every request was answered', () => {
    expect(judge(pinged(0, 0), BELOW)).toMatchObject({
      verdict: 'pass',
      seen: 'none: all of 7000 requests were answered',
    });
    expect(judge(pinged(0, 0), 'outage: { above: 1s }')).toMatchObject({ verdict: 'fail' });
  });

  it('that never ends fails', () => {
    expect(judge(pinged(5000, 20_000), BELOW)).toMatchObject({
      verdict: 'fail',
      seen: expect.stringContaining('or more, until the probe ended'),
    });
  });

  it('without any answer fails', () => {
    expect(judge(pinged(0, 20_000), BELOW)).toMatchObject({
      verdict: 'fail',
      seen: 'none of 7000 requests was answered',
    });
  });

  it('is counted from the first answer on', () => {
    expect(judge(pinged(0, 3500), 'outage: { below: 10ms }')).toMatchObject({ verdict: 'pass' });
  });
});

/** As `judge`, from the history that an observer rebuilds. */
function judgeObserved(story: Story, expectation: string): ExpectationResult {
  return judge(story, expectation, (played) => ({ ...played, observation: story.observed(12_000) }));
}

describe('the Active router at the end', () => {
  it('is the one that advertises', () => {
    expect(judgeObserved(powerOff(), 'active: r2')).toMatchObject({
      verdict: 'pass',
      seen: 'VRID 51: r2 since 7.609000 s',
    });
    expect(judgeObserved(powerOff(), 'active: r1')).toMatchObject({
      verdict: 'fail',
      seen: 'r1 has been silent for 8 s',
    });
  });

  it('is not one that said good-bye', () => {
    const story = powerOff();
    story.advertises(11_900, 'r2', 0);
    expect(judgeObserved(story, 'active: r2')).toMatchObject({ verdict: 'fail' });
    expect(judgeObserved(story, 'one-active: at-end')).toMatchObject({ verdict: 'fail' });
  });

  it('may have been advertised against while it was elected', () => {
    const story = tellStory();
    story.advertisesFrom(1000, 6000, 'r2');
    story.advertises(6500, 'r1');
    story.advertises(6505, 'r2');
    story.advertisesFrom(7500, 11_500, 'r1');
    expect(judgeObserved(story, 'active: r1')).toMatchObject({ verdict: 'pass', seen: 'VRID 51: r1 since 6.500000 s' });
    expect(judgeObserved(story, 'one-active: at-end')).toMatchObject({ verdict: 'pass', seen: 'r1' });
  });

  it.each([
    ['just before', 11_990],
    ['some time before', 11_600],
  ])('may have been elected %s', (_, timeMs) => {
    const story = tellStory();
    story.advertisesFrom(1500, 11_500, 'r2');
    story.advertises(timeMs, 'r1');
    expect(judgeObserved(story, 'active: r1')).toMatchObject({ verdict: 'pass' });
    expect(judgeObserved(story, 'one-active: at-end')).toMatchObject({ verdict: 'pass', seen: 'r1' });
  });

  // Apart by less than what an election takes, by more, and in either order.
  it.each([-400, -10, 10, 400])('is not alone where two that are cut off advertise %i ms apart', (apartMs) => {
    const story = tellStory();
    story.advertisesFrom(1500, 3500, 'r1');
    story.advertisesFrom(4500, 11_500, 'r1', 'lost');
    story.advertisesFrom(7500 + apartMs, 11_500 + apartMs, 'r2', 'lost');
    for (const expectation of ['active: r1', 'active: r2', 'one-active: at-end']) {
      expect(judgeObserved(story, expectation)).toMatchObject({ verdict: 'fail' });
    }
  });

  it.each([-10, 10])('is not alone beside one that hears it and goes on, %i ms apart', (apartMs) => {
    const story = tellStory();
    story.advertisesFrom(1500, 11_500, 'r1');
    story.advertisesFrom(7500 + apartMs, 11_500 + apartMs, 'r2');
    expect(judgeObserved(story, 'active: r1')).toMatchObject({ verdict: 'fail' });
    expect(judgeObserved(story, 'one-active: at-end')).toMatchObject({ verdict: 'fail', seen: 'r1 and r2 do' });
  });

  it('is alone again when the other one has heard it and is silent since', () => {
    const story = tellStory();
    story.advertisesFrom(1500, 3500, 'r1');
    story.advertisesFrom(4500, 10_500, 'r1', 'lost');
    story.advertisesFrom(7510, 11_510, 'r2', 'lost');
    story.advertises(11_500, 'r1');
    expect(judgeObserved(story, 'active: r1')).toMatchObject({ verdict: 'pass', seen: 'VRID 51: r1 since 1.500000 s' });
    expect(judgeObserved(story, 'one-active: at-end')).toMatchObject({ verdict: 'pass', seen: 'r1' });
    expect(judgeObserved(story, 'active: r2')).toMatchObject({ verdict: 'fail' });
  });
});

describe('silence', () => {
  it('is kept by a router without power', () => {
    expect(judge(powerOff(), 'silent: { router: r1, after: power-off }')).toMatchObject({ verdict: 'pass' });
  });

  it('is broken by any advertisement', () => {
    const story = powerOff();
    story.advertises(6000, 'r1');
    const result = judge(story, 'silent: { router: r1, after: power-off }');
    expect(result).toMatchObject({ verdict: 'fail', seen: 'one, the first at 6.000000 s with priority 200' });
    expect(result.frames).toMatchObject([{ timeNs: 6000 * MILLISECOND, interfaceIndex: 0 }]);
  });
});

describe('what must never be seen', () => {
  it('is not looked for before its step', () => {
    expect(judge(powerOff(), 'never: { active: r1, after: power-off }')).toMatchObject({ verdict: 'pass' });
    expect(judge(powerOff(), 'never: { active: r1, after: start }')).toMatchObject({
      verdict: 'fail',
      seen: expect.stringContaining('4, the first'),
    });
    expect(judge(powerOff(), 'never: { advertisement: { from: r2, priority: 0 }, after: start }')).toMatchObject({
      verdict: 'pass',
    });
  });
});

const TENURE: Tenure = {
  router: 'r2',
  begin: 'takeover',
  end: 'still-active',
  firstNs: 7609 * MILLISECOND,
  lastNs: 11_609 * MILLISECOND,
  priority: 100,
  version: 3,
  advertisedIntervalNs: 1000 * MILLISECOND,
  advertisements: 5,
  description: 'r2 took over',
};

/** A played story whose history holds these tenures. */
function withTimeline(...timeline: readonly Tenure[]): (played: Played) => Played {
  const history = {
    lan: 'lan',
    virtualRouterId: 51,
    family: 'ipv4' as const,
    versions: [3 as const],
    addresses: [],
    routers: [],
    timeline,
    omittedTenures: 0,
    vacancies: [],
    overlaps: [],
    flapping: [],
    hosts: [],
    macPlaces: [],
  };
  return (played) => ({ ...played, observation: { ...NOTHING_OBSERVED, virtualRouters: [history] } });
}

describe('silence beside a tester', () => {
  const STEPS = `  - keep-sending: { name: higher, advertisement: { priority: 254 } }
    as: begin
  - end-sending: higher
    as: end
`;
  const timing = { baseNs: 0, expectedMinimumNs: 3218e6, expectedMaximumNs: 3219e6, verdict: 'pass' as const };
  const begun = { ...TENURE, router: 'r1', begin: 'startup' as const, firstNs: 6e9, lastNs: 6e9 };

  /** The tester sends until a time, and again from 6.5 s on; r1 speaks at 6 s. */
  function judgedSilence(untilMs: number, again: boolean) {
    const story = tellStory();
    for (let timeMs = 1500; timeMs <= untilMs; timeMs += 500) story.advertises(timeMs, 'tester', 254);
    story.advertises(6000, 'r1');
    if (again) story.advertises(6500, 'tester', 254);
    const played = story.played('  - silent: { router: r1, after: begin, until: end }', [0, 1000, 8000], 9000, STEPS);
    const tenure = { ...begun, takeover: { ...timing, elapsedNs: 4800e6 } };
    return judgeExpectations(withTimeline(tenure)(played))[0];
  }

  it('is broken by a router that was told all the time', () => {
    expect(judgedSilence(5500, true)).toMatchObject({ verdict: 'fail' });
  });

  it('stays open where the tester was held up for as long as the router waits', () => {
    expect(judgedSilence(2500, true)).toMatchObject({ verdict: 'inconclusive' });
    expect(judgedSilence(2500, false)).toMatchObject({ verdict: 'fail' });
  });
});

describe('a takeover', () => {
  const timing = { baseNs: 4e9, elapsedNs: 3609e6, expectedMinimumNs: 3600e6, expectedMaximumNs: 3609.375e6 };
  const EXPECTATION = 'takeover: { of: r2, after: power-off }';

  it.each([
    ['pass', 'pass'],
    ['slow', 'warning'],
    ['late', 'fail'],
    ['early', 'fail'],
    ['inconclusive', 'inconclusive'],
    ['not-judged', 'pass'],
  ] as const)('that is %s by its time comes to %s', (verdict, expected) => {
    const result = judge(powerOff(), EXPECTATION, withTimeline({ ...TENURE, takeover: { ...timing, verdict } }));
    expect(result).toMatchObject({ verdict: expected, expected: expect.stringContaining('3.6 s to 3.609 s') });
    expect(result.frames).toMatchObject([{ timeNs: TENURE.firstNs }]);
  });

  it('fails where nobody, or another, became Active', () => {
    expect(judge(powerOff(), EXPECTATION, withTimeline())).toMatchObject({
      verdict: 'fail',
      seen: 'nobody became Active',
    });
    expect(judge(powerOff(), EXPECTATION, withTimeline({ ...TENURE, router: 'r1' }))).toMatchObject({
      verdict: 'fail',
    });
  });

  it('before the step is none', () => {
    expect(judge(powerOff(), EXPECTATION, withTimeline({ ...TENURE, firstNs: 1000 * MILLISECOND }))).toMatchObject({
      verdict: 'fail',
    });
  });
});

describe('one Active router at a time', () => {
  /** r2 is Active until r1 preempts it at 6.6 s, is heard by it so much later, and r2 advertises until then. */
  function preemption(heardAfterMs: number, r2UntilMs: number): Story {
    const story = tellStory();
    story.advertisesFrom(1500, 5500, 'r2');
    story.advertises(6600, 'r1', 200, heardAfterMs);
    for (let timeMs = 6500; timeMs <= r2UntilMs; timeMs += 110) story.advertises(timeMs, 'r2');
    story.advertisesFrom(7600, 11_600, 'r1', heardAfterMs);
    return story;
  }

  it('holds where tenures follow each other', () => {
    expect(judgeObserved(powerOff(), 'one-active')).toMatchObject({ verdict: 'pass' });
  });

  it('holds in an election: until the winner was heard, and 20 ms', () => {
    expect(judgeObserved(preemption(0.05, 6610), 'one-active')).toMatchObject({ verdict: 'pass' });
    expect(judgeObserved(preemption(100, 6710), 'one-active')).toMatchObject({ verdict: 'pass' });
  });

  it('fails where the loser goes on for longer, unless the host stood still', () => {
    const story = preemption(0.05, 6720);
    expect(judgeObserved(story, 'one-active')).toMatchObject({
      verdict: 'fail',
      seen: 'r1 and r2 both advertised from 6.600000 s for 120 ms',
    });
    story.stalls(6605, 110);
    expect(judgeObserved(story, 'one-active')).toMatchObject({ verdict: 'inconclusive' });
  });

  it.each([-10, 10, 500])('fails where two that are cut off advertise %i ms apart', (apartMs) => {
    const story = tellStory();
    story.advertisesFrom(1500, 3500, 'r1');
    story.advertisesFrom(4500, 8500, 'r1', 'lost');
    story.advertisesFrom(7500 + apartMs, 9500 + apartMs, 'r2', 'lost');
    story.advertisesFrom(9500, 11_500, 'r1');
    expect(judgeObserved(story, 'one-active')).toMatchObject({ verdict: 'fail' });
  });
});

describe('the rules', () => {
  const finding: Finding = {
    requirement: 'tx.ttl',
    level: 'must',
    profile: 'rfc9568',
    breaks: ['rfc9568'],
    allows: [],
    verdict: 'fail',
    message: 'TTL 254, not 255',
    virtualRouter: { lan: 'lan', virtualRouterId: 51, family: 'ipv4' },
    router: 'r1',
    count: 3,
    first: 0,
    last: 1,
    frames: [{ number: 7, timeNs: 1, interfaceIndex: 0 }],
  };
  const withFindings =
    (...findings: readonly Finding[]) =>
    (played: Played) => ({
      ...played,
      observation: { ...NOTHING_OBSERVED, findings },
    });

  it('pass without findings', () => {
    expect(judge(powerOff(), 'rules')).toMatchObject({ verdict: 'pass' });
  });

  it('fail by a MUST and warn by a SHOULD', () => {
    expect(judge(powerOff(), 'rules', withFindings(finding))).toMatchObject({
      verdict: 'fail',
      seen: 'tx.ttl',
      details: ['tx.ttl: TTL 254, not 255 (r1 3 times)'],
      frames: [{ number: 7 }],
    });
    expect(judge(powerOff(), 'rules', withFindings({ ...finding, level: 'should', verdict: 'warning' }))).toMatchObject(
      { verdict: 'warning' },
    );
  });

  it('are inconclusive where the clock decides, and something stood in its way', () => {
    const open: Finding = { ...finding, requirement: 'backup.takeover', verdict: 'inconclusive' };
    expect(judge(powerOff(), 'rules', withFindings(open))).toMatchObject({ verdict: 'inconclusive' });
    expect(judge(powerOff(), 'rules', withFindings({ ...open, requirement: 'backup.no-arp' }))).toMatchObject({
      verdict: 'pass',
    });
  });

  it('are not broken by what a host or a tester sends', () => {
    expect(judge(powerOff(), 'rules', withFindings({ ...finding, router: 'h1' }))).toMatchObject({ verdict: 'pass' });
  });

  it('may leave requirements out', () => {
    expect(judge(powerOff(), 'rules: { except: [tx.ttl] }', withFindings(finding))).toMatchObject({ verdict: 'pass' });
    expect(judge(powerOff(), 'rules: { only: [tx.type] }', withFindings(finding))).toMatchObject({ verdict: 'pass' });
  });
});

describe('a scenario that was not played to its end', () => {
  it('is judged by its rules alone', () => {
    const story = powerOff();
    const played = story.played('  - active: r2', [0, 100, 5000], 12_000);
    const steps = played.steps.map((step, index) => (index === 2 ? { ...step, verdict: 'fail' as const } : step));
    expect(judgeExpectations({ ...played, steps }).map(({ verdict }) => verdict)).toEqual(['skipped', 'pass']);
  });
});
