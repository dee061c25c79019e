import { gammaln } from 'simple-statistics';

/** A figure of a sample and its 95% confidence interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What a sample comes to. Values may be infinite: an outage that did not end. */
export interface Summary {
  readonly count: number;
  readonly minimum: number;
  readonly median: Estimate;
  readonly p90: Estimate;
  /** The maximum, where there are fewer than a hundred values. */
  readonly p99: Estimate;
  readonly maximum: number;
}

const CONFIDENCE = 0.95;

/** Sums up a sample, in any order, in the unit of its values; undefined where it is empty. */
export function summarise(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort(ascending);
  return {
    count: sorted.length,
    minimum: sorted[0]!,
    median: estimateQuantile(sorted, 0.5),
    p90: estimateQuantile(sorted, 0.9),
    p99: estimateQuantile(sorted, 0.99),
    maximum: sorted.at(-1)!,
  };
}

/** The order of numbers; infinite ones are last. */
export function ascending(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * A quantile by nearest rank, the smallest value that at least `part` of the sample does not exceed, so that it is a
 * value that was measured; and its bootstrap percentile interval.
 *
 * The interval is that of infinitely many resamples, in closed form, so no chance is in it: the k-th smallest of n draws
 * with replacement is at most the j-th smallest of the sample exactly when k or more draws fall among its j smallest,
 * and that number is binomial (n, j/n).
 */
export function estimateQuantile(sorted: readonly number[], part: number): Estimate {
  const count = sorted.length;
  const rank = rankOf(count, part);
  const tail = (1 - CONFIDENCE) / 2;
  return {
    value: sorted[rank - 1]!,
    low: sorted[smallestPosition(count, rank, tail) - 1]!,
    high: sorted[smallestPosition(count, rank, 1 - tail) - 1]!,
  };
}

/** The rank of a quantile, counted from 1. A hair is taken off, so that 0.9 of 30 is 27 in floating point, too. */
function rankOf(count: number, part: number): number {
  return Math.min(count, Math.max(1, Math.ceil(part * count - 1e-9)));
}

/** The smallest position j, from 1, at which the resampled quantile lies with at least this probability. */
function smallestPosition(count: number, rank: number, probability: number): number {
  let low = 1;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (atLeast(count, rank, middle / count) >= probability) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The probability of `least` successes or more in `draws`. */
function atLeast(draws: number, least: number, success: number): number {
  if (success >= 1) return 1;
  const logSuccess = Math.log(success);
  const logFailure = Math.log1p(-success);
  const logDraws = gammaln(draws + 1);
  let sum = 0;
  for (let hits = least; hits <= draws; hits++) {
    const ways = logDraws - gammaln(hits + 1) - gammaln(draws - hits + 1);
    sum += Math.exp(ways + hits * logSuccess + (draws - hits) * logFailure);
  }
  return sum;
}
