import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { variantsOf } from '../../src/scenario/compile.ts';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import { ScenarioError } from '../../src/scenario/problem.ts';
import { scenarioJsonSchema } from '../../src/scenario/schema.ts';

const GOOD = `name: Short
routers: [r1, r2]
hosts: [h1]
steps:
  - start: [r1, r2]
  - await: { active: r1 }
expect:
  - active: r1
`;

/** The problems of a text, as they are printed, compiled for version 3 over IPv4 if it parses. */
function complaints(text: string): readonly string[] {
  try {
    compileScenario(parseScenario(text, 'file.yaml'), { variant: 'v3-ipv4', implementation: 'native' });
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ScenarioError);
    return (error as ScenarioError).message.split('\n');
  }
}

function withLine(from: string, to: string): string {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
}

describe('a scenario file that is wrong', () => {
  it.each([
    ['a misspelt key', withLine('hosts:', 'host:'), "file.yaml:3:1: unknown key 'host'; did you mean 'hosts'?"],
    ['a misspelt step', withLine('start:', 'strat:'), "file.yaml:5:5: unknown key 'strat'; did you mean 'start'?"],
    [
      'a misspelt key deep inside',
      withLine('active: r1 }', 'actve: r1 }'),
      "file.yaml:6:14: unknown key 'actve'; did you mean 'active'?",
    ],
    [
      'a misspelt step without arguments',
      withLine('- await: { active: r1 }', '- end-prob'),
      "file.yaml:6:5: 'end-prob' is not known here; did you mean 'end-probe'?",
    ],
    [
      'a router that is not there',
      withLine('- active: r1', '- active: r3'),
      "file.yaml:8:13: there is no router 'r3'; did you mean 'r1'?",
    ],
    [
      'a time without a unit',
      withLine('- await: { active: r1 }', '- pause: 300'),
      'file.yaml:6:12: expected a text, found 300',
    ],
    [
      'a term that cannot be read',
      withLine('- await: { active: r1 }', '- pause: skew + 20ms'),
      'file.yaml:6:12: expected a duration or a sum of durations and timers, such as 300ms or active-down-interval + 20ms',
    ],
    [
      'two actions in one step',
      withLine('- start: [r1, r2]', '- { start: r1, stop: r2 }'),
      'file.yaml:5:5: expected exactly one of start, stop,',
    ],
    [
      'a step without what it is done to',
      withLine('- await: { active: r1 }', '- start'),
      "file.yaml:6:5: 'start' says nothing by itself; expected 'start: …'",
    ],
    [
      'a number that is too large',
      withLine('routers: [r1, r2]', 'routers: { r1: { priority: 256 }, r2: }'),
      'file.yaml:2:28: expected 255 at the most, found 256',
    ],
    ['no steps', GOOD.replace(/steps:.*expect:/s, 'expect:'), "file.yaml:1:1: 'steps' is missing; expected a list"],
    ['the same key twice', withLine('hosts: [h1]', 'routers: [r3]'), 'file.yaml:3:1: Map keys must be unique'],
    ['a broken list', withLine('[r1, r2]\nhosts', '[r1, r2\nhosts'), 'file.yaml:3:'],
    [
      'a step that is not there',
      withLine('- active: r1', '- takeover: { of: r2, after: power-of }'),
      "file.yaml:8:32: no step is 'power-of'",
    ],
    [
      'fault words that cannot be read',
      withLine('- await: { active: r1 }', '- fault: { lose: some advertisements }'),
      "file.yaml:6:20: cannot read 'some advertisements'",
    ],
    [
      'an interval that the version cannot say',
      `virtual-router: { interval: 25ms }\n${GOOD}`,
      'file.yaml:1:29: v3-ipv4 cannot say 25ms as its interval; expected a multiple of 10ms, 10ms to 40.95s',
    ],
    [
      'an outage without a probe',
      withLine('- active: r1', '- outage: { below: 1s }'),
      'file.yaml:8:13: an outage is measured by a probe; expected a probe step',
    ],
    ['nothing at all', '', 'file.yaml:1:1: expected a mapping'],
  ])('%s is said with its place', (_, text, expected) => {
    expect(complaints(text)[0]).toContain(expected);
  });

  it('lists every problem that the schema finds', () => {
    const text = GOOD.replace('hosts:', 'host:').replace('- active: r1', '- activ: r1');
    expect(complaints(text)).toHaveLength(2);
  });

  it('is refused when its aliases multiply', () => {
    const bomb = [
      'a: &a [x, x]',
      ...'bcdefghijk'
        .split('')
        .map((name, index) => `${name}: &${name} [*${'abcdefghij'[index]}, *${'abcdefghij'[index]}]`),
    ];
    expect(complaints(bomb.join('\n'))[0]).toMatch(/alias|unknown key/);
  });

  it('asks for a name where a step may be one of two', () => {
    const text = GOOD.replace('  - await: { active: r1 }\n', '  - stop: r1\n  - start: r1\n').replace(
      '- active: r1',
      '- takeover: { of: r1, after: start }',
    );
    expect(complaints(text)[0]).toBe(
      "file.yaml:9:32: 'start' may mean 'start r1, r2' (step 1) and 'start r1' (step 3); give the step a name with 'as' and say that",
    );
  });
});

describe('the scenarios that come with the bench', async () => {
  const files = (await readdir('scenarios', { recursive: true })).filter((name) => name.endsWith('.yaml'));

  it('are there', () => {
    expect(files.length).toBeGreaterThanOrEqual(7);
  });

  it.each(files)('%s compiles as every variant that it is played as', async (file) => {
    const parsed = parseScenario(await readFile(`scenarios/${file}`, 'utf8'), `scenarios/${file}`);
    for (const variant of variantsOf(parsed.document)) {
      const plan = compileScenario(parsed, { variant, implementation: 'native' });
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    }
  });
});

describe('the published schema', () => {
  it('is the one that files are read by', async () => {
    const published: unknown = JSON.parse(await readFile('docs/schema/scenario.json', 'utf8'));
    expect(published, 'node tools/schemas.mjs writes it').toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
  });
});
