import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaptureFileError } from '../../src/capture/file.ts';
import { checkCaptures } from '../../src/conformance/check-captures.ts';
import { recordedCaptures } from '../capture/collect.ts';
import { caseOf, play } from '../fuzz/case.ts';
import type { KeptCapture } from '../fuzz/kept-capture.ts';
import { keepCapture } from '../fuzz/kept-capture.ts';
import type { Mutation } from '../fuzz/mutate.ts';
import { MUTATION_KINDS, mutate } from '../fuzz/mutate.ts';
import { observeFrames, tellInEveryForm } from '../fuzz/told.ts';

/** VRRPBENCH_FUZZ multiplies the number of mutations. `make fuzz` plays millions of cases, and looks at memory as well. */
const TIMES = Number(process.env.VRRPBENCH_FUZZ ?? 1);

/** One change of one frame. */
const mutation: fc.Arbitrary<Mutation> = fc.record({
  frame: fc.nat(100_000),
  kind: fc.constantFrom(...MUTATION_KINDS),
  at: fc.nat(255),
  value: fc.nat(255),
});

let captures: readonly KeptCapture[];
let folder: string;
beforeAll(async () => {
  captures = await Promise.all(recordedCaptures.map(keepCapture));
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('recorded captures with frames changed at random', () => {
  it('are judged and told without an exception, and nothing of them is shown raw', () => {
    const which = fc.nat(captures.length - 1);
    fc.assert(
      fc.property(which, fc.array(mutation, { minLength: 1, maxLength: 60 }), (index, mutations) => {
        const kept = captures[index]!;
        tellInEveryForm(observeFrames(kept, mutate(kept.frames, mutations)));
      }),
      { numRuns: 200 * TIMES },
    );
  }, 600_000);

  it('are read as files, two at a time, without an exception that is not the reader’s own', async () => {
    const files = await Promise.all(recordedCaptures.map((path) => readFile(path)));
    const which = fc.nat(files.length - 1);
    const change = fc.array(fc.tuple(fc.nat(60_000), fc.nat(255)), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(which, which, change, fc.nat(60_000), async (one, other, changes, length) => {
        const paths = [join(folder, 'one.pcap'), join(folder, 'other.pcap')];
        const first = Buffer.from(files[one]!);
        for (const [at, value] of changes) first[at % first.length] = value;
        await writeFile(paths[0]!, first);
        await writeFile(paths[1]!, files[other]!.subarray(0, 24 + (length % files[other]!.length)));
        try {
          tellInEveryForm((await checkCaptures(paths)).observation);
        } catch (error) {
          if (!(error instanceof CaptureFileError)) throw error;
        }
      }),
      { numRuns: 60 * TIMES },
    );
  }, 600_000);
});

describe('the cases of `make fuzz`', () => {
  it('are the same for the same seed and number, others for others', () => {
    expect(caseOf(7, 3, 15)).toEqual(caseOf(7, 3, 15));
    expect(caseOf(7, 4, 15).mutations).not.toEqual(caseOf(7, 3, 15).mutations);
    expect(caseOf(8, 3, 15).mutations).not.toEqual(caseOf(7, 3, 15).mutations);
  });

  it('are judged within a second each: at a tap, at ports, as files, as the blocks of a run', async () => {
    const files = await Promise.all(recordedCaptures.map((path) => readFile(path)));
    const forms = new Set<string>();
    for (let number = 0; number < 200 * TIMES; number++) {
      const one = caseOf(1, number, captures.length);
      const began = process.cpuUsage();
      play(one, captures, files);
      expect(process.cpuUsage(began).user / 1000, `case ${number}`).toBeLessThan(1000);
      forms.add(one.form);
    }
    expect([...forms].sort()).toEqual(['blocks', 'file', 'ports', 'tap']);
  }, 600_000);
});

describe('names from outside', () => {
  it('are escaped, whatever they are', () => {
    const observation = observeFrames(captures[0]!, captures[0]!.frames);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const evil = `${name}<script>\x1b[2J</style>`;
        const interfaces = observation.interfaces.map((one) => ({ ...one, name: evil, file: evil }));
        const [history] = observation.virtualRouters;
        tellInEveryForm(
          { ...observation, interfaces, virtualRouters: [{ ...history!, lan: evil }], notes: [evil] },
          evil,
        );
      }),
      { numRuns: 100 * TIMES },
    );
  });
});
