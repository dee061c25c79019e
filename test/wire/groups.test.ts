import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../src/wire/address.ts';
import { icmpV6Frame, joinFrame } from '../../src/wire/build.ts';
import { ipFrame } from '../../src/wire/envelope.ts';
import {
  createGroupRecordCursor,
  firstGroupRecord,
  GROUP_LEAVE,
  GROUP_QUERY,
  GROUP_REPORT,
  nextGroupRecord,
  RECORD_ALLOW_SOURCES,
  RECORD_BLOCK_SOURCES,
  RECORD_IS_EXCLUDE,
  RECORD_IS_INCLUDE,
  RECORD_TO_EXCLUDE,
  RECORD_TO_INCLUDE,
} from '../../src/wire/group-report.ts';
import {
  IGMP_QUERY,
  IGMPV1_REPORT,
  IGMPV2_LEAVE,
  IGMPV2_REPORT,
  writeIgmpV2,
  writeIgmpV3Report,
} from '../../src/wire/igmp.ts';
import { formatMac } from '../../src/wire/mac.ts';
import { MLD_QUERY, MLDV1_DONE, MLDV1_REPORT, writeMldV1, writeMldV2Report } from '../../src/wire/mld.ts';
import { concatenate } from '../../src/wire/octets.ts';
import { PROBLEM_BAD_TYPE, PROBLEM_CUT, PROBLEM_NONE, PROBLEM_TOO_SHORT } from '../../src/wire/problem.ts';
import { isTransportChecksumRight } from '../../src/wire/transport-checksum.ts';
import type { Reading } from './reading.ts';
import { readWhole } from './reading.ts';

const sourceMac = '02:00:00:00:00:01';
const group = parseAddress('224.0.0.18')!;
const groupV6 = parseAddress('ff02::12')!;
const source = parseAddress('192.0.2.1')!;

const igmp = (payload: Uint8Array) =>
  readWhole(ipFrame({ sourceMac, source, destination: group, protocol: 2, payload, hopLimit: 1 }));
const mld = (payload: Uint8Array) =>
  readWhole(icmpV6Frame({ sourceMac, source: 'fe80::1', destination: 'ff02::16', routerAlert: true }, payload));

/** The groups of a report: `224.0.0.18 4 joins`. */
function recordsOf({ bytes, group: report }: Reading): string[] {
  const record = createGroupRecordCursor();
  const records: string[] = [];
  for (let more = firstGroupRecord(record, report!, bytes); more; more = nextGroupRecord(record, report!, bytes)) {
    const address = formatAddress(bytes, record.groupAddress, report!.addressLength);
    records.push(`${address} ${record.recordType}${record.joins ? ' joins' : ''}`);
  }
  return records;
}

describe('joining', () => {
  it('IGMPv3: to 224.0.0.22 with a router alert and a TTL of 1 (RFC 3376 §4)', () => {
    const bytes = joinFrame({ groups: ['224.0.0.18', '224.0.0.251'], source: '192.0.2.1', sourceMac });
    const reading = readWhole(bytes);
    const { frame } = reading;
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, hopLimit: 1, routerAlert: 0, protocol: 2 });
    expect(formatAddress(bytes, frame.destinationAddress, 4)).toBe('224.0.0.22');
    expect(formatMac(bytes, frame.destinationMac)).toBe('01:00:5e:00:00:16');
    expect(reading.group).toMatchObject({ problem: PROBLEM_NONE, kind: GROUP_REPORT, version: 3, recordCount: 2 });
    expect(recordsOf(reading)).toEqual(['224.0.0.18 4 joins', '224.0.0.251 4 joins']);
    expect(isTransportChecksumRight(frame, bytes)).toBe(true);
  });

  it('MLDv2: to ff02::16 with a router alert and a hop limit of 1 (RFC 3810 §5)', () => {
    const bytes = joinFrame({ groups: ['ff02::12', 'ff02::1:ff00:101'], source: 'fe80::1', sourceMac });
    const reading = readWhole(bytes);
    expect(reading.frame).toMatchObject({ problem: PROBLEM_NONE, hopLimit: 1, routerAlert: 0, protocol: 58 });
    expect(formatMac(bytes, reading.frame.destinationMac)).toBe('33:33:00:00:00:16');
    expect(reading.group).toMatchObject({ problem: PROBLEM_NONE, kind: GROUP_REPORT, version: 2, recordCount: 2 });
    expect(recordsOf(reading)).toEqual(['ff02::12 4 joins', 'ff02::1:ff00:101 4 joins']);
    expect(isTransportChecksumRight(reading.frame, bytes)).toBe(true);
  });

  it('leaving is including nothing', () => {
    const bytes = joinFrame({ groups: ['224.0.0.18'], sourceMac, recordType: RECORD_TO_INCLUDE });
    expect(recordsOf(readWhole(bytes))).toEqual(['224.0.0.18 3']);
  });
});

describe('records of IGMPv3 and MLDv2', () => {
  it.each([
    [RECORD_IS_INCLUDE, 0, false],
    [RECORD_IS_INCLUDE, 1, true],
    [RECORD_IS_EXCLUDE, 0, true],
    [RECORD_IS_EXCLUDE, 2, true],
    [RECORD_TO_INCLUDE, 0, false],
    [RECORD_TO_EXCLUDE, 0, true],
    [RECORD_ALLOW_SOURCES, 1, true],
    [RECORD_BLOCK_SOURCES, 1, false],
  ])('type %i with %i sources: joins is %s', (recordType, count, joins) => {
    const sources = Array.from({ length: count }, () => source);
    const payload = writeIgmpV3Report([
      { recordType, group, sources },
      { recordType: RECORD_TO_EXCLUDE, group: parseAddress('224.0.0.5')! },
    ]);
    const records = recordsOf(igmp(payload));
    expect(records).toEqual([`224.0.0.18 ${recordType}${joins ? ' joins' : ''}`, '224.0.0.5 4 joins']);
  });

  it('auxiliary data is passed over', () => {
    const payload = writeMldV2Report([
      { recordType: RECORD_TO_EXCLUDE, group: concatenate(groupV6) },
      { recordType: RECORD_TO_EXCLUDE, group: parseAddress('ff02::5')! },
    ]);
    const auxiliary = concatenate(payload.subarray(0, 28), new Uint8Array(8), payload.subarray(28));
    auxiliary[9] = 2;
    expect(recordsOf(mld(auxiliary))).toEqual(['ff02::12 4 joins', 'ff02::5 4 joins']);
  });

  it.each([
    ['a count beyond the records', (payload: Uint8Array) => payload.fill(3, 7, 8), PROBLEM_TOO_SHORT],
    ['sources beyond the packet', (payload: Uint8Array) => payload.fill(1, 11, 12), PROBLEM_TOO_SHORT],
    ['auxiliary data beyond the packet', (payload: Uint8Array) => payload.fill(255, 9, 10), PROBLEM_TOO_SHORT],
  ])('%s is malformed', (_name, spoil, problem) => {
    expect(igmp(spoil(writeIgmpV3Report([{ recordType: 4, group }]))).group).toMatchObject({ problem });
    expect(mld(spoil(writeMldV2Report([{ recordType: 4, group: groupV6 }]))).group).toMatchObject({ problem });
  });

  it('of a cut report those before the cut are there', () => {
    const bytes = joinFrame({ groups: ['224.0.0.18', '224.0.0.5', '224.0.0.6'], sourceMac });
    const reading = readWhole(bytes, 1, 0, 14 + 24 + 8 + 8 + 3, bytes.length);
    expect(reading.group).toMatchObject({ problem: PROBLEM_CUT, recordCount: 1 });
    expect(recordsOf(reading)).toEqual(['224.0.0.18 4 joins']);
  });
});

describe('older versions', () => {
  it.each([
    [IGMPV1_REPORT, GROUP_REPORT, 1, ['224.0.0.18 2 joins']],
    [IGMPV2_REPORT, GROUP_REPORT, 2, ['224.0.0.18 2 joins']],
    [IGMPV2_LEAVE, GROUP_LEAVE, 2, ['224.0.0.18 3']],
  ])('IGMP type %i', (type, kind, version, records) => {
    const reading = igmp(writeIgmpV2(type, group));
    expect(reading.group).toMatchObject({ problem: PROBLEM_NONE, kind, version });
    expect(recordsOf(reading)).toEqual(records);
    expect(isTransportChecksumRight(reading.frame, reading.bytes)).toBe(true);
  });

  it.each([
    [MLDV1_REPORT, GROUP_REPORT, ['ff02::12 2 joins']],
    [MLDV1_DONE, GROUP_LEAVE, ['ff02::12 3']],
  ])('MLD type %i', (type, kind, records) => {
    const reading = mld(writeMldV1(type, groupV6));
    expect(reading.group).toMatchObject({ problem: PROBLEM_NONE, kind, version: 1 });
    expect(recordsOf(reading)).toEqual(records);
  });

  it.each([
    [0, 0, 1],
    [100, 0, 2],
    [100, 4, 3],
  ])('an IGMP query with a response of %i and %i more octets is of version %i', (response, more, version) => {
    const payload = concatenate(writeIgmpV2(IGMP_QUERY, new Uint8Array(4), response), new Uint8Array(more));
    expect(igmp(payload).group).toMatchObject({ problem: PROBLEM_NONE, kind: GROUP_QUERY, version, recordCount: 0 });
  });

  it.each([
    [0, 1],
    [4, 2],
  ])('an MLD query with %i more octets is of version %i', (more, version) => {
    const payload = concatenate(writeMldV1(MLD_QUERY, new Uint8Array(16), 10000), new Uint8Array(more));
    expect(mld(payload).group).toMatchObject({ problem: PROBLEM_NONE, kind: GROUP_QUERY, version, recordCount: 0 });
  });

  it('other types, and messages that are too short', () => {
    expect(igmp(Uint8Array.of(0x13, 0, 0, 0, 0, 0, 0, 0)).group).toMatchObject({ problem: PROBLEM_BAD_TYPE });
    expect(igmp(Uint8Array.of(0x16, 0, 0, 0)).group).toMatchObject({ problem: PROBLEM_TOO_SHORT });
    expect(mld(Uint8Array.of(131, 0, 0, 0, 0, 0, 0, 0)).group).toMatchObject({ problem: PROBLEM_TOO_SHORT });
  });
});
