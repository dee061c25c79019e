import { describe, expect, it } from 'vitest';
import { LEDGER } from '../../src/conformance/ledger/ledger.ts';
import { runReport } from '../../src/report/json.ts';
import { createMatrix } from '../../src/report/matrix.ts';
import { matrixMarkdown, matrixText } from '../../src/report/matrix-text.ts';
import type { RunReport } from '../../src/report/run-schema.ts';
import type { JudgedDeviation } from '../../src/scenario/known-deviations.ts';
import type { KnownDeviation } from '../../src/scenario/known-deviations-schema.ts';
import type { ScenarioResult } from '../../src/scenario/result.ts';
import { NOTHING_OBSERVED } from '../scenario/story.ts';
import { lateResult, outcome, result } from './outcome.ts';

function reportOf(...results: readonly ScenarioResult[]) {
  const report = JSON.parse(JSON.stringify(runReport(outcome(...results)))) as RunReport;
  return { file: 'report.json', report };
}

/** What the matrix says of a requirement, for native and a variant. */
function cell(id: string, results: readonly ScenarioResult[], variant = 'v3-ipv4') {
  const row = createMatrix([reportOf(...results)]).rows.find(({ requirement }) => requirement.id === id);
  return row?.cells.find((one) => one.variant === variant);
}

const COVERING = { scenario: 'rx-ttl', id: 'rx-ttl/v3-ipv4/native', covers: ['rx.ttl', 'rx.type'] };
const KNOWN: KnownDeviation = {
  finding: 'it believes a TTL of 254',
  requirement: 'rx.ttl',
  variants: ['v3-ipv4'],
  section: 'RFC 9568 §7.1',
  evidence: 'It falls silent at frame 12.',
  scenarios: { 'rx-ttl': ['steady'] },
};
const DEVIATION: JudgedDeviation = { expectation: 'steady', verdict: 'fail', message: 'silent for 3 s' };

describe('the matrix', () => {
  it('says that a requirement holds where a scenario puts it to the test and passes', () => {
    expect(cell('rx.ttl', [result(COVERING)])).toMatchObject({ state: 'holds', scenarios: ['rx-ttl'] });
  });

  it('says so too where frames gave its rule something to judge', () => {
    const observation = { ...NOTHING_OBSERVED, judged: [{ requirement: 'tx.ttl', judgements: 3 }] };
    expect(cell('tx.ttl', [result({ observation })])).toMatchObject({ state: 'holds', scenarios: [] });
  });

  it('does not say so where something in it stayed open', () => {
    const [expectation] = result().expectations;
    const open = { ...expectation!, verdict: 'inconclusive', reason: 'a stall' } as const;
    const one = result({ ...COVERING, verdict: 'fail', expectations: [open] });
    expect(cell('rx.ttl', [one])).toMatchObject({ state: 'inconclusive', reason: 'a stall' });
  });

  it('counts a deviation for the requirement that its entry names, and for no other of its scenario', () => {
    const results = [lateResult({ ...COVERING, deviations: [{ ...DEVIATION, known: KNOWN }] })];
    expect(cell('rx.ttl', results)).toMatchObject({
      state: 'deviates',
      level: 'must',
      known: [{ finding: KNOWN.finding }],
    });
    expect(cell('rx.type', results)).toMatchObject({ state: 'holds' });
  });

  it('counts what nobody has looked at for all that its scenario covers, and says so', () => {
    const results = [lateResult({ ...COVERING, deviations: [DEVIATION] })];
    expect(cell('rx.ttl', results)).toMatchObject({ state: 'deviates', unknown: ['rx-ttl'] });
    expect(cell('rx.type', results)).toMatchObject({ state: 'deviates', unknown: ['rx-ttl'] });
    expect(matrixText(createMatrix([reportOf(...results)]))).toMatch(/^rx\.ttl +- +new! +-$/m);
  });

  it('says why a cell is empty', () => {
    const refused = result({ ...COVERING, verdict: 'not-applicable', reason: 'FRR cannot' });
    expect(cell('rx.ttl', [refused])).toMatchObject({ state: 'not-applicable', reason: 'FRR cannot' });
    expect(cell('rx.count-zero', [result()], 'v2-ipv4')).toMatchObject({
      state: 'not-applicable',
      reason: 'not in RFC 3768',
    });
    expect(cell('active.ns', [result()])).toMatchObject({ state: 'not-applicable', reason: 'of IPv6 alone' });
    expect(cell('rx.log', [result()])).toMatchObject({
      state: 'not-provoked',
      reason: expect.stringMatching(/not observable/),
    });
  });

  it('believes the last of several reports of one scenario', () => {
    const failed = reportOf(lateResult({ ...COVERING, deviations: [DEVIATION] }));
    const { rows } = createMatrix([failed, reportOf(result(COVERING))]);
    const row = rows.find(({ requirement }) => requirement.id === 'rx.ttl');
    expect(row?.cells[1]).toMatchObject({ state: 'holds' });
  });

  it('has a column for each document that a router was judged by', () => {
    const older = result({ ...COVERING, profile: 'rfc5798' });
    const matrix = createMatrix([reportOf(result(COVERING)), reportOf(older)]);
    const columns = ['native v2', 'native v3 IPv4 RFC 5798', 'native v3 IPv4 RFC 9568', 'native v3 IPv6'];
    expect(matrixMarkdown(matrix)).toContain(`| requirement | level | ${columns.join(' | ')} |\n`);
    const states = (id: string) =>
      matrix.rows.find(({ requirement }) => requirement.id === id)?.cells.map(({ state }) => state);
    expect(states('rx.ttl')).toEqual(['not-provoked', 'holds', 'holds', 'not-provoked']);
    expect(states('rx.count-zero')).toEqual(['not-applicable', 'not-applicable', 'not-provoked', 'not-provoked']);
  });

  it('has a row for each requirement that something was seen of, as Markdown', () => {
    const text = matrixMarkdown(
      createMatrix([reportOf(lateResult({ ...COVERING, deviations: [{ ...DEVIATION, known: KNOWN }] }))]),
    );
    expect(text).toContain(
      '| requirement | level | native v2 | native v3 IPv4 | native v3 IPv6 |\n|---|---|---|---|---|\n',
    );
    expect(text).toContain('| rx.ttl | MUST | - | **deviates** | - |\n');
    expect(text).toContain(
      '- **native, rx.ttl, v3 IPv4**: it believes a TTL of 254 (RFC 9568 §7.1). It falls silent at frame 12.\n',
    );
    expect(text).not.toContain('| rx.log |');
    expect(text).toContain('rx.log');
    expect(createMatrix([]).rows).toHaveLength(LEDGER.length);
  });
});
