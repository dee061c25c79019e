import type { SuiteListener, SuiteResult } from '../scenario/suite.ts';

/** From which level on a broken rule makes a run fail. */
export type FailOn = 'must' | 'should';

/** Somebody who is told how a run goes on, and what became of it. */
export interface Reporter extends SuiteListener {
  /** Called once, after the last scenario; files are written when it resolves. */
  suiteFinished(outcome: SuiteResult): void | Promise<void>;
}

/** Tells every reporter, in order. */
export function together(reporters: readonly Reporter[]): Reporter {
  return {
    suiteStarted: (scenarios, jobs) => {
      for (const reporter of reporters) reporter.suiteStarted?.(scenarios, jobs);
    },
    scenarioStarted: (scenario, attempt) => {
      for (const reporter of reporters) reporter.scenarioStarted?.(scenario, attempt);
    },
    stepStarted: (scenario, step) => {
      for (const reporter of reporters) reporter.stepStarted?.(scenario, step);
    },
    scenarioRepeated: (scenario, result) => {
      for (const reporter of reporters) reporter.scenarioRepeated?.(scenario, result);
    },
    scenarioFinished: (scenario, result) => {
      for (const reporter of reporters) reporter.scenarioFinished?.(scenario, result);
    },
    suiteFinished: async (outcome) => {
      for (const reporter of reporters) await reporter.suiteFinished(outcome);
    },
  };
}
