import { printable } from '../report/printable.ts';
import { rehearsalReport } from '../report/rehearsal-json.ts';
import type { RehearsalReport } from '../report/rehearsal-schema.ts';
import { surveyText } from '../report/rehearsal-text.ts';
import { styleFor } from '../report/style.ts';
import { readRehearsedRouters } from '../scenario/rehearsal/routers.ts';
import { surveyOf } from '../scenario/rehearsal/survey.ts';
import { StageError } from '../stage/stage.ts';
import { EXIT_FAILED, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';

/** The options of `vrrpbench rehearse` as commander hands them over. */
export interface RehearseCommandOptions {
  readonly failOn: 'must' | 'should';
  readonly json?: boolean;
}

/** Tells what conflicts between the configurations of routers, and returns the exit status. */
export async function rehearseCommand(files: readonly string[], options: RehearseCommandOptions): Promise<number> {
  let report: RehearsalReport;
  try {
    report = rehearsalReport(surveyOf(readRehearsedRouters(files)));
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    process.stderr.write(`${error.message.split('\n').map(printable).join('\n')}\n`);
    return EXIT_UNUSABLE;
  }
  const screen = options.json === true ? process.stderr : process.stdout;
  screen.write(surveyText(report, styleFor(screen), screen.isTTY ? screen.columns : undefined));
  if (options.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return hasConflict(report, options.failOn) ? EXIT_FAILED : EXIT_PASSED;
}

/** Whether settings conflict so that the command fails. */
function hasConflict({ conflicts }: RehearsalReport, failOn: 'must' | 'should'): boolean {
  return conflicts.some(({ level }) => level === 'error' || failOn === 'should');
}
