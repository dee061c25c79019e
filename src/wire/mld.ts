import type { GroupCursor, GroupRecord } from './group-report.ts';
import { clearGroupCursor, GROUP_LEAVE, GROUP_QUERY, GROUP_REPORT, readRecords, writeRecords } from './group-report.ts';
import { fail, failShort } from './link.ts';
import { concatenate, read16, write16 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_BAD_TYPE, PROBLEM_NONE } from './problem.ts';

export const MLD_QUERY = 130;
export const MLDV1_REPORT = 131;
export const MLDV1_DONE = 132;
export const MLDV2_REPORT = 143;

const TYPE = 0;
const CHECKSUM = 2;
const MAXIMUM_RESPONSE = 4;
const RECORD_COUNT = 6;
const GROUP = 8;
const RECORDS = 8;
const V1_LENGTH = 24;
const V2_REPORT_HEADER_LENGTH = 8;
/** RFC 3810 §8.1: a query this long is version 2's. */
const V2_QUERY_LENGTH = 28;

/** Whether an ICMPv6 type is one that readMld reads. */
export function isMldType(type: number): boolean {
  return type === MLD_QUERY || type === MLDV1_REPORT || type === MLDV1_DONE || type === MLDV2_REPORT;
}

/** Reads an MLD message, versions 1 and 2: an ICMPv6 packet's `transportOffset`, `transportEnd`, `wireEnd`. */
export function readMld(
  cursor: GroupCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
): ProblemCode {
  clearGroupCursor(cursor, 16);
  if (start >= end) return failShort(cursor, start + 1, end, wireEnd);
  const type = bytes[start + TYPE]!;
  cursor.type = type;
  if (!isMldType(type)) return fail(cursor, PROBLEM_BAD_TYPE, start);
  const length = type === MLDV2_REPORT ? V2_REPORT_HEADER_LENGTH : V1_LENGTH;
  if (start + length > end) return failShort(cursor, start + length, end, wireEnd);
  cursor.checksum = read16(bytes, start + CHECKSUM);
  if (type === MLDV2_REPORT) {
    cursor.kind = GROUP_REPORT;
    cursor.version = 2;
    return readRecords(cursor, bytes, start + RECORDS, read16(bytes, start + RECORD_COUNT), end, wireEnd);
  }
  cursor.groupAddress = start + GROUP;
  if (type === MLD_QUERY) {
    cursor.kind = GROUP_QUERY;
    cursor.version = wireEnd - start >= V2_QUERY_LENGTH ? 2 : 1;
  } else {
    cursor.kind = type === MLDV1_DONE ? GROUP_LEAVE : GROUP_REPORT;
    cursor.version = 1;
    cursor.recordCount = 1;
  }
  return PROBLEM_NONE;
}

/** Writes an MLDv2 report with a checksum of 0. */
export function writeMldV2Report(records: readonly GroupRecord[]): Uint8Array {
  const header = new Uint8Array(V2_REPORT_HEADER_LENGTH);
  header[TYPE] = MLDV2_REPORT;
  write16(header, RECORD_COUNT, records.length);
  return concatenate(header, writeRecords(records));
}

/** Writes a message of MLD version 1 with a checksum of 0: `type` is MLD_QUERY, MLDV1_REPORT or MLDV1_DONE. */
export function writeMldV1(type: number, group: Uint8Array, maximumResponseMs = 0): Uint8Array {
  const message = new Uint8Array(V1_LENGTH);
  message[TYPE] = type;
  write16(message, MAXIMUM_RESPONSE, maximumResponseMs);
  message.set(group, GROUP);
  return message;
}
