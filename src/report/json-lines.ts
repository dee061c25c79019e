import type { PlannedScenario } from '../scenario/suite.ts';
import { countVerdicts } from './count.ts';
import { scenarioReport } from './json.ts';
import type { Reporter } from './reporter.ts';

/**
 * One JSON object a line, as things happen: `suite-started`, `scenario-started`, `step-started`, `scenario-repeated`,
 * `scenario-finished` (with the scenario as docs/schema/run.json has it), `suite-finished`; each with its wall-clock
 * time.
 */
export function createJsonLinesReporter(write: (text: string) => void): Reporter {
  const tell = (event: string, fields: object): void => {
    write(`${JSON.stringify({ event, time: new Date().toISOString(), ...fields })}\n`);
  };
  return {
    suiteStarted: (scenarios, jobs) => tell('suite-started', { jobs, scenarios: scenarios.map(named) }),
    scenarioStarted: (scenario, attempt) => tell('scenario-started', { ...named(scenario), attempt }),
    stepStarted: (scenario, step) => tell('step-started', { ...named(scenario), step }),
    scenarioRepeated: (scenario, { reason, attempts }) =>
      tell('scenario-repeated', { ...named(scenario), attempt: attempts, reason }),
    scenarioFinished: (scenario, result) =>
      tell('scenario-finished', { ...named(scenario), verdict: result.verdict, result: scenarioReport(result) }),
    suiteFinished: ({ results, seed, wallMs, notBegun }) =>
      tell('suite-finished', {
        seed,
        wallMs: Math.round(wallMs),
        verdicts: countVerdicts(results),
        notBegun: notBegun.length,
      }),
  };
}

function named({ id, play }: PlannedScenario): object {
  return play === undefined ? { scenario: id } : { scenario: id, play: play.number, plays: play.of };
}
