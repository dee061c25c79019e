import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCaptureFile } from '../src/capture/file.ts';
import type { FrameRecord, FrameSink } from '../src/capture/frame.ts';
import type { CaptureWriter } from '../src/capture/pcapng-writer.ts';
import { createCaptureWriter } from '../src/capture/pcapng-writer.ts';
import { writeBenchCapture } from './captures.ts';
import type { BenchResult } from './result.ts';
import { median } from './result.ts';

const ADVERTISEMENTS = 1_000_000;
const RUNS = 7;

/** Seconds of the file system alone: the file read through one buffer. */
function readBare(path: string): number {
  const begin = process.hrtime.bigint();
  const descriptor = openSync(path, 'r');
  const buffer = new Uint8Array(1 << 20);
  while (readSync(descriptor, buffer) > 0);
  closeSync(descriptor);
  return Number(process.hrtime.bigint() - begin) / 1e9;
}

/** Seconds to hand every frame to a sink that looks at its time and its last octet. */
async function readFrames(path: string, count: number): Promise<number> {
  let sum = 0;
  const sink: FrameSink = {
    origin() {},
    interface() {},
    frame: ({ timeNs, bytes, end }: FrameRecord) => {
      sum += timeNs + bytes[end - 1]!;
    },
  };
  const begin = process.hrtime.bigint();
  const { frames } = await readCaptureFile(path, sink);
  if (frames !== count || sum === 0) throw new Error(`${path}: ${frames} frames were read`);
  return Number(process.hrtime.bigint() - begin) / 1e9;
}

/** Writes the frames of a capture again, as pcapng with directions. */
async function rewrite(from: string, to: string): Promise<void> {
  const descriptor = openSync(to, 'w');
  let writer: CaptureWriter | undefined;
  await readCaptureFile(from, {
    origin: (origin) => {
      writer = createCaptureWriter((piece) => writeSync(descriptor, piece), { origin });
    },
    interface: (_, description) => writer?.addInterface(description),
    frame: (record) => {
      record.direction = 1;
      writer?.frame(record);
    },
  });
  writer?.end();
  closeSync(descriptor);
}

async function measure(name: string, path: string, count: number): Promise<BenchResult> {
  const over: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const alone = readBare(path);
    bare.push(alone);
    over.push((await readFrames(path, count)) - alone);
  }
  const perFrame = median(over) * (1e9 / count);
  return {
    name: `reading ${count.toLocaleString('en')} frames of ${name}, over the file's own reading`,
    value: perFrame,
    unit: 'ns/frame',
    aim: { comparison: 'at most', value: 100 },
    details: `the file alone ${((median(bare) * 1e9) / count).toFixed(1)} ns/frame; medians of ${RUNS} runs`,
  };
}

/** What the capture reader costs per frame. */
export async function captureReader(): Promise<readonly BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-bench-'));
  try {
    const pcap = join(folder, 'bench.pcap');
    const pcapng = join(folder, 'bench.pcapng');
    const { frames } = writeBenchCapture(pcap, ADVERTISEMENTS);
    const begin = process.hrtime.bigint();
    await rewrite(pcap, pcapng);
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    return [
      await measure('pcap', pcap, frames),
      await measure('pcapng', pcapng, frames),
      { name: 'rewriting them as pcapng, reading and writing', value: seconds * (1e9 / frames), unit: 'ns/frame' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
