import { openChunks } from './chunks.ts';
import type { CaptureEnd } from './end.ts';
import type { RunEvent } from './event.ts';
import type { FramePlace, FrameSink } from './frame.ts';
import { createFrameRecord } from './frame.ts';
import { createFrameQueue, type FrameQueue, type QueuedFrame } from './frame-queue.ts';
import type { CaptureLoss, CaptureReaderOptions } from './reading.ts';
import type { SharedLan } from './shared-lans.ts';
import type { CaptureSpan } from './survey.ts';
import type { TimeOrigin } from './time.ts';

/** One of several captures that are read as one. */
export interface MergeInput {
  readonly file: string;
  /** Its time by the clock that all shall have. Times are nanoseconds since the capture's own origin. */
  readonly adjust?: (timeNs: number) => number;
  /** The LAN of each of its interfaces, where that is known. */
  readonly lans?: readonly SharedLan[];
  /** From when to when it goes, where that is known: of two that follow each other neither saw what the other one has. */
  readonly span?: CaptureSpan;
}

export interface MergeOptions extends CaptureReaderOptions {
  /** Sightings of the same octets in different files within this time are one frame. */
  readonly copyWithinNs: number;
}

/** All files together hold about so many octets in memory. */
const MEMORY = 32 << 20;
const PIECE_LENGTHS = { least: 1 << 14, most: 1 << 20 };

interface Source {
  readonly input: MergeInput;
  readonly queue: FrameQueue;
  /** From the file's own origin to that of the session. */
  shiftNs: number;
  /** The session's interface for each of the file's. */
  readonly interfaces: number[];
}

/**
 * Reads captures as one, in the order of time. Interfaces of all files are numbered through, and each tells its file; frames
 * keep the number that they have in their own file. A frame that several files saw is handed on once, with its places.
 * Returns how each file ended, in order. Throws a CaptureFileError where one cannot be read.
 */
export async function readMerged(
  inputs: readonly MergeInput[],
  sink: FrameSink,
  options: MergeOptions,
): Promise<readonly CaptureEnd[]> {
  const share = Math.floor(MEMORY / Math.max(1, inputs.length));
  const pieceLength = Math.max(PIECE_LENGTHS.least, Math.min(PIECE_LENGTHS.most, share));
  const sources: Source[] = [];
  let interfaceCount = 0;
  let origin: TimeOrigin | undefined;

  function announce(source: Source): void {
    if (origin === undefined) return;
    const { input, queue, interfaces } = source;
    for (let index = interfaces.length; index < queue.interfaces.length; index++) {
      const description = queue.interfaces[index]!;
      const lan = input.lans?.[index]?.name;
      interfaces.push(interfaceCount);
      sink.interface(interfaceCount, { ...description, file: input.file, ...(lan === undefined ? {} : { lan }) });
      interfaceCount++;
    }
  }

  for (const input of inputs) {
    const chunks = await openChunks(input.file, pieceLength);
    const source: Source = {
      input,
      queue: createFrameQueue(
        chunks,
        () => announce(source),
        (index) => input.lans?.[index]?.accessVlan,
      ),
      shiftNs: 0,
      interfaces: [],
    };
    sources.push(source);
  }
  for (const { queue } of sources) await queue.fill();
  origin = options.origin ?? earliest(sources);
  sink.origin(origin);
  for (const source of sources) begin(source, origin);
  const virtualRouters = sources.flatMap(({ queue }) => queue.intents.flatMap((intent) => intent.virtualRouters));
  if (virtualRouters.length > 0) options.annotations?.intent({ virtualRouters });
  await deliver(sources, sink, options);
  for (const source of sources) {
    tellEvents(source, source.queue.remainingEvents(), options);
    tellLosses(source, source.queue.remainingLosses(), options);
  }
  return sources.map(({ queue }) => queue.end()!);

  function begin(source: Source, session: TimeOrigin): void {
    const own = source.queue.origin();
    if (own !== undefined) source.shiftNs = Number(own.unixNanoseconds - session.unixNanoseconds);
    announce(source);
    adjustFrom(source);
  }
}

function earliest(sources: readonly Source[]): TimeOrigin {
  const known = sources.flatMap(({ queue }) => queue.origin() ?? []);
  return known.reduce((one, other) => (other.unixNanoseconds < one.unixNanoseconds ? other : one), {
    unixNanoseconds: known[0]?.unixNanoseconds ?? 0n,
  });
}

/** Brings the frames that were just read to the session's time. */
function adjustFrom({ input, queue, shiftNs }: Source): void {
  for (let index = queue.next; index < queue.frames.length; index++) {
    const frame = queue.frames[index]!;
    frame.timeNs = (input.adjust === undefined ? frame.timeNs : input.adjust(frame.timeNs)) + shiftNs;
  }
}

async function deliver(sources: readonly Source[], sink: FrameSink, options: MergeOptions): Promise<void> {
  const record = createFrameRecord();
  for (;;) {
    const source = next(sources);
    if (source === undefined) return;
    const { queue, interfaces } = source;
    const frame = queue.frames[queue.next++]!;
    tellEvents(source, frame.events, options);
    tellLosses(source, frame.losses, options);
    if (!frame.taken) {
      record.timeNs = frame.timeNs;
      record.interfaceIndex = interfaces[frame.interfaceIndex] ?? 0;
      record.direction = frame.direction;
      record.bytes = queue.arena();
      record.start = frame.start;
      record.end = frame.end;
      record.originalLength = frame.originalLength;
      record.number = frame.number;
      record.places = frame.identity === 0 ? undefined : takeCopies(sources, source, frame, options.copyWithinNs);
      sink.frame(record);
    }
    if (queue.next >= queue.frames.length && (await queue.fill())) adjustFrom(source);
  }
}

function tellEvents({ input, shiftNs }: Source, events: readonly RunEvent[], options: MergeOptions): void {
  for (const event of events) {
    const timeNs = (input.adjust === undefined ? event.timeNs : input.adjust(event.timeNs)) + shiftNs;
    options.annotations?.event({ ...event, timeNs });
  }
}

function tellLosses({ interfaces }: Source, losses: readonly CaptureLoss[], options: MergeOptions): void {
  for (const loss of losses) {
    options.annotations?.loss?.({ ...loss, interfaceIndex: interfaces[loss.interfaceIndex] ?? 0 });
  }
}

function next(sources: readonly Source[]): Source | undefined {
  let first: Source | undefined;
  let firstNs = Number.POSITIVE_INFINITY;
  for (const source of sources) {
    const { queue } = source;
    const frame = queue.frames[queue.next];
    if (frame === undefined || frame.timeNs >= firstNs) continue;
    first = source;
    firstNs = frame.timeNs;
  }
  return first;
}

/** Whether there is a time at which both were captured, or nobody knows. */
function atOnce(one: Source, other: Source): boolean {
  const [first, second] = [sessionSpan(one), sessionSpan(other)];
  return first === undefined || second === undefined || (first.fromNs < second.toNs && second.fromNs < first.toNs);
}

function sessionSpan({ input: { span, adjust }, shiftNs }: Source): CaptureSpan | undefined {
  if (span === undefined) return undefined;
  const moved = (timeNs: number) => (adjust === undefined ? timeNs : adjust(timeNs)) + shiftNs;
  return { fromNs: moved(span.fromNs), toNs: moved(span.toNs) };
}

/** The same frame in other files, at most one of each; those are not handed on. */
function takeCopies(
  sources: readonly Source[],
  own: Source,
  frame: QueuedFrame,
  withinNs: number,
): readonly FramePlace[] | undefined {
  let places: FramePlace[] | undefined;
  for (const source of sources) {
    if (source === own || !atOnce(own, source)) continue;
    const { frames, next: from } = source.queue;
    for (let index = from; index < frames.length; index++) {
      const other = frames[index]!;
      if (other.timeNs - frame.timeNs > withinNs) break;
      if (other.taken || other.identity !== frame.identity) continue;
      other.taken = true;
      places ??= [];
      places.push({ interfaceIndex: source.interfaces[other.interfaceIndex] ?? 0, number: other.number });
      break;
    }
  }
  return places;
}
