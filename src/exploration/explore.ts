import type { Case } from './case.ts';
import { addCoverage, type Coverage, TRANSITIONS } from './coverage.ts';
import { type GenerateOptions, generateCase } from './generate.ts';
import { playCase } from './play.ts';
import { scenarioText } from './scenario-text.ts';
import { shrink } from './shrink.ts';
import type { Invariant, Violation } from './violation.ts';

/** A violation, and the seed that alone replays it. */
export interface Found extends Violation {
  readonly seed: number;
}

/** What so many schedules in a row came to. */
export interface Explored {
  readonly firstSeed: number;
  readonly schedules: number;
  readonly frames: number;
  readonly virtualMs: number;
  readonly coverage: Coverage;
  /** By seed; one for each schedule at most, which is not played on. */
  readonly found: readonly Found[];
}

/** Before anything was played. */
export function nothingExplored(firstSeed: number): Explored {
  return { firstSeed, schedules: 0, frames: 0, virtualMs: 0, coverage: addCoverage({}, {}), found: [] };
}

/** Plays the schedules of these seeds, one after the other. The same seeds and options have the same outcome. */
export async function exploreSeeds(firstSeed: number, schedules: number, options: GenerateOptions): Promise<Explored> {
  let explored = nothingExplored(firstSeed);
  for (let seed = firstSeed; seed < firstSeed + schedules; seed += 1) {
    const { violation, coverage, frames, virtualMs } = await playCase(generateCase(seed, options), options.beyond);
    explored = joinExplored(explored, {
      firstSeed: seed,
      schedules: 1,
      frames,
      virtualMs,
      coverage,
      found: violation === undefined ? [] : [{ ...violation, seed }],
    });
  }
  return explored;
}

/** The sum of two parts, of which the second goes on where the first ended. */
export function joinExplored(left: Explored, right: Explored): Explored {
  return {
    firstSeed: left.firstSeed,
    schedules: left.schedules + right.schedules,
    frames: left.frames + right.frames,
    virtualMs: left.virtualMs + right.virtualMs,
    coverage: addCoverage(left.coverage, right.coverage),
    found: [...left.found, ...right.found],
  };
}

/** A violation of one seed at its smallest. */
export interface Smallest {
  readonly seed: number;
  readonly violation: Violation;
  readonly explored: Case;
  /** As a scenario file. */
  readonly text: string;
  /** How many smaller cases were played. */
  readonly tries: number;
}

/** The smallest case that still breaks what the schedule of this seed breaks; undefined where it breaks nothing. */
export async function smallestOf(seed: number, options: GenerateOptions): Promise<Smallest | undefined> {
  const explored = generateCase(seed, options);
  const { violation } = await playCase(explored, options.beyond);
  if (violation === undefined) return undefined;
  const shrunk = await shrink(explored, violation, options.beyond);
  return { seed, ...shrunk, text: scenarioText(shrunk.explored, shrunk.violation) };
}

/** The first violation of each invariant, by seed. */
export function firstOfEach(found: readonly Found[]): readonly Found[] {
  const seen = new Set<Invariant>();
  return found.filter(({ invariant }) => {
    const isNew = !seen.has(invariant);
    seen.add(invariant);
    return isNew;
  });
}

/** The transitions of the core by whether they were taken: those that could have been, and those that could not. */
export function coverageSummary(coverage: Coverage): {
  readonly reached: readonly string[];
  readonly missed: readonly string[];
  readonly outOfReach: readonly (readonly [string, string])[];
} {
  const names = Object.keys(TRANSITIONS);
  const isReached = (name: string): boolean => (coverage[name] ?? 0) > 0;
  return {
    reached: names.filter(isReached),
    missed: names.filter((name) => !isReached(name) && TRANSITIONS[name] === undefined),
    outOfReach: names.flatMap((name) => {
      const reason = TRANSITIONS[name];
      return isReached(name) || reason === undefined ? [] : [[name, reason] as const];
    }),
  };
}
