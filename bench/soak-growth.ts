import { type BenchResult, median } from './result.ts';

/** Octets. */
export const KB = 1024;
/** Rounds come in two kinds, which leave different virtual routers behind: the same is compared with the same. */
export const ROUND_KINDS = 2;

/** What a process holds at one moment, right after its garbage was collected. */
export interface Sample {
  readonly minutes: number;
  readonly residentKb: number;
  readonly heapKb: number;
  /** What of it is code that the engine made of functions as they ran. */
  readonly codeKb: number;
  readonly externalKb: number;
  readonly descriptors: number;
  readonly processes: number;
  /** Links, addresses, routes, parameters of interfaces and lines of nftables in its namespace. */
  readonly kernelEntries: number;
  /** How often it became Active until now. */
  readonly takeovers: number;
}

/** What may grow, and by how much at most between the medians of the second and the last third. */
interface Kind {
  readonly name: string;
  readonly unit: string;
  readonly of: (sample: Sample) => number;
  readonly most: number;
  /** The growth is divided by the takeovers of a third of the time: what each may leave behind. */
  readonly perTakeover?: true;
}

/**
 * 1 KB that each takeover leaves, or 100 octets that each advertisement does (there are more than ten for each takeover),
 * break the first. Resident memory moves by about 1 MB from one sample to the next as the allocator gives pages back.
 */
const KINDS: readonly Kind[] = [
  {
    name: 'heap without code',
    unit: 'octets a takeover',
    of: (one) => (one.heapKb - one.codeKb) * KB,
    most: 512,
    perTakeover: true,
  },
  { name: 'memory of buffers', unit: 'KB', of: (one) => one.externalKb, most: 64 },
  { name: 'resident memory', unit: 'KB', of: (one) => one.residentKb, most: 1024 },
  { name: 'file descriptors', unit: 'descriptors', of: (one) => one.descriptors, most: 0 },
  { name: 'child processes', unit: 'processes', of: (one) => one.processes, most: 0 },
  { name: 'what its namespace holds', unit: 'entries', of: (one) => one.kernelEntries, most: 0 },
];
/** In a shorter time memory grows as the engine compiles: no aim is judged by it. */
const LEAST_JUDGED_MINUTES = 10;
const MEMORY_KINDS = 3;
const SERIES_MINUTES = 2;

/** Judges what was held after each round; `said` is what else is to be said of them. */
export function resultsOf(minutes: number, samples: readonly Sample[], said: string): BenchResult[] {
  const takeoversOfThird = (samples.at(-1)!.takeovers - samples[0]!.takeovers) / 3;
  return KINDS.map(({ name, unit, of, most, perTakeover }, index) => {
    const values = samples.map(of);
    const kinds = [0, 1].map((kind) => thirds(values.filter((_, round) => round % ROUND_KINDS === kind)));
    const medians = kinds.map((one) => one.map((value) => value.toFixed(0)).join(', ')).join(' and ');
    const growth = Math.max(...kinds.map(([, middle, last]) => last! - middle!));
    const texts = [`medians of the thirds, of rounds that leave the same: ${medians}`];
    if (index < MEMORY_KINDS) texts.push(seriesText(samples, of));
    if (index < MEMORY_KINDS && minutes < LEAST_JUDGED_MINUTES)
      texts.push(`not judged: the engine still compiles in the first ${LEAST_JUDGED_MINUTES} minutes`);
    if (index === 0) texts.push(said);
    return {
      name: `${minutes} min with faults: growth of ${name}, second to last third`,
      value: perTakeover ? growth / takeoversOfThird : growth,
      unit,
      ...(index < MEMORY_KINDS && minutes < LEAST_JUDGED_MINUTES
        ? {}
        : { aim: { comparison: 'at most', value: most } as const }),
      details: texts.join('\n    '),
    };
  });
}

/** What was left right after a collection, each two minutes. */
function seriesText(samples: readonly Sample[], of: (sample: Sample) => number): string {
  const due = samples.filter(
    ({ minutes }, index) =>
      index === 0 || Math.floor(minutes / SERIES_MINUTES) > Math.floor(samples[index - 1]!.minutes / SERIES_MINUTES),
  );
  return `after a collection, each ${SERIES_MINUTES} min: ${due.map((one) => of(one).toFixed(0)).join(' ')}`;
}

/** The median of each third. */
function thirds(values: readonly number[]): number[] {
  const third = values.length / 3;
  return [0, 1, 2].map((part) => median(values.slice(Math.floor(part * third), Math.floor((part + 1) * third))));
}
