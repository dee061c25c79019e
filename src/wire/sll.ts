import { readTags } from './ethernet.ts';
import type { LinkCursor } from './link.ts';
import { failShort } from './link.ts';
import { concatenate, read16, read32, write16, write32 } from './octets.ts';
import type { ProblemCode } from './problem.ts';

// LINKTYPE_LINUX_SLL: what a capture on Linux's "any" device has in place of a link-layer header.
const SLL_PACKET_TYPE = 0;
const SLL_HARDWARE_TYPE = 2;
const SLL_ADDRESS_LENGTH = 4;
const SLL_ADDRESS = 6;
const SLL_PROTOCOL = 14;
const SLL_LENGTH = 16;

// LINKTYPE_LINUX_SLL2: the same with the interface's index.
const SLL2_PROTOCOL = 0;
const SLL2_INTERFACE = 4;
const SLL2_HARDWARE_TYPE = 8;
const SLL2_PACKET_TYPE = 10;
const SLL2_ADDRESS_LENGTH = 11;
const SLL2_ADDRESS = 12;
const SLL2_LENGTH = 20;

/** PACKET_OUTGOING: the node itself sent it. Every smaller number is a way to have received it. */
const PACKET_TYPE_OUTGOING = 4;
const MAC_LENGTH = 6;
const HARDWARE_TYPE_ETHERNET = 1;

function directionOf(packetType: number): number {
  if (packetType === PACKET_TYPE_OUTGOING) return 2;
  return packetType < PACKET_TYPE_OUTGOING ? 1 : 0;
}

/** Reads a Linux cooked header (SLL): direction, source MAC, protocol. */
export function readLinuxSll(cursor: LinkCursor, bytes: Uint8Array, start: number, end: number): ProblemCode {
  if (start + SLL_LENGTH > end) return failShort(cursor, start + SLL_LENGTH, end, cursor.wireEnd);
  cursor.packetDirection = directionOf(read16(bytes, start + SLL_PACKET_TYPE));
  if (read16(bytes, start + SLL_ADDRESS_LENGTH) === MAC_LENGTH) cursor.sourceMac = start + SLL_ADDRESS;
  return readTags(cursor, bytes, read16(bytes, start + SLL_PROTOCOL), start + SLL_LENGTH, end);
}

/** Reads a Linux cooked header, version 2 (SLL2): direction, interface, source MAC, protocol. */
export function readLinuxSll2(cursor: LinkCursor, bytes: Uint8Array, start: number, end: number): ProblemCode {
  if (start + SLL2_LENGTH > end) return failShort(cursor, start + SLL2_LENGTH, end, cursor.wireEnd);
  cursor.packetDirection = directionOf(bytes[start + SLL2_PACKET_TYPE]!);
  cursor.packetInterface = read32(bytes, start + SLL2_INTERFACE);
  if (bytes[start + SLL2_ADDRESS_LENGTH] === MAC_LENGTH) cursor.sourceMac = start + SLL2_ADDRESS;
  return readTags(cursor, bytes, read16(bytes, start + SLL2_PROTOCOL), start + SLL2_LENGTH, end);
}

/** A cooked frame as it is written. `packetType` is Linux's: 0 to us, 1 broadcast, 2 multicast, 3 to others, 4 from us. */
export interface LinuxSllFrame {
  readonly packetType: number;
  /** Six octets. */
  readonly source: Uint8Array;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** Writes a Linux cooked frame (SLL). */
export function writeLinuxSll(frame: LinuxSllFrame): Uint8Array {
  const header = new Uint8Array(SLL_LENGTH);
  write16(header, SLL_PACKET_TYPE, frame.packetType);
  write16(header, SLL_HARDWARE_TYPE, HARDWARE_TYPE_ETHERNET);
  write16(header, SLL_ADDRESS_LENGTH, frame.source.length);
  header.set(frame.source, SLL_ADDRESS);
  write16(header, SLL_PROTOCOL, frame.protocol);
  return concatenate(header, frame.payload);
}

/** Writes a Linux cooked frame, version 2 (SLL2), seen at the interface with this index. */
export function writeLinuxSll2(frame: LinuxSllFrame, interfaceIndex: number): Uint8Array {
  const header = new Uint8Array(SLL2_LENGTH);
  write16(header, SLL2_PROTOCOL, frame.protocol);
  write32(header, SLL2_INTERFACE, interfaceIndex);
  write16(header, SLL2_HARDWARE_TYPE, HARDWARE_TYPE_ETHERNET);
  header[SLL2_PACKET_TYPE] = frame.packetType;
  header[SLL2_ADDRESS_LENGTH] = frame.source.length;
  header.set(frame.source, SLL2_ADDRESS);
  return concatenate(header, frame.payload);
}
