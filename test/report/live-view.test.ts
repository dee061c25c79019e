import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createTerminalReporter, type Screen } from '../../src/report/terminal.ts';
import { outcome, result } from './outcome.ts';

/** A terminal that keeps what it is sent, and says when it is sent something that matches. */
function terminal() {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 40 });
  const news = new EventEmitter();
  let text = '';
  stream.on('data', (piece: Buffer) => {
    text += stripVTControlCharacters(piece.toString());
    news.emit('more');
  });
  return {
    screen: stream as unknown as Screen,
    async shows(pattern: RegExp): Promise<string> {
      while (!pattern.test(text)) await once(news, 'more');
      return pattern.exec(text)![0];
    },
  };
}

const NAMES = Array.from({ length: 12 }, (_, index) => `scenario-${index + 1}/v3-ipv4/native`);
const scenarios = NAMES.map((id) => ({ id, plan: undefined as never }));

describe('on a terminal a run shows', () => {
  it('what each scenario is at, and how many wait for room', async () => {
    const { screen, shows } = terminal();
    const reporter = createTerminalReporter(screen);
    reporter.suiteStarted?.(scenarios, 4);
    for (const scenario of scenarios.slice(0, 2)) reporter.scenarioStarted?.(scenario, 1);
    reporter.stepStarted?.(scenarios[0]!, 'await r2 Active');
    expect(await shows(/0 of 12 finished.*\n.*\n.*\n/)).toBe(
      '0 of 12 finished, 10 wait for room; playing:\n' +
        '  scenario-1/v3-ipv4/native: await r2 Active\n' +
        '  scenario-2/v3-ipv4/native: its LAN is built\n',
    );
    await reporter.suiteFinished(outcome());
  });

  it('the time that is left, when some are finished', async () => {
    const { screen, shows } = terminal();
    const reporter = createTerminalReporter(screen);
    reporter.suiteStarted?.(scenarios, 4);
    for (const scenario of scenarios.slice(0, 3)) reporter.scenarioStarted?.(scenario, 1);
    for (const scenario of scenarios.slice(0, 2)) reporter.scenarioFinished?.(scenario, result({ id: scenario.id }));
    expect(await shows(/2 of 12 finished[^;]*;/)).toMatch(/^2 of 12 finished, 9 wait for room, about \d+ s left;$/);
    await reporter.suiteFinished(outcome());
  });
});
