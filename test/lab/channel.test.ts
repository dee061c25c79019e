import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIRECTION_IN, DIRECTION_OUT } from '../../src/capture/frame.ts';
import { createBatchWriter, endMessage, readBatch } from '../../src/lab/channel/frame-batch.ts';
import { createMessageReader, LENGTH_OCTETS, packJson, packMessage } from '../../src/lab/channel/message.ts';

const octets = fc.uint8Array({ maxLength: 300 });

describe('messages on the channel', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(octets, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 50 })), (bodies, cuts) => {
        const stream = Buffer.concat(bodies.map((body) => packMessage(body)));
        const received: Buffer[] = [];
        const read = createMessageReader((body) => received.push(Buffer.from(body)));
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          if (at < stream.length) read(stream.subarray(at, at + cut));
          at += cut;
        }
        expect(received.map((body) => [...body])).toEqual(bodies.map((body) => [...body]));
      }),
    );
  });

  it('a length that none of ours has is refused, instead of waited for', () => {
    const read = createMessageReader(() => {});
    expect(() => read(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow('out of step');
  });

  it('JSON is packed with its length in octets, not characters', () => {
    const packed = packJson('ü');
    expect(packed.readUInt32BE(0)).toBe(packed.length - LENGTH_OCTETS);
    expect(packed.length).toBe(LENGTH_OCTETS + 4);
  });
});

describe('batches of frames', () => {
  function finish(writer: ReturnType<typeof createBatchWriter>, watermarkNs: number) {
    const buffer = Buffer.alloc(writer.length);
    expect(writer.finish(watermarkNs, buffer, 0)).toBe(buffer.length);
    expect(buffer.readUInt32BE(0)).toBe(buffer.length - LENGTH_OCTETS);
    return readBatch(buffer.subarray(LENGTH_OCTETS));
  }

  it('keep time, port, direction, lengths and bytes of each frame', () => {
    const frame = fc.record({
      timeNs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      port: fc.integer({ min: 0, max: 65_535 }),
      direction: fc.constantFrom(DIRECTION_IN, DIRECTION_OUT),
      cut: fc.integer({ min: 0, max: 5_000 }),
      bytes: fc.uint8Array({ maxLength: 3_000 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
        const writer = createBatchWriter(7);
        for (const { timeNs, port, direction, cut, bytes } of frames) {
          writer.add(timeNs, port, direction, bytes.length + cut, bytes, 0, bytes.length);
        }
        const batch = finish(writer, 123.5);
        if (batch.kind !== 'frames') throw new Error('not a batch of frames');
        expect(batch).toMatchObject({ set: 7, watermarkNs: 123.5 });
        expect(
          batch.frames.map(({ bytes, start, end, ...rest }) => ({ ...rest, bytes: [...bytes.subarray(start, end)] })),
        ).toEqual(
          frames.map(({ timeNs, port, direction, cut, bytes }) => ({
            timeNs,
            port,
            direction,
            originalLength: bytes.length + cut,
            bytes: [...bytes],
          })),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('a writer begins anew after each batch', () => {
    const writer = createBatchWriter(1);
    writer.add(1, 0, DIRECTION_IN, 3, Uint8Array.of(1, 2, 3), 0, 3);
    finish(writer, 1);
    expect(finish(writer, 2)).toEqual({ kind: 'frames', set: 1, watermarkNs: 2, frames: [] });
  });

  it('the end of a set tells what was lost', () => {
    expect(readBatch(endMessage(3, 17).subarray(LENGTH_OCTETS))).toEqual({ kind: 'end', set: 3, droppedFrames: 17 });
  });
});
