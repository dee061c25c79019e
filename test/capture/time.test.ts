import { describe, expect, it } from 'vitest';
import { formatDuration, formatTime, formatUnixTime, parseTime } from '../../src/capture/time.ts';

const origin = { unixNanoseconds: 1_795_337_858_000_000_000n };

describe('times', () => {
  it('are written by RFC 3339 with nine digits', () => {
    expect(formatTime(123_456_789, origin)).toBe('2026-11-22T08:57:38.123456789Z');
    expect(formatTime(-1, origin)).toBe('2026-11-22T08:57:37.999999999Z');
    expect(formatUnixTime(-1n)).toBe('1969-12-31T23:59:59.999999999Z');
  });

  it('are written in seconds where RFC 3339 has no year for them', () => {
    expect(formatUnixTime(2n ** 80n)).toBe('@1208925819614629.174706176');
    expect(formatUnixTime(-(2n ** 80n))).toBe('@-1208925819614629.174706176');
  });

  it('are written with the local offset, which reads back as the same time', () => {
    const local = formatTime(5, origin, 'local');
    expect(local).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000005[+-]\d\d:\d\d$/);
    expect(parseTime(local)).toEqual({ unixNanoseconds: origin.unixNanoseconds + 5n });
  });

  it.each([
    ['2026-11-22T08:57:38Z', 1_795_337_858_000_000_000n],
    ['2026-11-22 09:57:38.5+01:00', 1_795_337_858_500_000_000n],
    ['1795337858.000000001', 1_795_337_858_000_000_001n],
    ['@-0.5', -500_000_000n],
  ])('are read from %s', (text, expected) => {
    expect(parseTime(text)).toEqual({ unixNanoseconds: expected });
  });

  it.each([
    '',
    'noon',
    '2026-02-31T00:00:00Z',
    '2026-11-22',
    '2026-11-22T25:00:00Z',
    '2026-11-22T08:57:38.1234567890Z',
  ])('are refused where the text is none: %j', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe('durations', () => {
  it.each([
    [0, '0 ns'],
    [850, '850 ns'],
    [12_300, '12.3 µs'],
    [999_999, '1 ms'],
    [361_500_000, '361.5 ms'],
    [3_609_375_000, '3.609 s'],
    [59_999_999_999, '1 min'],
    [125_000_000_000, '2 min 5 s'],
    [3_599_600_000_000, '1 h'],
    [11_040_000_000_000, '3 h 4 min'],
    [190_800_000_000_000, '2 d 5 h'],
    [-1_500_000, '-1.5 ms'],
  ])('%d ns is %s', (durationNs, expected) => {
    expect(formatDuration(durationNs)).toBe(expected);
  });
});
