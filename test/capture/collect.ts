import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CaptureEnd } from '../../src/capture/end.ts';
import type { CaptureInterface, Direction, FrameSink } from '../../src/capture/frame.ts';
import { createCaptureReader } from '../../src/capture/reader.ts';
import type { CaptureReaderOptions } from '../../src/capture/reading.ts';

const recordedFolder = fileURLToPath(new URL('../../captures/recorded', import.meta.url));

/** The paths of all recorded captures. */
export const recordedCaptures = readdirSync(recordedFolder)
  .filter((name) => name.endsWith('.pcap'))
  .map((name) => join(recordedFolder, name));

/** A frame in a form that compares and prints well. */
export interface SeenFrame {
  readonly number: number;
  readonly unixNanoseconds: bigint;
  readonly timeNs: number;
  readonly interfaceIndex: number;
  readonly direction: Direction;
  readonly hex: string;
  readonly originalLength: number;
}

export interface Collected {
  origin: bigint | undefined;
  readonly interfaces: CaptureInterface[];
  readonly frames: SeenFrame[];
  readonly sink: FrameSink;
}

/** A sink that keeps all, and insists on the order that the contract promises. */
export function collector(): Collected {
  const collected: Collected = {
    origin: undefined,
    interfaces: [],
    frames: [],
    sink: {
      origin: ({ unixNanoseconds }) => {
        if (collected.origin !== undefined) throw new Error('the origin was told twice');
        collected.origin = unixNanoseconds;
      },
      interface: (index, description) => {
        if (collected.origin === undefined) throw new Error('an interface came before the origin');
        if (index !== collected.interfaces.length) throw new Error('an interface came out of turn');
        collected.interfaces.push(description);
      },
      frame: (record) => {
        if (collected.origin === undefined) throw new Error('a frame came before the origin');
        if (collected.interfaces[record.interfaceIndex] === undefined) throw new Error('a frame of no interface');
        collected.frames.push({
          number: record.number,
          unixNanoseconds: collected.origin + BigInt(record.timeNs),
          timeNs: record.timeNs,
          interfaceIndex: record.interfaceIndex,
          direction: record.direction,
          hex: Buffer.from(record.bytes.subarray(record.start, record.end)).toString('hex'),
          originalLength: record.originalLength,
        });
      },
    },
  };
  return collected;
}

/** Reads a capture that lies in memory, cut into pieces of the given lengths (the last is the rest). */
export function collect(
  capture: Uint8Array,
  pieces: readonly number[] = [],
  options: CaptureReaderOptions = {},
): Collected & { readonly end: CaptureEnd } {
  const collected = collector();
  const reader = createCaptureReader(collected.sink, options);
  let position = 0;
  for (const length of pieces) {
    // A copy that is wiped afterwards: a reader that keeps a view of it is found out.
    const piece = Uint8Array.from(capture.subarray(position, position + length));
    reader.push(piece);
    piece.fill(0xee);
    position += length;
  }
  reader.push(capture.subarray(position));
  return Object.assign(collected, { end: reader.end() });
}
