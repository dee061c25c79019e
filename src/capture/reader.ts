import type { CaptureEnd, CaptureFormat } from './end.ts';
import type { FrameSink } from './frame.ts';
import { createPcapParser, PCAP_MAGIC_MICROSECONDS, PCAP_MAGIC_NANOSECONDS } from './pcap.ts';
import { BLOCK_SECTION_HEADER } from './pcapng.ts';
import type { PcapngParser, PcapngSummary } from './pcapng-reader.ts';
import { createPcapngParser } from './pcapng-reader.ts';
import type { CaptureReaderOptions, FormatParser, Reading } from './reading.ts';
import { breakOff, createReading } from './reading.ts';

/** Reads a capture that arrives in pieces. Nothing that a capture contains makes it throw (a sink may). */
export interface CaptureReader {
  /** Takes the next octets, of any number; the frames in them are delivered before it returns. */
  push(chunk: Uint8Array): void;
  /** True once the capture is broken: whatever follows is ignored. */
  broken(): boolean;
  /** Says how the capture ended; the reader is done. */
  end(): CaptureEnd;
}

const MAGIC_LENGTH = 4;

/** What a format without such things has to say of them. */
const PLAIN_SUMMARY: PcapngSummary = {
  droppedFrames: undefined,
  framesWithoutTime: 0,
  annotations: { events: [], problems: [] },
};

/** Magics of files that people hand over instead, as big-endian numbers, and what to do about them. */
const FOREIGN_MAGICS: ReadonlyMap<number, string> = new Map([
  [0xa1b2cd34, "a modified pcap of Kuznetzov's libpcap patch: rewrite it with `editcap -F pcapng IN OUT`"],
  [0x34cdb2a1, "a modified pcap of Kuznetzov's libpcap patch: rewrite it with `editcap -F pcapng IN OUT`"],
  [0x736e6f6f, 'a snoop capture: rewrite it with `editcap -F pcapng IN OUT`'],
  [0xfd377a58, 'compressed with xz: unpack it with `xz -d`'],
  [0x28b52ffd, 'compressed with zstd: unpack it with `zstd -d`'],
  [0x04224d18, 'compressed with lz4: unpack it with `lz4 -d`'],
  [0x504b0304, 'a zip archive: unpack it with `unzip`'],
]);

function describeForeign(magic: number): string {
  if (magic >>> 16 === 0x1f8b) return 'compressed with gzip: unpack it with `gunzip`';
  if (magic >>> 8 === 0x425a68) return 'compressed with bzip2: unpack it with `bunzip2`';
  return FOREIGN_MAGICS.get(magic) ?? `it begins with 0x${magic.toString(16).padStart(8, '0')}`;
}

function isClassicMagic(magic: number): boolean {
  return magic === PCAP_MAGIC_MICROSECONDS || magic === PCAP_MAGIC_NANOSECONDS;
}

/**
 * Reads pcap (both byte orders, micro- and nanoseconds) and pcapng, which it tells apart by their first octets, and
 * hands each frame to the sink. What it keeps is bounded by the longest frame and the number of interfaces.
 */
export function createCaptureReader(sink: FrameSink, options: CaptureReaderOptions = {}): CaptureReader {
  const reading = createReading(sink, options);
  reading.needed = MAGIC_LENGTH;
  let format: CaptureFormat = 'unknown';
  let parser: FormatParser | undefined;
  let pcapng: PcapngParser | undefined;
  let pending = new Uint8Array(4096);
  let pendingLength = 0;
  /** The offset in the capture of the next octet that is parsed. */
  let offset = 0;

  function detect(view: DataView, start: number): FormatParser | undefined {
    const big = view.getUint32(start, false);
    const little = view.getUint32(start, true);
    if (isClassicMagic(big) || isClassicMagic(little)) {
      format = 'pcap';
      return createPcapParser(reading, isClassicMagic(little), isClassicMagic(little) ? little : big);
    }
    if (big === BLOCK_SECTION_HEADER) {
      format = 'pcapng';
      pcapng = createPcapngParser(reading);
      return pcapng;
    }
    breakOff(reading, start, `this is neither pcap nor pcapng: ${describeForeign(big)}`);
    return undefined;
  }

  /** Parses `bytes[start, end)` and returns where it stopped. */
  function parse(bytes: Uint8Array, start: number, end: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    reading.baseOffset = offset - start;
    if (parser === undefined) {
      if (end - start < MAGIC_LENGTH) return start;
      parser = detect(view, start);
    }
    const stopped = parser === undefined ? start : parser.parse(view, bytes, start, end);
    offset += stopped - start;
    return stopped;
  }

  /** Keeps octets until their frame is whole; grows with what has arrived, never with what a length field claims. */
  function keep(bytes: Uint8Array): void {
    if (pendingLength + bytes.length > pending.length) {
      const larger = new Uint8Array(Math.max(2 * pending.length, pendingLength + bytes.length));
      larger.set(pending.subarray(0, pendingLength));
      pending = larger;
    }
    pending.set(bytes, pendingLength);
    pendingLength += bytes.length;
  }

  /** Completes what is pending with the chunk's first octets; returns how many of them that took. */
  function completePending(chunk: Uint8Array): number {
    let position = 0;
    while (pendingLength > 0 && position < chunk.length && reading.problem === undefined) {
      const taken = Math.min(reading.needed - pendingLength, chunk.length - position);
      keep(chunk.subarray(position, position + taken));
      position += taken;
      if (pendingLength < reading.needed) break;
      const stopped = parse(pending, 0, pendingLength);
      pending.copyWithin(0, stopped, pendingLength);
      pendingLength -= stopped;
    }
    return position;
  }

  function push(chunk: Uint8Array): void {
    let position = completePending(chunk);
    while (position < chunk.length && reading.problem === undefined) {
      if (reading.skip > 0) {
        const skipped = Math.min(reading.skip, chunk.length - position);
        reading.skip -= skipped;
        offset += skipped;
        position += skipped;
        continue;
      }
      position = parse(chunk, position, chunk.length);
      if (reading.skip === 0 && reading.problem === undefined) {
        keep(chunk.subarray(position));
        return;
      }
    }
  }

  function end(): CaptureEnd {
    reading.baseOffset = offset;
    if (reading.problem === undefined) breakOffAtEnd(reading, parser, pendingLength);
    const { frames, interfaces, problem } = reading;
    const { droppedFrames, framesWithoutTime, annotations } = pcapng?.summary() ?? PLAIN_SUMMARY;
    return {
      frames,
      format,
      compression: 'none',
      interfaces,
      complete: problem === undefined,
      ...(problem === undefined ? {} : { problem }),
      ...(droppedFrames === undefined ? {} : { droppedFrames }),
      framesWithoutTime,
      annotations,
    };
  }

  return { push, broken: () => reading.problem !== undefined, end };
}

function breakOffAtEnd(reading: Reading, parser: FormatParser | undefined, pendingLength: number): void {
  if (parser === undefined) {
    const message = pendingLength === 0 ? 'the capture is empty' : 'the capture ends inside its first four octets';
    breakOff(reading, 0, message);
    return;
  }
  const message = parser.interrupted(pendingLength);
  if (message !== undefined) breakOff(reading, 0, message, parser.blockNumber());
}
