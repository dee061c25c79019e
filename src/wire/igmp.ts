import { internetChecksum } from './checksum.ts';
import type { GroupCursor, GroupRecord } from './group-report.ts';
import { clearGroupCursor, GROUP_LEAVE, GROUP_QUERY, GROUP_REPORT, readRecords, writeRecords } from './group-report.ts';
import { fail, failShort } from './link.ts';
import { concatenate, read16, write16 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_BAD_TYPE, PROBLEM_NONE } from './problem.ts';

export const IGMP_QUERY = 0x11;
export const IGMPV1_REPORT = 0x12;
export const IGMPV2_REPORT = 0x16;
export const IGMPV2_LEAVE = 0x17;
export const IGMPV3_REPORT = 0x22;

const TYPE = 0;
const MAXIMUM_RESPONSE = 1;
const CHECKSUM = 2;
const GROUP = 4;
const RECORD_COUNT = 6;
const RECORDS = 8;
const LENGTH = 8;
/** RFC 3376 §7.1: a query this long is version 3's. */
const V3_QUERY_LENGTH = 12;

/** Reads an IGMP message, versions 1 to 3: a packet's `transportOffset`, `transportEnd`, `wireEnd`. */
export function readIgmp(
  cursor: GroupCursor,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
): ProblemCode {
  clearGroupCursor(cursor, 4);
  if (start + LENGTH > end) return failShort(cursor, start + LENGTH, end, wireEnd);
  const type = bytes[start + TYPE]!;
  cursor.type = type;
  cursor.checksum = read16(bytes, start + CHECKSUM);
  switch (type) {
    case IGMP_QUERY:
      cursor.kind = GROUP_QUERY;
      cursor.version = queryVersion(bytes[start + MAXIMUM_RESPONSE]!, wireEnd - start);
      cursor.groupAddress = start + GROUP;
      return PROBLEM_NONE;
    case IGMPV1_REPORT:
    case IGMPV2_REPORT:
    case IGMPV2_LEAVE:
      cursor.kind = type === IGMPV2_LEAVE ? GROUP_LEAVE : GROUP_REPORT;
      cursor.version = type === IGMPV1_REPORT ? 1 : 2;
      cursor.groupAddress = start + GROUP;
      cursor.recordCount = 1;
      return PROBLEM_NONE;
    case IGMPV3_REPORT:
      cursor.kind = GROUP_REPORT;
      cursor.version = 3;
      return readRecords(cursor, bytes, start + RECORDS, read16(bytes, start + RECORD_COUNT), end, wireEnd);
    default:
      return fail(cursor, PROBLEM_BAD_TYPE, start);
  }
}

function queryVersion(maximumResponse: number, length: number): number {
  if (length >= V3_QUERY_LENGTH) return 3;
  return maximumResponse === 0 ? 1 : 2;
}

/** Writes an IGMPv3 report. */
export function writeIgmpV3Report(records: readonly GroupRecord[]): Uint8Array {
  const header = new Uint8Array(LENGTH);
  header[TYPE] = IGMPV3_REPORT;
  write16(header, RECORD_COUNT, records.length);
  return withChecksum(concatenate(header, writeRecords(records)));
}

/** Writes a message of IGMP version 1 or 2: `type` is IGMP_QUERY, IGMPV1_REPORT, IGMPV2_REPORT or IGMPV2_LEAVE. */
export function writeIgmpV2(type: number, group: Uint8Array, maximumResponse = 0): Uint8Array {
  const message = new Uint8Array(LENGTH);
  message[TYPE] = type;
  message[MAXIMUM_RESPONSE] = maximumResponse;
  message.set(group, GROUP);
  return withChecksum(message);
}

function withChecksum(message: Uint8Array): Uint8Array {
  write16(message, CHECKSUM, internetChecksum(message, 0, message.length));
  return message;
}
