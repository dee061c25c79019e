import { errorFunction } from 'simple-statistics';
import { ascending } from './statistics.ts';

/** How a sample differs from the one before it. */
export interface Comparison {
  readonly before: number;
  readonly after: number;
  /**
   * The probability of ranks as high as these, or higher, were the two of one distribution: the one-sided Mann-Whitney
   * test, by its normal approximation with ties and continuity corrected.
   */
  readonly probability: number;
  /** How likely a value of after is greater than one of before; ties count half. 0.5: no difference. */
  readonly superiority: number;
  /** By how much: the median of all differences (Hodges and Lehmann), in the unit of the values. */
  readonly shift: number;
}

/** Fewer values on a side prove nothing by ranks. */
export const FEWEST_VALUES = 8;

/** Whether values have grown. Undefined where a side has fewer than FEWEST_VALUES. */
export function compare(before: readonly number[], after: readonly number[]): Comparison | undefined {
  if (before.length < FEWEST_VALUES || after.length < FEWEST_VALUES) return undefined;
  const { rankSum, tieTerm } = rankAfter(before, after);
  const pairs = before.length * after.length;
  const wins = rankSum - (after.length * (after.length + 1)) / 2;
  const total = before.length + after.length;
  const variance = (pairs / 12) * (total + 1 - tieTerm / (total * (total - 1)));
  const excess = wins - pairs / 2;
  const standardScore = variance === 0 ? 0 : (excess - Math.sign(excess) / 2) / Math.sqrt(variance);
  return {
    before: before.length,
    after: after.length,
    probability: variance === 0 ? 1 : (1 - errorFunction(standardScore / Math.SQRT2)) / 2,
    superiority: wins / pairs,
    shift: shiftBetween(before, after),
  };
}

/** The sum of the ranks of `after` among both, ties sharing theirs, and the sum of t³ - t over the ties. */
function rankAfter(before: readonly number[], after: readonly number[]): { rankSum: number; tieTerm: number } {
  const all = [
    ...before.map((value) => ({ value, isAfter: 0 })),
    ...after.map((value) => ({ value, isAfter: 1 })),
  ].sort((left, right) => ascending(left.value, right.value));
  let rankSum = 0;
  let tieTerm = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    let ofAfter = 0;
    for (; to < all.length && all[to]!.value === all[from]!.value; to++) ofAfter += all[to]!.isAfter;
    const ties = to - from;
    rankSum += (ofAfter * (from + 1 + to)) / 2;
    tieTerm += ties ** 3 - ties;
    from = to;
  }
  return { rankSum, tieTerm };
}

function shiftBetween(before: readonly number[], after: readonly number[]): number {
  const differences = after.flatMap((later) => before.map((earlier) => (later === earlier ? 0 : later - earlier)));
  differences.sort(ascending);
  const middle = differences.length >> 1;
  if (differences.length % 2 === 1) return differences[middle]!;
  const [lower, upper] = [differences[middle - 1]!, differences[middle]!];
  return lower === upper ? lower : (lower + upper) / 2;
}

/**
 * Which of several probabilities are significant when all of them are looked at together, at the given chance of even
 * one false alarm (Holm's step-down method).
 */
export function significant(probabilities: readonly number[], chance: number): readonly boolean[] {
  const order = probabilities.map((_, index) => index).sort((a, b) => ascending(probabilities[a]!, probabilities[b]!));
  const result = probabilities.map(() => false);
  for (const [position, index] of order.entries()) {
    if (probabilities[index]! > chance / (probabilities.length - position)) break;
    result[index] = true;
  }
  return result;
}
