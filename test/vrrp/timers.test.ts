import { describe, expect, it } from 'vitest';
import { activeDownIntervalNs, intervalFieldToNs, intervalNsToField, skewTimeNs } from '../../src/vrrp/timers.ts';

const MS = 1_000_000;

describe('Skew_Time', () => {
  it('is a part of a second in v2, whatever the interval (RFC 3768 §6.1)', () => {
    expect(skewTimeNs(2, 100, 1000 * MS)).toBe(609_375_000);
    expect(skewTimeNs(2, 100, 10_000 * MS)).toBe(609_375_000);
    expect(skewTimeNs(2, 254, 1000 * MS)).toBe(7_812_500);
  });

  it('is a part of the Active router’s interval in v3 (RFC 9568 §6.1)', () => {
    expect(skewTimeNs(3, 100, 1000 * MS)).toBe(609_375_000);
    expect(skewTimeNs(3, 100, 100 * MS)).toBe(60_937_500);
    expect(skewTimeNs(3, 1, 100 * MS)).toBe(99_609_375);
  });

  it('may be truncated to whole centiseconds', () => {
    expect(skewTimeNs(3, 100, 1000 * MS, 'truncated')).toBe(600 * MS);
    expect(skewTimeNs(3, 100, 10 * MS, 'truncated')).toBe(0);
    expect(skewTimeNs(2, 254, 1000 * MS, 'truncated')).toBe(0);
  });

  it('is whole nanoseconds, never less than the exact value', () => {
    // 1 cs * (256 - 255) / 256 = 39062.5 ns
    expect(skewTimeNs(3, 255, 10 * MS)).toBe(39_063);
  });
});

describe('Active_Down_Interval', () => {
  it('is three intervals and the skew', () => {
    expect(activeDownIntervalNs(3, 100, 100 * MS)).toBe(360_937_500);
    expect(activeDownIntervalNs(3, 100, 100 * MS, 'truncated')).toBe(360 * MS);
    expect(activeDownIntervalNs(2, 200, 1000 * MS)).toBe(3_218_750_000);
  });

  it('counts as many intervals as a router is configured to', () => {
    expect(activeDownIntervalNs(3, 100, 100 * MS, 'exact', 5)).toBe(560_937_500);
  });
});

describe('the interval field', () => {
  it('counts seconds in v2 and centiseconds in v3', () => {
    expect(intervalFieldToNs(2, 1)).toBe(1000 * MS);
    expect(intervalFieldToNs(3, 4095)).toBe(40_950 * MS);
    expect(intervalNsToField(2, 3000 * MS)).toBe(3);
    expect(intervalNsToField(3, 250 * MS)).toBe(25);
  });

  it('never says 0, and never more than it has bits for', () => {
    expect(intervalNsToField(3, 1 * MS)).toBe(1);
    expect(intervalNsToField(3, 60_000 * MS)).toBe(4095);
    expect(intervalNsToField(2, 300_000 * MS)).toBe(255);
  });
});
