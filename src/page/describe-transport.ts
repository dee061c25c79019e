import { formatAddress } from '../wire/address.ts';
import type { FrameCursor } from '../wire/frame.ts';
import {
  createGroupCursor,
  createGroupRecordCursor,
  firstGroupRecord,
  GROUP_QUERY,
  type GroupCursor,
  nextGroupRecord,
} from '../wire/group-report.ts';
import { createIcmpCursor, readIcmp } from '../wire/icmp.ts';
import { readIgmp } from '../wire/igmp.ts';
import { isMldType, readMld } from '../wire/mld.ts';
import {
  createNeighborCursor,
  isNeighborType,
  NEIGHBOR_ADVERTISEMENT,
  NEIGHBOR_SOLICITATION,
  readNeighbor,
} from '../wire/neighbor.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_IGMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/network.ts';
import { describeProblem, PROBLEM_NONE } from '../wire/problem.ts';
import { createTcpCursor, readTcp, TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from '../wire/tcp.ts';
import { createUdpCursor, readUdp } from '../wire/udp.ts';
import type { Layer, Part } from './describe-frame.ts';
import { macInWords } from './words.ts';

const icmp = createIcmpCursor();
const neighbor = createNeighborCursor();
const group = createGroupCursor();
const record = createGroupRecordCursor();
const tcp = createTcpCursor();
const udp = createUdpCursor();

const MESSAGES: Readonly<Record<number, string>> = {
  133: 'Router Solicitation',
  134: 'Router Advertisement',
  135: 'Neighbor Solicitation',
  136: 'Neighbor Advertisement',
  137: 'Redirect',
};
const FLAGS = [
  [TCP_SYN, 'SYN'],
  [TCP_ACK, 'ACK'],
  [TCP_PSH, 'PSH'],
  [TCP_FIN, 'FIN'],
  [TCP_RST, 'RST'],
] as const;

/** What an IP packet other than VRRP's holds, in words; undefined where it is of no protocol that is read here. */
export function describeTransport(bytes: Uint8Array, frame: FrameCursor): Part | undefined {
  switch (frame.protocol) {
    case PROTOCOL_ICMP:
      return describeIcmp(bytes, frame, 'ICMP');
    case PROTOCOL_ICMPV6:
      return describeIcmpv6(bytes, frame);
    case PROTOCOL_IGMP:
      readIgmp(group, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd);
      return describeGroups(bytes, group, 'IGMP');
    case PROTOCOL_TCP:
      return describeTcp(bytes, frame);
    case PROTOCOL_UDP:
      return describeUdp(bytes, frame);
    default:
      return undefined;
  }
}

function describeIcmpv6(bytes: Uint8Array, frame: FrameCursor): Part {
  const type = bytes[frame.transportOffset] ?? -1;
  if (isNeighborType(type)) return describeNeighbor(bytes, frame);
  if (!isMldType(type)) return describeIcmp(bytes, frame, 'ICMPv6');
  readMld(group, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd);
  return describeGroups(bytes, group, 'MLD');
}

function describeNeighbor(bytes: Uint8Array, frame: FrameCursor): Part {
  const problem = readNeighbor(neighbor, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd);
  const { type, targetAddress, sourceLinkLayer, targetLinkLayer, router, solicited, override } = neighbor;
  const name = MESSAGES[type] ?? `type ${type}`;
  const target = targetAddress < 0 ? '' : formatAddress(bytes, targetAddress, 16);
  const isAdvertisement = type === NEIGHBOR_ADVERTISEMENT;
  const flags = [router ? 'router' : '', solicited ? 'solicited' : '', override ? 'override' : ''];
  const layer: Layer = {
    name,
    fields: [
      ...(target === '' ? [] : [['target', target] as const]),
      ...(isAdvertisement ? [['flags', flags.filter((flag) => flag !== '').join(', ') || 'none'] as const] : []),
      ...(sourceLinkLayer < 0 ? [] : [['source link-layer address', macInWords(bytes, sourceLinkLayer)] as const]),
      ...(targetLinkLayer < 0 ? [] : [['target link-layer address', macInWords(bytes, targetLinkLayer)] as const]),
      ...(problem === PROBLEM_NONE ? [] : [['problem', describeProblem(problem)] as const]),
    ],
  };
  if (type === NEIGHBOR_SOLICITATION) return { kind: 'question', summary: `${name} for ${target}`, layer };
  if (!isAdvertisement) return { kind: 'other', summary: name, layer };
  return solicited
    ? { kind: 'answer', summary: `${name} of ${target}`, layer }
    : { kind: 'announcement', summary: `unsolicited ${name} of ${target}`, layer };
}

function describeGroups(bytes: Uint8Array, report: GroupCursor, name: string): Part {
  const groups: string[] = [];
  if (report.problem === PROBLEM_NONE && report.kind !== GROUP_QUERY) {
    for (let more = firstGroupRecord(record, report, bytes); more; more = nextGroupRecord(record, report, bytes)) {
      groups.push(
        `${record.joins ? 'joins' : 'leaves'} ${formatAddress(bytes, record.groupAddress, report.addressLength)}`,
      );
    }
  }
  const what = report.kind === GROUP_QUERY ? 'query' : groups.join(', ');
  return {
    kind: 'other',
    summary: `${name}v${report.version}: ${report.problem === PROBLEM_NONE ? what : describeProblem(report.problem)}`,
    layer: { name: `${name}v${report.version}`, fields: groups.map((text) => ['group', text] as const) },
  };
}

function describeIcmp(bytes: Uint8Array, frame: FrameCursor, name: string): Part {
  const { transportOffset, transportEnd, wireEnd, protocol } = frame;
  const problem = readIcmp(icmp, bytes, transportOffset, transportEnd, wireEnd, protocol);
  const { type, code, isEchoRequest, isEchoReply, identifier, sequence } = icmp;
  const isEcho = isEchoRequest || isEchoReply;
  const echo = `echo ${isEchoRequest ? 'request' : 'reply'} ${sequence}`;
  return {
    kind: 'other',
    summary: isEcho ? `${name} ${echo}` : `${name} type ${type}, code ${code}`,
    layer: {
      name,
      fields: [
        ['type', isEcho ? `${type} (${echo})` : String(type)],
        ['code', String(code)],
        ...(isEcho ? [['identifier', String(identifier)] as const, ['sequence', String(sequence)] as const] : []),
        ...(problem === PROBLEM_NONE ? [] : [['problem', describeProblem(problem)] as const]),
      ],
    },
  };
}

function describeTcp(bytes: Uint8Array, frame: FrameCursor): Part {
  const problem = readTcp(tcp, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd);
  const flags = FLAGS.filter(([bit]) => (tcp.flags & bit) !== 0).map(([, flag]) => flag);
  const ports = `${tcp.sourcePort} to ${tcp.destinationPort}`;
  return {
    kind: 'other',
    summary: problem === PROBLEM_NONE ? `TCP ${ports} ${flags.join(', ')}` : `TCP: ${describeProblem(problem)}`,
    layer: {
      name: 'TCP',
      fields: [
        ['ports', ports],
        ['flags', flags.join(', ')],
        ['sequence', String(tcp.sequence)],
        ['acknowledgment', String(tcp.acknowledgment)],
        ['window', String(tcp.window)],
      ],
    },
  };
}

function describeUdp(bytes: Uint8Array, frame: FrameCursor): Part {
  const problem = readUdp(udp, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd);
  const ports = `${udp.sourcePort} to ${udp.destinationPort}`;
  return {
    kind: 'other',
    summary: problem === PROBLEM_NONE ? `UDP ${ports}` : `UDP: ${describeProblem(problem)}`,
    layer: { name: 'UDP', fields: [['ports', ports]] },
  };
}
