import { compareOctets } from './address.ts';
import type { ProblemCursor } from './link.ts';
import { ETHER_TYPE_IPV4, fail, failShort } from './link.ts';
import { read16, write16 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_BAD_ADDRESS_LENGTH, PROBLEM_BAD_TYPE, PROBLEM_NONE } from './problem.ts';

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

const HARDWARE_TYPE = 0;
const PROTOCOL_TYPE = 2;
const HARDWARE_LENGTH = 4;
const PROTOCOL_LENGTH = 5;
const OPERATION = 6;
const SENDER_MAC = 8;
const SENDER_ADDRESS = 14;
const TARGET_MAC = 18;
const TARGET_ADDRESS = 24;
const LENGTH = 28;

const HARDWARE_ETHERNET = 1;
const MAC_LENGTH = 6;
const ADDRESS_LENGTH = 4;

/** A view of an ARP packet (RFC 826, Ethernet and IPv4). Offsets are from the start of the buffer; -1: not reached. */
export interface ArpCursor extends ProblemCursor {
  operation: number;
  senderMac: number;
  senderAddress: number;
  targetMac: number;
  targetAddress: number;
}

/** Makes a cursor; one is enough for any number of packets. */
export function createArpCursor(): ArpCursor {
  return {
    problem: PROBLEM_NONE,
    problemOffset: -1,
    operation: -1,
    senderMac: -1,
    senderAddress: -1,
    targetMac: -1,
    targetAddress: -1,
  };
}

/**
 * Reads the ARP packet of a frame: `networkOffset`, `networkEnd`, `wireEnd`. Other hardware than Ethernet or another
 * protocol than IPv4 is PROBLEM_BAD_TYPE.
 */
export function readArp(
  cursor: ArpCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
): ProblemCode {
  cursor.problem = PROBLEM_NONE;
  cursor.problemOffset = -1;
  cursor.operation = -1;
  cursor.senderMac = -1;
  cursor.senderAddress = -1;
  cursor.targetMac = -1;
  cursor.targetAddress = -1;
  if (start + SENDER_MAC > end) return failShort(cursor, start + SENDER_MAC, end, wireEnd);
  if (read16(bytes, start + HARDWARE_TYPE) !== HARDWARE_ETHERNET) {
    return fail(cursor, PROBLEM_BAD_TYPE, start + HARDWARE_TYPE);
  }
  if (read16(bytes, start + PROTOCOL_TYPE) !== ETHER_TYPE_IPV4) {
    return fail(cursor, PROBLEM_BAD_TYPE, start + PROTOCOL_TYPE);
  }
  if (bytes[start + HARDWARE_LENGTH] !== MAC_LENGTH || bytes[start + PROTOCOL_LENGTH] !== ADDRESS_LENGTH) {
    return fail(cursor, PROBLEM_BAD_ADDRESS_LENGTH, start + HARDWARE_LENGTH);
  }
  cursor.operation = read16(bytes, start + OPERATION);
  if (start + LENGTH > end) return failShort(cursor, start + LENGTH, end, wireEnd);
  cursor.senderMac = start + SENDER_MAC;
  cursor.senderAddress = start + SENDER_ADDRESS;
  cursor.targetMac = start + TARGET_MAC;
  cursor.targetAddress = start + TARGET_ADDRESS;
  return PROBLEM_NONE;
}

/** Whether a packet that was read announces its sender: sender and target address are the same (RFC 5227 §3). */
export function isGratuitousArp(cursor: ArpCursor, bytes: Uint8Array): boolean {
  return (
    cursor.targetAddress !== -1 &&
    compareOctets(bytes, cursor.senderAddress, bytes, cursor.targetAddress, ADDRESS_LENGTH) === 0
  );
}

/** An ARP packet as it is written: MACs of six octets, addresses of four. */
export interface ArpPacket {
  readonly operation: number;
  readonly senderMac: Uint8Array;
  readonly senderAddress: Uint8Array;
  readonly targetMac: Uint8Array;
  readonly targetAddress: Uint8Array;
}

/** Writes an ARP packet, without its frame. */
export function writeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  write16(bytes, HARDWARE_TYPE, HARDWARE_ETHERNET);
  write16(bytes, PROTOCOL_TYPE, ETHER_TYPE_IPV4);
  bytes[HARDWARE_LENGTH] = MAC_LENGTH;
  bytes[PROTOCOL_LENGTH] = ADDRESS_LENGTH;
  write16(bytes, OPERATION, packet.operation);
  bytes.set(packet.senderMac, SENDER_MAC);
  bytes.set(packet.senderAddress, SENDER_ADDRESS);
  bytes.set(packet.targetMac, TARGET_MAC);
  bytes.set(packet.targetAddress, TARGET_ADDRESS);
  return bytes;
}
