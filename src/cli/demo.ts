import { randomInt } from 'node:crypto';
import { createCaptureReporter } from '../report/capture.ts';
import { comparisonLines, failoverVerdict, otherRulesLines, timelineLines } from '../report/failover-story.ts';
import { explainResult } from '../report/failure.ts';
import { printable } from '../report/printable.ts';
import { type Style, styleFor } from '../report/style.ts';
import { compileDocument } from '../scenario/compile.ts';
import type { ScenarioResult } from '../scenario/result.ts';
import { runSuite } from '../scenario/suite.ts';
import { type Stage, StageError } from '../stage/stage.ts';
import { DEMO_INTERVAL, DEMO_SCENARIO } from './demo-scenario.ts';
import { EXIT_UNUSABLE, exitStatus } from './exit-status.ts';
import { openStage } from './open-stage.ts';
import { prepareOutput } from './output.ts';

export interface DemoOptions {
  readonly out: string;
}

/** Implementations that the demo shows, where they are installed. */
const SHOWN = ['native', 'keepalived'];
const SEED_LIMIT = 2 ** 31;

const STORY = `Two routers, r1 and r2, stand for one address: 192.0.2.101. Hosts know that address alone, by a MAC address of its own.
The Active router says that it is alive every ${DEMO_INTERVAL} (VRRP version 3). A host pings the address each millisecond.
Then the Active router loses its power.`;

/** Plays one failover with each router that is here, tells it as a timeline, and returns the exit status. */
export async function demoCommand(options: DemoOptions): Promise<number> {
  const style = styleFor(process.stdout);
  const unusable = await prepareOutput(options);
  if (unusable !== undefined) {
    process.stderr.write(`${unusable}\n`);
    return EXIT_UNUSABLE;
  }
  print(STORY, '');
  const stage = await openAnyStage();
  try {
    const shown = SHOWN.filter((name) => stage.capabilities.implementations.has(name));
    const plans = shown.map((implementation) =>
      compileDocument(DEMO_SCENARIO, { variant: 'v3-ipv4', implementation, scenario: 'demo' }),
    );
    const outcome = await runSuite(stage, plans, {
      seed: randomInt(SEED_LIMIT),
      folder: options.out,
      rerun: () => 'vrrpbench demo',
    });
    await createCaptureReporter().suiteFinished(outcome);
    tell(outcome.results, style);
    // How somebody else's router breaks other rules is told, and is no failure of the demo.
    return exitStatus(
      outcome.results.map((result) => ({ ...result, verdict: failoverVerdict(result) })),
      'must',
    );
  } finally {
    await stage.close();
  }
}

/** The lab; where this machine does not let us build one, virtual time, and it is said. */
async function openAnyStage(): Promise<Stage> {
  try {
    return await openStage('lab');
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    print(`No lab on this machine: ${error.message}.`, ...(error.cure === undefined ? [] : [error.cure]));
    print('Here is the same in virtual time, played by the protocol core without daemons.', '');
    return await openStage('virtual');
  }
}

function tell(results: readonly ScenarioResult[], style: Style): void {
  for (const result of results) {
    print(style.bold(result.router), ...timelineLines(result, style), '');
  }
  print(style.bold('Measured beside the RFC'), ...comparisonLines(results), '');
  for (const result of results) {
    const verdict = failoverVerdict(result);
    if (verdict === 'pass' || verdict === 'warning') continue;
    print(style.verdict(verdict, verdict), ...explainResult(result).map((line) => `  ${line}`), '');
  }
  for (const lines of results.map(otherRulesLines)) if (lines.length > 0) print(...lines, '');
  for (const { router, capture } of results) {
    if (capture !== undefined) print(`Every frame of ${router}: wireshark ${printable(capture)}`);
  }
}

function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
