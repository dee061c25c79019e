import { createLogUpdate } from 'log-update';
import type { Verdict } from '../conformance/result.ts';
import type { ScenarioResult } from '../scenario/result.ts';
import type { PlannedScenario, SuiteResult } from '../scenario/suite.ts';
import { summaryLine } from './count.ts';
import { explainResult } from './failure.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { type Style, styleFor } from './style.ts';

/** Where a terminal reporter writes. */
export type Screen = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly rows?: number };

const MARKS: Readonly<Record<Verdict, string>> = {
  pass: 'pass',
  fail: 'FAIL',
  warning: 'warn',
  inconclusive: '????',
  'not-applicable': 'n/a ',
  skipped: 'skip',
};

/** Running scenarios that are shown at a time. */
const RUNNING_SHOWN = 8;

/**
 * A verdict a scenario as it is finished, with what was expected and seen where it did not pass; at the end the count.
 * On a terminal the scenarios that are being played stand below.
 */
export function createTerminalReporter(screen: Screen): Reporter {
  const style = styleFor(screen);
  const running = new Map<string, number>();
  let total = 0;
  let finished = 0;
  const update = screen.isTTY === true ? createLogUpdate(screen as NodeJS.WriteStream) : undefined;

  const drawRunning = () => {
    if (update === undefined || running.size === 0) return;
    const names = [...running]
      .slice(0, RUNNING_SHOWN)
      .map(([id, attempt]) => `  ${id}${attempt > 1 ? ` (attempt ${attempt})` : ''}`);
    const more = running.size > RUNNING_SHOWN ? [`  and ${running.size - RUNNING_SHOWN} more`] : [];
    update([style.dim(`${finished} of ${total} finished, playing:`), ...[...names, ...more].map(style.dim)].join('\n'));
  };
  const write = (lines: readonly string[]) => {
    update?.clear();
    screen.write(`${lines.join('\n')}\n`);
    drawRunning();
  };

  return {
    suiteStarted(scenarios, jobs) {
      total = scenarios.length;
      write([`${total} ${total === 1 ? 'scenario' : 'scenarios'}, ${Math.min(jobs, total)} at a time`]);
    },
    scenarioStarted({ id }, attempt) {
      running.set(id, attempt);
      drawRunning();
    },
    scenarioRepeated(scenario, result) {
      write([style.dim(`again ${printable(scenario.id)}: ${printable(result.reason ?? 'inconclusive')}`)]);
    },
    scenarioFinished(scenario, result) {
      running.delete(scenario.id);
      finished++;
      write(resultLines(style, scenario, result));
    },
    suiteFinished(outcome) {
      update?.clear();
      update?.done();
      screen.write(`${closingLines(style, outcome).join('\n')}\n`);
    },
  };
}

function resultLines(style: Style, { id }: PlannedScenario, result: ScenarioResult): readonly string[] {
  const mark = style.verdict(result.verdict, MARKS[result.verdict]);
  const played = result.playedNs > 0 ? style.dim(` ${(result.playedNs / 1e9).toFixed(1)} s`) : '';
  const attempts = result.attempts > 1 ? style.dim(` (attempt ${result.attempts})`) : '';
  const head = `${mark}  ${printable(id)}${played}${attempts}`;
  if (result.verdict === 'pass') return [head + style.dim(measured(result))];
  if (result.verdict === 'not-applicable' || result.verdict === 'skipped') {
    return [`${head}  ${style.dim(printable(result.reason ?? ''))}`];
  }
  return [
    head,
    `      ${style.bold(printable(result.title))}`,
    ...explainResult(result).map((line) => `      ${line}`),
  ];
}

/** What was measured, for a line of its own to be worth reading though all is well. */
function measured({ expectations }: ScenarioResult): string {
  const told = expectations.flatMap(({ kind, text, seen }) => {
    if (kind === 'takeover') return [`${text.replace(/ after .*/, '')} ${seen}`];
    return kind === 'outage' ? [`outage ${seen}`] : [];
  });
  return told.length === 0 ? '' : printable(`   ${told.join(', ')}`);
}

function closingLines(style: Style, outcome: SuiteResult): readonly string[] {
  const worst = outcome.results.some(({ verdict }) => verdict === 'fail') ? 'fail' : 'pass';
  const early =
    outcome.notBegun.length === 0 ? [] : [`${outcome.notBegun.length} were not begun: the run was ended early`];
  return [
    style.verdict(worst, summaryLine(outcome.results)) +
      style.dim(` in ${(outcome.wallMs / 1000).toFixed(1)} s, seed ${outcome.seed}`),
    ...early,
  ];
}
