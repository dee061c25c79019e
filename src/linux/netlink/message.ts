// Netlink messages: a header of 16 octets, a fixed part that depends on the type, and attributes of (length, type,
// value), each padded to four octets. Numbers are in the machine's byte order, which is little-endian on every machine
// that this package runs on, unless said otherwise.

export const NLM_F_REQUEST = 0x1;
export const NLM_F_MULTI = 0x2;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP_INTERRUPTED = 0x10;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCLUSIVE = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

export const HEADER_LENGTH = 16;
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** Writes one message; the socket fills in sequence number and length. */
export interface MessageWriter {
  u8(attribute: number, value: number): void;
  u16(attribute: number, value: number): void;
  /** In network byte order. */
  u16BigEndian(attribute: number, value: number): void;
  u32(attribute: number, value: number): void;
  text(attribute: number, value: string): void;
  bytes(attribute: number, value: Uint8Array): void;
  /** An attribute that holds what `write` writes; `fixed` comes before the attributes inside. */
  nested(attribute: number, write: () => void, fixed?: Uint8Array): void;
  /** The message as written so far, without copying. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** Begins a message of this type; `fixed` is the part between header and attributes. */
export function writeMessage(type: number, flags: number, fixed: Uint8Array): MessageWriter {
  let buffer = new Uint8Array(new ArrayBuffer(512));
  let view = new DataView(buffer.buffer);
  let length = HEADER_LENGTH;

  function reserve(size: number): number {
    const padded = (size + 3) & ~3;
    if (length + padded > buffer.length) {
      const larger = new Uint8Array(new ArrayBuffer(Math.max(buffer.length * 2, length + padded)));
      larger.set(buffer);
      buffer = larger;
      view = new DataView(buffer.buffer);
    }
    const at = length;
    length += padded;
    return at;
  }

  function attribute(kind: number, size: number): number {
    const at = reserve(4 + size);
    view.setUint16(at, 4 + size, true);
    view.setUint16(at + 2, kind, true);
    return at + 4;
  }

  view.setUint16(4, type, true);
  view.setUint16(6, flags | NLM_F_REQUEST, true);
  const fixedAt = reserve(fixed.length);
  buffer.set(fixed, fixedAt);

  return {
    u8(kind, value) {
      const at = attribute(kind, 1);
      view.setUint8(at, value);
    },
    u16(kind, value) {
      const at = attribute(kind, 2);
      view.setUint16(at, value, true);
    },
    u16BigEndian(kind, value) {
      const at = attribute(kind, 2);
      view.setUint16(at, value, false);
    },
    u32(kind, value) {
      const at = attribute(kind, 4);
      view.setUint32(at, value, true);
    },
    text(kind, value) {
      const encoded = textEncoder.encode(value);
      const at = attribute(kind, encoded.length + 1);
      buffer.set(encoded, at);
    },
    bytes(kind, value) {
      const at = attribute(kind, value.length);
      buffer.set(value, at);
    },
    nested(kind, write, inner) {
      const at = reserve(4);
      view.setUint16(at + 2, kind | NESTED, true);
      if (inner) {
        const innerAt = reserve(inner.length);
        buffer.set(inner, innerAt);
      }
      write();
      view.setUint16(at, length - at, true);
    },
    finish() {
      view.setUint32(0, length, true);
      return buffer.subarray(0, length);
    },
  };
}

/** A part of a received message: attributes by their type. Where a type repeats, the last one is kept. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

/** The attributes in `bytes`; what does not fit is left out. */
export function readAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 4 <= bytes.length) {
    const size = view.getUint16(at, true);
    if (size < 4 || at + size > bytes.length) break;
    attributes.set(view.getUint16(at + 2, true) & TYPE_MASK, bytes.subarray(at + 4, at + size));
    at += (size + 3) & ~3;
  }
  return attributes;
}

/** An attribute's number of 8, 16, 32 or 64 bits; undefined where it is absent. */
export function readNumber(attributes: Attributes, kind: number): number | undefined {
  const bytes = attributes.get(kind);
  if (!bytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (bytes.length) {
    case 1:
      return view.getUint8(0);
    case 2:
      return view.getUint16(0, true);
    case 4:
      return view.getUint32(0, true);
    case 8:
      return Number(view.getBigUint64(0, true));
    default:
      return undefined;
  }
}

/** An attribute's text without the closing zero; undefined where it is absent. */
export function readText(attributes: Attributes, kind: number): string | undefined {
  const bytes = attributes.get(kind);
  if (!bytes) return undefined;
  const end = bytes.indexOf(0);
  return textDecoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Attributes inside an attribute; none where it is absent. */
export function readNested(attributes: Attributes, kind: number): Attributes {
  const bytes = attributes.get(kind);
  return bytes ? readAttributes(bytes) : new Map();
}

/** One received message: its type, flags and what follows the header. */
export interface ReceivedMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** Takes a datagram apart; a header that claims more than there is ends it. */
export function* readMessages(datagram: Uint8Array): Generator<ReceivedMessage> {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  let at = 0;
  while (at + HEADER_LENGTH <= datagram.length) {
    const length = view.getUint32(at, true);
    if (length < HEADER_LENGTH || at + length > datagram.length) return;
    yield {
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      body: datagram.subarray(at + HEADER_LENGTH, at + length),
    };
    at += (length + 3) & ~3;
  }
}
