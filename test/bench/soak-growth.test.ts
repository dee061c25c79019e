import { expect, it } from 'vitest';
import { holds } from '../../bench/result.ts';
import { resultsOf, type Sample } from '../../bench/soak-growth.ts';

const MINUTES = 30;
const TAKEOVERS_A_ROUND = 6;
const ADVERTISEMENTS_A_ROUND = 120;

/** What a router holds after each of 150 rounds in half an hour, with so much left behind by each round. */
function samples(leftOctets: number, kernelEntries = 2000): Sample[] {
  return Array.from({ length: 150 }, (_, round) => ({
    minutes: (round * MINUTES) / 150,
    residentKb: 64_000 + (round % 5) * 200,
    // The engine compiles for ten minutes; every second round leaves one virtual router more; collections differ a little.
    heapKb:
      9000 + round * 10 + Math.min(round, 50) * 10 + (round % 2) * 60 + (round % 3) * 8 + (round * leftOctets) / 1024,
    // What the engine makes as it runs goes on for the whole half hour.
    codeKb: 3000 + round * 10,
    externalKb: 5022,
    descriptors: 33,
    processes: 0,
    kernelEntries: round === 149 ? kernelEntries : 2000,
    takeovers: round * TAKEOVERS_A_ROUND,
  }));
}

function missed(found: readonly Sample[], minutes = MINUTES): string[] {
  return resultsOf(minutes, found, '').flatMap((one) => (holds(one) ? [] : [one.name]));
}

it('memory that levels off when the engine has compiled is no growth', () => {
  expect(missed(samples(0))).toEqual([]);
});

it('1 KB that each takeover leaves is growth', () => {
  expect(missed(samples(1024 * TAKEOVERS_A_ROUND))).toEqual([expect.stringContaining('growth of heap')]);
});

it('100 octets that each advertisement leaves are growth', () => {
  expect(missed(samples(100 * ADVERTISEMENTS_A_ROUND))).toEqual([expect.stringContaining('growth of heap')]);
});

it('the memory of a short soak is told, and not judged', () => {
  const found = resultsOf(1, samples(1024 * TAKEOVERS_A_ROUND), '');
  expect(found.filter(({ aim }) => aim === undefined)).toHaveLength(3);
});

it('the figures name what is compared, and the series each two minutes', () => {
  const [heap] = resultsOf(MINUTES, samples(0), 'three rounds');
  expect(heap!.details).toContain('medians of the thirds');
  expect(/each 2 min: ([0-9 ]+)/.exec(heap!.details!)![1]!.trim().split(' ')).toHaveLength(15);
});
