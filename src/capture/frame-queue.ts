import type { CaptureChunks } from './chunks.ts';
import type { CaptureEnd } from './end.ts';
import type { RunEvent } from './event.ts';
import type { CaptureInterface, Direction, FrameRecord, FrameSink } from './frame.ts';
import { createFrameIdentity } from './identity.ts';
import type { Intent } from './intent.ts';
import { createCaptureReader } from './reader.ts';
import type { CaptureLoss } from './reading.ts';
import type { TimeOrigin } from './time.ts';

/** A frame that waits for its turn; its octets are in the queue's arena. */
export interface QueuedFrame {
  timeNs: number;
  readonly interfaceIndex: number;
  readonly direction: Direction;
  readonly start: number;
  readonly end: number;
  readonly originalLength: number;
  readonly number: number;
  readonly identity: number;
  /** It is a copy of a frame that was delivered. */
  taken: boolean;
  /** What a run noted before this frame. */
  readonly events: readonly RunEvent[];
  /** What the capture says to have lost before it. */
  readonly losses: readonly CaptureLoss[];
}

/** The frames of one capture, one piece of the file at a time. */
export interface FrameQueue {
  readonly frames: QueuedFrame[];
  /** Position of the next frame that was not handed on. */
  next: number;
  readonly arena: () => Uint8Array;
  readonly origin: () => TimeOrigin | undefined;
  readonly interfaces: readonly CaptureInterface[];
  readonly intents: readonly Intent[];
  /** What a run noted behind its last frame; once the capture is over. */
  readonly remainingEvents: () => readonly RunEvent[];
  readonly remainingLosses: () => readonly CaptureLoss[];
  /** Reads on until there is a frame; false where the capture is over, whose end then tells how. */
  fill(): Promise<boolean>;
  readonly end: () => CaptureEnd | undefined;
}

const NO_EVENTS: readonly RunEvent[] = [];
const NO_LOSSES: readonly CaptureLoss[] = [];
/** Counts without a frame between them; further ones are left out. */
const LOSSES = 4096;

/**
 * Makes a queue over the octets of a capture. Times are of the capture's own origin; `onInterface` hears of each interface,
 * and `accessVlan` says the VLAN of its frames without tags, where that is known.
 */
export function createFrameQueue(
  chunks: CaptureChunks,
  onInterface: () => void,
  accessVlan: (interfaceIndex: number) => number | undefined,
): FrameQueue {
  const identity = createFrameIdentity();
  const frames: QueuedFrame[] = [];
  const interfaces: CaptureInterface[] = [];
  const intents: Intent[] = [];
  let events: RunEvent[] = [];
  let losses: CaptureLoss[] = [];
  let arena = new Uint8Array(1 << 16);
  let used = 0;
  let origin: TimeOrigin | undefined;
  let end: CaptureEnd | undefined;

  function keep({ bytes, start, end: stop }: FrameRecord): number {
    const length = stop - start;
    if (used + length > arena.length) {
      const larger = new Uint8Array(Math.max(2 * arena.length, used + length));
      larger.set(arena.subarray(0, used));
      arena = larger;
    }
    arena.set(bytes.subarray(start, stop), used);
    used += length;
    return used - length;
  }

  const sink: FrameSink = {
    origin(value) {
      origin = value;
    },
    interface(index, description) {
      interfaces[index] = description;
      onInterface();
    },
    frame(record) {
      const { interfaceIndex } = record;
      const start = keep(record);
      frames.push({
        timeNs: record.timeNs,
        interfaceIndex,
        direction: record.direction,
        start,
        end: used,
        originalLength: record.originalLength,
        number: record.number,
        identity: identity.of(record, interfaces[interfaceIndex]?.linkType ?? 1, accessVlan(interfaceIndex)),
        taken: false,
        events: events.length === 0 ? NO_EVENTS : events,
        losses: losses.length === 0 ? NO_LOSSES : losses,
      });
      if (events.length > 0) events = [];
      if (losses.length > 0) losses = [];
    },
  };
  const reader = createCaptureReader(sink, {
    annotations: {
      intent: (intent) => intents.push(intent),
      event: (event) => events.push(event),
      loss: (loss) => losses.length < LOSSES && losses.push(loss),
    },
  });

  function close(): void {
    const finished = reader.end();
    const failure = chunks.failure();
    chunks.close();
    if (failure === undefined) {
      end = finished;
      return;
    }
    const problem = finished.problem ?? { offset: 0, frame: finished.frames + 1, message: '' };
    const message = `the gzip archive is broken here (${failure})`;
    end = { ...finished, complete: false, problem: { ...problem, message } };
  }

  const queue: FrameQueue = {
    frames,
    next: 0,
    arena: () => arena,
    origin: () => origin,
    interfaces,
    intents,
    remainingEvents: () => events,
    remainingLosses: () => losses,
    end: () => end,
    async fill() {
      while (queue.next >= frames.length && end === undefined) {
        frames.length = 0;
        queue.next = 0;
        used = 0;
        const chunk = await chunks.next();
        if (chunk === undefined || reader.broken()) close();
        else reader.push(chunk);
      }
      return queue.next < frames.length;
    },
  };
  return queue;
}
