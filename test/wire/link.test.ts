import { describe, expect, it } from 'vitest';
import { advertisementFrame } from '../../src/wire/build-advertisement.ts';
import type { VlanTag } from '../../src/wire/ethernet.ts';
import { writeEthernet } from '../../src/wire/ethernet.ts';
import { writeLoopback } from '../../src/wire/loopback.ts';
import { BROADCAST_MAC, formatMac, parseMac } from '../../src/wire/mac.ts';
import {
  PROBLEM_BAD_TOTAL_LENGTH,
  PROBLEM_BAD_TYPE,
  PROBLEM_BAD_VERSION,
  PROBLEM_CUT,
  PROBLEM_NONE,
  PROBLEM_TOO_MANY_TAGS,
  PROBLEM_TOO_SHORT,
  PROBLEM_UNSUPPORTED_LINK_TYPE,
} from '../../src/wire/problem.ts';
import type { LinuxSllFrame } from '../../src/wire/sll.ts';
import { writeLinuxSll, writeLinuxSll2 } from '../../src/wire/sll.ts';
import { readWhole } from './reading.ts';

const ETHERNET = 1;
const source = parseMac('02:00:00:00:00:01')!;

function tagged(...tags: VlanTag[]): Uint8Array {
  return advertisementFrame({
    version: 3,
    virtualRouterId: 51,
    priority: 200,
    interval: 100,
    source: '192.0.2.1',
    addresses: ['192.0.2.100'],
    tags,
  });
}

/** An IPv4 packet with an advertisement: what is behind a frame's Ethernet header. */
const ipv4Packet = tagged().subarray(14, 14 + 32);
const ipv6Packet = advertisementFrame({
  version: 3,
  virtualRouterId: 51,
  priority: 200,
  interval: 100,
  source: 'fe80::1',
  addresses: ['fe80::5e:51'],
}).subarray(14);

describe('Ethernet', () => {
  it.each([
    ['untagged', [], { vlanCount: 0, outerVlan: -1, innerVlan: -1 }],
    ['802.1Q', [{ id: 7, priority: 5 }], { vlanCount: 1, outerVlan: 7, innerVlan: -1 }],
    ['a priority tag', [{ id: 0, priority: 7 }], { vlanCount: 1, outerVlan: 0, innerVlan: -1 }],
    ['the highest id', [{ id: 4095, dropEligible: true }], { vlanCount: 1, outerVlan: 4095, innerVlan: -1 }],
    ['802.1ad', [{ id: 100 }, { id: 7 }], { vlanCount: 2, outerVlan: 100, innerVlan: 7 }],
    ['QinQ of old', [{ id: 100, etherType: 0x9100 }, { id: 7 }], { vlanCount: 2, outerVlan: 100, innerVlan: 7 }],
  ] as const)('%s: VLAN ids from the outside in, and the advertisement behind them', (_name, tags, expected) => {
    const { frame, vrrp } = readWhole(tagged(...tags));
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, etherType: 0x0800, ...expected });
    expect(vrrp).toMatchObject({ problem: PROBLEM_NONE, virtualRouterId: 51, trailingOctets: 0 });
  });

  it('the outer tag of two is 802.1ad', () => {
    const bytes = tagged({ id: 100 }, { id: 7 });
    expect([...bytes.subarray(12, 22)]).toEqual([0x88, 0xa8, 0, 100, 0x81, 0, 0, 7, 0x08, 0]);
  });

  it('a third tag is not followed', () => {
    const { frame } = readWhole(tagged({ id: 1 }, { id: 2 }, { id: 3 }));
    expect(frame).toMatchObject({ problem: PROBLEM_TOO_MANY_TAGS, problemOffset: 20, outerVlan: 1, innerVlan: 2 });
  });

  it('an 802.3 frame has a length in place of a type, and ends there', () => {
    const bytes = writeEthernet({ destination: BROADCAST_MAC, source, etherType: 3, payload: Uint8Array.of(1, 2, 3) });
    expect(readWhole(bytes).frame).toMatchObject({
      problem: PROBLEM_NONE,
      etherType: -1,
      networkOffset: 14,
      networkEnd: 17,
    });
  });

  it('an 802.3 length beyond the frame is wrong', () => {
    const bytes = writeEthernet({ destination: BROADCAST_MAC, source, etherType: 1000, payload: new Uint8Array(3) });
    expect(readWhole(bytes).frame).toMatchObject({ problem: PROBLEM_BAD_TOTAL_LENGTH, problemOffset: 12 });
  });

  it.each([
    [0, PROBLEM_TOO_SHORT],
    [13, PROBLEM_TOO_SHORT],
    [17, PROBLEM_TOO_SHORT],
  ])('a tagged frame of %i octets is too short', (length, problem) => {
    const bytes = tagged({ id: 7 });
    expect(readWhole(bytes, ETHERNET, 0, length, length).frame).toMatchObject({ problem, problemOffset: length });
  });

  it('the same frame, longer on the wire, is cut', () => {
    const bytes = tagged({ id: 7 });
    const { frame } = readWhole(bytes, ETHERNET, 0, 17, bytes.length);
    expect(frame).toMatchObject({ problem: PROBLEM_CUT, problemOffset: 17, cut: true });
  });

  it('a short frame is padded to 60 octets unless asked not to', () => {
    const fields = { destination: BROADCAST_MAC, source, etherType: 0x88b5, payload: new Uint8Array(1) };
    expect(writeEthernet(fields).length).toBe(60);
    expect(writeEthernet({ ...fields, pad: false }).length).toBe(15);
  });
});

describe("Linux's cooked captures", () => {
  const cooked = (packetType: number): LinuxSllFrame => ({ packetType, source, protocol: 0x0800, payload: ipv4Packet });

  it.each([
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [7, 0],
  ])('packet type %i is direction %i, in both versions', (packetType, packetDirection) => {
    const first = readWhole(writeLinuxSll(cooked(packetType)), 113);
    expect(first.frame).toMatchObject({ problem: PROBLEM_NONE, packetDirection, packetInterface: -1, protocol: 112 });
    expect(first.vrrp?.priority).toBe(200);
    const second = readWhole(writeLinuxSll2(cooked(packetType), 70000), 276);
    expect(second.frame).toMatchObject({
      problem: PROBLEM_NONE,
      packetDirection,
      packetInterface: 70000,
      protocol: 112,
    });
    expect(second.vrrp?.priority).toBe(200);
  });

  it('they have a source MAC alone', () => {
    const bytes = writeLinuxSll(cooked(4));
    const { frame } = readWhole(bytes, 113);
    expect(frame.destinationMac).toBe(-1);
    expect(formatMac(bytes, frame.sourceMac)).toBe('02:00:00:00:00:01');
  });

  it('no source MAC where the interface has none', () => {
    const { frame } = readWhole(writeLinuxSll({ ...cooked(4), source: new Uint8Array(0) }), 113);
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, sourceMac: -1 });
  });

  it('a VLAN tag behind the header is followed', () => {
    const payload = new Uint8Array(4 + ipv4Packet.length);
    payload.set([0, 7, 0x08, 0]);
    payload.set(ipv4Packet, 4);
    const { frame } = readWhole(writeLinuxSll2({ ...cooked(0), protocol: 0x8100, payload }, 3), 276);
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, outerVlan: 7, protocol: 112 });
  });

  it.each([
    [113, 15],
    [276, 19],
  ])('link type %i needs its whole header', (linkType, length) => {
    expect(readWhole(new Uint8Array(length), linkType).frame).toMatchObject({ problem: PROBLEM_TOO_SHORT });
  });
});

describe('loopback and raw IP', () => {
  it.each([
    [0, [2, 0, 0, 0], 4],
    [0, [0, 0, 0, 2], 4],
    [0, [30, 0, 0, 0], 6],
    [0, [0, 0, 0, 24], 6],
    [0, [10, 0, 0, 0], 6],
    [108, [0, 0, 0, 28], 6],
  ])('link type %i, family %j is IPv%i', (linkType, family, ipVersion) => {
    const bytes = writeLoopback(0, ipVersion === 4 ? ipv4Packet : ipv6Packet);
    bytes.set(family);
    const { frame, vrrp } = readWhole(bytes, linkType);
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, ipVersion, destinationMac: -1, sourceMac: -1 });
    expect(vrrp?.virtualRouterId).toBe(51);
  });

  it('another family is not guessed at', () => {
    const { frame } = readWhole(writeLoopback(7, ipv4Packet), 108);
    expect(frame).toMatchObject({ problem: PROBLEM_BAD_TYPE, problemOffset: 0, ipVersion: 0 });
  });

  it.each([
    [101, ipv4Packet, 4],
    [101, ipv6Packet, 6],
    [228, ipv4Packet, 4],
    [229, ipv6Packet, 6],
  ])('link type %i begins with IP', (linkType, packet, ipVersion) => {
    const { frame, vrrp } = readWhole(packet, linkType);
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, ipVersion, networkOffset: 0 });
    expect(vrrp?.virtualRouterId).toBe(51);
  });

  it('raw IP of another version is wrong', () => {
    expect(readWhole(Uint8Array.of(0x50), 101).frame).toMatchObject({ problem: PROBLEM_BAD_VERSION, problemOffset: 0 });
  });

  it('a link type that is not read is said to be', () => {
    expect(readWhole(ipv4Packet, 105).frame).toMatchObject({ problem: PROBLEM_UNSUPPORTED_LINK_TYPE, linkType: 105 });
  });
});
