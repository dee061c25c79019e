import type { LinkCursor } from './link.ts';
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, fail, failShort } from './link.ts';
import { concatenate, read32, write32 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_BAD_TYPE, PROBLEM_BAD_VERSION, PROBLEM_NONE } from './problem.ts';

// LINKTYPE_NULL and LINKTYPE_LOOP: a BSD loopback's four octets of address family, NULL in the order of the machine
// that captured, LOOP in network order. IPv6's number differs from system to system.
const HEADER_LENGTH = 4;
const FAMILY_IPV4 = 2;
const FAMILIES_IPV6: readonly number[] = [10, 24, 28, 30];
const HIGHEST_FAMILY = 0xffff;

function swap32(value: number): number {
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** Reads a loopback header (NULL, LOOP), whichever order its family is in. */
export function readLoopback(cursor: LinkCursor, bytes: Uint8Array, start: number, end: number): ProblemCode {
  if (start + HEADER_LENGTH > end) return failShort(cursor, start + HEADER_LENGTH, end, cursor.wireEnd);
  const written = read32(bytes, start);
  const family = written > HIGHEST_FAMILY ? swap32(written) : written;
  if (family === FAMILY_IPV4) cursor.etherType = ETHER_TYPE_IPV4;
  else if (FAMILIES_IPV6.includes(family)) cursor.etherType = ETHER_TYPE_IPV6;
  else return fail(cursor, PROBLEM_BAD_TYPE, start);
  cursor.networkOffset = start + HEADER_LENGTH;
  cursor.networkEnd = end;
  return PROBLEM_NONE;
}

/** Reads the beginning of a frame without a link-layer header (raw IP): the version says which IP it is. */
export function readRawIp(cursor: LinkCursor, bytes: Uint8Array, start: number, end: number): ProblemCode {
  if (start >= end) return failShort(cursor, start + 1, end, cursor.wireEnd);
  const version = bytes[start]! >>> 4;
  if (version === 4) cursor.etherType = ETHER_TYPE_IPV4;
  else if (version === 6) cursor.etherType = ETHER_TYPE_IPV6;
  else return fail(cursor, PROBLEM_BAD_VERSION, start);
  cursor.networkOffset = start;
  cursor.networkEnd = end;
  return PROBLEM_NONE;
}

/** Writes a loopback frame (LOOP: network order; NULL as a big-endian machine writes it) of this address family. */
export function writeLoopback(family: number, payload: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_LENGTH);
  write32(header, 0, family);
  return concatenate(header, payload);
}
