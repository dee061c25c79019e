import { describe, expect, it } from 'vitest';
import { createLiveOutages } from '../../src/failover/live-outages.ts';

const MILLISECOND = 1_000_000;
const ms = (value: number) => value * MILLISECOND;

/** Requests a millisecond apart; those of `lost` are not answered, the others after half a millisecond. */
function follow(count: number, lost: (position: number) => boolean) {
  const outages = createLiveOutages();
  for (let position = 0; position < count; position++) {
    const sequence = outages.sent(ms(position));
    if (!lost(position)) outages.answered(sequence, ms(position) + MILLISECOND / 2);
  }
  return outages;
}

const between = (from: number, to: number) => (position: number) => position >= from && position <= to;

describe('the outages of a probe that goes on', () => {
  it('are none where everything is answered', () => {
    const outages = follow(500, () => false);
    expect(outages.look(ms(2000))).toEqual({ ended: [], current: undefined });
    expect(outages).toMatchObject({ requests: 500, answers: 500, duplicates: 0 });
  });

  it('have the bounds that lost and answered requests prove', () => {
    const { ended, current } = follow(500, between(100, 299)).look(ms(2000));
    expect(ended).toEqual([{ lost: 200, beganNs: ms(100), endedNs: ms(300), fromNs: ms(199), toNs: ms(201) }]);
    expect(current).toBeUndefined();
  });

  it('are told once, and each', () => {
    const outages = follow(500, (position) => between(100, 109)(position) || position === 300);
    expect(outages.look(ms(2000)).ended.map(({ lost }) => lost)).toEqual([10, 1]);
    expect(outages.look(ms(3000)).ended).toEqual([]);
  });

  it('go on while nothing is answered, and longer the later it is', () => {
    const outages = follow(500, (position) => position >= 400);
    expect(outages.look(ms(600)).current).toBeUndefined();
    const { current } = outages.look(ms(2000));
    expect(current).toEqual({ lost: 100, beganNs: ms(400), fromNs: ms(99), toNs: ms(2000 - 399) });
  });

  it('wait for an answer that a later one overtook', () => {
    const outages = createLiveOutages();
    const [first, second, third] = [0, 1, 2].map((position) => outages.sent(ms(position)));
    outages.answered(first!, ms(0.5));
    outages.answered(third!, ms(2.5));
    expect(outages.look(ms(40))).toEqual({ ended: [], current: undefined });
    outages.answered(second!, ms(41));
    expect(outages.look(ms(2000))).toEqual({ ended: [], current: undefined });
  });

  it('do not begin before anybody answered', () => {
    const { ended, current } = follow(500, (position) => position < 200).look(ms(2000));
    expect(ended).toEqual([]);
    expect(current).toBeUndefined();
  });

  it('count an answer that comes twice as a duplicate', () => {
    const outages = createLiveOutages();
    const sequence = outages.sent(0);
    outages.answered(sequence, 1);
    outages.answered(sequence, 2);
    expect(outages).toMatchObject({ answers: 1, duplicates: 1 });
  });

  it('stay right when sequence numbers come round', () => {
    const outages = createLiveOutages();
    const ended = [];
    for (let position = 0; position < 200_000; position++) {
      const sequence = outages.sent(ms(position));
      expect(sequence).toBe(position % 65_536);
      if (position !== 70_000 && !between(140_000, 140_499)(position)) outages.answered(sequence, ms(position) + 1);
      if (position % 100 === 0) ended.push(...outages.look(ms(position)).ended);
    }
    expect(ended.map(({ lost, beganNs }) => [lost, beganNs])).toEqual([
      [1, ms(70_000)],
      [500, ms(140_000)],
    ]);
  });

  it('take no answer to a request that never left', () => {
    const outages = createLiveOutages();
    outages.answered(7, 1);
    expect(outages.answers).toBe(0);
  });
});
