import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
const CAPTURED_LENGTH = 8;
const ORIGINAL_LENGTH = 12;

/** A frame of a recorded capture: `bytes[start, end)` of the whole file. */
export interface RecordedFrame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly originalLength: number;
}

const folder = fileURLToPath(new URL('../../captures/recorded/', import.meta.url));

/** The recorded captures: little-endian classic pcap files of Ethernet. */
export function recordedFiles(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .map((name) => folder + name);
}

/** The frames of a recorded capture. */
export function recordedFrames(file: string): RecordedFrame[] {
  const bytes = new Uint8Array(readFileSync(file));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const frames: RecordedFrame[] = [];
  let offset = FILE_HEADER_LENGTH;
  while (offset < bytes.length) {
    const start = offset + RECORD_HEADER_LENGTH;
    const end = start + view.getUint32(offset + CAPTURED_LENGTH, true);
    frames.push({ bytes, start, end, originalLength: view.getUint32(offset + ORIGINAL_LENGTH, true) });
    offset = end;
  }
  return frames;
}
