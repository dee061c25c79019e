import { describe, expect, it } from 'vitest';
import { createRandomStream } from '../../src/fabric/random.ts';
import { compare, significant } from '../../src/failover/comparison.ts';
import { ascending, estimateQuantile, summarise } from '../../src/failover/statistics.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** The percentile interval of a quantile from resamples that were really drawn. */
function drawnInterval(sorted: readonly number[], part: number, resamples: number): readonly [number, number] {
  const random = createRandomStream(1, 'bootstrap');
  const rank = Math.ceil(part * sorted.length - 1e-9);
  const quantiles = Array.from({ length: resamples }, () => {
    const drawn = sorted.map(() => sorted[random.below(sorted.length)]!).sort(ascending);
    return drawn[rank - 1]!;
  }).sort(ascending);
  return [quantiles[Math.floor(0.025 * resamples)]!, quantiles[Math.floor(0.975 * resamples)]!];
}

describe('a summary of a sample', () => {
  it('has quantiles by nearest rank: each is a value of the sample', () => {
    const summary = summarise(upTo(100).reverse())!;
    expect(summary).toMatchObject({ count: 100, minimum: 1, maximum: 100 });
    expect(summary.median.value).toBe(50);
    expect(summary.p90.value).toBe(90);
    expect(summary.p99.value).toBe(99);
  });

  it('has a maximum for p99 where there are fewer than a hundred values', () => {
    const summary = summarise(upTo(30))!;
    expect(summary.p90.value).toBe(27);
    expect(summary.p99.value).toBe(30);
  });

  it('is not upset by an outage that did not end', () => {
    const summary = summarise([1, 2, 3, Number.POSITIVE_INFINITY])!;
    expect(summary.median.value).toBe(2);
    expect(summary.maximum).toBe(Number.POSITIVE_INFINITY);
    expect(summary.p99.high).toBe(Number.POSITIVE_INFINITY);
  });

  it('of nothing is nothing', () => {
    expect(summarise([])).toBeUndefined();
  });

  it('of one value is that value, with no width', () => {
    expect(summarise([7])!.median).toEqual({ value: 7, low: 7, high: 7 });
  });
});

describe('the confidence interval of a quantile', () => {
  it.each([
    [30, 0.5],
    [30, 0.9],
    [101, 0.5],
    [200, 0.99],
  ])('of %i values at %d is what a bootstrap of 20,000 resamples finds', (count, part) => {
    const values = upTo(count);
    const [low, high] = drawnInterval(values, part, 20_000);
    const estimate = estimateQuantile(values, part);
    expect(Math.abs(estimate.low - low)).toBeLessThanOrEqual(1);
    expect(Math.abs(estimate.high - high)).toBeLessThanOrEqual(1);
  });

  it('contains the true median in about 95 of 100 samples', () => {
    const random = createRandomStream(7, 'coverage');
    let contained = 0;
    for (let sample = 0; sample < 1000; sample++) {
      const values = Array.from({ length: 30 }, () => random.fraction()).sort(ascending);
      const { low, high } = estimateQuantile(values, 0.5);
      if (low <= 0.5 && high >= 0.5) contained++;
    }
    expect(contained).toBeGreaterThan(920);
    expect(contained).toBeLessThan(980);
  });
});

describe('the comparison of two samples', () => {
  it('finds no growth in a sample compared with itself', () => {
    const comparison = compare(upTo(20), upTo(20))!;
    expect(comparison.superiority).toBe(0.5);
    expect(comparison.shift).toBe(0);
    expect(comparison.probability).toBeCloseTo(0.5, 1);
  });

  it('has the rank sum, the shift and the probability of a worked example', () => {
    // Ranks 9 to 16 of sixteen: U is 64, its mean 32, its deviation sqrt(64 * 17 / 12) = 9.522.
    const comparison = compare(
      upTo(8),
      upTo(8).map((value) => value + 100),
    )!;
    expect(comparison.superiority).toBe(1);
    expect(comparison.shift).toBe(100);
    // z = 31.5 / 9.522 = 3.308
    expect(comparison.probability).toBeCloseTo(0.00047, 5);
  });

  it('counts ties half, and does not see growth where all values are equal', () => {
    const same = Array.from({ length: 10 }, () => 5);
    expect(compare(same, same)).toMatchObject({ superiority: 0.5, shift: 0, probability: 1 });
  });

  it('takes outages that did not end for greater than any other, and equal to each other', () => {
    const endless = Array.from({ length: 10 }, () => Number.POSITIVE_INFINITY);
    expect(compare(upTo(10), endless)).toMatchObject({ superiority: 1, shift: Number.POSITIVE_INFINITY });
    expect(compare(endless, endless)).toMatchObject({ superiority: 0.5, shift: 0 });
  });

  it('says nothing of fewer than eight values', () => {
    expect(compare(upTo(7), upTo(30))).toBeUndefined();
    expect(compare(upTo(30), upTo(7))).toBeUndefined();
  });

  it('raises a false alarm in no more than its share of samples of one distribution', () => {
    const random = createRandomStream(11, 'alarms');
    const draw = () => Array.from({ length: 20 }, () => random.fraction());
    const alarms = upTo(1000).filter(() => compare(draw(), draw())!.probability < 0.05).length;
    expect(alarms).toBeGreaterThan(20);
    expect(alarms).toBeLessThan(75);
  });
});

describe('several comparisons at once', () => {
  it('share the chance of a false alarm: the smallest probability first, until one is too great', () => {
    expect(significant([0.04, 0.001, 0.02], 0.05)).toEqual([true, true, true]);
    expect(significant([0.04, 0.001, 0.03], 0.05)).toEqual([false, true, false]);
    expect(significant([0.04, 0.04, 0.04], 0.05)).toEqual([false, false, false]);
    expect(significant([], 0.05)).toEqual([]);
  });
});
