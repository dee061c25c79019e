import { readCaptureFile } from '../../src/capture/file.ts';
import type { CaptureInterface, FrameRecord, KeptFrame } from '../../src/capture/frame.ts';

/** A capture in memory, to be changed and judged again and again. */
export interface KeptCapture {
  readonly interfaces: readonly CaptureInterface[];
  readonly frames: readonly KeptFrame[];
}

/** Reads a capture whole. Rejects as `readCaptureFile` does. */
export async function keepCapture(path: string): Promise<KeptCapture> {
  const interfaces: CaptureInterface[] = [];
  const frames: KeptFrame[] = [];
  await readCaptureFile(path, {
    origin: () => {},
    interface: (index, description) => {
      interfaces[index] = description;
    },
    frame: ({ bytes, start, end, ...record }: FrameRecord) => {
      frames.push({ ...record, bytes: bytes.slice(start, end) });
    },
  });
  return { interfaces, frames };
}
