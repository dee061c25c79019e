import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableImplementations, launchFor } from '../../src/implementations/registry.ts';
import { openLab } from '../../src/lab/lab.ts';
import { findMisbehaviour } from '../../src/misbehaviour/catalogue.ts';
import { mutantText } from '../../src/report/mutants-text.ts';
import { isCaught, runMutants } from '../../src/scenario/mutants.ts';
import { parseScenario } from '../../src/scenario/parse.ts';
import type { Variant } from '../../src/scenario/variant.ts';
import type { Stage } from '../../src/stage/stage.ts';

const FOLDERS = ['scenarios/conformance', 'scenarios/field'];

/** One of each seam: protocol, frames, what is heard, and the kernel; and those that virtual time cannot show. */
const CASES: readonly (readonly [name: string, scenario: string, variant: Variant])[] = [
  ['no-skew', 'backup-priority-zero', 'v3-ipv4'],
  ['announces-physical-mac', 'backup-takeover', 'v3-ipv4'],
  ['believes-any-vrid', 'rx-vrid', 'v3-ipv6'],
  ['backup-answers', 'answers-for-addresses', 'v3-ipv4'],
  ['active-does-not-answer', 'answers-for-addresses', 'v3-ipv6'],
  ['answers-when-stopped', 'nothing-left-when-stopped', 'v3-ipv4'],
  ['silent-at-reload', 'reload-within-an-interval', 'v3-ipv4'],
  ['announces-first-addresses', 'address-added-by-reload', 'v3-ipv6'],
  ['no-start-up-delay', 'start-up-delay-of-owner', 'v3-ipv4'],
  ['no-sync-group', 'sync-group-with-a-silent-lan', 'v3-ipv4'],
  ['link-set-down-unnoticed', 'macvlan-set-down', 'v3-ipv4'],
  ['interface-made-anew-unnoticed', 'parent-made-anew', 'v3-ipv4'],
  ['reverse-path-filter', 'reverse-path-filter', 'v3-ipv4'],
  ['interface-answers-too', 'one-answer', 'v3-ipv4'],
];

describe.concurrent('a native router that misbehaves, in the lab', () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openLab({ launchFor, implementations: availableImplementations() });
  });
  afterAll(() => lab.close());

  it.each(CASES)(
    '%s is caught by %s (%s), which passes without',
    { timeout: 60_000 },
    async (name, scenario, variant) => {
      const file = FOLDERS.map((folder) => `${folder}/${scenario}.yaml`).find(existsSync)!;
      const suite = [parseScenario(await readFile(file, 'utf8'), file)];
      const unfit: string[] = [];
      const [result] = await runMutants(lab, suite, [findMisbehaviour(name)!], {
        seed: 1,
        jobs: 1,
        variants: [variant],
        onUnfit: (_plan, { verdict, reason }) => unfit.push(`${verdict}: ${reason}`),
      });
      expect(unfit).toEqual([]);
      expect([isCaught(result!), mutantText(result!)]).toEqual([true, expect.anything()]);
    },
  );
});
