import { exploreSeeds } from '../src/exploration/explore.ts';
import { generateCase } from '../src/exploration/generate.ts';
import { playCase } from '../src/exploration/play.ts';
import { MISBEHAVIOURS } from '../src/misbehaviour/catalogue.ts';
import { type BenchResult, median } from './result.ts';

const RUNS = 3;
const SCHEDULES = 500;
/** Schedules that each misbehaving router is given to break an invariant. */
const SCHEDULES_EACH = 100;
const PROMISED = { beyond: false, clocks: false };

/** How many schedules are explored in a second by one thread, and which misbehaving routers break an invariant in them. */
export async function exploration(): Promise<readonly BenchResult[]> {
  const rates: number[] = [];
  let frames = 0;
  let violations = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const begin = process.hrtime.bigint();
    const explored = await exploreSeeds(1, SCHEDULES, PROMISED);
    rates.push(SCHEDULES / (Number(process.hrtime.bigint() - begin) / 1e9));
    frames = explored.frames;
    violations = explored.found.length;
  }
  const rows: string[] = [];
  const shown = MISBEHAVIOURS.filter(({ notInVirtualTime }) => notInVirtualTime === undefined);
  for (const { name } of shown) {
    const row = await firstBroken(name);
    if (row !== undefined) rows.push(row);
  }
  return [
    {
      name: 'schedules explored by one thread',
      value: median(rates),
      unit: '/s',
      aim: { comparison: 'at least', value: 50 },
      details: `${SCHEDULES} schedules, ${frames.toLocaleString('en')} frames at ports, ${violations} violations`,
    },
    {
      name: `of ${shown.length} misbehaving routers break an invariant`,
      value: rows.length,
      unit: '',
      details: rows.join('\n    '),
    },
  ];
}

async function firstBroken(misbehaviour: string): Promise<string | undefined> {
  for (let seed = 1; seed <= SCHEDULES_EACH; seed += 1) {
    const { violation } = await playCase(generateCase(seed, { ...PROMISED, misbehaviour }), false);
    if (violation !== undefined)
      return `${misbehaviour.padEnd(28)} ${violation.invariant.padEnd(16)} after ${seed} schedules`;
  }
  return undefined;
}
