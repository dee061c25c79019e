import type { CaptureProblem } from './end.ts';
import type { RunEvent } from './event.ts';
import type { CaptureInterface, FrameRecord, FrameSink } from './frame.ts';
import { createFrameRecord } from './frame.ts';
import type { Intent } from './intent.ts';
import type { Nanoseconds, TimeOrigin } from './time.ts';

/** Receives a run's annotations in the order of the file, so that intent is known before the frames it is about. */
export interface AnnotationSink {
  intent(intent: Intent): void;
  event(event: RunEvent): void;
  /** Lost frames, where the format counts them. */
  loss?(loss: CaptureLoss): void;
}

/**
 * Frames that a capture says it has lost: just before the next frame of the interface, since it was last asked, or
 * between two times.
 */
export type CaptureLoss = {
  readonly interfaceIndex: number;
  readonly frames: number;
} & (
  | { readonly when: 'before-next-frame' | 'since-last-count' }
  | { readonly when: 'between'; readonly fromNs: Nanoseconds; readonly toNs: Nanoseconds }
);

export interface CaptureReaderOptions {
  /**
   * Imposes the origin of the session's time, where several captures are read as one. Without it the origin is the one
   * that a run wrote into its capture, or the time of the first frame, floored to a second.
   */
  readonly origin?: TimeOrigin;
  readonly annotations?: AnnotationSink;
}

/** Frames longer than this are taken for a corrupt length: the limit of libpcap and Wireshark. */
export const FRAME_LENGTH_LIMIT = 262_144;
/** Interfaces of one capture, all sections together. */
export const INTERFACE_LIMIT = 65_536;

/** What the reader of either format keeps while it reads. */
export interface Reading {
  readonly sink: FrameSink;
  readonly options: CaptureReaderOptions;
  readonly record: FrameRecord;
  readonly interfaces: CaptureInterface[];
  /** Frames delivered. */
  frames: number;
  /** Blocks that are no frames and that Wireshark gives a number all the same. */
  numberedBlocks: number;
  /** The offset in the capture of index 0 of the buffer that is being parsed. */
  baseOffset: number;
  originUnixNanoseconds: bigint | undefined;
  problem: CaptureProblem | undefined;
  /** Octets that the parser does not want to see. */
  skip: number;
  /** Octets that the parser must have in one piece to go on. */
  needed: number;
}

/** One capture format. */
export interface FormatParser {
  /** Delivers what is whole in `bytes[start, end)` and returns where it stopped; `reading.needed` says what it lacks. */
  parse(view: DataView, bytes: Uint8Array, start: number, end: number): number;
  /** Says in words what was being read when the capture ended with `present` octets of it, or nothing if none was. */
  interrupted(present: number): string | undefined;
  /** The block's number, where the format has blocks. */
  blockNumber(): number | undefined;
}

export function createReading(sink: FrameSink, options: CaptureReaderOptions): Reading {
  const record = createFrameRecord();
  return {
    sink,
    options,
    record,
    interfaces: [],
    frames: 0,
    numberedBlocks: 0,
    baseOffset: 0,
    originUnixNanoseconds: undefined,
    problem: undefined,
    skip: 0,
    needed: 0,
  };
}

/** Fixes the origin of the session's time, once, and announces the interfaces that have waited for it. */
export function establishOrigin(reading: Reading, unixNanoseconds: bigint): bigint {
  if (reading.originUnixNanoseconds === undefined) {
    const origin = reading.options.origin ?? { unixNanoseconds };
    reading.originUnixNanoseconds = origin.unixNanoseconds;
    reading.sink.origin(origin);
    for (const [index, description] of reading.interfaces.entries()) reading.sink.interface(index, description);
  }
  return reading.originUnixNanoseconds;
}

/** Adds an interface and announces it as soon as the origin is known. */
export function announceInterface(reading: Reading, description: CaptureInterface): number {
  const index = reading.interfaces.push(description) - 1;
  if (reading.originUnixNanoseconds !== undefined) reading.sink.interface(index, description);
  return index;
}

/** Ends the reading where the buffer's index `position` is; what comes behind is not looked at. */
export function breakOff(reading: Reading, position: number, message: string, block?: number): void {
  reading.problem = {
    offset: reading.baseOffset + position,
    frame: reading.frames + reading.numberedBlocks + 1,
    ...(block === undefined ? {} : { block }),
    message,
  };
}

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** Rounds towards the past, also before 1970. */
export function floorToSecond(unixNanoseconds: bigint): bigint {
  const fraction = unixNanoseconds % NANOSECONDS_PER_SECOND;
  return unixNanoseconds - (fraction < 0n ? fraction + NANOSECONDS_PER_SECOND : fraction);
}
