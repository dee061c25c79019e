import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { create } from 'xmlbuilder2';
import { summaryLine } from '../../src/report/count.ts';
import { annotations, jobSummary } from '../../src/report/github.ts';
import { runReport } from '../../src/report/json.ts';
import { junitDocument } from '../../src/report/junit.ts';
import { printable } from '../../src/report/printable.ts';
import { runReportJsonSchema, runReportSchema } from '../../src/report/run-schema.ts';
import { createTimelineReporter } from '../../src/report/run-timeline.ts';
import { createTerminalReporter } from '../../src/report/terminal.ts';
import type { ScenarioResult } from '../../src/scenario/result.ts';
import { lateResult, outcome, result } from './outcome.ts';

const INCONCLUSIVE = result({
  id: 'graceful-stop/v3-ipv4/native',
  verdict: 'inconclusive',
  reason: 'takeover of r2: the host stood still',
  attempts: 3,
});

/** What the terminal reporter writes where nobody watches, for these results. */
async function plainText(...results: readonly ScenarioResult[]): Promise<string> {
  const screen = new PassThrough();
  const reporter = createTerminalReporter(screen);
  const scenarios = results.map(({ id }) => ({ id, plan: undefined as never }));
  reporter.suiteStarted?.(scenarios, 16);
  for (const [index, one] of results.entries()) {
    reporter.scenarioStarted?.(scenarios[index]!, 1);
    reporter.scenarioFinished?.(scenarios[index]!, one);
  }
  await reporter.suiteFinished(outcome(...results));
  screen.end();
  return String(Buffer.concat(await screen.toArray()));
}

describe('on a terminal', () => {
  it('a scenario that passed is one line', async () => {
    expect(await plainText(result())).toBe(
      [
        '1 scenario, 1 at a time',
        'pass  power-off/v3-ipv4/native 8.2 s',
        '1 scenario: 1 passed in 9.1 s, seed 7',
        '',
      ].join('\n'),
    );
  });

  it('one that failed tells what was expected and seen, the frames, the files, and how to play it again', async () => {
    const text = await plainText(lateResult());
    expect(text).toContain(
      [
        'FAIL  power-off/v3-ipv4/native 8.2 s',
        '      The Active router loses its power',
        '      fail: takeover of r2 after power-off r1 (scenarios/power-off.yaml:17)',
        '        expected  first advertisement 3.609 s after what last restarted the down timer',
        '        seen      4.9 s: late',
        '        frames    12 (r2 at 1970-01-01T00:00:08.250000000Z)',
        '      files     runs/power-off (capture.pcapng, timeline.txt, logs, configurations)',
        '      again     vrrpbench run scenarios/power-off.yaml --variant v3-ipv4 --router native --seed 7',
      ].join('\n'),
    );
  });

  it('its folder has the timeline: steps, expectations, who was Active when', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'timeline-'));
    const failed = lateResult({ folder });
    const reporter = createTimelineReporter();
    reporter.scenarioFinished?.({ id: failed.id, plan: undefined as never }, failed);
    await reporter.suiteFinished(outcome(failed));
    const text = await readFile(join(folder, 'timeline.txt'), 'utf8');
    await rm(folder, { recursive: true });
    expect(text).toMatch(/^fail: The Active router loses its power \(power-off\/v3-ipv4\/native\)\n/);
    expect(text).toContain('steps\n  1970-01-01T00:00:00.000000000Z  start r1, r2: pass\n');
    expect(text).toContain('expectations\n  fail: takeover of r2 after power-off r1: 4.9 s: late\n');
  });

  it('a router that died by itself is heard', async () => {
    const exit = {
      router: 'r1',
      timeNs: 5e9,
      description: 'r1 ended by itself, by SIGSEGV',
      lastLogLines: ['a\u001b[31m', 'b'],
    };
    const text = await plainText(result({ verdict: 'fail', reason: exit.description, unexpectedExits: [exit] }));
    expect(text).toContain(
      "r1 ended by itself, by SIGSEGV\n      the last lines of r1's log:\n        a\\x1b[31m\n        b\n",
    );
  });

  it('nothing from outside is taken for a control sequence', () => {
    expect(printable('a\u001b]0;x\u0007\u009b2J\u202eb')).toBe('a\\x1b]0;x\\x07\\x9b2J\\u202eb');
  });

  it('what is not always the same is named', async () => {
    const plays = [result(), lateResult(), result()].map(({ verdict, seed, attempts }) => ({
      verdict,
      seed,
      attempts,
    }));
    const text = await plainText(lateResult({ plays }), result({ plays: [] }));
    expect(text).toContain('not always the same:\n  power-off/v3-ipv4/native: 1 of 3 failed, 2 of 3 passed\n');
  });

  it('what was played again is counted', () => {
    expect(summaryLine([result(), lateResult(), INCONCLUSIVE])).toBe(
      '3 scenarios: 1 failed, 1 inconclusive, 1 passed; 1 played more than once because a verdict was inconclusive',
    );
  });
});

describe('as JSON', () => {
  it('a run is what its schema says', () => {
    const report = JSON.parse(JSON.stringify(runReport(outcome(result(), lateResult(), INCONCLUSIVE)))) as unknown;
    expect(runReportSchema.parse(report)).toEqual(report);
  });

  it('has a published schema, which is the one in use', async () => {
    const published: unknown = JSON.parse(await readFile('docs/schema/run.json', 'utf8'));
    expect(published, 'node tools/schemas.mjs writes it').toEqual(JSON.parse(JSON.stringify(runReportJsonSchema())));
  });

  it('times are those of the wall clock', () => {
    const [scenario] = runReport(outcome(lateResult())).scenarios;
    expect(scenario!.expectations[0]!.frames).toEqual([
      { number: 12, time: '1970-01-01T00:00:08.250000000Z', interface: 'r2-eth0' },
    ]);
    expect(scenario!.events).toEqual([{ kind: 'power-off', time: '1970-01-01T00:00:03.000000000Z', node: 'r1' }]);
  });
});

describe('as JUnit XML', () => {
  const text = junitDocument(outcome(result(), lateResult({ title: 'a < b & "c"' }), INCONCLUSIVE), 'must');
  const { testsuites } = create(text).end({ format: 'object' }) as unknown as { testsuites: Record<string, unknown> };

  it('every scenario is a case; what is inconclusive counts as skipped', () => {
    expect(testsuites).toMatchObject({ '@tests': '3', '@failures': '1' });
    expect(testsuites.testsuite).toMatchObject({
      '@name': 'vrrpbench.native.v3-ipv4',
      '@tests': '3',
      '@failures': '1',
      '@skipped': '1',
    });
  });

  it('a failure has what was seen', () => {
    expect(text).toContain('<failure message="fail: takeover of r2 after power-off r1: 4.9 s: late">');
    expect(text).toContain('name="power-off: a &lt; b &amp; &quot;c&quot;"');
  });

  it('a warning fails where a SHOULD is to fail', () => {
    const warned = outcome(result({ verdict: 'warning' }));
    expect(junitDocument(warned, 'must')).not.toContain('<failure');
    expect(junitDocument(warned, 'should')).toContain('<failure');
  });
});

describe('on GitHub', () => {
  it('a failure stands beside its line', () => {
    const [line] = annotations(outcome(result(), lateResult()), 'must');
    expect(line).toMatch(
      /^::error file=scenarios\/power-off.yaml,line=17,title=power-off\/v3-ipv4\/native::fail: takeover of r2/,
    );
    expect(line).toContain('%0A  expected  first advertisement');
  });

  it('a text cannot become a command of its own', () => {
    const [line] = annotations(outcome(result({ verdict: 'fail', reason: 'x\n::set-output name=a::b' })), 'must');
    expect(line!.split('\n')).toHaveLength(1);
  });

  it('the job summary is a table, the worst first', () => {
    const rows = jobSummary(outcome(result(), lateResult()))
      .split('\n')
      .filter((row) => row.startsWith('| '));
    expect(rows[1]).toContain('| fail | power-off/v3-ipv4/native |');
    expect(rows[2]).toContain('| pass |');
  });

  it('no more than ten annotations of a kind are written', () => {
    const many = Array.from({ length: 25 }, () => lateResult());
    expect(annotations(outcome(...many), 'must')).toHaveLength(10);
  });
});
