import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { exitStatus } from '../../src/cli/exit-status.ts';
import { judgeDeviations, parseKnownDeviations, repairedDeviations } from '../../src/scenario/known-deviations.ts';
import { knownDeviationsJsonSchema } from '../../src/scenario/known-deviations-schema.ts';
import {
  formatKnownDeviations,
  NOT_LOOKED_AT,
  updateKnownDeviations,
} from '../../src/scenario/known-deviations-update.ts';
import { ScenarioError } from '../../src/scenario/problem.ts';
import { failsRun, type ScenarioResult } from '../../src/scenario/result.ts';
import { lateResult, result } from '../report/outcome.ts';
import { NOTHING_OBSERVED } from './story.ts';

const FILE = `
implementation: native
version: 1.0.0
deviations:
  - finding: it takes over too late
    requirement: backup.takeover
    variants: [v3-ipv4, v3-ipv6]
    section: RFC 9568 §6.4.2
    evidence: Frame 12 comes 4.9 s after frame 8.
    rules: { backup.takeover: [power-off] }
    scenarios:
      power-off: [takeover of r2 after power-off r1]
`;
const known = parseKnownDeviations(FILE, 'native.yaml');

/** What an observer found that had two takeovers to judge, and nothing to say against them. */
const ASKED = { ...NOTHING_OBSERVED, judged: [{ requirement: 'backup.takeover', judgements: 2 }] };

/** A result with what the suite finds out about its deviations. */
function judged(one: ScenarioResult, files = [known]): ScenarioResult {
  return { ...one, deviations: judgeDeviations(one, files) };
}

/** A result whose frames break requirements. */
function breaking(requirement: string, fields: Partial<ScenarioResult> = {}): ScenarioResult {
  const broken = [{ requirement, verdict: 'fail' as const, message: 'it does so' }];
  const rules = {
    kind: 'rules',
    text: 'rules',
    verdict: 'fail',
    expected: 'none',
    seen: requirement,
    broken,
    frames: [],
  } as const;
  return result({ verdict: 'fail', expectations: [rules], ...fields });
}

describe('what is known of a router', () => {
  it('does not fail, and says what it is', () => {
    const late = judged(lateResult());
    expect(failsRun(lateResult(), 'must')).toBe(true);
    expect(failsRun(late, 'must')).toBe(false);
    expect(late.deviations).toMatchObject([{ verdict: 'fail', known: { requirement: 'backup.takeover' } }]);
    expect(exitStatus([late], 'must')).toBe(0);
  });

  it('fails in another variant, in another scenario, and on another router', () => {
    expect(failsRun(judged(lateResult({ variant: 'v2-ipv4' })), 'must')).toBe(true);
    expect(failsRun(judged(lateResult({ scenario: 'graceful-stop' })), 'must')).toBe(true);
    expect(failsRun(judged(lateResult({ router: 'frr' })), 'must')).toBe(true);
  });

  it('fails where anything else is wrong too', () => {
    const [late] = lateResult().expectations;
    const more = lateResult({ expectations: [late!, { ...late!, text: 'active r2' }] });
    expect(failsRun(judged(more), 'must')).toBe(true);
    const ended = lateResult({
      unexpectedExits: [{ router: 'r1', timeNs: 0, description: 'r1 ended by itself', lastLogLines: [] }],
    });
    expect(failsRun(judged(ended), 'must')).toBe(true);
  });

  it('is found by the rule of its requirement where the entry says so', () => {
    expect(failsRun(judged(breaking('backup.takeover')), 'must')).toBe(false);
    expect(failsRun(judged(breaking('backup.takeover', { scenario: 'other' })), 'must')).toBe(true);
    expect(failsRun(judged(breaking('tx.ttl')), 'must')).toBe(true);
    const anywhere = parseKnownDeviations(FILE.replace('[power-off] }', 'anywhere }'), 'native.yaml');
    expect(failsRun(judged(breaking('backup.takeover', { scenario: 'other' }), [anywhere]), 'must')).toBe(false);
  });

  it('is told to be repaired when it was played and is not so', () => {
    expect(repairedDeviations([result({ expectations: [], observation: ASKED })], known)).toMatchObject([
      { variant: 'v3-ipv4', scenario: 'power-off', rule: 'backup.takeover' },
      { variant: 'v3-ipv4', scenario: 'power-off', expectation: 'takeover of r2 after power-off r1' },
    ]);
    expect(repairedDeviations([lateResult({ observation: ASKED })], known)).toMatchObject([{ scenario: 'power-off' }]);
  });

  it('is not repaired by what was not played, stayed open, or comes and goes', () => {
    expect(repairedDeviations([], known)).toEqual([]);
    expect(repairedDeviations([result({ verdict: 'inconclusive' })], known)).toEqual([]);
    const [late] = lateResult().expectations;
    const skipped = breaking('backup.takeover');
    const open = { ...skipped, expectations: [...skipped.expectations, { ...late!, verdict: 'skipped' as const }] };
    expect(repairedDeviations([open], known)).toEqual([]);
    const sometimes = parseKnownDeviations(`${FILE}    sometimes: true\n`, 'native.yaml');
    expect(repairedDeviations([result({ expectations: [] })], sometimes)).toEqual([]);
  });

  it('is not repaired by a rule that had nothing to judge', () => {
    const byRule = parseKnownDeviations(FILE.replace(/ {4}scenarios:[\s\S]*$/, ''), 'native.yaml');
    expect(repairedDeviations([result({ observation: NOTHING_OBSERVED })], byRule)).toEqual([]);
    expect(repairedDeviations([result({ observation: ASKED })], byRule)).toHaveLength(1);
  });

  it('is repaired anywhere only where its rule was asked', () => {
    const anywhere = parseKnownDeviations(
      FILE.replace('[power-off] }', 'anywhere }').replace(/ {4}scenarios:[\s\S]*$/, ''),
      'native.yaml',
    );
    expect(repairedDeviations([result()], anywhere)).toEqual([]);
    expect(repairedDeviations([result({ observation: ASKED })], anywhere)).toMatchObject([{ variant: 'v3-ipv4' }]);
  });
});

describe('--update', () => {
  it('keeps the sentences of what stands', () => {
    const both = [lateResult(), breaking('backup.takeover', { id: 'again' })];
    const [late, broken] = both;
    const stands = { ...late!, expectations: [...late!.expectations, ...broken!.expectations] };
    expect(updateKnownDeviations(known, [stands])).toEqual(known);
  });

  it('adds what is new, for somebody to look at', () => {
    const updated = updateKnownDeviations({ ...known, deviations: [] }, [
      breaking('tx.ttl'),
      breaking('tx.ttl', { variant: 'v3-ipv6' }),
      lateResult({ covers: ['backup.takeover'] }),
    ]);
    expect(updated.deviations).toEqual([
      {
        finding: 'it does so',
        requirement: 'tx.ttl',
        variants: ['v3-ipv4', 'v3-ipv6'],
        section: 'RFC 9568 §5.1.1.3, §5.1.2.3',
        evidence: NOT_LOOKED_AT,
        rules: { 'tx.ttl': ['power-off'] },
      },
      {
        finding: '4.9 s: late',
        requirement: 'backup.takeover',
        variants: ['v3-ipv4'],
        section: 'RFC 9568 §6.4.2',
        evidence: NOT_LOOKED_AT,
        scenarios: { 'power-off': ['takeover of r2 after power-off r1'] },
      },
    ]);
  });

  it('forgets what is repaired, in the variants that were played alone', () => {
    const updated = updateKnownDeviations(known, [result({ expectations: [], observation: ASKED })]);
    expect(updated.deviations).toEqual([{ ...known.deviations[0], variants: ['v3-ipv6'] }]);
  });

  it('writes what it can read again, as YAML and as JSON', () => {
    for (const name of ['native.yaml', 'native.json']) {
      expect(parseKnownDeviations(formatKnownDeviations(known, name), name)).toEqual(known);
    }
  });
});

describe('a file of known deviations', () => {
  it.each([
    ['requirement: backup.takeover', 'requirement: backup.takeovr', /native\.yaml:6:18: expected a requirement/],
    ['variants: [v3-ipv4, v3-ipv6]', 'variants: [v4]', /7:16: 'v4' is not known here/],
    ['    evidence: Frame 12 comes 4.9 s after frame 8.\n', '', /'evidence' is missing/],
    ['section:', 'sektion:', /unknown key 'sektion'; did you mean 'section'/],
    ['implementation: native', 'implementation: [', /native\.yaml:\d+/],
  ])('says where it is wrong: %s', (from, to, message) => {
    expect(() => parseKnownDeviations(FILE.replace(from, to), 'native.yaml')).toThrow(ScenarioError);
    expect(() => parseKnownDeviations(FILE.replace(from, to), 'native.yaml')).toThrow(message);
  });

  it('has a published schema, which is the one in use', async () => {
    const published: unknown = JSON.parse(await readFile('docs/schema/expectations.json', 'utf8'));
    expect(published, 'node tools/schemas.mjs writes it').toEqual(
      JSON.parse(JSON.stringify(knownDeviationsJsonSchema())),
    );
  });
});
