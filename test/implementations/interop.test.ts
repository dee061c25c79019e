import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import type { Stage } from '../../src/stage/stage.ts';
import { openTestLab } from '../lab/recording.ts';
import { requirePeer } from '../peers.ts';

describe.concurrent('the native router on one LAN with', { timeout: 120_000 }, () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openTestLab();
  });
  afterAll(() => lab.close());

  for (const peer of ['keepalived', 'frr'] as const) {
    it.runIf(requirePeer(peer)).each([
      ['above', 'v3-ipv4'],
      ['below', 'v3-ipv4'],
      ['below', 'v2-ipv4'],
      ['above', 'v3-ipv6'],
    ] as const)(`${peer} %s it, %s: they elect, hand over, preempt and take over`, async (place, variant) => {
      const file = `scenarios/interop/with-${peer}-${place}.yaml`;
      const plan = compileScenario(parseScenario(await readFile(file, 'utf8'), file), {
        variant,
        implementation: 'native',
      });
      const result = await runPlan(lab, plan, { seed: 1 });
      const left = [...result.steps, ...result.expectations].filter(({ verdict }) => verdict === 'fail');
      expect(left).toEqual([]);
      expect(result).toMatchObject({
        router: place === 'above' ? `${peer}+native` : `native+${peer}`,
        rerun: expect.stringContaining('--router native '),
        unexpectedExits: [],
      });
      const story = result.observation!.virtualRouters[0]!.timeline.map(({ router }) => router);
      // Whoever is first to be heard may be the lower one, where they start at different speeds.
      expect(story.slice(-4)).toEqual(['r1', 'r2', 'r1', 'r2']);
    });
  }
});
