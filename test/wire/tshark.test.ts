import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatIpv4, formatIpv6 } from '../../src/wire/address.ts';
import { isGratuitousArp } from '../../src/wire/arp.ts';
import { createGroupRecordCursor, firstGroupRecord, nextGroupRecord } from '../../src/wire/group-report.ts';
import { isIpv4ChecksumRight } from '../../src/wire/ipv4.ts';
import { formatMac } from '../../src/wire/mac.ts';
import { NEIGHBOR_ADVERTISEMENT, NEIGHBOR_REDIRECT, NEIGHBOR_SOLICITATION } from '../../src/wire/neighbor.ts';
import { read16 } from '../../src/wire/octets.ts';
import { isTransportChecksumRight } from '../../src/wire/transport-checksum.ts';
import { isVrrpChecksumRight, vrrpChecksum } from '../../src/wire/vrrp-checksum.ts';
import { requirePeer } from '../peers.ts';
import { recordedFiles, recordedFrames } from './captures.ts';
import type { Reading } from './reading.ts';
import { readWhole } from './reading.ts';

type Value = string | number | boolean | undefined;

/** One of tshark's fields, and the same from our readers: undefined or an empty list where a frame has no such field. */
interface Column {
  readonly field: string;
  readonly ours: (reading: Reading) => Value | readonly Value[];
}

const v4 = (reading: Reading) => (reading.frame.ipVersion === 4 ? reading.frame : undefined);
const v6 = (reading: Reading) => (reading.frame.ipVersion === 6 ? reading.frame : undefined);
const icmp6 = (reading: Reading) => (reading.frame.ipVersion === 6 ? reading.icmp : undefined);
const echo = (reading: Reading) => (reading.icmp?.identifier === -1 ? undefined : reading.icmp);

function neighbor(reading: Reading, type: number) {
  return reading.neighbor?.type === type ? reading.neighbor : undefined;
}

function macAt({ bytes }: Reading, offset: number | undefined): Value {
  return offset === undefined || offset === -1 ? undefined : formatMac(bytes, offset);
}

function ipv4At({ bytes }: Reading, offset: number | undefined): Value {
  return offset === undefined || offset === -1 ? undefined : formatIpv4(bytes, offset);
}

function ipv6At({ bytes }: Reading, offset: number | undefined): Value {
  return offset === undefined || offset === -1 ? undefined : formatIpv6(bytes, offset);
}

function vrrpAddresses({ bytes, vrrp }: Reading, length: number): string[] {
  const addresses: string[] = [];
  if (vrrp === undefined || vrrp.addressLength !== length) return addresses;
  for (let offset = vrrp.addressesOffset; offset < vrrp.addressesEnd; offset += length) {
    addresses.push(length === 4 ? formatIpv4(bytes, offset) : formatIpv6(bytes, offset));
  }
  return addresses;
}

/** What the groups of a report say, for one family. */
function groups({ bytes, group }: Reading, length: number, what: 'group' | 'type'): Value[] {
  const values: Value[] = [];
  if (group === undefined || group.addressLength !== length) return values;
  const record = createGroupRecordCursor();
  for (let more = firstGroupRecord(record, group, bytes); more; more = nextGroupRecord(record, group, bytes)) {
    const address = length === 4 ? formatIpv4(bytes, record.groupAddress) : formatIpv6(bytes, record.groupAddress);
    values.push(what === 'group' ? address : record.recordType);
  }
  return values;
}

const GOOD = 1;
const good = (isRight: boolean | undefined): Value => (isRight === true ? GOOD : undefined);

const columns: readonly Column[] = [
  { field: 'eth.dst', ours: (r) => macAt(r, r.frame.destinationMac) },
  { field: 'eth.src', ours: (r) => macAt(r, r.frame.sourceMac) },
  { field: 'eth.type', ours: (r) => r.frame.etherType },
  { field: 'ip.version', ours: (r) => r.frame.ipVersion || undefined },
  { field: 'ip.src', ours: (r) => ipv4At(r, v4(r)?.sourceAddress) },
  { field: 'ip.dst', ours: (r) => ipv4At(r, v4(r)?.destinationAddress) },
  { field: 'ip.ttl', ours: (r) => v4(r)?.hopLimit },
  { field: 'ip.proto', ours: (r) => v4(r)?.protocol },
  { field: 'ip.id', ours: (r) => v4(r)?.identification },
  { field: 'ip.hdr_len', ours: (r) => v4(r) && r.frame.transportOffset - r.frame.networkOffset },
  { field: 'ip.len', ours: (r) => v4(r) && r.frame.transportEnd - r.frame.networkOffset },
  { field: 'ip.opt.ra', ours: (r) => (r.frame.routerAlert === -1 ? undefined : v4(r)?.routerAlert) },
  { field: 'ipv6.src', ours: (r) => ipv6At(r, v6(r)?.sourceAddress) },
  { field: 'ipv6.dst', ours: (r) => ipv6At(r, v6(r)?.destinationAddress) },
  { field: 'ipv6.hlim', ours: (r) => v6(r)?.hopLimit },
  { field: 'ipv6.plen', ours: (r) => v6(r) && r.frame.networkEnd - r.frame.networkOffset - 40 },
  { field: 'ipv6.opt.router_alert', ours: (r) => (r.frame.routerAlert === -1 ? undefined : v6(r)?.routerAlert) },
  { field: 'vrrp.version', ours: (r) => r.vrrp?.version },
  { field: 'vrrp.type', ours: (r) => r.vrrp?.type },
  { field: 'vrrp.virt_rtr_id', ours: (r) => r.vrrp?.virtualRouterId },
  { field: 'vrrp.prio', ours: (r) => r.vrrp?.priority },
  { field: 'vrrp.addr_count', ours: (r) => r.vrrp?.addressCount },
  { field: 'vrrp.auth_type', ours: (r) => (r.vrrp?.version === 2 ? r.vrrp.authenticationType : undefined) },
  { field: 'vrrp.adver_int', ours: (r) => (r.vrrp?.version === 2 ? r.vrrp.interval : undefined) },
  { field: 'vrrp.reserved_mbz', ours: (r) => (r.vrrp?.version === 3 ? r.vrrp.reserved : undefined) },
  { field: 'vrrp.short_adver_int', ours: (r) => (r.vrrp?.version === 3 ? r.vrrp.interval : undefined) },
  { field: 'vrrp.checksum', ours: (r) => r.vrrp?.checksum },
  {
    field: 'vrrp.checksum.status',
    ours: ({ vrrp, frame, bytes }) =>
      vrrp && good(isVrrpChecksumRight(vrrpChecksum(frame, vrrp, bytes), vrrp.version, vrrp.addressLength)),
  },
  { field: 'vrrp.ip_addr', ours: (r) => vrrpAddresses(r, 4) },
  { field: 'vrrp.ipv6_addr', ours: (r) => vrrpAddresses(r, 16) },
  { field: 'arp.opcode', ours: (r) => r.arp?.operation },
  { field: 'arp.src.hw_mac', ours: (r) => macAt(r, r.arp?.senderMac) },
  { field: 'arp.src.proto_ipv4', ours: (r) => ipv4At(r, r.arp?.senderAddress) },
  { field: 'arp.dst.hw_mac', ours: (r) => macAt(r, r.arp?.targetMac) },
  { field: 'arp.dst.proto_ipv4', ours: (r) => ipv4At(r, r.arp?.targetAddress) },
  { field: 'arp.isgratuitous', ours: (r) => (r.arp && isGratuitousArp(r.arp, r.bytes) ? true : undefined) },
  { field: 'icmp.type', ours: (r) => v4(r) && r.icmp?.type },
  { field: 'icmp.ident', ours: (r) => v4(r) && echo(r)?.identifier },
  { field: 'icmp.seq', ours: (r) => v4(r) && echo(r)?.sequence },
  { field: 'icmpv6.type', ours: (r) => icmp6(r)?.type },
  { field: 'icmpv6.echo.identifier', ours: (r) => v6(r) && echo(r)?.identifier },
  { field: 'icmpv6.echo.sequence_number', ours: (r) => v6(r) && echo(r)?.sequence },
  { field: 'icmpv6.checksum.status', ours: (r) => icmp6(r) && good(isTransportChecksumRight(r.frame, r.bytes)) },
  {
    field: 'icmpv6.nd.ns.target_address',
    ours: (r) => ipv6At(r, neighbor(r, NEIGHBOR_SOLICITATION)?.targetAddress),
  },
  {
    field: 'icmpv6.nd.na.target_address',
    ours: (r) => ipv6At(r, neighbor(r, NEIGHBOR_ADVERTISEMENT)?.targetAddress),
  },
  { field: 'icmpv6.nd.rd.target_address', ours: (r) => ipv6At(r, neighbor(r, NEIGHBOR_REDIRECT)?.targetAddress) },
  {
    field: 'icmpv6.rd.na.destination_address',
    ours: (r) => ipv6At(r, neighbor(r, NEIGHBOR_REDIRECT)?.redirectedAddress),
  },
  { field: 'icmpv6.nd.na.flag.r', ours: (r) => neighbor(r, NEIGHBOR_ADVERTISEMENT)?.router },
  { field: 'icmpv6.nd.na.flag.s', ours: (r) => neighbor(r, NEIGHBOR_ADVERTISEMENT)?.solicited },
  { field: 'icmpv6.nd.na.flag.o', ours: (r) => neighbor(r, NEIGHBOR_ADVERTISEMENT)?.override },
  { field: 'icmpv6.opt.src_linkaddr', ours: (r) => macAt(r, r.neighbor?.sourceLinkLayer) },
  { field: 'icmpv6.opt.target_linkaddr', ours: (r) => macAt(r, r.neighbor?.targetLinkLayer) },
  { field: 'icmpv6.mldr.mar.record_type', ours: (r) => groups(r, 16, 'type') },
  { field: 'icmpv6.mldr.mar.multicast_address', ours: (r) => groups(r, 16, 'group') },
  { field: 'igmp.type', ours: (r) => v4(r) && r.group?.type },
  { field: 'igmp.checksum', ours: (r) => v4(r) && r.group?.checksum },
  { field: 'igmp.record_type', ours: (r) => groups(r, 4, 'type') },
  { field: 'igmp.maddr', ours: (r) => groups(r, 4, 'group') },
];

/** The fields of each frame, as tshark prints them. */
function tsharkRows(file: string): string[][] {
  const fields = columns.flatMap(({ field }) => ['-e', field]);
  const options = ['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', '-E', 'aggregator=,'];
  const output = execFileSync('tshark', ['-n', '-r', file, '-o', 'ip.check_checksum:TRUE', ...options, ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
  const lines = output.split('\n');
  lines.pop();
  return lines.map((line) => line.split('\t'));
}

/** The values in the form of ours: numbers decimal, booleans as 0 and 1 (newer versions of tshark print words). */
function theirs(cell: string | undefined): string[] {
  if (cell === undefined || cell === '') return [];
  return cell.split(',').map((value) => {
    if (value === 'True') return '1';
    if (value === 'False') return '0';
    return /^0x[0-9a-f]+$/.test(value) ? String(Number(value)) : value;
  });
}

function ours(value: Value | readonly Value[]): string[] {
  const values = Array.isArray(value) ? (value as Value[]) : [value as Value];
  return values
    .filter((one) => one !== undefined)
    .map((one) => (typeof one === 'boolean' ? String(Number(one)) : String(one)));
}

const FIRST_ICMPV6_INFORMATION = 128;

/** Without what an ICMPv6 error or redirect quotes: tshark prints the packet that it is about behind its own fields. */
function ownFields(column: Column, reading: Reading, values: string[]): string[] {
  const type = icmp6(reading)?.type ?? FIRST_ICMPV6_INFORMATION;
  if (type >= FIRST_ICMPV6_INFORMATION && type !== NEIGHBOR_REDIRECT) return values;
  return /^icmpv6\.(nd\.[nr][as]|opt\.src)/.test(column.field) ? [] : values.slice(0, 1);
}

describe.runIf(requirePeer('tshark'))('every field of every recorded frame is what tshark reads', () => {
  it.each(recordedFiles().map((file) => [basename(file), file]))('%s', (_name, file) => {
    const rows = tsharkRows(file);
    const frames = recordedFrames(file);
    expect(frames.length).toBe(rows.length);
    const compared = new Set<string>();
    const differences: string[] = [];
    for (const [index, { bytes, start, end, originalLength }] of frames.entries()) {
      const reading = readWhole(bytes, 1, start, end, originalLength);
      if (reading.frame.problem !== 0) differences.push(`frame ${index + 1}: problem ${reading.frame.problem}`);
      for (const [position, column] of columns.entries()) {
        const expected = ownFields(column, reading, theirs(rows[index]![position]));
        const actual = ours(column.ours(reading));
        if (expected.length > 0) compared.add(column.field);
        if (actual.join() !== expected.join()) {
          differences.push(`frame ${index + 1}, ${column.field}: tshark '${expected.join()}', ours '${actual.join()}'`);
        }
      }
    }
    expect(differences).toEqual([]);
    expect(compared).toContain('vrrp.prio');
    expect(compared.size).toBeGreaterThan(20);
  });

  it('finds right checksums in every recorded IPv4 header and transport that has one', () => {
    let headers = 0;
    let transports = 0;
    for (const { bytes, start, end, originalLength } of recordedFiles().flatMap(recordedFrames)) {
      const { frame } = readWhole(bytes, 1, start, end, originalLength);
      if (frame.ipVersion === 4) {
        expect(isIpv4ChecksumRight(bytes, frame.networkOffset, frame.transportOffset)).toBe(true);
        expect(read16(bytes, frame.networkOffset + 2)).toBe(frame.transportEnd - frame.networkOffset);
        headers++;
      }
      const transport = isTransportChecksumRight(frame, bytes);
      expect(transport).not.toBe(false);
      if (transport === true) transports++;
    }
    expect(headers).toBeGreaterThan(500);
    expect(transports).toBeGreaterThan(1500);
  });
});
