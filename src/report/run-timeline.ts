import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTime } from '../capture/time.ts';
import type { ScenarioResult } from '../scenario/result.ts';
import { historyLines } from './check-history-text.ts';
import { explainResult } from './failure.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { styleFor } from './style.ts';

/** What is left in the folder of each play, beside its capture. */
export const TIMELINE_FILE = 'timeline.txt';

/** Writes the timeline of each play into its folder: steps, who was Active when, expectations. */
export function createTimelineReporter(): Reporter {
  const written: Promise<void>[] = [];
  const write = (result: ScenarioResult) => {
    if (result.folder === undefined || result.observation === undefined) return;
    written.push(writeFile(join(result.folder, TIMELINE_FILE), `${runTimeline(result).join('\n')}\n`));
  };
  return {
    scenarioFinished: (_, result) => write(result),
    suiteFinished: async () => {
      await Promise.all(written);
    },
  };
}

/** One play as a text without colours: its verdict and why, its steps with their times, and every virtual router's history. */
export function runTimeline(result: ScenarioResult): readonly string[] {
  const { observation, steps, expectations } = result;
  const plain = styleFor({});
  const at = (timeNs: number | undefined) =>
    timeNs === undefined || observation === undefined ? '-' : formatTime(timeNs, observation.origin);
  return [
    `${result.verdict}: ${printable(result.title)} (${printable(result.id)})`,
    ...(result.verdict === 'pass' ? [] : explainResult(result)),
    '',
    'steps',
    ...steps.map(
      ({ text, verdict, beganNs, reason }) =>
        `  ${at(beganNs)}  ${printable(text)}: ${verdict}${reason === undefined ? '' : `, ${printable(reason)}`}`,
    ),
    '',
    'expectations',
    ...expectations.map(({ text, verdict, seen }) => `  ${verdict}: ${printable(text)}: ${printable(seen)}`),
    ...(observation === undefined
      ? []
      : observation.virtualRouters.flatMap((history) => ['', ...historyLines(history, observation, plain)])),
  ];
}
