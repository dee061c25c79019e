import { coverageSummary, type Explored } from '../exploration/explore.ts';
import type { Exploration } from '../exploration/threads.ts';
import { INVARIANTS } from '../exploration/violation.ts';

/** How an exploration is called again for one seed: what decides its schedules beside it. */
export interface ReplayOptions {
  readonly beyond: boolean;
  readonly clocks: boolean;
  readonly misbehaviour?: string;
}

/** The command that plays the schedule of one seed again. */
export function replayCommand(seed: number, { beyond, clocks, misbehaviour }: ReplayOptions): string {
  const words = ['vrrpbench explore', `--seed ${seed}`, '--schedules 1'];
  if (beyond) words.push('--beyond');
  if (clocks) words.push('--clocks');
  if (misbehaviour !== undefined) words.push(`--misbehaviour ${misbehaviour}`);
  return words.join(' ');
}

/** How far it is: in one line. */
export function explorationProgress({ schedules, virtualMs, coverage, found }: Explored): string {
  const { reached, missed } = coverageSummary(coverage);
  const hours = (virtualMs / 3_600_000).toFixed(1);
  const transitions = `${reached.length} of ${reached.length + missed.length} transitions`;
  return `${schedules} schedules, ${hours} h of virtual time, ${transitions}, ${found.length} violations`;
}

/** What an exploration came to; `files` has the scenario file of each seed that was made smaller. */
export function explorationText(
  { explored, smallest }: Exploration,
  options: ReplayOptions,
  files: ReadonlyMap<number, string>,
): string {
  const { found, firstSeed, frames } = explored;
  const lines = [
    `${explorationProgress(explored)}; seeds ${firstSeed} to ${firstSeed + explored.schedules - 1}, ${frames.toLocaleString('en')} frames at ports`,
    ...coverageLines(explored),
  ];
  for (const { seed, violation, explored: small, tries } of smallest) {
    const seeds = found.filter(({ invariant }) => invariant === violation.invariant).map((one) => one.seed);
    lines.push(
      '',
      `${violation.invariant}: ${INVARIANTS[violation.invariant]}; broken ${seeds.length} times, by seeds ${listOf(seeds)}`,
      `  ${violation.sentence} (VRID ${violation.virtualRouterId}, ${(violation.timeNs / 1e9).toFixed(3)} s)`,
      `  smallest: ${small.routers.length} routers, ${small.schedule.length} steps, after ${tries} tries${fileOf(files, seed)}`,
      `  again: ${replayCommand(seed, options)}`,
    );
  }
  if (smallest.length === 0) lines.push('no invariant was broken');
  return `${lines.join('\n')}\n`;
}

function fileOf(files: ReadonlyMap<number, string>, seed: number): string {
  const file = files.get(seed);
  return file === undefined ? '' : `: ${file}`;
}

const MOST_SEEDS = 10;

function listOf(seeds: readonly number[]): string {
  const more = seeds.length - MOST_SEEDS;
  return `${seeds.slice(0, MOST_SEEDS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function coverageLines({ coverage }: Explored): readonly string[] {
  const { missed, outOfReach } = coverageSummary(coverage);
  const reasons = new Map<string, string[]>();
  for (const [name, reason] of outOfReach) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  return [
    ...missed.map((name) => `not reached: ${name}`),
    ...[...reasons].map(([reason, names]) => `out of reach of the simulation (${reason}): ${names.join('; ')}`),
  ];
}

/** The same as JSON: with the same seeds and options the same text, whatever the machine. */
export function explorationJson({ explored, smallest }: Exploration, options: ReplayOptions): string {
  const { reached, missed, outOfReach } = coverageSummary(explored.coverage);
  return `${JSON.stringify(
    {
      firstSeed: explored.firstSeed,
      schedules: explored.schedules,
      frames: explored.frames,
      virtualSeconds: explored.virtualMs / 1000,
      coverage: {
        reached: Object.fromEntries(reached.map((name) => [name, explored.coverage[name]])),
        missed,
        outOfReach: Object.fromEntries(outOfReach),
      },
      violations: explored.found.map((found) => ({
        seed: found.seed,
        invariant: found.invariant,
        virtualRouter: found.virtualRouterId,
        timeSeconds: found.timeNs / 1e9,
        sentence: found.sentence,
        again: replayCommand(found.seed, options),
      })),
      smallest: smallest.map(({ seed, violation, text }) => ({
        seed,
        invariant: violation.invariant,
        sentence: violation.sentence,
        scenario: text,
      })),
    },
    undefined,
    2,
  )}\n`;
}
