import { describe, expect, it } from 'vitest';
import { DIRECTION_IN, DIRECTION_OUT, LINK_TYPE_LINUX_SLL, LINK_TYPE_LINUX_SLL2 } from '../../src/capture/frame.ts';
import { byteOrders, octets, pcap } from './build.ts';
import { collect } from './collect.ts';

const frames = [
  { seconds: 1_795_337_858, fraction: 999_999, bytes: octets(60) },
  { seconds: 1_795_337_859, fraction: 5, bytes: octets(61, 1), originalLength: 1500 },
];

describe.each(byteOrders)('a $name pcap', ({ littleEndian }) => {
  it('in microseconds gives its frames, timed from the first, floored to a second', () => {
    const { origin, interfaces, frames: seen, end } = collect(pcap({ littleEndian }, frames));
    expect(origin).toBe(1_795_337_858_000_000_000n);
    expect(interfaces).toEqual([{ name: '', linkType: 1, snapLength: 262_144, resolutionNanoseconds: 1000 }]);
    expect(seen).toMatchObject([
      { number: 1, timeNs: 999_999_000, interfaceIndex: 0, direction: 0, originalLength: 60 },
      { number: 2, timeNs: 1_000_005_000, interfaceIndex: 0, direction: 0, originalLength: 1500 },
    ]);
    expect(seen.map(({ hex }) => hex)).toEqual(frames.map(({ bytes }) => Buffer.from(bytes).toString('hex')));
    expect(end).toMatchObject({ frames: 2, format: 'pcap', complete: true });
  });

  it('in nanoseconds is exact to the nanosecond', () => {
    const exact = [{ seconds: 4_294_967_295, fraction: 123_456_789, bytes: octets(14) }];
    const { frames: seen } = collect(pcap({ littleEndian, magic: 0xa1b23c4d }, exact));
    expect(seen[0]?.unixNanoseconds).toBe(4_294_967_295_123_456_789n);
  });

  it('counts from an imposed origin; what was before it is negative', () => {
    const origin = { unixNanoseconds: 1_795_337_859_000_000_500n };
    const { frames: seen } = collect(pcap({ littleEndian }, frames), [], { origin });
    expect(seen.map(({ timeNs }) => timeNs)).toEqual([-1_500, 4_500]);
  });

  it('that is modified by Kuznetzov is refused by name', () => {
    const { end } = collect(pcap({ littleEndian, magic: 0xa1b2cd34 }, frames));
    expect(end).toMatchObject({ frames: 0, format: 'unknown', complete: false });
    expect(end.problem?.message).toContain('Kuznetzov');
  });

  it('with a frame of four gigabytes is broken there', () => {
    const capture = pcap({ littleEndian }, frames);
    capture.fill(0xff, 24 + 16 + 60 + 8, 24 + 16 + 60 + 12);
    const { end, frames: seen } = collect(capture);
    expect(seen).toHaveLength(1);
    expect(end.problem).toMatchObject({ offset: 100, frame: 2 });
    expect(end.problem?.message).toContain('4294967295 octets');
  });

  it('behind which another one was joined on is broken there', () => {
    const capture = pcap({ littleEndian }, frames);
    const { end, frames: seen } = collect(Buffer.concat([capture, capture]));
    expect(seen).toHaveLength(2);
    expect(end.problem).toMatchObject({ offset: capture.length, frame: 3 });
    expect(end.problem?.message).toContain('mergecap');
  });

  it('of another version is refused', () => {
    expect(collect(pcap({ littleEndian, version: [543, 0] }, frames)).end.problem?.message).toContain('543.0');
  });
});

describe('a pcap', () => {
  it('without frames is complete, and tells its interface at the end', () => {
    const { end, origin } = collect(pcap({ littleEndian: true, linkType: 113 }, []));
    expect(origin).toBeUndefined();
    expect(end).toMatchObject({ frames: 0, complete: true, interfaces: [{ linkType: 113 }] });
  });

  it('tells its link type apart from the check sequence bits beside it', () => {
    const { interfaces } = collect(pcap({ littleEndian: true, linkType: 0x2400_0001 }, frames));
    expect(interfaces[0]?.linkType).toBe(1);
  });

  it.each([
    ['cooked', LINK_TYPE_LINUX_SLL, 1, 16],
    ['cooked, version 2', LINK_TYPE_LINUX_SLL2, 10, 20],
  ])('of %s frames tells their directions', (_, linkType, typeOffset, length) => {
    const arriving = new Uint8Array(length);
    const multicast = new Uint8Array(length);
    const leaving = new Uint8Array(length);
    multicast[typeOffset] = 2;
    leaving[typeOffset] = 4;
    const cooked = [arriving, multicast, leaving].map((bytes) => ({ seconds: 1, fraction: 0, bytes }));
    const { frames: seen } = collect(pcap({ littleEndian: true, linkType }, cooked));
    expect(seen.map(({ direction }) => direction)).toEqual([DIRECTION_IN, DIRECTION_IN, DIRECTION_OUT]);
  });
});

describe('what is no capture', () => {
  it.each([
    ['nothing at all', '', 'empty'],
    ['two octets', 'a1b2', 'first four octets'],
    ['a text', '68656c6c6f20776f726c64', '0x68656c6c'],
    ['an xz archive', 'fd377a585a000000', 'xz -d'],
    ['a zstd archive', '28b52ffd00000000', 'zstd -d'],
    ['a bzip2 archive', '425a683931415926', 'bunzip2'],
    ['a snoop capture', '736e6f6f70000000', 'editcap'],
  ])('is refused with what to do: %s', (_, hex, word) => {
    const { end } = collect(Buffer.from(hex, 'hex'));
    expect(end).toMatchObject({ frames: 0, format: 'unknown', complete: false, problem: { offset: 0, frame: 1 } });
    expect(end.problem?.message).toContain(word);
  });
});
