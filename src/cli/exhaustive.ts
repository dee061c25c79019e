import { type Exhausted, exhaust, HorizonError } from '../exploration/exhaustive.ts';
import { smallConfigurations } from '../exploration/small-world.ts';
import { findMisbehaviour } from '../misbehaviour/catalogue.ts';
import { exhaustedText, exhaustiveJson, exhaustiveSummary } from '../report/exhaustive-text.ts';
import { PROTOCOL } from '../vrrp/protocol.ts';
import { EXIT_FAILED, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';

/** The options of `vrrpbench explore --exhaustive`. */
export interface ExhaustiveOptions {
  readonly exhaustive: 2 | 3;
  readonly depth?: number;
  readonly misbehaviour?: string;
  readonly json?: boolean;
}

/** Some seconds each. */
const DEFAULT_DEPTH = { 2: 24, 3: 10 } as const;

/** Visits every state of a small world, prints how many there are and what is wrong with them, and returns the exit status. */
export function exhaustiveCommand({ exhaustive: routers, depth, misbehaviour, json }: ExhaustiveOptions): number {
  const horizon = depth ?? DEFAULT_DEPTH[routers];
  const wrong = misbehaviour === undefined ? undefined : findMisbehaviour(misbehaviour);
  if (misbehaviour !== undefined && wrong?.protocol === undefined) {
    process.stderr.write(
      `--exhaustive plays the protocol core alone: no misbehaviour of its own is called '${misbehaviour}'\n`,
    );
    return EXIT_UNUSABLE;
  }
  const screen = json === true ? process.stderr : process.stdout;
  const results: Exhausted[] = [];
  try {
    for (const configuration of smallConfigurations(routers, wrong?.protocol?.(PROTOCOL))) {
      const result = exhaust(configuration, horizon);
      results.push(result);
      screen.write(exhaustedText(result));
    }
  } catch (error) {
    if (!(error instanceof HorizonError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_UNUSABLE;
  }
  screen.write(exhaustiveSummary(results, routers, horizon));
  if (json === true) process.stdout.write(exhaustiveJson(results));
  return results.every(({ violation }) => violation === undefined) ? EXIT_PASSED : EXIT_FAILED;
}
