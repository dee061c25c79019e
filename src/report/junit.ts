import { writeFile } from 'node:fs/promises';
import { create } from 'xmlbuilder2';
import { failsRun, isAsKnown, type ScenarioResult } from '../scenario/result.ts';
import type { SuiteResult } from '../scenario/suite.ts';
import { explainResult } from './failure.ts';
import { printable } from './printable.ts';
import type { FailOn, Reporter } from './reporter.ts';

/** A file that CI systems read: a suite for each router and variant, a case for each scenario. */
export function createJunitReporter(path: string, failOn: FailOn): Reporter {
  return { suiteFinished: (outcome) => writeFile(path, junitDocument(outcome, failOn)) };
}

/** The document. What is inconclusive or was not played counts as skipped there, with the reason: JUnit knows no more. */
export function junitDocument(outcome: SuiteResult, failOn: FailOn): string {
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites', {
    name: 'vrrpbench',
    tests: outcome.results.length,
    failures: outcome.results.filter((result) => failsRun(result, failOn)).length,
    time: seconds(outcome.wallMs),
  });
  for (const [name, results] of groupResults(outcome.results)) {
    const suite = root.ele('testsuite', {
      name,
      tests: results.length,
      failures: results.filter((result) => failsRun(result, failOn)).length,
      skipped: results.filter((result) => isSkipped(result, failOn)).length,
      time: seconds(results.reduce((total, result) => total + durationMs(result), 0)),
    });
    for (const result of results) {
      const element = suite.ele('testcase', {
        classname: name,
        name: printable(`${result.scenario}: ${result.title}`),
        time: seconds(durationMs(result)),
        ...(result.file === undefined ? {} : { file: printable(result.file) }),
      });
      const text = explainResult(result).join('\n');
      if (failsRun(result, failOn)) element.ele('failure', { message: shortReason(result) }).txt(text);
      else if (isSkipped(result, failOn)) element.ele('skipped', { message: shortReason(result) });
      const told = result.verdict === 'fail' || (result.verdict === 'warning' && failOn === 'must');
      if (told && !failsRun(result, failOn)) element.ele('system-out').txt(text);
    }
  }
  return `${root.end({ prettyPrint: true })}\n`;
}

function groupResults(results: readonly ScenarioResult[]): ReadonlyMap<string, readonly ScenarioResult[]> {
  const groups = new Map<string, ScenarioResult[]>();
  for (const result of results) {
    const name = `vrrpbench.${result.router}.${result.variant}`;
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return groups;
}

function isSkipped(result: ScenarioResult, failOn: FailOn): boolean {
  const decided = result.verdict === 'pass' || result.verdict === 'warning' || isAsKnown(result, failOn);
  return !failsRun(result, failOn) && !decided;
}

function durationMs({ playedNs, setUpMs, tearDownMs }: ScenarioResult): number {
  return playedNs / 1e6 + setUpMs + tearDownMs;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** The first thing that went wrong, in one line. */
export function shortReason(result: ScenarioResult): string {
  const worst = result.expectations.find(({ verdict }) => verdict === result.verdict);
  const seen = worst === undefined ? result.verdict : `${worst.text}: ${worst.seen}`;
  return printable(`${result.verdict}: ${result.reason ?? seen}`);
}
