import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createJsonLinesReporter } from '../../src/report/json-lines.ts';
import type { Reporter } from '../../src/report/reporter.ts';
import { createTapReporter } from '../../src/report/tap.ts';
import type { ScenarioResult } from '../../src/scenario/result.ts';
import { lateResult, outcome, result } from './outcome.ts';

const INCONCLUSIVE = result({
  id: 'graceful-stop/v3-ipv4/native',
  verdict: 'inconclusive',
  reason: 'takeover of r2: the host stood still',
  attempts: 3,
});

/** What a reporter writes of these results: all of it after each of them, and at the end. */
async function written(make: (write: (text: string) => void) => Reporter, ...results: readonly ScenarioResult[]) {
  let text = '';
  const after: string[] = [];
  const reporter = make((more) => {
    text += more;
  });
  const scenarios = results.map(({ id }) => ({ id, plan: undefined as never }));
  reporter.suiteStarted?.(scenarios, 16);
  for (const [index, one] of results.entries()) {
    reporter.scenarioStarted?.(scenarios[index]!, 1);
    reporter.scenarioFinished?.(scenarios[index]!, one);
    after.push(text);
  }
  await reporter.suiteFinished(outcome(...results));
  return { text, after };
}

const tap = (...results: readonly ScenarioResult[]) => written((write) => createTapReporter(write, 'must'), ...results);

const prove = (file: string) => spawnSync('prove', ['--exec', 'cat', file], { encoding: 'utf8' });

describe('by the Test Anything Protocol', () => {
  it('there is a test point for each scenario as it is finished, and the plan comes first', async () => {
    const { after } = await tap(result(), result({ id: 'power-off/v2-ipv4/native' }));
    expect(after[0]).toBe('TAP version 13\n1..2\nok 1 - power-off/v3-ipv4/native\n');
    expect(after[1]).toBe(`${after[0]}ok 2 - power-off/v2-ipv4/native\n`);
  });

  it('one that failed says why in a block of YAML, and how it is played again', async () => {
    const { text } = await tap(lateResult());
    expect(text).toContain('\nnot ok 1 - power-off/v3-ipv4/native\n  ---\n');
    const block = text.slice(text.indexOf('  ---\n') + 6, text.indexOf('  ...\n')).replace(/^ {2}/gm, '');
    expect(parse(block)).toMatchObject({
      title: 'The Active router loses its power',
      verdict: 'fail',
      message: expect.stringContaining('seen      4.9 s: late'),
      at: { file: 'scenarios/power-off.yaml' },
      again: 'vrrpbench run scenarios/power-off.yaml --variant v3-ipv4 --router native --seed 7',
    });
  });

  it('what was not decided is skipped with the reason, and what a name says is no directive', async () => {
    const { text } = await tap(INCONCLUSIVE, result({ id: 'odd # TODO/v3-ipv4/native' }));
    expect(text).toContain(
      'ok 1 - graceful-stop/v3-ipv4/native # SKIP inconclusive: takeover of r2: the host stood still\n',
    );
    expect(text).toContain('ok 2 - odd \\# TODO/v3-ipv4/native\n');
  });

  it('a run that was ended early bails out', async () => {
    const lines: string[] = [];
    const reporter = createTapReporter((text) => lines.push(text), 'must');
    await reporter.suiteFinished({ ...outcome(result()), notBegun: ['power-off/v2-ipv4/native'] });
    expect(lines.at(-1)).toBe('Bail out! 1 were not begun: the run was ended early\n');
  });

  it("a harness of others reads it: Perl's prove counts as the run does", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tap-'));
    const file = join(folder, 'run.tap');
    writeFileSync(file, (await tap(result(), INCONCLUSIVE)).text);
    expect(prove(file)).toMatchObject({ status: 0, stdout: expect.stringContaining('Files=1, Tests=2') });
    writeFileSync(file, (await tap(result(), lateResult())).text);
    expect(prove(file)).toMatchObject({ status: 1, stdout: expect.stringContaining('Failed 1/2 subtests') });
    rmSync(folder, { recursive: true });
  });
});

describe('as JSON lines', () => {
  it('each event is a line as it happens, and a finished scenario has its report', async () => {
    const { text, after } = await written(createJsonLinesReporter, lateResult(), INCONCLUSIVE);
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual([
      'suite-started',
      'scenario-started',
      'scenario-finished',
      'scenario-started',
      'scenario-finished',
      'suite-finished',
    ]);
    expect(after[0]!.trimEnd().split('\n')).toHaveLength(3);
    expect(events[2]).toMatchObject({
      scenario: 'power-off/v3-ipv4/native',
      verdict: 'fail',
      result: { id: 'power-off/v3-ipv4/native', expectations: [{ verdict: 'fail' }] },
    });
    expect(events[5]).toMatchObject({ verdicts: { fail: 1, inconclusive: 1 } });
    for (const { time } of events) expect(new Date(time).toISOString()).toBe(time);
  });
});
