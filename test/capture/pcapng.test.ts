import { describe, expect, it } from 'vitest';
import { DIRECTION_IN, DIRECTION_OUT, DIRECTION_UNKNOWN } from '../../src/capture/frame.ts';
import type { Option } from './build.ts';
import { byteOrders, octets, pcapng } from './build.ts';
import { collect } from './collect.ts';

/** 2026-11-22T08:57:38.123456789Z in nanoseconds. */
const moment = 1_795_337_858_123_456_789n;
const nanoseconds: Option = [9, Uint8Array.of(9)];
const text = (code: number, value: string): Option => [code, Buffer.from(value)];

describe.each(byteOrders)('a $name pcapng', (order) => {
  const make = pcapng(order);

  it('gives the frames of every packet block, with interface, time and direction', () => {
    const flags = (value: number): Option => [2, make.u32(value)];
    const capture = Buffer.concat([
      make.section([text(4, 'by hand')]),
      make.interface([text(2, 'eth0'), text(3, 'the first'), nanoseconds]),
      make.interface([text(2, 'eth1')], 113, 96),
      make.enhanced(0, moment, octets(61, 1), [text(1, 'a comment'), flags(1)]),
      make.enhanced(1, moment / 1000n, octets(96, 2), [flags(2)], 1500),
      make.obsolete(0, moment + 1n, octets(59, 3), [flags(0x1e2)]),
      make.simple(octets(42, 4)),
      make.enhanced(0, moment - 2_000_000_000n, octets(0)),
    ]);
    const { origin, interfaces, frames, end } = collect(capture);
    expect(origin).toBe(1_795_337_858_000_000_000n);
    expect(interfaces).toEqual([
      { name: 'eth0', description: 'the first', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 },
      { name: 'eth1', linkType: 113, resolutionNanoseconds: 1000, snapLength: 96 },
    ]);
    expect(frames).toMatchObject([
      { number: 1, timeNs: 123_456_789, interfaceIndex: 0, direction: DIRECTION_IN, originalLength: 61 },
      { number: 2, timeNs: 123_456_000, interfaceIndex: 1, direction: DIRECTION_OUT, originalLength: 1500 },
      { number: 3, timeNs: 123_456_790, interfaceIndex: 0, direction: DIRECTION_OUT, originalLength: 59 },
      { number: 4, timeNs: 123_456_790, interfaceIndex: 0, direction: DIRECTION_UNKNOWN, originalLength: 42 },
      { number: 5, timeNs: 123_456_789 - 2_000_000_000, interfaceIndex: 0, direction: DIRECTION_UNKNOWN },
    ]);
    const lengths = [octets(61, 1), octets(96, 2), octets(59, 3), octets(42, 4), octets(0)];
    expect(frames.map(({ hex }) => hex)).toEqual(lengths.map((bytes) => Buffer.from(bytes).toString('hex')));
    expect(end).toMatchObject({ format: 'pcapng', frames: 5, complete: true, framesWithoutTime: 1 });
  });

  it.each([
    ['seconds', 0, 1_795_337_858n, 0],
    ['milliseconds', 3, 1_795_337_858_123n, 123_000_000],
    ['picoseconds', 12, 1_795_337_858_123_456_789_999n & 0xffff_ffff_ffff_ffffn, undefined],
    ['halves of a second', 0x81, 3_590_675_717n, 500_000_000],
    ['2^-9 s, which is whole nanoseconds', 0x89, (1_795_337_858n << 9n) + 511n, 998_046_875],
    ['2^-20 s', 0x94, (1_795_337_858n << 20n) + 1n, 953],
    ['2^-32 s', 0xa0, (1_795_337_858n << 32n) + 0xffff_ffffn, 999_999_999],
  ])('counts time in %s', (_, resolution, ticks, expected) => {
    const capture = Buffer.concat([
      make.section(),
      make.interface([[9, Uint8Array.of(resolution)]]),
      make.enhanced(0, ticks, octets(14)),
    ]);
    const { origin, frames } = collect(capture);
    const exponent = BigInt(resolution & 0x7f);
    const perSecond = resolution < 0x80 ? 10n ** exponent : 2n ** exponent;
    const unixNanoseconds = (ticks * 1_000_000_000n) / perSecond;
    expect(frames[0]?.unixNanoseconds).toBe(unixNanoseconds);
    expect(origin).toBe(unixNanoseconds - (unixNanoseconds % 1_000_000_000n));
    if (expected !== undefined) expect(frames[0]?.timeNs).toBe(expected);
  });

  it('moves time by the offset of an interface, also before 1970, and counts from an imposed origin', () => {
    const capture = Buffer.concat([
      make.section(),
      make.interface([nanoseconds, [14, make.u64(1_795_337_000n)]]),
      make.interface([nanoseconds, [14, make.u64(-10n)]]),
      make.interface([[9, Uint8Array.of(6)]]),
      make.enhanced(0, 858_000_000_001n, octets(14)),
      make.enhanced(1, 1_795_337_868_000_000_001n, octets(14)),
      make.enhanced(2, 1_795_337_858_000_001n, octets(14)),
    ]);
    expect(collect(capture).frames.map(({ timeNs }) => timeNs)).toEqual([1, 1, 1_000]);
    const imposed = { origin: { unixNanoseconds: 1_795_337_859_000_000_007n } };
    const frames = collect(capture, [], imposed).frames;
    expect(frames.map(({ timeNs }) => timeNs)).toEqual([-1_000_000_006, -1_000_000_006, -999_999_007]);
  });

  it('adds up the frames that were lost, by the last statistics of each interface', () => {
    const capture = Buffer.concat([
      make.section(),
      make.interface(),
      make.interface(),
      make.enhanced(1, moment, octets(14), [[4, make.u64(3n)]]),
      make.statistics(0, [[5, make.u64(1n)]]),
      make.statistics(0, [
        [5, make.u64(4n)],
        [7, make.u64(2n)],
      ]),
    ]);
    expect(collect(capture).end.droppedFrames).toBe(9);
  });

  it('has sections, each with interfaces and a byte order of its own', () => {
    const other = pcapng({ littleEndian: !order.littleEndian });
    const capture = Buffer.concat([
      make.section(),
      make.interface([text(2, 'a'), nanoseconds]),
      make.enhanced(0, moment, octets(14)),
      other.section(),
      other.interface([text(2, 'b'), nanoseconds]),
      other.interface([text(2, 'c')]),
      other.enhanced(1, moment / 1000n, octets(14)),
      other.enhanced(0, moment, octets(14)),
    ]);
    const { interfaces, frames, end } = collect(capture);
    expect(interfaces.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(frames.map(({ interfaceIndex }) => interfaceIndex)).toEqual([0, 2, 1]);
    expect(frames.map(({ timeNs }) => timeNs)).toEqual([123_456_789, 123_456_000, 123_456_789]);
    expect(end.complete).toBe(true);
  });

  it('may hold blocks that are not known; those that Wireshark numbers take a number', () => {
    const capture = Buffer.concat([
      make.section(),
      make.block(4, octets(20)),
      make.interface(),
      make.block(0x8000_0001, octets(200_000)),
      make.custom(0x0bad, 4711, 'somebody else'),
      make.enhanced(0, moment, octets(14)),
      make.custom(0x4000_0bad, 4711, 'x'.repeat(100_000)),
      make.block(9, Buffer.from('a journal entry')),
      make.enhanced(0, moment, octets(14)),
    ]);
    const { frames, end } = collect(capture);
    expect(frames.map(({ number }) => number)).toEqual([2, 5]);
    expect(end).toMatchObject({ frames: 2, complete: true, annotations: { events: [], problems: [] } });
  });

  const head = Buffer.concat([make.section(), make.interface([nanoseconds]), make.enhanced(0, moment, octets(14))]);

  it.each([
    ['a frame of an interface that is not there', make.enhanced(7, moment, octets(14)), 'interface 7'],
    ['a frame that is longer than its block', corrupt(make.enhanced(0, moment, octets(14)), 20), 'octets in a block'],
    ['a packet block of four gigabytes', corrupt(make.enhanced(0, moment, octets(14)), 4), '4244438268 octets'],
    ['a block shorter than a block can be', make.u32(6, 8, 8), 'fewer than the 32'],
    ['a length that is no multiple of four', make.u32(77, 13, 0, 0), 'multiple of four'],
    ['an end that repeats another length', corrupt(make.enhanced(0, moment, octets(14)), 44), 'repeat its length'],
    ['a section without a byte order', corrupt(make.section(), 8), 'byte order'],
    ['an unknown block that never ends', make.u32(99, 0xffff_fffc, 0, 0), 'of unknown type 0x00000063'],
  ])('that breaks says where: %s', (_, block, words) => {
    const { frames, end } = collect(Buffer.concat([head, block]));
    expect(frames).toHaveLength(1);
    expect(end).toMatchObject({ frames: 1, complete: false, problem: { frame: 2, block: 4 } });
    expect(end.problem?.message).toContain(words);
  });

  it('with more interfaces than any capture has is broken, not kept', () => {
    const many = Buffer.alloc(70_000 * 20);
    const one = make.interface();
    for (let index = 0; index < 70_000; index++) one.copy(many, index * 20);
    const { end } = collect(Buffer.concat([make.section(), many]));
    expect(end.interfaces).toHaveLength(65_536);
    expect(end.problem?.message).toContain('65536 interfaces');
  });
});

/** Overwrites four octets of a block with a number that no field should hold. */
function corrupt(block: Buffer, offset: number): Buffer {
  const copy = Buffer.from(block);
  copy.fill(0xfc, offset, offset + 4);
  return copy;
}
