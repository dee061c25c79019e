import { encodeEvent, encodeIntent, encodePort } from './annotations.ts';
import type { RunEvent } from './event.ts';
import type { CaptureInterface, FrameRecord } from './frame.ts';
import { DIRECTION_IN, DIRECTION_UNKNOWN } from './frame.ts';
import type { Intent } from './intent.ts';
import * as ng from './pcapng.ts';
import type { TimeOrigin } from './time.ts';

/** Writes a capture that Wireshark opens and the reader gives back whole. Blocks are handed over in pieces. */
export interface CaptureWriter {
  /** Adds a place where frames are seen; returns its index. */
  addInterface(description: CaptureInterface): number;
  /** Writes a frame; the bytes are copied. `comment` is shown by Wireshark with the packet. */
  frame(record: Readonly<FrameRecord>, options?: { readonly comment?: string }): void;
  /** Says what addresses are called; each of 4 or 16 octets. */
  names(names: readonly AddressName[]): void;
  intent(intent: Intent): void;
  event(event: RunEvent): void;
  /** Hands over what is gathered, so that a reader of the file sees it. */
  flush(): void;
  /** Hands over the last piece; the writer is done. */
  end(): void;
}

/** What an address is called. */
export interface AddressName {
  readonly address: Uint8Array;
  readonly name: string;
}

export interface CaptureWriterOptions {
  /** What the times of frames and events count from. */
  readonly origin: TimeOrigin;
  readonly interfaces?: readonly CaptureInterface[];
  readonly hardware?: string;
  readonly os?: string;
  readonly application?: string;
  /** Of the whole capture. */
  readonly comment?: string;
  /** Whether `write` is done with a piece when it returns, which is then used again; else each piece is its own. */
  readonly writesAtOnce?: boolean;
}

const PIECE_LENGTH = 65_536;
const NAMES = 4096;
const HALF = 4_294_967_296;
/** 10^-9: the resolution of every interface that is written. */
const NANOSECOND_RESOLUTION = 9;

type Option = readonly [code: number, value: Uint8Array];

/**
 * Writes pcapng, little-endian, in nanoseconds. `write` owns each piece it is given, unless it writes at once. A frame of an interface that was not
 * added is a mistake of the caller and throws a RangeError. tcpdump reads a capture only where all interfaces have one link
 * type and one snap length; Wireshark reads any.
 */
export function createCaptureWriter(write: (piece: Uint8Array) => void, options: CaptureWriterOptions): CaptureWriter {
  const originNs = options.origin.unixNanoseconds;
  const originHigh = Number(originNs >> 32n);
  const originLow = Number(originNs & 0xffff_ffffn);
  const encoder = new TextEncoder();
  let piece = new Uint8Array(PIECE_LENGTH);
  let view = new DataView(piece.buffer);
  let length = 0;
  let interfaceCount = 0;

  function flush(): void {
    if (length === 0) return;
    const full = piece.subarray(0, length);
    length = 0;
    if (options.writesAtOnce === true && piece.length === PIECE_LENGTH) {
      write(full);
      full.fill(0);
      return;
    }
    piece = new Uint8Array(PIECE_LENGTH);
    view = new DataView(piece.buffer);
    write(full);
  }

  /** Makes room for a block and writes its type and length; returns where its body begins. */
  function openBlock(type: number, blockLength: number): number {
    if (length + blockLength > piece.length) flush();
    if (blockLength > piece.length) {
      piece = new Uint8Array(blockLength);
      view = new DataView(piece.buffer);
    }
    view.setUint32(length, type, true);
    view.setUint32(length + 4, blockLength, true);
    return length + 8;
  }

  /** Repeats the length behind the body. */
  function closeBlock(blockLength: number): void {
    length += blockLength;
    view.setUint32(length - 4, blockLength, true);
  }

  function putOptions(position: number, list: readonly Option[]): void {
    let at = position;
    for (const [code, value] of list) {
      view.setUint16(at, code, true);
      view.setUint16(at + 2, value.length, true);
      piece.set(value, at + 4);
      at += 4 + ng.padded(value.length);
    }
    // The end of options is four zeros, which a fresh piece holds already.
  }

  /** Text as an option's value, cut at what the format can carry. */
  function encodeText(text: string): Uint8Array {
    const bytes = encoder.encode(text);
    if (bytes.length <= ng.OPTION_LENGTH_LIMIT) return bytes;
    let end = ng.OPTION_LENGTH_LIMIT;
    while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
    return bytes.subarray(0, end);
  }

  function textOption(code: number, text: string | undefined): readonly Option[] {
    return text === undefined || text === '' ? [] : [[code, encodeText(text)]];
  }

  function writeSection(): void {
    const list = [
      ...textOption(ng.OPTION_COMMENT, options.comment),
      ...textOption(ng.OPTION_SECTION_HARDWARE, options.hardware),
      ...textOption(ng.OPTION_SECTION_OS, options.os),
      ...textOption(ng.OPTION_SECTION_APPLICATION, options.application),
    ];
    const blockLength = 28 + optionsLength(list);
    const body = openBlock(ng.BLOCK_SECTION_HEADER, blockLength);
    view.setUint32(body, ng.BYTE_ORDER_MAGIC, true);
    view.setUint16(body + 4, 1, true);
    view.setUint16(body + 6, 0, true);
    // The section's length is not known yet: -1.
    view.setBigInt64(body + 8, -1n, true);
    putOptions(body + 16, list);
    closeBlock(blockLength);
  }

  function addInterface(description: CaptureInterface): number {
    const { name, linkType, snapLength, port } = description;
    const list: Option[] = [
      ...textOption(ng.OPTION_INTERFACE_NAME, name),
      ...textOption(ng.OPTION_INTERFACE_DESCRIPTION, description.description),
      [ng.OPTION_INTERFACE_RESOLUTION, Uint8Array.of(NANOSECOND_RESOLUTION)],
    ];
    if (port !== undefined) list.push([ng.OPTION_CUSTOM_TEXT, withEnterpriseNumber(encoder.encode(encodePort(port)))]);
    const blockLength = 20 + optionsLength(list);
    const body = openBlock(ng.BLOCK_INTERFACE_DESCRIPTION, blockLength);
    view.setUint16(body, linkType, true);
    view.setUint32(body + 4, snapLength, true);
    putOptions(body + 8, list);
    closeBlock(blockLength);
    return interfaceCount++;
  }

  function frame(record: Readonly<FrameRecord>, extra: { readonly comment?: string } = {}): void {
    const { interfaceIndex, direction, bytes, start, end } = record;
    if (!(interfaceIndex >= 0 && interfaceIndex < interfaceCount)) {
      throw new RangeError(`a frame of interface ${interfaceIndex}, of which the capture has ${interfaceCount}`);
    }
    const capturedLength = end - start;
    const comment = extra.comment === undefined || extra.comment === '' ? undefined : encodeText(extra.comment);
    const commentLength = comment === undefined ? 0 : 4 + ng.padded(comment.length);
    const flagsLength = direction === DIRECTION_UNKNOWN ? 0 : 8;
    const endLength = commentLength + flagsLength === 0 ? 0 : 4;
    const blockLength = 32 + ng.padded(capturedLength) + commentLength + flagsLength + endLength;
    const body = openBlock(ng.BLOCK_ENHANCED_PACKET, blockLength);
    view.setUint32(body, interfaceIndex, true);
    putTime(body + 4, record.timeNs);
    view.setUint32(body + 12, capturedLength, true);
    view.setUint32(body + 16, record.originalLength, true);
    copyOctets(bytes, start, end, body + 20);
    let position = body + 20 + ng.padded(capturedLength);
    if (flagsLength > 0) {
      view.setUint16(position, ng.OPTION_PACKET_FLAGS, true);
      view.setUint16(position + 2, 4, true);
      view.setUint32(position + 4, direction === DIRECTION_IN ? 1 : 2, true);
      position += flagsLength;
    }
    if (comment !== undefined) putOptions(position, [[ng.OPTION_COMMENT, comment]]);
    closeBlock(blockLength);
  }

  function copyOctets(bytes: Uint8Array, start: number, end: number, position: number): void {
    piece.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), position);
  }

  /** The origin and the time are added in halves: their sum is beyond 2^53. */
  function putTime(position: number, timeNs: number): void {
    const high = Math.floor(timeNs / HALF);
    const low = originLow + (timeNs - high * HALF);
    const carry = low >= HALF ? 1 : 0;
    view.setUint32(position, originHigh + high + carry, true);
    view.setUint32(position + 4, low - carry * HALF, true);
  }

  /** JSON in a block of a run; blanks fill it up to the boundary, since the block does not tell the text's length. */
  function writeAnnotation(json: string): void {
    const text = encoder.encode(json);
    const textLength = ng.padded(text.length);
    const blockLength = ng.BLOCK_OVERHEAD + 4 + textLength;
    const body = openBlock(ng.BLOCK_RUN, blockLength);
    view.setUint32(body, ng.ENTERPRISE_NUMBER, true);
    piece.set(text, body + 4);
    piece.fill(0x20, body + 4 + text.length, body + 4 + textLength);
    closeBlock(blockLength);
  }

  function names(list: readonly AddressName[]): void {
    const records = list.slice(0, NAMES).map(({ address, name }) => ({ address, text: encoder.encode(`${name}\0`) }));
    const lengthOf = (record: (typeof records)[number]) => 4 + ng.padded(record.address.length + record.text.length);
    const blockLength = ng.BLOCK_OVERHEAD + 4 + records.reduce((sum, record) => sum + lengthOf(record), 0);
    let position = openBlock(ng.BLOCK_NAME_RESOLUTION, blockLength);
    piece.fill(0, position, position + blockLength - ng.BLOCK_OVERHEAD);
    for (const record of records) {
      const { address, text } = record;
      view.setUint16(position, address.length === 4 ? ng.NAME_IPV4 : ng.NAME_IPV6, true);
      view.setUint16(position + 2, address.length + text.length, true);
      piece.set(address, position + 4);
      piece.set(text, position + 4 + address.length);
      position += lengthOf(record);
    }
    closeBlock(blockLength);
  }

  writeSection();
  for (const description of options.interfaces ?? []) addInterface(description);
  return {
    addInterface,
    frame,
    names,
    intent: (intent) => writeAnnotation(encodeIntent(originNs, intent)),
    event: (event) => writeAnnotation(encodeEvent(originNs, event)),
    flush,
    end: flush,
  };
}

/** The length of a list of options with its end, in octets; no options need no end. */
function optionsLength(list: readonly Option[]): number {
  return list.length === 0 ? 0 : list.reduce((sum, [, value]) => sum + 4 + ng.padded(value.length), 4);
}

function withEnterpriseNumber(text: Uint8Array): Uint8Array {
  const value = new Uint8Array(4 + text.length);
  new DataView(value.buffer).setUint32(0, ng.ENTERPRISE_NUMBER, true);
  value.set(text, 4);
  return value;
}
