import { formatAddress } from '../wire/address.ts';
import { ARP_REQUEST, createArpCursor, isGratuitousArp, readArp } from '../wire/arp.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { ETHER_TYPE_ARP } from '../wire/link.ts';
import { formatMac } from '../wire/mac.ts';
import { FRAGMENT_LATER, PROTOCOL_VRRP } from '../wire/network.ts';
import { describeProblem, PROBLEM_NONE, type ProblemCode } from '../wire/problem.ts';
import { describeTransport } from './describe-transport.ts';
import { describeVrrp } from './describe-vrrp.ts';
import { hex, macInWords } from './words.ts';

/** What kind of mark a frame has in the timeline. */
export type FrameKind = 'advertisement' | 'release' | 'announcement' | 'question' | 'answer' | 'other';

/** One protocol of a frame, field by field. */
export interface Layer {
  readonly name: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** A frame in words. */
export interface FrameDescription {
  readonly kind: FrameKind;
  /** `advertisement of VRID 51, priority 200` */
  readonly summary: string;
  readonly layers: readonly Layer[];
}

/** What a layer's reader found, for the whole of the frame. */
export interface Part {
  readonly kind: FrameKind;
  readonly summary: string;
  readonly layer: Layer;
}

const cursor = createFrameCursor();
const arp = createArpCursor();
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'IGMP',
  6: 'TCP',
  17: 'UDP',
  58: 'ICMPv6',
  112: 'VRRP',
};

/** Decodes a frame with the readers that the rules are judged by; what cannot be read is said, never thrown. */
export function describeFrame(bytes: Uint8Array, linkType: number, originalLength: number): FrameDescription {
  const problem = readFrame(cursor, bytes, linkType, 0, bytes.length, originalLength);
  const layers: Layer[] = [];
  if (cursor.sourceMac >= 0 && cursor.destinationMac >= 0) layers.push(ethernetLayer(bytes));
  if (cursor.etherType === ETHER_TYPE_ARP) {
    const { kind, summary, layer } = describeArp(bytes);
    return { kind, summary, layers: [...layers, layer] };
  }
  if (cursor.sourceAddress < 0) {
    const words = problem === PROBLEM_NONE ? `EtherType ${hex(cursor.etherType, 4)}` : describeProblem(problem);
    return { kind: 'other', summary: words, layers };
  }
  layers.push(internetLayer(bytes, problem));
  if (problem !== PROBLEM_NONE || cursor.fragment === FRAGMENT_LATER) {
    return { kind: 'other', summary: addressed(bytes, 'a piece of a packet, or a broken one'), layers };
  }
  const { kind, summary, layer } = describeInside(bytes);
  return { kind, summary, layers: [...layers, layer] };
}

function describeInside(bytes: Uint8Array): Part {
  const part = cursor.protocol === PROTOCOL_VRRP ? describeVrrp(bytes, cursor) : describeTransport(bytes, cursor);
  if (part !== undefined) return part;
  const name = PROTOCOLS[cursor.protocol] ?? `protocol ${cursor.protocol}`;
  return { kind: 'other', summary: addressed(bytes, name), layer: { name, fields: [] } };
}

function ethernetLayer(bytes: Uint8Array): Layer {
  const tags = [cursor.outerVlan, cursor.innerVlan].filter((tag) => tag >= 0).map((tag) => tag & 0xfff);
  return {
    name: 'Ethernet',
    fields: [
      ['from', macInWords(bytes, cursor.sourceMac)],
      ['to', macInWords(bytes, cursor.destinationMac)],
      ...(tags.length === 0 ? [] : [['VLAN', tags.join(' in ')] as const]),
      ['type', hex(cursor.etherType, 4)],
    ],
  };
}

function internetLayer(bytes: Uint8Array, problem: ProblemCode): Layer {
  const { ipVersion, identification, hopLimit, protocol } = cursor;
  const is4 = ipVersion === 4;
  return {
    name: `IPv${ipVersion}`,
    fields: [
      ['from', addressAt(bytes, cursor.sourceAddress)],
      ['to', addressAt(bytes, cursor.destinationAddress)],
      [is4 ? 'TTL' : 'hop limit', String(hopLimit)],
      ...(identification < 0 ? [] : [['identification', String(identification)] as const]),
      ['protocol', `${protocol}${PROTOCOLS[protocol] === undefined ? '' : ` (${PROTOCOLS[protocol]})`}`],
      ...(problem === PROBLEM_NONE ? [] : [['problem', describeProblem(problem)] as const]),
    ],
  };
}

function describeArp(bytes: Uint8Array): Part {
  const problem = readArp(arp, bytes, cursor.networkOffset, cursor.networkEnd, cursor.wireEnd);
  if (problem !== PROBLEM_NONE) {
    const summary = `ARP: ${describeProblem(problem)}`;
    return { kind: 'other', summary, layer: { name: 'ARP', fields: [['problem', describeProblem(problem)]] } };
  }
  const address = (offset: number) => formatAddress(bytes, offset, 4);
  const isRequest = arp.operation === ARP_REQUEST;
  const isGratuitous = isGratuitousArp(arp, bytes);
  const owner = `${address(arp.senderAddress)} is at ${formatMac(bytes, arp.senderMac)}`;
  const asked = `who has ${address(arp.targetAddress)}? ask ${address(arp.senderAddress)}`;
  const layer: Layer = {
    name: 'ARP',
    fields: [
      ['operation', `${arp.operation} (${isRequest ? 'request' : 'reply'}${isGratuitous ? ', gratuitous' : ''})`],
      ['sender', `${address(arp.senderAddress)} ${macInWords(bytes, arp.senderMac)}`],
      ['target', `${address(arp.targetAddress)} ${macInWords(bytes, arp.targetMac)}`],
    ],
  };
  if (isGratuitous) return { kind: 'announcement', summary: `gratuitous ARP: ${owner}`, layer };
  return isRequest
    ? { kind: 'question', summary: `ARP: ${asked}`, layer }
    : { kind: 'answer', summary: `ARP: ${owner}`, layer };
}

function addressAt(bytes: Uint8Array, offset: number): string {
  return formatAddress(bytes, offset, cursor.addressLength);
}

function addressed(bytes: Uint8Array, what: string): string {
  return `${what}, ${addressAt(bytes, cursor.sourceAddress)} to ${addressAt(bytes, cursor.destinationAddress)}`;
}
