import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaptureFileError, readCaptureFile } from '../../src/capture/file.ts';
import type { CaptureInterface, FrameRecord, KeptFrame } from '../../src/capture/frame.ts';
import { checkCaptures } from '../../src/conformance/check-captures.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { Observation } from '../../src/conformance/result.ts';
import { checkHtml } from '../../src/report/check-html.ts';
import { checkReport, checkReportSchema } from '../../src/report/check-json.ts';
import { checkText } from '../../src/report/check-text.ts';
import { styleFor } from '../../src/report/style.ts';
import { recordedCaptures } from '../capture/collect.ts';

/** VRRPBENCH_FUZZ multiplies the number of mutations: for a long session by hand. */
const TIMES = Number(process.env.VRRPBENCH_FUZZ ?? 1);

interface Kept {
  readonly interfaces: CaptureInterface[];
  readonly frames: KeptFrame[];
}

async function keep(path: string): Promise<Kept> {
  const kept: Kept = { interfaces: [], frames: [] };
  await readCaptureFile(path, {
    origin: () => {},
    interface: (index, description) => {
      kept.interfaces[index] = description;
    },
    frame: ({ bytes, start, end, ...record }: FrameRecord) => {
      kept.frames.push({ ...record, bytes: bytes.slice(start, end) });
    },
  });
  return kept;
}

/** One change of one frame: octets overwritten or cut off, sent again, moved in time, or put into a VLAN. */
const mutation = fc.record({
  frame: fc.nat(100_000),
  kind: fc.constantFrom('octet', 'header', 'payload', 'cut', 'again', 'time', 'tag', 'drop', 'direction'),
  at: fc.nat(200),
  value: fc.nat(255),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(frames: readonly KeptFrame[], mutations: readonly Mutation[]): readonly KeptFrame[] {
  const changed = frames.map((frame) => ({ ...frame, bytes: frame.bytes.slice() }));
  for (const { frame, kind, at, value } of mutations) {
    const index = frame % changed.length;
    const one = changed[index]!;
    const { bytes } = one;
    if (kind === 'octet') bytes[at % bytes.length] = value;
    else if (kind === 'header') bytes[14 + (at % 20)] = value;
    else if (kind === 'payload') bytes[34 + (at % 12)] = value;
    else if (kind === 'cut') changed[index] = { ...one, bytes: bytes.slice(0, at % bytes.length) };
    else if (kind === 'again') changed.splice((index + at) % changed.length, 0, { ...one });
    else if (kind === 'time') changed[index] = { ...one, timeNs: one.timeNs + (value - 128) * 10 ** (at % 10) };
    else if (kind === 'drop' && changed.length > 1) changed.splice(index, 1 + (at % 5));
    else if (kind === 'direction') changed[index] = { ...one, direction: (value % 3) as 0 | 1 | 2 };
    else if (kind === 'tag' && bytes.length >= 12) {
      const tagged = new Uint8Array(bytes.length + 4);
      tagged.set(bytes.subarray(0, 12));
      tagged.set([0x81, 0, at & 15, value], 12);
      tagged.set(bytes.subarray(12), 16);
      changed[index] = { ...one, bytes: tagged };
    }
    if (changed.length === 0) return changed;
  }
  return changed;
}

function observe({ interfaces }: Kept, frames: readonly KeptFrame[]): Observation {
  const observer = createObserver();
  observer.origin({ unixNanoseconds: 1_795_337_858_000_000_000n });
  for (const [index, description] of interfaces.entries()) observer.interface(index, description);
  for (const [index, frame] of frames.entries()) {
    observer.frame({ ...frame, start: 0, end: frame.bytes.length, number: index + 1 });
  }
  observer.findings();
  return observer.finish();
}

/** Every form of output takes it, and none shows anything raw. */
function expectTold(observation: Observation, file = 'fuzz.pcap'): void {
  const checked = { file, observation, complete: true };
  const text = checkText(checked, styleFor({}), 80);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  checkReportSchema.parse(checkReport(checked));
  const page = checkHtml(checked);
  expect(page).not.toMatch(/<script|<img|NaN|undefined/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(page).not.toMatch(/[\x00-\x08\x0b-\x1f]/);
}

let captures: readonly Kept[];
let folder: string;
beforeAll(async () => {
  captures = await Promise.all(recordedCaptures.map(keep));
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('recorded captures with frames changed at random', () => {
  it('are judged and told without an exception, and nothing of them is shown raw', () => {
    const which = fc.nat(captures.length - 1);
    fc.assert(
      fc.property(which, fc.array(mutation, { minLength: 1, maxLength: 60 }), (index, mutations) => {
        const kept = captures[index]!;
        expectTold(observe(kept, mutate(kept.frames, mutations)));
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
          expectTold((await checkCaptures(paths)).observation);
        } catch (error) {
          if (!(error instanceof CaptureFileError)) throw error;
        }
      }),
      { numRuns: 60 * TIMES },
    );
  }, 600_000);
});

describe('names from outside', () => {
  it('are escaped, whatever they are', () => {
    const observation = observe(captures[0]!, captures[0]!.frames);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const evil = `${name}<script>\x1b[2J</style>`;
        const interfaces = observation.interfaces.map((one) => ({ ...one, name: evil, file: evil }));
        const [history] = observation.virtualRouters;
        expectTold({ ...observation, interfaces, virtualRouters: [{ ...history!, lan: evil }], notes: [evil] }, evil);
      }),
      { numRuns: 100 * TIMES },
    );
  });
});
