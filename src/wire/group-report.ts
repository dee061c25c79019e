import type { ProblemCursor } from './link.ts';
import { failShort } from './link.ts';
import { concatenate, read16, write16 } from './octets.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_NONE } from './problem.ts';

/** What a message of IGMP or MLD is for. */
export const GROUP_UNKNOWN = 0;
export const GROUP_QUERY = 1;
export const GROUP_REPORT = 2;
/** IGMPv2 Leave Group, MLDv1 Done. */
export const GROUP_LEAVE = 3;

/** Record types of IGMPv3 (RFC 3376 §4.2.12) and MLDv2 (RFC 3810 §5.2.12). */
export const RECORD_IS_INCLUDE = 1;
export const RECORD_IS_EXCLUDE = 2;
export const RECORD_TO_INCLUDE = 3;
export const RECORD_TO_EXCLUDE = 4;
export const RECORD_ALLOW_SOURCES = 5;
export const RECORD_BLOCK_SOURCES = 6;

const RECORD_TYPE = 0;
const RECORD_AUXILIARY_LENGTH = 1;
const RECORD_SOURCE_COUNT = 2;
const RECORD_GROUP = 4;

/** A view of a message of IGMP or MLD. Offsets are from the start of the buffer; -1: none. */
export interface GroupCursor extends ProblemCursor {
  /** One of GROUP_QUERY, GROUP_REPORT, GROUP_LEAVE; GROUP_UNKNOWN for any other type. */
  kind: number;
  type: number;
  /** IGMP's 1 to 3, MLD's 1 to 2. */
  version: number;
  checksum: number;
  addressLength: number;
  /** The group of a query (all zeros: a general one), or of a report or leave of an older version. */
  groupAddress: number;
  /** Groups that a report or leave names; walk them with firstGroupRecord and nextGroupRecord. */
  recordCount: number;
  /** Records of IGMPv3 and MLDv2; -1 where the one group is `groupAddress`. */
  recordsOffset: number;
  recordsEnd: number;
}

/** Makes a cursor; one is enough for any number of messages. */
export function createGroupCursor(): GroupCursor {
  return {
    problem: PROBLEM_NONE,
    problemOffset: -1,
    kind: GROUP_UNKNOWN,
    type: -1,
    version: -1,
    checksum: -1,
    addressLength: 0,
    groupAddress: -1,
    recordCount: 0,
    recordsOffset: -1,
    recordsEnd: -1,
  };
}

/** Empties a cursor, for the readers of IGMP and MLD. */
export function clearGroupCursor(cursor: GroupCursor, addressLength: number): void {
  cursor.problem = PROBLEM_NONE;
  cursor.problemOffset = -1;
  cursor.kind = GROUP_UNKNOWN;
  cursor.type = -1;
  cursor.version = -1;
  cursor.checksum = -1;
  cursor.addressLength = addressLength;
  cursor.groupAddress = -1;
  cursor.recordCount = 0;
  cursor.recordsOffset = -1;
  cursor.recordsEnd = -1;
}

/**
 * Checks that the `count` records at `offset` are there and fills `recordCount`, `recordsOffset` and `recordsEnd`; on a
 * problem the records before it count.
 */
export function readRecords(
  cursor: GroupCursor,
  bytes: Uint8Array,
  offset: number,
  count: number,
  end: number,
  wireEnd: number,
): ProblemCode {
  cursor.recordsOffset = offset;
  cursor.recordsEnd = offset;
  while (cursor.recordCount < count) {
    const record = cursor.recordsEnd;
    const fixedEnd = record + RECORD_GROUP + cursor.addressLength;
    if (fixedEnd > end) return failShort(cursor, fixedEnd, end, wireEnd);
    const recordEnd = recordEndOf(bytes, record, cursor.addressLength);
    if (recordEnd > end) return failShort(cursor, recordEnd, end, wireEnd);
    cursor.recordsEnd = recordEnd;
    cursor.recordCount++;
  }
  return PROBLEM_NONE;
}

function recordEndOf(bytes: Uint8Array, record: number, addressLength: number): number {
  const sources = read16(bytes, record + RECORD_SOURCE_COUNT);
  return record + RECORD_GROUP + addressLength * (1 + sources) + bytes[record + RECORD_AUXILIARY_LENGTH]! * 4;
}

/** A view of one group that a report names. */
export interface GroupRecordCursor {
  /** One of RECORD_…; a report of an older version counts as RECORD_IS_EXCLUDE, a leave as RECORD_TO_INCLUDE. */
  recordType: number;
  groupAddress: number;
  sourceCount: number;
  /** Whether the sender wants the group's traffic from now on. */
  joins: boolean;
  /** Where the next record begins. */
  nextOffset: number;
}

/** Makes a cursor; one is enough for any number of records. */
export function createGroupRecordCursor(): GroupRecordCursor {
  return { recordType: -1, groupAddress: -1, sourceCount: 0, joins: false, nextOffset: -1 };
}

/** Goes to the first group of a report or leave that was read; false where there is none. */
export function firstGroupRecord(record: GroupRecordCursor, report: GroupCursor, bytes: Uint8Array): boolean {
  if (report.recordCount === 0) return false;
  if (report.recordsOffset !== -1) return recordAt(record, report, bytes, report.recordsOffset);
  record.recordType = report.kind === GROUP_LEAVE ? RECORD_TO_INCLUDE : RECORD_IS_EXCLUDE;
  record.groupAddress = report.groupAddress;
  record.sourceCount = 0;
  record.joins = report.kind === GROUP_REPORT;
  record.nextOffset = -1;
  return true;
}

/** Goes to the next group; false behind the last. */
export function nextGroupRecord(record: GroupRecordCursor, report: GroupCursor, bytes: Uint8Array): boolean {
  return record.nextOffset !== -1 && recordAt(record, report, bytes, record.nextOffset);
}

function recordAt(record: GroupRecordCursor, report: GroupCursor, bytes: Uint8Array, offset: number): boolean {
  if (offset >= report.recordsEnd) return false;
  const type = bytes[offset + RECORD_TYPE]!;
  const sources = read16(bytes, offset + RECORD_SOURCE_COUNT);
  record.recordType = type;
  record.groupAddress = offset + RECORD_GROUP;
  record.sourceCount = sources;
  record.joins = joins(type, sources);
  record.nextOffset = recordEndOf(bytes, offset, report.addressLength);
  return true;
}

/** Excluding some sources, or including some, asks for traffic; including none leaves the group. */
function joins(recordType: number, sourceCount: number): boolean {
  if (recordType === RECORD_IS_EXCLUDE || recordType === RECORD_TO_EXCLUDE) return true;
  const includes =
    recordType === RECORD_IS_INCLUDE || recordType === RECORD_TO_INCLUDE || recordType === RECORD_ALLOW_SOURCES;
  return includes && sourceCount > 0;
}

/** A group record as it is written. */
export interface GroupRecord {
  readonly recordType: number;
  /** Four or sixteen octets. */
  readonly group: Uint8Array;
  readonly sources?: readonly Uint8Array[];
}

/** Writes the records of an IGMPv3 or MLDv2 report, one behind the other. */
export function writeRecords(records: readonly GroupRecord[]): Uint8Array {
  return concatenate(...records.map(writeRecord));
}

function writeRecord(record: GroupRecord): Uint8Array {
  const sources = record.sources ?? [];
  const fixed = new Uint8Array(RECORD_GROUP);
  fixed[RECORD_TYPE] = record.recordType;
  write16(fixed, RECORD_SOURCE_COUNT, sources.length);
  return concatenate(fixed, record.group, ...sources);
}
