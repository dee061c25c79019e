import { appendFile } from 'node:fs/promises';
import { failsRun, isAsKnown, type ScenarioResult } from '../scenario/result.ts';
import type { SuiteResult } from '../scenario/suite.ts';
import { flakyLines, repairedLines, summaryLine } from './count.ts';
import { explainResult } from './failure.ts';
import { shortReason } from './junit.ts';
import { printable } from './printable.ts';
import type { FailOn, Reporter } from './reporter.ts';

/** GitHub shows ten annotations of each kind a step. */
const ANNOTATION_LIMIT = 10;

/**
 * Annotations beside the lines of the scenarios' files, and a table in the job's summary (`summaryPath`, GitHub's
 * GITHUB_STEP_SUMMARY).
 */
export function createGithubReporter(
  screen: NodeJS.WritableStream,
  summaryPath: string | undefined,
  failOn: FailOn,
): Reporter {
  return {
    async suiteFinished(outcome) {
      for (const line of annotations(outcome, failOn)) screen.write(`${line}\n`);
      if (summaryPath !== undefined) await appendFile(summaryPath, jobSummary(outcome));
    },
  };
}

/** Workflow commands, one for each scenario that did not pass. */
export function annotations(outcome: SuiteResult, failOn: FailOn): readonly string[] {
  const lines: string[] = [];
  const counts = { error: 0, warning: 0, notice: 0 };
  for (const result of outcome.results) {
    const kind = failsRun(result, failOn) ? 'error' : annotationKind(result);
    if (kind === undefined || counts[kind] >= ANNOTATION_LIMIT) continue;
    counts[kind]++;
    const line = result.expectations.find(
      ({ verdict, line: at }) => verdict === result.verdict && at !== undefined,
    )?.line;
    const properties = [
      ...(result.file === undefined ? [] : [`file=${escapeProperty(result.file)}`]),
      ...(line === undefined ? [] : [`line=${line}`]),
      `title=${escapeProperty(result.id)}`,
    ];
    lines.push(
      `::${kind} ${properties.join(',')}::${escapeMessage([shortReason(result), ...explainResult(result)].join('\n'))}`,
    );
  }
  return lines;
}

function annotationKind(result: ScenarioResult): 'warning' | 'notice' | undefined {
  const { verdict } = result;
  if (isAsKnown(result, 'must')) return undefined;
  if (verdict === 'warning') return 'warning';
  return verdict === 'inconclusive' ? 'notice' : undefined;
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(printable(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** A table in Markdown: what did not pass first. */
export function jobSummary(outcome: SuiteResult): string {
  const rows = [...outcome.results]
    .sort((left, right) => rank(left) - rank(right))
    .map((result) => {
      const why = result.verdict === 'pass' ? '' : shortReason(result);
      const verdict = isAsKnown(result, 'must') ? `${result.verdict}, known` : result.verdict;
      return `| ${verdict} | ${cell(result.id)} | ${cell(result.title)} | ${cell(why)} |`;
    });
  return [
    '## vrrpbench',
    '',
    `${summaryLine(outcome.results)} (seed ${outcome.seed}, ${(outcome.wallMs / 1000).toFixed(1)} s)`,
    '',
    '| verdict | scenario | what it shows | why |',
    '|---|---|---|---|',
    ...rows,
    '',
    ...flakyLines(outcome.results).map((line) => `- not always the same: ${cell(line)}`),
    ...repairedLines(outcome.repaired).map((line) => `- known, and not so any more: ${cell(line)}`),
  ].join('\n');
}

function rank({ verdict }: ScenarioResult): number {
  return ['fail', 'inconclusive', 'warning', 'not-applicable', 'skipped', 'pass'].indexOf(verdict);
}

function cell(text: string): string {
  return printable(text).replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
