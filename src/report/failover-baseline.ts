import { type Comparison, compare, FEWEST_VALUES, significant } from '../failover/comparison.ts';
import type { FailoverCell, FailoverReport, FailoverRun } from './failover-schema.ts';
import { number, outageOf } from './failover-table.ts';

/** What is compared of each cell. */
const FIGURES = ['outage', 'added', 'tcp'] as const;
type Figure = (typeof FIGURES)[number];

const FIGURE_WORDS: Readonly<Record<Figure, string>> = {
  outage: 'the network is gone',
  added: "adds to the RFC's time",
  tcp: 'a TCP connection stands still',
};

/** How one figure of one cell compares with the baseline's. */
export interface BaselineComparison {
  /** `native, power-off, v3-ipv4, 100 ms` */
  readonly cell: string;
  readonly figure: Figure;
  /** undefined: too few runs on a side. */
  readonly comparison?: Comparison;
  /** Slower by more than the threshold, and more than chance explains. */
  readonly regressed: boolean;
}

/** Everything that both measurements have. */
export interface BaselineResult {
  readonly comparisons: readonly BaselineComparison[];
  /** Cells of one measurement that the other lacks. */
  readonly onlyBefore: readonly string[];
  readonly onlyNow: readonly string[];
}

/** The chance of a single false alarm among all comparisons of two measurements. */
const CHANCE = 0.01;

/**
 * Compares a measurement with one of before: slower is what the ranks say so together (Mann-Whitney, one-sided, all
 * comparisons sharing one chance of a false alarm), by more than `thresholdMs` at the median of all differences.
 */
export function compareWithBaseline(before: FailoverReport, now: FailoverReport, thresholdMs: number): BaselineResult {
  const former = new Map(before.cells.map((cell) => [nameOf(cell), cell]));
  const names = new Set(now.cells.map(nameOf));
  const compared = now.cells.flatMap((cell) => {
    const earlier = former.get(nameOf(cell));
    if (earlier === undefined) return [];
    return FIGURES.flatMap((figure) => {
      const [old, fresh] = [valuesOf(earlier, figure), valuesOf(cell, figure)];
      if (old.length === 0 && fresh.length === 0) return [];
      const comparison = compare(old, fresh);
      return [{ cell: nameOf(cell), figure, ...(comparison === undefined ? {} : { comparison }) }];
    });
  });
  const probabilities = compared.flatMap(({ comparison }) => comparison?.probability ?? []);
  const verdicts = significant(probabilities, CHANCE)[Symbol.iterator]();
  return {
    comparisons: compared.map((one) => ({
      ...one,
      regressed: one.comparison !== undefined && verdicts.next().value === true && one.comparison.shift > thresholdMs,
    })),
    onlyBefore: [...former.keys()].filter((name) => !names.has(name)),
    onlyNow: [...names].filter((name) => !former.has(name)),
  };
}

function nameOf({ router, fault, variant, interval }: FailoverCell): string {
  return `${router}, ${fault}, ${variant}, ${number(interval)} ms`;
}

const VALUE_OF: Readonly<Record<Figure, (run: FailoverRun) => number | undefined>> = {
  outage: outageOf,
  added: ({ takeovers }) => {
    const values = Object.values(takeovers ?? {}).flatMap((takeover) => takeover?.added ?? []);
    return values.length === 0 ? undefined : Math.max(...values);
  },
  tcp: ({ tcp }) => (tcp === undefined ? undefined : (tcp.stall ?? Number.POSITIVE_INFINITY)),
};

function valuesOf({ runs }: FailoverCell, figure: Figure): readonly number[] {
  return runs.flatMap((run) => VALUE_OF[figure](run) ?? []);
}

/** The comparison in lines, what became slower first. */
export function baselineLines({ comparisons, onlyBefore, onlyNow }: BaselineResult): readonly string[] {
  const ordered = [...comparisons].sort((one, other) => Number(other.regressed) - Number(one.regressed));
  return [
    ...ordered.map((one) => `${standingOf(one)} ${lineOf(one)}`),
    ...onlyBefore.map((name) => `not measured now: ${name}`),
    ...onlyNow.map((name) => `not in the baseline: ${name}`),
  ];
}

function standingOf({ regressed, comparison }: BaselineComparison): string {
  if (comparison === undefined) return 'unknown  ';
  return regressed ? 'SLOWER   ' : 'as before';
}

function lineOf({ cell, figure, comparison }: BaselineComparison): string {
  const what = `${cell}: ${FIGURE_WORDS[figure]}`;
  if (comparison === undefined) return `${what}: fewer than ${FEWEST_VALUES} runs on a side, nothing to compare`;
  const { shift, probability, superiority } = comparison;
  const sign = shift > 0 ? '+' : '';
  return `${what} ${sign}${number(Number.isFinite(shift) ? shift : null)} ms (p ${probability.toPrecision(2)}, slower in ${Math.round(superiority * 100)}% of all pairs)`;
}
