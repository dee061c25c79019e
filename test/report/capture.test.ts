import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/capture/event.ts';
import { readCaptureFile } from '../../src/capture/file.ts';
import { DIRECTION_OUT } from '../../src/capture/frame.ts';
import { createCaptureWriter } from '../../src/capture/pcapng-writer.ts';
import { annotateCapture, commentsOf } from '../../src/report/capture.ts';
import { lateResult } from './outcome.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-capture-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const EVENT: RunEvent = { kind: 'power-off', timeNs: 2_000_000_000, node: 'r1' };
const INTENT = {
  virtualRouters: [
    {
      router: 'r1',
      lan: 'lan',
      virtualRouterId: 51,
      version: 3 as const,
      family: 'ipv4' as const,
      addresses: ['192.0.2.101'],
    },
  ],
};

/** A capture of three frames, an event and an intent. */
async function writeCapture(path: string): Promise<void> {
  const pieces: Uint8Array[] = [];
  const writer = createCaptureWriter((piece) => pieces.push(piece), {
    origin: { unixNanoseconds: 1_700_000_000_000_000_000n },
  });
  writer.intent(INTENT);
  writer.addInterface({
    name: 'r1-eth0',
    linkType: 1,
    resolutionNanoseconds: 1,
    snapLength: 0,
    port: { node: 'r1', kind: 'router', lan: 'lan' },
  });
  for (let number = 1; number <= 3; number++) {
    const bytes = new Uint8Array(60).fill(number);
    writer.frame({
      timeNs: number * 1e9 + 123,
      interfaceIndex: 0,
      direction: DIRECTION_OUT,
      bytes,
      start: 0,
      end: 60,
      originalLength: 60,
      number,
    });
    if (number === 2) writer.event(EVENT);
  }
  writer.end();
  await writeFile(path, Buffer.concat(pieces));
}

describe('an annotated capture', () => {
  it('has everything that it had, and its comments', async () => {
    const path = join(folder, 'capture.pcapng');
    await writeCapture(path);
    await annotateCapture(path, new Map([[2, 'fail: too late']]));
    const seen: { timeNs: number; first: number; direction: number }[] = [];
    const end = await readCaptureFile(path, {
      origin() {},
      interface() {},
      frame: ({ timeNs, bytes, start, direction }) => seen.push({ timeNs, first: bytes[start]!, direction }),
    });
    expect(seen).toEqual([1, 2, 3].map((first) => ({ timeNs: first * 1e9 + 123, first, direction: DIRECTION_OUT })));
    expect(end).toMatchObject({ complete: true, annotations: { events: [EVENT], intent: INTENT, problems: [] } });
    expect(String(await readFile(path))).toContain('fail: too late');
    expect(end.interfaces[0]).toMatchObject({ name: 'r1-eth0', port: { node: 'r1', lan: 'lan' } });
  });

  it('is what the commands of a run are told of expectations that were not met', () => {
    expect(commentsOf(lateResult())).toEqual(
      new Map([
        [
          12,
          'fail: takeover of r2 after power-off r1: expected first advertisement 3.609 s after what last restarted the down timer; seen 4.9 s: late',
        ],
      ]),
    );
  });
});
