import type { Verdict } from '../conformance/result.ts';
import { failsRun, isAsKnown, type ScenarioResult } from '../scenario/result.ts';
import type { PlannedScenario, SuiteResult } from '../scenario/suite.ts';
import { flakyLines, repairedLines, summaryLine } from './count.ts';
import { usageLine } from './cpu.ts';
import { explainResult, knownLines } from './failure.ts';
import { createLiveView } from './live-view.ts';
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

/** Where a router deviates in what is known of it alone. */
const KNOWN_MARK = 'know';

/**
 * A verdict a scenario as it is finished, with what was expected and seen where it did not pass; at the end the count.
 * On a terminal the scenarios that are being played stand below, unless `live` is false: somebody else writes there, too.
 */
export function createTerminalReporter(
  screen: Screen,
  { live: isLive = true }: { readonly live?: boolean } = {},
): Reporter {
  const style = styleFor(screen);
  const live = createLiveView(screen, style, isLive);
  const write = (lines: readonly string[]) => {
    live.clear();
    screen.write(`${lines.join('\n')}\n`);
    live.draw();
  };

  return {
    suiteStarted(scenarios, jobs) {
      live.begin(scenarios.length);
      const times = scenarios[0]?.play === undefined ? '' : `, each ${scenarios[0].play.of} times`;
      const number = new Set(scenarios.map(({ id }) => id)).size;
      write([
        `${number} ${number === 1 ? 'scenario' : 'scenarios'}${times}, ${Math.min(jobs, scenarios.length)} at a time`,
      ]);
    },
    scenarioStarted(scenario, attempt) {
      live.started(nameOf(scenario), attempt);
    },
    stepStarted: (scenario, step) => live.step(nameOf(scenario), step),
    scenarioRepeated(scenario, result) {
      write([style.dim(`again ${printable(nameOf(scenario))}: ${printable(result.reason ?? 'inconclusive')}`)]);
    },
    scenarioFinished(scenario, result) {
      live.finished(nameOf(scenario));
      write(resultLines(style, scenario, result));
    },
    suiteFinished(outcome) {
      live.end();
      screen.write(`${closingLines(style, outcome).join('\n')}\n`);
    },
  };
}

/** `power-off/v3-ipv4/native`, and which play of it where there are several. */
function nameOf({ id, play }: PlannedScenario): string {
  return play === undefined ? id : `${id} (${play.number} of ${play.of})`;
}

function resultLines(style: Style, scenario: PlannedScenario, result: ScenarioResult): readonly string[] {
  const asKnown = isAsKnown(result, 'must');
  const mark = asKnown ? style.verdict('warning', KNOWN_MARK) : style.verdict(result.verdict, MARKS[result.verdict]);
  const played = result.playedNs > 0 ? style.dim(` ${(result.playedNs / 1e9).toFixed(1)} s`) : '';
  const attempts = result.attempts > 1 ? style.dim(` (attempt ${result.attempts})`) : '';
  const head = `${mark}  ${printable(nameOf(scenario))}${played}${attempts}`;
  if (result.verdict === 'pass') return [head + style.dim(measured(result))];
  if (result.verdict === 'not-applicable' || result.verdict === 'skipped') {
    return [`${head}  ${style.dim(printable(result.reason ?? ''))}`];
  }
  if (asKnown) return [head, ...knownLines(result.deviations ?? []).map((line) => `      ${style.dim(line)}`)];
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
  const worst = outcome.results.some((result) => failsRun(result, 'must')) ? 'fail' : 'pass';
  const flaky = flakyLines(outcome.results);
  const early =
    outcome.notBegun.length === 0 ? [] : [`${outcome.notBegun.length} were not begun: the run was ended early`];
  return [
    style.verdict(worst, summaryLine(outcome.results)) +
      style.dim(` in ${(outcome.wallMs / 1000).toFixed(1)} s, seed ${outcome.seed}`),
    ...(outcome.cpu === undefined ? [] : [style.dim(usageLine(outcome.cpu))]),
    ...early,
    ...(flaky.length === 0 ? [] : [style.verdict('inconclusive', 'not always the same:')]),
    ...flaky.map((line) => `  ${printable(line)}`),
    ...(outcome.repaired.length === 0
      ? []
      : [style.verdict('pass', 'known, and not so any more (--update forgets it):')]),
    ...repairedLines(outcome.repaired).map((line) => `  ${printable(line)}`),
  ];
}
