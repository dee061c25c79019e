/** Captures made by hand, octet by octet from the formats' descriptions: nothing here is shared with what is tested. */

export interface ByteOrder {
  readonly littleEndian: boolean;
}

function numbers(littleEndian: boolean, size: 2 | 4 | 8, ...values: readonly (number | bigint)[]): Buffer {
  const buffer = Buffer.alloc(size * values.length);
  for (const [index, value] of values.entries()) {
    const bytes = Buffer.alloc(size);
    const unsigned = BigInt.asUintN(size * 8, BigInt(value));
    for (let octet = 0; octet < size; octet++) {
      const shift = BigInt(8 * (littleEndian ? octet : size - 1 - octet));
      bytes[octet] = Number((unsigned >> shift) & 0xffn);
    }
    bytes.copy(buffer, index * size);
  }
  return buffer;
}

/** What is written of a frame; `time` is in the units of the file. */
export interface PcapFrame {
  readonly seconds: number;
  readonly fraction: number;
  readonly bytes: Uint8Array;
  readonly originalLength?: number;
}

export interface PcapSettings extends ByteOrder {
  readonly magic?: number;
  readonly linkType?: number;
  readonly snapLength?: number;
  readonly version?: readonly [number, number];
}

export function pcap(settings: PcapSettings, frames: readonly PcapFrame[]): Buffer {
  const { littleEndian, magic = 0xa1b2c3d4, linkType = 1, snapLength = 262_144, version = [2, 4] } = settings;
  const parts = [
    numbers(littleEndian, 4, magic),
    numbers(littleEndian, 2, ...version),
    numbers(littleEndian, 4, 0, 0, snapLength, linkType),
  ];
  for (const { seconds, fraction, bytes, originalLength = bytes.length } of frames) {
    parts.push(numbers(littleEndian, 4, seconds, fraction, bytes.length, originalLength), Buffer.from(bytes));
  }
  return Buffer.concat(parts);
}

export type Option = readonly [code: number, value: Uint8Array];

function pad(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

/** Makes the blocks of pcapng in one byte order. */
export function pcapng({ littleEndian }: ByteOrder) {
  const u16 = (...values: readonly number[]) => numbers(littleEndian, 2, ...values);
  const u32 = (...values: readonly number[]) => numbers(littleEndian, 4, ...values);
  const u64 = (...values: readonly bigint[]) => numbers(littleEndian, 8, ...values);
  const stamp = (ticks: bigint) => u32(Number(ticks >> 32n), Number(ticks & 0xffff_ffffn));
  const options = (list: readonly Option[]) =>
    list.length === 0
      ? Buffer.alloc(0)
      : Buffer.concat([...list.flatMap(([code, value]) => [u16(code, value.length), pad(value)]), u16(0, 0)]);
  const block = (type: number, ...body: readonly Uint8Array[]) => {
    const whole = pad(Buffer.concat(body));
    return Buffer.concat([u32(type, whole.length + 12), whole, u32(whole.length + 12)]);
  };
  return {
    u32,
    u64,
    block,
    section: (list: readonly Option[] = []) => block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(1, 0), u64(-1n), options(list)),
    interface: (list: readonly Option[] = [], linkType = 1, snapLength = 0) =>
      block(1, u16(linkType, 0), u32(snapLength), options(list)),
    enhanced: (
      index: number,
      ticks: bigint,
      bytes: Uint8Array,
      list: readonly Option[] = [],
      original = bytes.length,
    ) => block(6, u32(index), stamp(ticks), u32(bytes.length, original), pad(bytes), options(list)),
    obsolete: (index: number, ticks: bigint, bytes: Uint8Array, list: readonly Option[] = []) =>
      block(2, u16(index, 0), stamp(ticks), u32(bytes.length, bytes.length), pad(bytes), options(list)),
    simple: (bytes: Uint8Array, original = bytes.length) => block(3, u32(original), pad(bytes)),
    statistics: (index: number, list: readonly Option[]) => block(5, u32(index), stamp(0n), options(list)),
    custom: (type: number, enterprise: number, text: string) =>
      block(type, u32(enterprise), Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4))),
  };
}

/** Octets that differ from frame to frame. */
export function octets(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (seed * 31 + index * 7 + 1) & 0xff);
}

/** Both byte orders, with a name for the test. */
export const byteOrders = [
  { name: 'little-endian', littleEndian: true },
  { name: 'big-endian', littleEndian: false },
] as const;
