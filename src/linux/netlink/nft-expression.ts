import type { MessageWriter } from './message.ts';

/** One step of a rule of nftables: what it is called, and its attributes. Values pass through one register. */
export interface Expression {
  readonly name: string;
  write(message: MessageWriter): void;
}

/** Where offsets of a frame's octets begin. */
export type PayloadBase = 'link' | 'network' | 'transport';
/** What the kernel knows of a frame beside its octets. */
export type MetaKey = 'mark' | 'protocol' | 'l4protocol' | 'packet-type';

const BASES: Readonly<Record<PayloadBase, number>> = { link: 0, network: 1, transport: 2 };
const META_KEYS: Readonly<Record<MetaKey, number>> = { protocol: 1, mark: 3, l4protocol: 16, 'packet-type': 19 };
const REGISTER_1 = 1;
const REGISTER_VERDICT = 0;
const DATA_VALUE = 1;
const DATA_VERDICT = 2;
const ACCEPT = 1;
/** Offset of the checksum in an ICMPv6 message. */
const ICMPV6_CHECKSUM = 2;
const CHECKSUM_INTERNET = 1;

/** Loads a part of the frame. */
export function loadPayload(base: PayloadBase, offset: number, length: number): Expression {
  return expression('payload', (message) => {
    message.bytes(1, number32(REGISTER_1));
    message.bytes(2, number32(BASES[base]));
    message.bytes(3, number32(offset));
    message.bytes(4, number32(length));
  });
}

/** Stores what is loaded into the frame; in an ICMPv6 message the checksum follows. */
export function storePayload(base: PayloadBase, offset: number, length: number): Expression {
  return expression('payload', (message) => {
    message.bytes(5, number32(REGISTER_1));
    message.bytes(2, number32(BASES[base]));
    message.bytes(3, number32(offset));
    message.bytes(4, number32(length));
    if (base !== 'transport') return;
    message.bytes(6, number32(CHECKSUM_INTERNET));
    message.bytes(7, number32(ICMPV6_CHECKSUM));
  });
}

/** Loads a constant. */
export function loadConstant(value: Uint8Array): Expression {
  return expression('immediate', (message) => {
    message.bytes(1, number32(REGISTER_1));
    message.nested(2, () => message.bytes(DATA_VALUE, value));
  });
}

/** Goes on with the rule where what is loaded is this value. */
export function compare(value: Uint8Array): Expression {
  return expression('cmp', (message) => {
    message.bytes(1, number32(REGISTER_1));
    message.bytes(2, number32(0));
    message.nested(3, () => message.bytes(DATA_VALUE, value));
  });
}

/** Loads what the kernel knows of the frame. */
export function loadMeta(key: MetaKey): Expression {
  return expression('meta', (message) => {
    message.bytes(2, number32(META_KEYS[key]));
    message.bytes(1, number32(REGISTER_1));
  });
}

/** Stores what is loaded with the frame. */
export function storeMeta(key: MetaKey): Expression {
  return expression('meta', (message) => {
    message.bytes(2, number32(META_KEYS[key]));
    message.bytes(3, number32(REGISTER_1));
  });
}

/** Sets the bits of what is loaded that are set in `bits`, which is as long as what is loaded. */
export function setBits(bits: Uint8Array): Expression {
  return expression('bitwise', (message) => {
    message.bytes(1, number32(REGISTER_1));
    message.bytes(2, number32(REGISTER_1));
    message.bytes(3, number32(bits.length));
    message.nested(4, () =>
      message.bytes(
        DATA_VALUE,
        bits.map((octet) => ~octet),
      ),
    );
    message.nested(5, () => message.bytes(DATA_VALUE, bits));
  });
}

/** Ends the rules of this table for the frame, and lets it pass. */
export function accept(): Expression {
  return expression('immediate', (message) => {
    message.bytes(1, number32(REGISTER_VERDICT));
    message.nested(2, () => message.nested(DATA_VERDICT, () => message.bytes(1, number32(ACCEPT))));
  });
}

function expression(name: string, write: (message: MessageWriter) => void): Expression {
  return { name, write };
}

/** A number as nftables takes its attributes: 32 bits in network byte order. */
export function number32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, false);
  return bytes;
}
