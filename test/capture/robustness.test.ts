import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCaptureWriter } from '../../src/capture/pcapng-writer.ts';
import { octets, pcap, pcapng } from './build.ts';
import type { Collected } from './collect.ts';
import { collect, recordedCaptures } from './collect.ts';

const make = pcapng({ littleEndian: false });
const moment = 1_795_337_858_123_456n;

/** Small captures that hold something of everything. */
const captures: readonly (readonly [name: string, capture: Buffer])[] = [
  [
    'pcap',
    pcap({ littleEndian: true }, [
      { seconds: 1, fraction: 2, bytes: octets(60) },
      { seconds: 2, fraction: 3, bytes: octets(0) },
      { seconds: 3, fraction: 4, bytes: octets(7, 3) },
    ]),
  ],
  [
    'pcapng',
    Buffer.concat([
      make.section([[4, Buffer.from('by hand')]]),
      make.interface([[2, Buffer.from('eth0')]]),
      make.enhanced(0, moment, octets(61), [[2, make.u32(1)]]),
      make.block(0x77, octets(20)),
      make.custom(0x0bad, 1, 'somebody else'),
      make.obsolete(0, moment + 1n, octets(9)),
      pcapng({ littleEndian: true }).section(),
      pcapng({ littleEndian: true }).interface(),
      pcapng({ littleEndian: true }).enhanced(0, moment + 2n, octets(3)),
      pcapng({ littleEndian: true }).simple(octets(5)),
      pcapng({ littleEndian: true }).statistics(0, [[5, octets(8)]]),
    ]),
  ],
  ['pcapng of a run', runCapture()],
];

function runCapture(): Buffer {
  const pieces: Uint8Array[] = [];
  const writer = createCaptureWriter((piece) => pieces.push(piece), {
    origin: { unixNanoseconds: 1_795_337_858_000_000_000n },
    application: 'vrrpbench',
  });
  const port = { node: 'r1', kind: 'router', lan: 'a' } as const;
  writer.addInterface({ name: 'r1.a', linkType: 1, snapLength: 0, resolutionNanoseconds: 1, port });
  writer.intent({
    virtualRouters: [{ router: 'r1', lan: 'a', virtualRouterId: 51, version: 3, family: 'ipv4', addresses: [] }],
  });
  writer.frame({
    timeNs: 7,
    interfaceIndex: 0,
    direction: 2,
    bytes: octets(20),
    start: 3,
    end: 17,
    originalLength: 14,
    number: 1,
  });
  writer.event({ kind: 'router-killed', timeNs: 8, router: 'r1' });
  writer.end();
  return Buffer.concat(pieces);
}

function withoutSink({ origin, interfaces, frames }: Collected): unknown {
  return { origin, interfaces, frames };
}

describe.each(captures)('a capture (%s)', (_, capture) => {
  const whole = collect(capture);

  it('is sound', () => {
    expect(whole.end).toMatchObject({ complete: true, frames: whole.frames.length });
    expect(whole.frames.length).toBeGreaterThan(0);
  });

  it('that arrives in two pieces, cut anywhere, gives the same', () => {
    for (let cut = 0; cut <= capture.length; cut++) {
      const halves = collect(capture, [cut]);
      expect(withoutSink(halves)).toEqual(withoutSink(whole));
      expect(halves.end).toEqual(whole.end);
    }
  });

  it('that arrives octet by octet gives the same', () => {
    const crumbs = collect(
      capture,
      Array.from(capture, () => 1),
    );
    expect(withoutSink(crumbs)).toEqual(withoutSink(whole));
    expect(crumbs.end).toEqual(whole.end);
  });

  it('that arrives in any pieces gives the same', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 30 }), (pieces) => {
        const split = collect(capture, pieces);
        expect(withoutSink(split)).toEqual(withoutSink(whole));
        expect(split.end).toEqual(whole.end);
      }),
    );
  });

  it('that is truncated anywhere gives the frames before, and says where it broke', () => {
    let soundCuts = 0;
    for (let length = 0; length < capture.length; length++) {
      const { frames, end } = collect(capture.subarray(0, length));
      expect(frames).toEqual(whole.frames.slice(0, frames.length));
      if (end.problem === undefined) {
        soundCuts++;
        continue;
      }
      expect(end.complete).toBe(false);
      expect(end.problem.offset).toBeLessThanOrEqual(length);
      expect(end.problem.message).toMatch(/ends inside|is empty/);
    }
    // Cuts between two frames or blocks cannot be seen; all others are.
    expect(soundCuts).toBeLessThanOrEqual(12);
    expect(soundCuts).toBeGreaterThan(1);
  });

  it('that is damaged anywhere neither throws nor hangs, and breaks alike however it arrives', () => {
    const damage = fc.record({
      offset: fc.integer({ min: 0, max: capture.length - 1 }),
      value: fc.constantFrom(0, 1, 2, 3, 4, 6, 0x0a, 0x20, 0x7f, 0x80, 0xff),
    });
    fc.assert(
      fc.property(
        fc.array(damage, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 64 }),
        (damages, size) => {
          const damaged = Buffer.from(capture);
          for (const { offset, value } of damages) damaged[offset] = value;
          const once = collect(damaged);
          const pieces = collect(
            damaged,
            Array.from({ length: Math.ceil(damaged.length / size) }, () => size),
          );
          expect(withoutSink(pieces)).toEqual(withoutSink(once));
          expect(pieces.end).toEqual(once.end);
          expect(once.end.complete).toBe(once.end.problem === undefined);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('octets without meaning', () => {
  it('neither throw nor hang, behind the magic of any format', () => {
    const magics = ['', 'd4c3b2a1', 'a1b2c3d4', '4d3cb2a1', '0a0d0d0a1c0000004d3c2b1a', '0a0d0d0a0000001c1a2b3c4d'];
    fc.assert(
      fc.property(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 400 }), (magic, noise) => {
        const { end, frames } = collect(Buffer.concat([Buffer.from(magic, 'hex'), noise]));
        expect(end.frames).toBe(frames.length);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what a broken length field claims', () => {
  it('is never set aside in memory', () => {
    const claim = Buffer.concat([make.section(), make.interface(), make.u32(6, 1 << 20, 0)]);
    const before = process.memoryUsage().arrayBuffers;
    const ends = Array.from({ length: 200 }, () => collect(claim).end);
    expect(ends.every(({ complete }) => !complete)).toBe(true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 << 20);
  });
});

describe('recorded captures', () => {
  it.each(recordedCaptures.map((path) => [basename(path), path]))('%s is whole, however it arrives', (_, path) => {
    const capture = readFileSync(path);
    const whole = collect(capture);
    expect(whole.end).toMatchObject({ format: 'pcap', complete: true });
    const pieces = Array.from({ length: Math.ceil(capture.length / 997) }, () => 997);
    expect(withoutSink(collect(capture, pieces))).toEqual(withoutSink(whole));
  });
});
