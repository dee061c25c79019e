import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Smallest } from '../exploration/explore.ts';
import { type Exploration, explore } from '../exploration/threads.ts';
import { programPath } from '../linux/programs.ts';
import { findMisbehaviour } from '../misbehaviour/catalogue.ts';
import { explorationJson, explorationProgress, explorationText } from '../report/explore-text.ts';
import { printable } from '../report/printable.ts';
import { makeFolder } from '../scenario/folder.ts';
import { exhaustiveCommand } from './exhaustive.ts';
import { EXIT_FAILED, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';
import { createProgress } from './progress.ts';

/** The options of `vrrpbench explore` as commander hands them over. */
export interface ExploreCommandOptions {
  readonly seed: number;
  readonly schedules?: number;
  /** Nanoseconds. */
  readonly time?: number;
  readonly jobs: number;
  readonly beyond?: boolean;
  readonly clocks?: boolean;
  readonly misbehaviour?: string;
  readonly exhaustive?: 2 | 3;
  readonly depth?: number;
  readonly out: string;
  readonly json?: boolean;
}

const DEFAULT_SCHEDULES = 1000;

/** Plays schedules that nobody wrote, prints what they broke, and returns the exit status. */
export async function exploreCommand(options: ExploreCommandOptions): Promise<number> {
  const { seed, schedules, time, jobs, beyond = false, clocks = false, misbehaviour } = options;
  const refusal = refusalOf(options);
  if (refusal !== undefined) {
    process.stderr.write(`${printable(refusal)}\n`);
    return EXIT_UNUSABLE;
  }
  const { exhaustive } = options;
  if (exhaustive !== undefined) return exhaustiveCommand({ ...options, exhaustive });
  const chosen = { beyond, clocks, ...(misbehaviour === undefined ? {} : { misbehaviour }) };
  const progress = createProgress(process.stderr);
  const beganMs = performance.now();
  const wanted = time === undefined ? (schedules ?? DEFAULT_SCHEDULES) : undefined;
  const exploration = await explore({
    ...chosen,
    seed,
    ...(wanted === undefined ? { forMs: time! / 1e6 } : { schedules: wanted }),
    jobs,
    program: programPath('exploration-worker'),
    onProgress: (explored) => {
      const text = explorationProgress(explored);
      if (wanted !== undefined) progress.show(explored.schedules, wanted, text);
      else progress.show(Math.round((performance.now() - beganMs) / 1000), Math.round(time! / 1e9), text);
    },
  });
  progress.end();
  const seconds = (performance.now() - beganMs) / 1000;
  const files = await writeScenarios(exploration, options.out);
  if (options.json === true) process.stdout.write(explorationJson(exploration, chosen));
  else process.stdout.write(explorationText(exploration, chosen, files));
  const rate = (exploration.explored.schedules / seconds).toFixed(0);
  process.stderr.write(`${seconds.toFixed(1)} s, ${rate} schedules a second\n`);
  return exploration.explored.found.length === 0 ? EXIT_PASSED : EXIT_FAILED;
}

function refusalOf({ schedules, time, misbehaviour, exhaustive, depth }: ExploreCommandOptions): string | undefined {
  if (depth !== undefined && exhaustive === undefined) return '--depth is for --exhaustive';
  if (schedules !== undefined && time !== undefined) return '--schedules and --time: only one of them says when to end';
  if (misbehaviour === undefined) return undefined;
  const found = findMisbehaviour(misbehaviour);
  if (found === undefined) return `there is no misbehaviour '${misbehaviour}' (vrrpbench mutants names them)`;
  if (found.notInVirtualTime === undefined) return undefined;
  return `misbehaviour '${misbehaviour}' is not in virtual time: ${found.notInVirtualTime}`;
}

/** One file for each violation that was made smaller; by its seed. */
async function writeScenarios({ smallest }: Exploration, out: string): Promise<ReadonlyMap<number, string>> {
  const files = new Map<number, string>();
  if (smallest.length > 0) await makeFolder(out);
  for (const one of smallest) {
    const file = join(out, nameOf(one));
    await writeFile(file, one.text);
    files.set(one.seed, file);
  }
  return files;
}

function nameOf({ seed, violation }: Smallest): string {
  return `${violation.invariant}-${seed}.yaml`;
}
