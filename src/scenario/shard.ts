import type { PlannedScenario } from './suite.ts';

/** One of several machines that share a suite: the `index`-th of `count`, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The scenarios of one shard, in the order in which they were given. Ids in alphabetical order are dealt out in turn, so
 * shards differ by one scenario at most, and whoever deals the same scenarios gives each machine the same ones.
 */
export function scenariosOfShard(
  scenarios: readonly PlannedScenario[],
  { index, count }: Shard,
): readonly PlannedScenario[] {
  const ids = scenarios.map(({ id }) => id).sort();
  const dealt = new Set(ids.filter((_, place) => place % count === index - 1));
  return scenarios.filter(({ id }) => dealt.has(id));
}
