import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/wire/address.ts';
import type { Ipv4Packet } from '../../src/wire/ipv4.ts';
import { IPV4_ROUTER_ALERT, isIpv4ChecksumRight, writeIpv4 } from '../../src/wire/ipv4.ts';
import type { Ipv6Packet } from '../../src/wire/ipv6.ts';
import { fragmentExtension, routerAlertExtension, writeIpv6 } from '../../src/wire/ipv6.ts';
import { FRAGMENT_FIRST, FRAGMENT_LATER, FRAGMENT_NONE } from '../../src/wire/network.ts';
import { concatenate, write16 } from '../../src/wire/octets.ts';
import {
  PROBLEM_BAD_HEADER_LENGTH,
  PROBLEM_BAD_OPTION_LENGTH,
  PROBLEM_BAD_TOTAL_LENGTH,
  PROBLEM_BAD_VERSION,
  PROBLEM_CUT,
  PROBLEM_NONE,
  PROBLEM_TOO_SHORT,
} from '../../src/wire/problem.ts';
import { readWhole } from './reading.ts';

const RAW_IP = 101;
const PAYLOAD = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
/** A protocol without a reader here. */
const EXPERIMENT = 253;

function ipv4(fields: Partial<Ipv4Packet> = {}): Uint8Array {
  return writeIpv4({
    source: parseAddress('192.0.2.1')!,
    destination: parseAddress('224.0.0.18')!,
    protocol: EXPERIMENT,
    payload: PAYLOAD,
    ...fields,
  });
}

function ipv6(fields: Partial<Ipv6Packet> = {}): Uint8Array {
  return writeIpv6({
    source: parseAddress('fe80::1')!,
    destination: parseAddress('ff02::12')!,
    protocol: EXPERIMENT,
    payload: PAYLOAD,
    ...fields,
  });
}

const read = (bytes: Uint8Array) => readWhole(bytes, RAW_IP).frame;

function changed(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[offset] = value;
  return copy;
}

describe('IPv4', () => {
  it('says where addresses and payload are', () => {
    const bytes = ipv4({ timeToLive: 255, identification: 0xbeef });
    expect(read(bytes)).toMatchObject({
      problem: PROBLEM_NONE,
      ipVersion: 4,
      sourceAddress: 12,
      destinationAddress: 16,
      addressLength: 4,
      hopLimit: 255,
      protocol: EXPERIMENT,
      identification: 0xbeef,
      fragment: FRAGMENT_NONE,
      routerAlert: -1,
      transportOffset: 20,
      transportEnd: 28,
      wireEnd: 28,
      cut: false,
    });
    expect(isIpv4ChecksumRight(bytes, 0, 20)).toBe(true);
    expect(isIpv4ChecksumRight(changed(bytes, 8, 254), 0, 20)).toBe(false);
  });

  it('ends where IP says: what the link layer has behind it is padding', () => {
    const padded = concatenate(ipv4(), new Uint8Array(18));
    expect(read(padded)).toMatchObject({ problem: PROBLEM_NONE, transportEnd: 28, networkEnd: 28, wireEnd: 28 });
  });

  it('is not cut where only its padding is', () => {
    const bytes = ipv4();
    const { frame } = readWhole(bytes, RAW_IP, 0, bytes.length, bytes.length + 18);
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, cut: false, transportEnd: 28 });
  });

  it('is cut where its payload is', () => {
    const { frame } = readWhole(ipv4(), RAW_IP, 0, 24, 28);
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, cut: true, transportEnd: 24, wireEnd: 28 });
  });

  it('a router alert option is found, behind others', () => {
    const options = concatenate(Uint8Array.of(1, 7, 3, 4), IPV4_ROUTER_ALERT);
    expect(read(ipv4({ options }))).toMatchObject({ problem: PROBLEM_NONE, routerAlert: 0, transportOffset: 28 });
  });

  it('options end at their end mark', () => {
    expect(read(ipv4({ options: Uint8Array.of(0, 148, 0, 0) }))).toMatchObject({
      problem: PROBLEM_NONE,
      routerAlert: -1,
    });
  });

  it.each([
    ['moreFragments', { moreFragments: true }, FRAGMENT_FIRST],
    ['an offset', { moreFragments: true, fragmentOffset: 1 }, FRAGMENT_LATER],
    ['an offset, the last', { fragmentOffset: 185 }, FRAGMENT_LATER],
    ['doNotFragment', { doNotFragment: true }, FRAGMENT_NONE],
  ])('%s is recognised', (_name, fields, fragment) => {
    expect(read(ipv4(fields))).toMatchObject({ problem: PROBLEM_NONE, fragment });
  });

  it.each([
    ['shorter than a header', ipv4().subarray(0, 19), PROBLEM_TOO_SHORT, 19],
    ['a header length below 20', changed(ipv4(), 0, 0x44), PROBLEM_BAD_HEADER_LENGTH, 0],
    ['a header longer than the packet', changed(ipv4(), 0, 0x4f), PROBLEM_BAD_TOTAL_LENGTH, 2],
    ['a total length beyond the frame', ipv4({ totalLength: 29 }), PROBLEM_BAD_TOTAL_LENGTH, 2],
    ['a total length below the header', ipv4({ totalLength: 19 }), PROBLEM_BAD_TOTAL_LENGTH, 2],
    ['an option without length', ipv4({ options: Uint8Array.of(1, 1, 1, 7) }), PROBLEM_BAD_OPTION_LENGTH, 23],
    ['an option of length 1', ipv4({ options: Uint8Array.of(7, 1, 0, 0) }), PROBLEM_BAD_OPTION_LENGTH, 20],
    ['an option beyond the header', ipv4({ options: Uint8Array.of(7, 5, 0, 0) }), PROBLEM_BAD_OPTION_LENGTH, 20],
  ])('%s is malformed', (_name, bytes, problem, problemOffset) => {
    expect(read(bytes)).toMatchObject({ problem, problemOffset, transportOffset: -1 });
  });

  it('more options than fit are refused', () => {
    expect(() => ipv4({ options: new Uint8Array(41) })).toThrow('at most 40');
  });
});

describe('IPv6', () => {
  it('says where addresses and payload are', () => {
    expect(read(ipv6({ hopLimit: 255 }))).toMatchObject({
      problem: PROBLEM_NONE,
      ipVersion: 6,
      sourceAddress: 8,
      destinationAddress: 24,
      addressLength: 16,
      hopLimit: 255,
      protocol: EXPERIMENT,
      identification: -1,
      fragment: FRAGMENT_NONE,
      transportOffset: 40,
      transportEnd: 48,
      cut: false,
    });
  });

  it('ends where IP says', () => {
    expect(read(concatenate(ipv6(), new Uint8Array(9)))).toMatchObject({ transportEnd: 48, wireEnd: 48 });
  });

  it('is not cut where only what is behind it is', () => {
    const bytes = ipv6();
    const { frame } = readWhole(bytes, RAW_IP, 0, bytes.length, bytes.length + 9);
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, cut: false, transportEnd: 48 });
  });

  it('is cut where its payload is', () => {
    const { frame } = readWhole(ipv6(), RAW_IP, 0, 44, 48);
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, cut: true, transportEnd: 44, wireEnd: 48 });
  });

  it('a hop-by-hop router alert is found, and the protocol behind it', () => {
    const bytes = ipv6({ extensions: [routerAlertExtension(0)] });
    expect(read(bytes)).toMatchObject({
      problem: PROBLEM_NONE,
      routerAlert: 0,
      protocol: EXPERIMENT,
      transportOffset: 48,
    });
  });

  it('every extension header is passed: hop-by-hop, routing, destination options, authentication', () => {
    const extensions = [
      routerAlertExtension(1),
      { protocol: 43, content: new Uint8Array(22) },
      { protocol: 60, content: Uint8Array.of(1, 4) },
      { protocol: 51, content: new Uint8Array(22) },
    ];
    const bytes = ipv6({ extensions });
    expect(read(bytes)).toMatchObject({ problem: PROBLEM_NONE, protocol: EXPERIMENT, routerAlert: 1 });
    expect(read(bytes).transportOffset).toBe(bytes.length - PAYLOAD.length);
  });

  it.each([
    ['the first piece', fragmentExtension(0, true, 0xfedcba98), FRAGMENT_FIRST],
    ['a later piece', fragmentExtension(3, true, 0xfedcba98), FRAGMENT_LATER],
    ['the last piece', fragmentExtension(3, false, 0xfedcba98), FRAGMENT_LATER],
    ['a packet in one piece (RFC 6946)', fragmentExtension(0, false, 0xfedcba98), FRAGMENT_NONE],
  ])('%s is recognised', (_name, extension, fragment) => {
    expect(read(ipv6({ extensions: [extension] }))).toMatchObject({
      problem: PROBLEM_NONE,
      fragment,
      identification: 0xfedcba98,
      protocol: EXPERIMENT,
      transportOffset: 48,
    });
  });

  it('what is in a later piece is no extension header', () => {
    const bytes = ipv6({
      extensions: [fragmentExtension(3, false, 1)],
      protocol: 60,
      payload: Uint8Array.of(58, 200, 0, 0),
    });
    expect(read(bytes)).toMatchObject({ problem: PROBLEM_NONE, fragment: FRAGMENT_LATER, protocol: 60 });
  });

  const routerAlert = ipv6({ extensions: [routerAlertExtension(0)] });
  it.each([
    ['shorter than a header', ipv6().subarray(0, 39), PROBLEM_TOO_SHORT, 39],
    ['a payload length beyond the frame', ipv6({ payloadLength: 9 }), PROBLEM_BAD_TOTAL_LENGTH, 4],
    ['an extension header beyond the packet', changed(routerAlert, 41, 2), PROBLEM_TOO_SHORT, 56],
    [
      'an extension header with nothing there',
      ipv6({ protocol: 60, payload: PAYLOAD.subarray(0, 7) }),
      PROBLEM_TOO_SHORT,
      47,
    ],
    ['an option beyond its header', changed(routerAlert, 43, 5), PROBLEM_BAD_OPTION_LENGTH, 42],
  ])('%s is malformed', (_name, bytes, problem, problemOffset) => {
    expect(read(bytes)).toMatchObject({ problem, problemOffset, transportOffset: -1 });
  });

  it('a cut in the extension headers is a cut', () => {
    const { frame } = readWhole(routerAlert, RAW_IP, 0, 44, routerAlert.length);
    expect(frame).toMatchObject({ problem: PROBLEM_CUT, problemOffset: 44, cut: true, ipVersion: 6 });
  });
});

describe('an EtherType that lies', () => {
  it.each([
    [0x0800, ipv6()],
    [0x86dd, ipv4({ payload: new Uint8Array(40) })],
  ])('%i before the other version is malformed', (etherType, packet) => {
    const bytes = concatenate(new Uint8Array(14), packet);
    write16(bytes, 12, etherType);
    expect(readWhole(bytes).frame).toMatchObject({ problem: PROBLEM_BAD_VERSION, problemOffset: 14, ipVersion: 0 });
  });
});
