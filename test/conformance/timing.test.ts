import { describe, expect, it } from 'vitest';
import type { TakeoverInput, Vantage } from '../../src/conformance/observer/timing.ts';
import { judgeTakeover, otherMultiple, takeoverWindow } from '../../src/conformance/observer/timing.ts';

const MS = 1_000_000;
const SECOND = 1_000_000_000;
const LAB: Vantage = { ports: true, resolutionNs: 1 };
const TAP: Vantage = { ports: false, resolutionNs: 1 };

describe('the window of a takeover', () => {
  // Skew_Time of version 3 is a part of the learned interval, of version 2 a part of a second.
  it.each([
    ['v3, 1 s, priority 100', 3, 100, SECOND, 3, 3600, 3609.375],
    ['v3, 1 s, priority 200', 3, 200, SECOND, 3, 3210, 3218.75],
    ['v3, 100 ms, priority 100', 3, 100, 100 * MS, 3, 360, 360.9375],
    ['v3, 10 ms, priority 100', 3, 100, 10 * MS, 3, 30, 36.09375],
    ['v3, 40.95 s, priority 1', 3, 1, 40_950 * MS, 3, 163_640, 163_640.039062],
    ['v2, 1 s, priority 100', 2, 100, SECOND, 3, 3600, 3609.375],
    ['v2, 10 s, priority 100', 2, 100, 10 * SECOND, 3, 30_600, 30_609.375],
    ['v3 after priority 0', 3, 100, SECOND, 0, 600, 609.375],
    ['v3 with a configured factor', 3, 100, SECOND, 5, 5600, 5609.375],
  ] as const)('%s', (_, version, priority, intervalNs, advertisements, minimumMs, maximumMs) => {
    const window = takeoverWindow({ version, priority, intervalNs, advertisements });
    expect(window.minimumNs / MS).toBeCloseTo(minimumMs, 3);
    expect(window.maximumNs / MS).toBeCloseTo(maximumMs, 3);
  });

  it('is the union of both skews where the priority changed meanwhile', () => {
    const changed = takeoverWindow({
      version: 3,
      priority: 100,
      formerPriority: 200,
      intervalNs: SECOND,
      advertisements: 3,
    });
    expect(changed).toEqual({ minimumNs: 3210 * MS, maximumNs: 3609.375 * MS });
  });
});

function judge(elapsedMs: number, changes: Partial<TakeoverInput> = {}): string {
  return judgeTakeover({
    baseNs: 0,
    takeoverNs: elapsedMs * MS,
    window: { minimumNs: 3600 * MS, maximumNs: 3609.375 * MS },
    intervalNs: SECOND,
    vantage: LAB,
    stalledNs: 0,
    baseStalled: false,
    captureAlive: true,
    realTime: false,
    ...changes,
  }).verdict;
}

describe('a takeover', () => {
  it.each([
    [3598.9, 'early'],
    [3599.1, 'pass'],
    [3609.3, 'pass'],
    [3629.3, 'pass'],
    [3629.5, 'slow'],
    [4129.3, 'slow'],
    [4129.5, 'late'],
  ])('in a lab, after %d ms, is %s', (elapsedMs, verdict) => {
    expect(judge(elapsedMs)).toBe(verdict);
  });

  it.each([
    [3597.9, 'early'],
    [3598.1, 'pass'],
    [3709.3, 'pass'],
    [3709.5, 'slow'],
    [4209.3, 'slow'],
    [4209.5, 'late'],
  ])('at a tap, after %d ms, is %s', (elapsedMs, verdict) => {
    expect(judge(elapsedMs, { vantage: TAP })).toBe(verdict);
  });

  it('is early only beyond the resolution of the time stamps', () => {
    expect(judge(3592, { vantage: { ports: false, resolutionNs: 10 * MS } })).toBe('pass');
    expect(judge(3589, { vantage: { ports: false, resolutionNs: 10 * MS } })).toBe('early');
  });

  it('is not late where a tap saw nothing at all meanwhile', () => {
    expect(judge(5000, { vantage: TAP, captureAlive: false })).toBe('inconclusive');
    expect(judge(5000, { captureAlive: false })).toBe('late');
  });

  it('is excused by a stall only for as long as that lasted', () => {
    expect(judge(5000, { stalledNs: 1_400 * MS })).toBe('inconclusive');
    expect(judge(5000, { stalledNs: 1_000 * MS })).toBe('slow');
    expect(judge(5000, { stalledNs: 100 * MS })).toBe('late');
  });

  it('that is early is excused by nothing but a stall at its base', () => {
    expect(judge(3000, { stalledNs: 3_000 * MS })).toBe('early');
    expect(judge(3000, { baseStalled: true })).toBe('inconclusive');
  });

  it('has no upper bound where the router may have started meanwhile', () => {
    expect(judge(9000, { startUp: 'it may have started' })).toBe('not-judged');
    expect(judge(3000, { startUp: 'it may have started' })).toBe('early');
  });

  it('at 50 ms or less proves nothing alone, but at real-time priority', () => {
    const short = { window: { minimumNs: 150 * MS, maximumNs: 180 * MS }, intervalNs: 50 * MS };
    expect(judge(120, short)).toBe('inconclusive');
    expect(judge(900, short)).toBe('inconclusive');
    expect(judge(170, short)).toBe('pass');
    expect(judge(120, { ...short, realTime: true })).toBe('early');
  });
});

describe('a gap that fits another number of intervals', () => {
  it('is named', () => {
    expect(otherMultiple(4609 * MS, SECOND, 609 * MS, 3)).toBe(4);
    expect(otherMultiple(2609 * MS, SECOND, 609 * MS, 3)).toBe(2);
  });

  it('is not where it fits none, or the right one', () => {
    expect(otherMultiple(4300 * MS, SECOND, 609 * MS, 3)).toBeUndefined();
    expect(otherMultiple(3609 * MS, SECOND, 609 * MS, 3)).toBeUndefined();
  });
});
