import type { ScenarioResult } from '../../src/scenario/result.ts';
import type { SuiteResult } from '../../src/scenario/suite.ts';
import { NOTHING_OBSERVED } from '../scenario/story.ts';

/** A result that passed, with these fields instead of its own. */
export function result(fields: Partial<ScenarioResult> = {}): ScenarioResult {
  return {
    id: 'power-off/v3-ipv4/native',
    scenario: 'power-off',
    title: 'The Active router loses its power',
    variant: 'v3-ipv4',
    router: 'native',
    stage: 'lab',
    profile: 'rfc9568',
    covers: [],
    file: 'scenarios/power-off.yaml',
    verdict: 'pass',
    steps: [{ text: 'start r1, r2', line: 9, verdict: 'pass', beganNs: 0, endedNs: 5e6 }],
    expectations: [
      {
        kind: 'active',
        text: 'active r2',
        line: 20,
        verdict: 'pass',
        expected: 'r2 advertises',
        seen: 'r2 since 4.2 s',
        frames: [],
      },
    ],
    observation: NOTHING_OBSERVED,
    events: [{ kind: 'power-off', timeNs: 3e9, node: 'r1' }],
    probes: {},
    unexpectedExits: [],
    logs: {},
    configurations: {},
    seed: 7,
    attempts: 1,
    playedNs: 8.2e9,
    setUpMs: 40,
    tearDownMs: 60,
    droppedFrames: 0,
    wireOverflows: 0,
    rerun: 'vrrpbench run scenarios/power-off.yaml --variant v3-ipv4 --router native --seed 7',
    ...fields,
  };
}

/** One whose takeover came too late. */
export function lateResult(fields: Partial<ScenarioResult> = {}): ScenarioResult {
  return result({
    verdict: 'fail',
    folder: 'runs/power-off',
    capture: 'runs/power-off/capture.pcapng',
    observation: {
      ...NOTHING_OBSERVED,
      interfaces: [
        {
          name: 'r2-eth0',
          linkType: 1,
          resolutionNanoseconds: 1,
          snapLength: 0,
          port: { node: 'r2', kind: 'router', lan: 'lan' },
        },
      ],
    },
    expectations: [
      {
        kind: 'takeover',
        text: 'takeover of r2 after power-off r1',
        line: 17,
        verdict: 'fail',
        expected: 'first advertisement 3.609 s after what last restarted the down timer',
        seen: '4.9 s: late',
        frames: [{ number: 12, timeNs: 8.25e9, interfaceIndex: 0 }],
      },
    ],
    ...fields,
  });
}

export function outcome(...results: readonly ScenarioResult[]): SuiteResult {
  return { results, jobs: 2, seed: 7, repeat: 1, wallMs: 9100, repaired: [], notBegun: [] };
}
