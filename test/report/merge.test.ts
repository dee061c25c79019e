import { describe, expect, it } from 'vitest';
import { create } from 'xmlbuilder2';
import { runReport } from '../../src/report/json.ts';
import { junitDocument } from '../../src/report/junit.ts';
import { mergeReports, parseRunReport, ReportError } from '../../src/report/merge.ts';
import { mergeJunit } from '../../src/report/merge-junit.ts';
import { runReportSchema } from '../../src/report/run-schema.ts';
import type { ScenarioResult } from '../../src/scenario/result.ts';
import { lateResult, outcome, result } from './outcome.ts';

const FIRST = result({ id: 'a/v3-ipv4/native', scenario: 'a' });
const SECOND = lateResult({ id: 'b/v3-ipv4/native', scenario: 'b', title: 'a < b & "c"' });
const THIRD = result({
  id: 'c/v2-ipv4/native',
  scenario: 'c',
  variant: 'v2-ipv4',
  verdict: 'inconclusive',
  reason: 'a stall',
});

function shard(index: number, count: number, ...results: readonly ScenarioResult[]) {
  const report = runReport({ ...outcome(...results), shard: { index, count } });
  return { file: `shard-${index}/report.json`, report: JSON.parse(JSON.stringify(report)) as typeof report };
}

describe('reports of shards', () => {
  it('come together as the report of the whole suite', () => {
    const { report, missing } = mergeReports([shard(2, 2, SECOND), shard(1, 2, THIRD, FIRST)]);
    expect(runReportSchema.parse(report)).toEqual(report);
    const whole = JSON.parse(JSON.stringify(runReport(outcome(FIRST, SECOND, THIRD)))) as typeof report;
    expect(report).toEqual(whole);
    expect(missing).toEqual([]);
  });

  it('tell which shard is missing', () => {
    expect(mergeReports([shard(2, 3, SECOND)]).missing).toEqual(['shard 1 of 3', 'shard 3 of 3']);
  });

  it('are refused where two of them played the same scenario', () => {
    expect(() => mergeReports([shard(1, 2, FIRST), shard(2, 2, FIRST)])).toThrow(
      'a/v3-ipv4/native is in shard-1/report.json and in shard-2/report.json: give one of them',
    );
  });

  it.each([
    ['nothing', '', /x\.json: this is no JSON/],
    ['something else', '{"version":1}', /x\.json: this is no report of a run: /],
    ['a report of another version', JSON.stringify({ ...shard(1, 1).report, version: 2 }), /version/],
  ])('are refused where a file holds %s', (_, text, message) => {
    expect(() => parseRunReport(text, 'x.json')).toThrow(ReportError);
    expect(() => parseRunReport(text, 'x.json')).toThrow(message);
  });
});

describe('JUnit reports of shards', () => {
  const document = (...results: readonly ScenarioResult[]) => junitDocument(outcome(...results), 'must');
  const parsed = (text: string) =>
    create(text).end({ format: 'object' }) as unknown as { testsuites: Record<string, unknown> };

  it('come together by suite, and are counted anew', () => {
    const { testsuites } = parsed(
      mergeJunit([
        { file: '1.xml', text: document(FIRST, THIRD) },
        { file: '2.xml', text: document(SECOND) },
      ]),
    );
    expect(testsuites).toMatchObject({ '@tests': '3', '@failures': '1', '@errors': '0', '@skipped': '1' });
    expect(testsuites.testsuite).toMatchObject([
      { '@name': 'vrrpbench.native.v3-ipv4', '@tests': '2', '@failures': '1', '@skipped': '0' },
      { '@name': 'vrrpbench.native.v2-ipv4', '@tests': '1', '@failures': '0', '@skipped': '1' },
    ]);
  });

  it('keep what each case says', () => {
    const once = parsed(document(FIRST, SECOND)).testsuites.testsuite as { testcase: unknown };
    const merged = parsed(mergeJunit([{ file: '1.xml', text: document(FIRST, SECOND) }])).testsuites.testsuite as {
      testcase: unknown;
    };
    expect(merged.testcase).toEqual(once.testcase);
  });

  it('may be empty', () => {
    expect(parsed(mergeJunit([{ file: '1.xml', text: document() }])).testsuites).toMatchObject({ '@tests': '0' });
  });

  it.each([
    ['', /1\.xml: /],
    ['<a', /1\.xml: /],
    ['<a/>', /1\.xml: this is no JUnit report/],
  ])('are refused where a file holds %j', (text, message) => {
    expect(() => mergeJunit([{ file: '1.xml', text }])).toThrow(ReportError);
    expect(() => mergeJunit([{ file: '1.xml', text }])).toThrow(message);
  });
});
