/** One measured figure of `make bench`, with its aim and, where there is one, the peer measured in the same run. */
export interface BenchResult {
  /** What was measured: `check of 1,000,000 VRRP frames against tshark`. */
  readonly name: string;
  readonly value: number;
  /** `s`, `ms`, `MB`, `x`. */
  readonly unit: string;
  /** What the project aims at. */
  readonly aim?: { readonly comparison: 'at most' | 'at least'; readonly value: number };
  /** What else is worth knowing: the peer's figure, the number of runs, minimum and maximum. */
  readonly details?: string;
}

/** What a bench is told on the command line. */
export interface BenchOptions {
  /** How long one that watches for growth watches. */
  readonly minutes?: number;
}

/** One subject of `make bench`: measures when called and gives its figures. */
export type Bench = (options: BenchOptions) => Promise<readonly BenchResult[]>;

/** The value in the middle (of an even number: the lesser of the two). Throws a RangeError when there is none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The smallest value that at least this part of the values does not exceed. Throws a RangeError when there is none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
  if (value === undefined) throw new RangeError('no value to take a quantile of');
  return value;
}

/** Whether a figure reaches its aim; one without an aim always does. */
export function holds({ value, aim }: BenchResult): boolean {
  if (aim === undefined) return true;
  return aim.comparison === 'at most' ? value <= aim.value : value >= aim.value;
}
