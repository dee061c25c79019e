import type { RunEvent } from '../../capture/event.ts';
import type { Direction } from '../../capture/frame.ts';
import type { Nanoseconds } from '../../capture/time.ts';

// A batch of captured frames as it crosses the channel, inside one length-prefixed message. Little-endian:
//   octet 0   kind: frames, events, or the end of a set
//   1..4      the set
//   5..12     frames: everything of this set up to this time has been sent (double, ns); end: frames lost (double)
//   13..      events: JSON; frames, each: time (double), port (2), direction (1), 0, original length (4), kept length (4), bytes

const KIND_FRAMES = 0;
const KIND_END = 1;
const KIND_EVENTS = 2;
const HEADER_OCTETS = 13;
const FRAME_HEADER_OCTETS = 20;

/** One frame of a batch; the bytes are a view of the message. */
export interface BatchFrame {
  readonly timeNs: Nanoseconds;
  readonly port: number;
  readonly direction: Direction;
  readonly originalLength: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What a message on the frames' channel says. */
export type Batch =
  | { readonly kind: 'frames'; readonly set: number; readonly watermarkNs: Nanoseconds; readonly frames: BatchFrame[] }
  | { readonly kind: 'events'; readonly set: number; readonly events: readonly RunEvent[] }
  | { readonly kind: 'end'; readonly set: number; readonly droppedFrames: number };

/**
 * Reads one message of the frames' channel.
 * @throws RangeError where it is cut: the two sides are not of one build
 */
export function readBatch(message: Buffer): Batch {
  const set = message.readUInt32LE(1);
  const value = message.readDoubleLE(5);
  if (message[0] === KIND_END) return { kind: 'end', set, droppedFrames: value };
  if (message[0] === KIND_EVENTS) {
    return { kind: 'events', set, events: JSON.parse(message.toString('utf8', HEADER_OCTETS)) as RunEvent[] };
  }
  const frames: BatchFrame[] = [];
  // A plain array: Buffer's slice does not copy, and those who keep frames expect that it does.
  const bytes = new Uint8Array(message.buffer, message.byteOffset, message.length);
  for (let offset = HEADER_OCTETS; offset < message.length; ) {
    const start = offset + FRAME_HEADER_OCTETS;
    const end = start + message.readUInt32LE(offset + 16);
    frames.push({
      timeNs: message.readDoubleLE(offset),
      port: message.readUInt16LE(offset + 8),
      direction: message[offset + 10] as Direction,
      originalLength: message.readUInt32LE(offset + 12),
      bytes,
      start,
      end,
    });
    offset = end;
  }
  return { kind: 'frames', set, watermarkNs: value, frames };
}

/** A message that says that a set's capture has ended. */
export function endMessage(set: number, droppedFrames: number): Buffer {
  const message = Buffer.alloc(4 + HEADER_OCTETS);
  message.writeUInt32BE(HEADER_OCTETS, 0);
  message[4] = KIND_END;
  message.writeUInt32LE(set, 5);
  message.writeDoubleLE(droppedFrames, 9);
  return message;
}

/** A message with events that whoever captures has seen; it goes before the frames that came after them. */
export function eventsMessage(set: number, events: readonly RunEvent[]): Buffer {
  const body = Buffer.from(JSON.stringify(events), 'utf8');
  const message = Buffer.alloc(4 + HEADER_OCTETS + body.length);
  message.writeUInt32BE(HEADER_OCTETS + body.length, 0);
  message[4] = KIND_EVENTS;
  message.writeUInt32LE(set, 5);
  message.set(body, 4 + HEADER_OCTETS);
  return message;
}

/** Collects one set's frames into a message, length included, in a buffer that grows and is used again. */
export interface BatchWriter {
  /** Octets collected so far, headers included. */
  readonly length: number;
  add(
    timeNs: Nanoseconds,
    port: number,
    direction: Direction,
    originalLength: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
  /** Writes the finished message to `target` at `offset`, and begins the next one; returns the offset behind it. */
  finish(watermarkNs: Nanoseconds, target: Buffer, offset: number): number;
}

/** A writer for the frames of one set. */
export function createBatchWriter(set: number): BatchWriter {
  const first = 4 + HEADER_OCTETS;
  let buffer = Buffer.allocUnsafe(16 * 1024);
  let length = first;
  return {
    get length() {
      return length;
    },
    add(timeNs, port, direction, originalLength, bytes, start, end) {
      const kept = end - start;
      const needed = length + FRAME_HEADER_OCTETS + kept;
      if (needed > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.max(needed, buffer.length * 2));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.writeDoubleLE(timeNs, length);
      buffer.writeUInt16LE(port, length + 8);
      buffer[length + 10] = direction;
      buffer[length + 11] = 0;
      buffer.writeUInt32LE(originalLength, length + 12);
      buffer.writeUInt32LE(kept, length + 16);
      const at = length + FRAME_HEADER_OCTETS;
      for (let index = 0; index < kept; index += 1) buffer[at + index] = bytes[start + index]!;
      length = needed;
    },
    finish(watermarkNs, target, offset) {
      buffer.writeUInt32BE(length - 4, 0);
      buffer[4] = KIND_FRAMES;
      buffer.writeUInt32LE(set, 5);
      buffer.writeDoubleLE(watermarkNs, 9);
      buffer.copy(target, offset, 0, length);
      const end = offset + length;
      length = first;
      return end;
    },
  };
}
