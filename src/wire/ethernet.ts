import type { LinkCursor } from './link.ts';
import {
  ETHER_TYPE_LOWEST,
  ETHER_TYPE_OLD_SERVICE_VLAN,
  ETHER_TYPE_SERVICE_VLAN,
  ETHER_TYPE_VLAN,
  fail,
  failShort,
} from './link.ts';
import { read16, write16 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_BAD_TOTAL_LENGTH, PROBLEM_NONE, PROBLEM_TOO_MANY_TAGS } from './problem.ts';

const DESTINATION = 0;
const SOURCE = 6;
const TYPE = 12;
const HEADER_LENGTH = 14;
const TAG_LENGTH = 4;
const MOST_TAGS = 2;
const VLAN_ID_MASK = 0x0fff;

/** The shortest frame that Ethernet sends, without its frame check sequence: shorter ones are padded. */
export const ETHERNET_SHORTEST_FRAME = 60;

function isTagType(etherType: number): boolean {
  return (
    etherType === ETHER_TYPE_VLAN || etherType === ETHER_TYPE_SERVICE_VLAN || etherType === ETHER_TYPE_OLD_SERVICE_VLAN
  );
}

/**
 * Follows VLAN tags from a type field whose payload begins at `offset`: fills the VLAN ids, the EtherType and where the
 * network layer begins. `cursor.wireEnd` says where the frame ended on the wire.
 */
export function readTags(
  cursor: LinkCursor,
  bytes: Uint8Array,
  type: number,
  offset: number,
  end: number,
): ProblemCode {
  let etherType = type;
  let payload = offset;
  while (isTagType(etherType)) {
    if (cursor.vlanCount === MOST_TAGS) return fail(cursor, PROBLEM_TOO_MANY_TAGS, payload - 2);
    if (payload + TAG_LENGTH > end) return failShort(cursor, payload + TAG_LENGTH, end, cursor.wireEnd);
    const id = read16(bytes, payload) & VLAN_ID_MASK;
    if (cursor.vlanCount === 0) cursor.outerVlan = id;
    else cursor.innerVlan = id;
    cursor.vlanCount++;
    etherType = read16(bytes, payload + 2);
    payload += TAG_LENGTH;
  }
  cursor.etherType = etherType;
  cursor.networkOffset = payload;
  cursor.networkEnd = end;
  return PROBLEM_NONE;
}

/**
 * Reads an Ethernet header with up to two VLAN tags (802.1Q, 802.1ad). An 802.3 frame, which has a length where others
 * have a type, gets EtherType -1 and ends where its length says.
 */
export function readEthernet(cursor: LinkCursor, bytes: Uint8Array, start: number, end: number): ProblemCode {
  if (start + HEADER_LENGTH > end) return failShort(cursor, start + HEADER_LENGTH, end, cursor.wireEnd);
  cursor.destinationMac = start + DESTINATION;
  cursor.sourceMac = start + SOURCE;
  const problem = readTags(cursor, bytes, read16(bytes, start + TYPE), start + HEADER_LENGTH, end);
  if (problem !== PROBLEM_NONE || cursor.etherType >= ETHER_TYPE_LOWEST) return problem;
  return readLengthField(cursor, end);
}

/** 802.3 §3.2.6: a type field below 1536 is the length of the data. */
function readLengthField(cursor: LinkCursor, end: number): ProblemCode {
  const lengthEnd = cursor.networkOffset + cursor.etherType;
  const lengthOffset = cursor.networkOffset - 2;
  cursor.etherType = -1;
  if (lengthEnd > cursor.wireEnd) return fail(cursor, PROBLEM_BAD_TOTAL_LENGTH, lengthOffset);
  cursor.wireEnd = lengthEnd;
  cursor.networkEnd = Math.min(lengthEnd, end);
  return PROBLEM_NONE;
}

/** One VLAN tag, as it is written: id 0..4095, priority 0..7, drop-eligible bit, and the tag's own EtherType. */
export interface VlanTag {
  readonly id: number;
  readonly priority?: number;
  readonly dropEligible?: boolean;
  /** Default: 802.1Q for the innermost tag, 802.1ad for one outside another. */
  readonly etherType?: number;
}

/** An Ethernet frame as it is written. */
export interface EthernetFrame {
  /** Six octets each. */
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  /** From the outside in. */
  readonly tags?: readonly VlanTag[];
  readonly etherType: number;
  readonly payload: Uint8Array;
  /** Whether a short frame is padded with zeros to 60 octets, as a network card does. Default true. */
  readonly pad?: boolean;
}

/** Writes an Ethernet frame without its frame check sequence. */
export function writeEthernet(frame: EthernetFrame): Uint8Array {
  const tags = frame.tags ?? [];
  const headerLength = HEADER_LENGTH + tags.length * TAG_LENGTH;
  const length = headerLength + frame.payload.length;
  const bytes = new Uint8Array(frame.pad === false ? length : Math.max(length, ETHERNET_SHORTEST_FRAME));
  bytes.set(frame.destination, DESTINATION);
  bytes.set(frame.source, SOURCE);
  let offset = TYPE;
  tags.forEach((tag, index) => {
    const innermost = index === tags.length - 1;
    write16(bytes, offset, tag.etherType ?? (innermost ? ETHER_TYPE_VLAN : ETHER_TYPE_SERVICE_VLAN));
    const control = ((tag.priority ?? 0) << 13) | (tag.dropEligible === true ? 0x1000 : 0);
    write16(bytes, offset + 2, control | (tag.id & VLAN_ID_MASK));
    offset += TAG_LENGTH;
  });
  write16(bytes, offset, frame.etherType);
  bytes.set(frame.payload, headerLength);
  return bytes;
}
