import { describe, expect, it } from 'vitest';
import type { HoldUp } from '../../src/capture/event.ts';
import { idleUntilNs, isHeldUpAt } from '../../src/failover/exclusion.ts';

const MILLISECOND = 1_000_000;
const ms = (value: number) => value * MILLISECOND;

function stall(fromMs: number, toMs: number): HoldUp {
  return { kind: 'stall', core: 0, timeNs: ms(fromMs), durationNs: ms(toMs - fromMs) };
}

describe('until when the new router has nothing to do but wait', () => {
  it('is when it is due on the first of its LANs: what it does there holds up the other one', () => {
    expect(idleUntilNs([{ dueNs: ms(364) }, { dueNs: ms(361) }])).toBe(ms(361));
  });

  it('is when it took over, where that came before it was due', () => {
    expect(
      idleUntilNs([
        { dueNs: ms(36), firstNs: ms(31) },
        { dueNs: ms(38), firstNs: ms(39) },
      ]),
    ).toBe(ms(31));
  });

  it('is known of a router that never took over, and of none that was not due', () => {
    expect(idleUntilNs([{ dueNs: ms(361) }, {}])).toBe(ms(361));
    expect(idleUntilNs([{}, {}])).toBeUndefined();
    expect(idleUntilNs([{ firstNs: ms(5) }, {}])).toBeUndefined();
  });
});

describe('a hold-up of the host', () => {
  it('counts as the host’s where it began before and ended after', () => {
    expect(isHeldUpAt([stall(358, 370)], ms(361))).toBe(true);
    expect(isHeldUpAt([{ kind: 'lock-held', timeNs: ms(330), durationNs: ms(55) }], ms(361))).toBe(true);
  });

  it('counts as the router’s where it began with the takeover, or later', () => {
    expect(isHeldUpAt([stall(361, 375), stall(362, 364)], ms(361))).toBe(false);
  });

  it('is of no concern where it was over', () => {
    expect(isHeldUpAt([stall(340, 360)], ms(361))).toBe(false);
  });

  it('counts as the router’s where a wait for a core may have begun later', () => {
    const wait = { kind: 'router-waited', router: 'r2', timeNs: ms(359), durationNs: ms(6) } as const;
    expect(isHeldUpAt([{ ...wait, waitedNs: ms(3) }], ms(361))).toBe(false);
    expect(isHeldUpAt([{ ...wait, waitedNs: ms(5) }], ms(361))).toBe(true);
  });
});
