import { expect, it } from 'vitest';
import { joined, withoutStalls } from '../../bench/host.ts';

const MILLISECOND = 1_000_000;
const AIM_MS = 2;

/** Off by so many milliseconds until then. */
const off = (offMs: number, endMs: number) => ({ offMs, endNs: endMs * MILLISECOND });
const stall = (beginMs: number, endMs: number) => ({ beginNs: beginMs * MILLISECOND, endNs: endMs * MILLISECOND });

it('what a stall of the host covers by half or more is left out', () => {
  expect(withoutStalls([off(10, 100)], [stall(95, 101)], AIM_MS)).toEqual([]);
  expect(withoutStalls([off(10, 100)], [stall(88, 95)], AIM_MS)).toEqual([]);
});

it('what a stall covers by less than half is the router’s own', () => {
  const late = [off(10, 100)];
  expect(withoutStalls(late, [stall(97, 120)], AIM_MS)).toEqual(late);
  expect(withoutStalls(late, [stall(50, 89), stall(101, 200)], AIM_MS)).toEqual(late);
});

it('what is within the aim is never left out', () => {
  const small = [off(1, 100), off(0, 100)];
  expect(withoutStalls(small, [stall(90, 110)], AIM_MS)).toEqual(small);
});

it('stalls of two cores at one time count once', () => {
  expect(joined([stall(5, 8), stall(1, 3), stall(2, 4), stall(6, 7)])).toEqual([stall(1, 4), stall(5, 8)]);
});
