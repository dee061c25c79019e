import { stringify } from 'yaml';
import { failsRun, isAsKnown, type ScenarioResult } from '../scenario/result.ts';
import type { PlannedScenario } from '../scenario/suite.ts';
import { explainResult } from './failure.ts';
import { shortReason } from './junit.ts';
import { printable } from './printable.ts';
import type { FailOn, Reporter } from './reporter.ts';

/**
 * The Test Anything Protocol, version 13, which every harness reads: a test point for each play of a scenario, as it is finished. What was not
 * decided or not played is skipped there, with the reason; what is known of a router is `# TODO`, which harnesses count
 * as passed.
 */
export function createTapReporter(write: (text: string) => void, failOn: FailOn): Reporter {
  let told = 0;
  return {
    suiteStarted(scenarios) {
      write(`TAP version 13\n1..${scenarios.length}\n`);
    },
    scenarioFinished(scenario, result) {
      told += 1;
      write(testPoint(told, scenario, result, failOn));
    },
    suiteFinished({ notBegun }) {
      if (notBegun.length > 0) write(`Bail out! ${notBegun.length} were not begun: the run was ended early\n`);
    },
  };
}

function testPoint(number: number, { id, play }: PlannedScenario, result: ScenarioResult, failOn: FailOn): string {
  const name = play === undefined ? id : `${id} (${play.number} of ${play.of})`;
  const isFailed = failsRun(result, failOn);
  const deviatesAsKnown = !isFailed && isAsKnown(result, failOn) && result.verdict !== 'pass';
  const line = `${isFailed || deviatesAsKnown ? 'not ok' : 'ok'} ${number} - ${escaped(name)}`;
  if (deviatesAsKnown) return `${line} # TODO ${escaped(shortReason(result))}\n${diagnostics(result)}`;
  if (result.verdict === 'pass') return `${line}\n`;
  const isDecided = isFailed || result.verdict === 'warning';
  return isDecided ? `${line}\n${diagnostics(result)}` : `${line} # SKIP ${escaped(shortReason(result))}\n`;
}

/** A block of YAML below a test point, two columns in. */
function diagnostics(result: ScenarioResult): string {
  const { title, verdict, file, folder, rerun } = result;
  const block = stringify({
    title: printable(title),
    verdict,
    message: explainResult(result).join('\n'),
    ...(file === undefined ? {} : { at: { file: printable(file) } }),
    ...(folder === undefined ? {} : { files: printable(folder) }),
    again: printable(rerun),
  });
  return `  ---\n${block.replace(/^(?=.)/gm, '  ')}  ...\n`;
}

/** `#` begins a directive, and a backslash escapes. */
function escaped(text: string): string {
  return printable(text).replaceAll('\\', '\\\\').replaceAll('#', '\\#');
}
