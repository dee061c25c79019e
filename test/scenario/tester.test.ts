import { describe, expect, it } from 'vitest';
import { MILLISECOND } from '../../src/capture/time.ts';
import { judgeExpectations } from '../../src/scenario/judge.ts';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import type { Plan } from '../../src/scenario/plan.ts';
import type { ExpectationResult } from '../../src/scenario/result.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import { VARIANTS, type Variant } from '../../src/scenario/variant.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import { type Story, tellStory } from './story.ts';

/** The steps of a scenario of two routers, a host and a tester, compiled. */
function stepsOf(steps: string, variant: Variant = 'v3-ipv4') {
  const text = `name: Sending
routers: [r1, r2]
hosts: [h1]
steps:
${steps}
expect: [rules]
`;
  return compileScenario(parseScenario(text, 'test.yaml'), { variant, implementation: 'native' }).steps;
}

describe('what a step sends', () => {
  it('lasts for so long, and leaves the end itself to the next step', () => {
    const [step] = stepsOf('  - send: { advertisement: {}, every: 300ms, for: 3 * advertisement-interval }');
    expect(step).toMatchObject({ kind: 'send', forNs: 3e9, send: { count: 10, everyNs: 3e8, node: 'tester' } });
  });

  it('alternates with a control that differs in the fields that are said', () => {
    const [step] = stepsOf('  - send: { advertisement: { ttl: 254 }, alternating-with: {}, every: 10ms, count: 4 }');
    const frames = step?.kind === 'send' ? step.send.frames : [];
    expect(frames).toHaveLength(2);
    expect(frames[0]).toEqual({ ...frames[1], hopLimit: 254 });
  });

  it('may be a question of a host, or a packet that it sends to the virtual MAC', () => {
    const [question, datagram, echo] = stepsOf(
      '  - send: { question: }\n  - send: { datagram: { to: 198.51.100.9 } }\n  - send: { echo: }',
    );
    expect(question).toMatchObject({
      text: 'send a question from h1',
      send: { node: 'h1', frames: [{ kind: 'question', target: '192.0.2.101', source: '192.0.2.3' }] },
    });
    expect(datagram).toMatchObject({
      send: { frames: [{ number: 2, destination: '198.51.100.9', destinationMac: '00:00:5e:00:01:33', hopLimit: 64 }] },
    });
    expect(echo).toMatchObject({ send: { frames: [{ kind: 'echo', number: 3, destination: '192.0.2.101' }] } });
  });

  it('asks over IPv6 from the address of the same scope', () => {
    const [step] = stepsOf('  - send: { question: { for: fe80::5e:51 } }', 'v3-ipv6');
    expect(step).toMatchObject({ send: { frames: [{ target: 'fe80::5e:51', source: 'fe80::ff:fe00:3' }] } });
  });

  it('may go on while later steps are played', () => {
    const steps = stepsOf('  - keep-sending: { advertisement: {}, every: 100ms }\n  - pause: 1s\n  - end-sending');
    expect(steps[0]).toMatchObject({ kind: 'keep-sending', name: 'stream1', send: { everyNs: 1e8 } });
    expect(steps[2]).toMatchObject({ kind: 'perform', actions: [{ kind: 'end-stream', name: 'stream1' }] });
  });

  it('says what is said twice, or not known', () => {
    const steps = '  - send: { advertisement: {}, count: 2, for: 1s }';
    expect(() => stepsOf(steps)).toThrow('test.yaml:5:47: expected either count or for, not both');
    expect(() => stepsOf('  - end-sending')).toThrow('there is none here');
    expect(() => stepsOf('  - send: { question: { for: fe80::1 } }')).toThrow(
      "expected an IPv4 address here, not 'fe80::1'",
    );
  });
});

/** r1 is Active from 1 s on; at 5 s the tester sends for 3 s. */
function judge(story: Story, expectation: string, step = 'send: { advertisement: {}, for: 3s }'): ExpectationResult {
  const played = story.played(`  - ${expectation}`, [0, 5000], 9000, `  - ${step}\n    as: bad\n`);
  return judgeExpectations(played)[0]!;
}

describe('a router that is steady', () => {
  const STEADY = 'steady: { router: r1, during: bad }';

  it('advertises each interval, whatever it hears', () => {
    const story = tellStory();
    story.advertisesFrom(1500, 8500, 'r1');
    expect(judge(story, STEADY)).toMatchObject({ verdict: 'pass', seen: '3 advertisements' });
  });

  it('is not silent', () => {
    const story = tellStory();
    story.advertisesFrom(1500, 5500, 'r1');
    expect(judge(story, STEADY)).toMatchObject({ verdict: 'fail', seen: 'silent for 2.5 s from 5.500000 s on' });
  });

  it('does not give up', () => {
    const story = tellStory();
    story.advertisesFrom(1500, 5500, 'r1');
    story.advertises(5600, 'r1', 0);
    expect(judge(story, STEADY)).toMatchObject({ verdict: 'fail', seen: 'priority 0 at 5.600000 s' });
  });

  it('sends no more than one each interval, unless that is allowed', () => {
    const story = tellStory();
    story.advertisesFrom(1500, 8500, 'r1');
    story.advertises(5700, 'r1');
    expect(judge(story, STEADY)).toMatchObject({
      verdict: 'fail',
      seen: 'one 200 ms after the one before, at 5.700000 s',
    });
    expect(judge(story, 'steady: { router: r1, during: bad, extra: allowed }')).toMatchObject({ verdict: 'pass' });
  });

  it('is not blamed for a host that stood still', () => {
    const story = tellStory();
    story.advertisesFrom(1500, 5500, 'r1');
    story.stalls(6400, 1500);
    expect(judge(story, STEADY)).toMatchObject({ verdict: 'inconclusive' });
  });
});

describe('a router that yields', () => {
  const YIELD = 'yield: { of: r1, at: bad }';

  it('is silent from the first frame on', () => {
    const story = tellStory();
    story.advertisesFrom(1500, 4500, 'r1');
    story.advertises(5002, 'tester');
    story.advertises(5009, 'r1');
    expect(judge(story, YIELD)).toMatchObject({ verdict: 'pass' });
  });

  it('sends nothing more than 10 ms after it', () => {
    const story = tellStory();
    story.advertisesFrom(1500, 4500, 'r1');
    story.advertises(5002, 'tester');
    story.advertises(5500, 'r1');
    expect(judge(story, YIELD)).toMatchObject({
      verdict: 'fail',
      seen: '1 more, the first at 5.500000 s with priority 200',
    });
  });

  it('was Active before', () => {
    expect(judge(tellStory(), YIELD)).toMatchObject({ verdict: 'fail', seen: 'r1 was not Active before' });
  });
});

describe('a response', () => {
  it('to a question comes from the router that is meant', () => {
    const story = tellStory();
    story.answers(5001, 'r1');
    const result = judge(story, 'response: { from: r1, to: bad }', 'send: { question: }');
    expect(result).toMatchObject({ verdict: 'pass', seen: 'one at 5.001000 s with 00:00:5e:00:01:33' });
    expect(judge(story, 'response: { from: r2, to: bad }', 'send: { question: }').verdict).toBe('fail');
    expect(judge(story, 'no-response: { from: r1, to: bad }', 'send: { question: }').verdict).toBe('fail');
    expect(judge(story, 'no-response: { from: r2, to: bad }', 'send: { question: }').verdict).toBe('pass');
  });

  it('to an advertisement is one at once, that restarts the timer or does not', () => {
    const story = tellStory();
    story.advertisesFrom(1500, 4500, 'r1');
    story.advertises(5000.5, 'tester', 0);
    story.advertises(5001, 'r1');
    story.advertises(6001, 'r1');
    const once = 'send: { advertisement: { priority: 0 } }';
    // A single frame's step is over when it has been sent.
    const ended = (expectation: string) => {
      const played = story.played(`  - ${expectation}`, [0, 5000], 9000, `  - ${once}\n    as: bad\n`);
      const steps = played.steps.map((one) => ({ ...one, endedNs: one.endedNs! + MILLISECOND }));
      return judgeExpectations({ ...played, steps })[0]!;
    };
    expect(ended('response: { from: r1, to: bad, timer: restarted }')).toMatchObject({
      verdict: 'pass',
      seen: '1 of 1',
    });
    expect(ended('response: { from: r1, to: bad, timer: kept }')).toMatchObject({ verdict: 'fail', seen: '1.501 s' });
    expect(ended('no-response: { from: r1, to: bad }')).toMatchObject({ verdict: 'fail', seen: 'one 500 µs after it' });
  });

  it('is asked of a step that sends something', () => {
    expect(() => judge(tellStory(), 'response: { from: r1, to: bad }', 'pause: 1s')).toThrow(
      "'pause 1s' sends nothing to respond to; expected a send step",
    );
  });
});

describe('in virtual time the tester', () => {
  const plan = (variant: Variant, field: string): Plan => {
    const text = `name: Bad and good
virtual-router: { interval: { v2-ipv4: 1s, otherwise: 100ms } }
routers: [r1]
steps:
  - start: r1
  - await: { active: r1 }
  - send: { advertisement: { priority: 254, ${field} }, every: 20ms, for: 3 * advertisement-interval }
    as: bad
  - send: { advertisement: { priority: 254 }, for: 2 * advertisement-interval }
    as: control
expect:
  - steady: { router: r1, during: bad }
  - yield: { of: r1, at: control }
`;
    return compileScenario(parseScenario(text, 'test.yaml'), { variant, implementation: 'native' });
  };

  it.each(VARIANTS)('disturbs nobody with a bad frame, and is believed with a good one (%s)', async (variant) => {
    const result = await runPlan(createSimulation(), plan(variant, 'ttl: 254'), { seed: 1 });
    expect(result.expectations.map(({ text, verdict, seen }) => [text, verdict, seen]).slice(0, 2)).toEqual([
      ['r1 advertises each interval during bad', 'pass', '3 advertisements'],
      ['r1 yields at control', 'pass', 'silent'],
    ]);
  });

  it('is found out where its bad frame is none', async () => {
    const result = await runPlan(createSimulation(), plan('v3-ipv4', 'ttl: 255'), { seed: 1 });
    expect(result.expectations[0]).toMatchObject({ verdict: 'fail', seen: expect.stringContaining('silent for 3') });
  });
});
