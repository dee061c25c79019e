import { describe, expect, it } from 'vitest';
import { evaluateTerm, parseDuration, parseTerm } from '../../src/scenario/duration.ts';

const TIMERS = {
  'advertisement-interval': 1_000_000_000,
  'skew-time': 609_375_000,
  'active-down-interval': 3_609_375_000,
};

describe('a term', () => {
  it.each([
    ['300ms', 300_000_000],
    ['1.5 s', 1_500_000_000],
    ['250us', 250_000],
    ['2min', 120_000_000_000],
    ['skew-time', 609_375_000],
    ['active-down-interval + 20ms', 3_629_375_000],
    ['3 * advertisement-interval', 3_000_000_000],
    ['0.5 * advertisement-interval - 20ms', 480_000_000],
    ['active-down-interval - skew-time', 3_000_000_000],
  ])('%s is %d ns', (text, expected) => {
    expect(evaluateTerm(parseTerm(text)!, TIMERS)).toBe(expected);
  });

  it.each(['', '300', 'ms', '1 parsec', 'skew', 'skew-time skew-time', '3 * 20ms', '1s +', '+ 1s'])(
    '%j is none',
    (text) => {
      expect(parseTerm(text)).toBeUndefined();
    },
  );
});

describe('a duration', () => {
  it('has no timers in it', () => {
    expect(parseDuration('20ms')).toBe(20_000_000);
    expect(parseDuration('skew-time')).toBeUndefined();
    expect(parseDuration('1s + 1s')).toBeUndefined();
  });
});
