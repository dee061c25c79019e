import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../src/wire/address.ts';
import { isGratuitousArp } from '../../src/wire/arp.ts';
import { arpFrame, gratuitousArpFrame } from '../../src/wire/build.ts';
import { formatMac } from '../../src/wire/mac.ts';
import {
  PROBLEM_BAD_ADDRESS_LENGTH,
  PROBLEM_BAD_TYPE,
  PROBLEM_CUT,
  PROBLEM_NONE,
  PROBLEM_TOO_SHORT,
} from '../../src/wire/problem.ts';
import { readWhole } from './reading.ts';

const virtual = { address: '192.0.2.100', mac: '00:00:5e:00:01:33' };
const ends = { senderMac: '02:00:00:00:00:03', senderAddress: '192.0.2.3', targetAddress: '192.0.2.100' };

/** The frame's MAC addresses, and the four addresses in it. */
function told(bytes: Uint8Array) {
  const { frame, arp } = readWhole(bytes);
  return {
    destination: formatMac(bytes, frame.destinationMac),
    source: formatMac(bytes, frame.sourceMac),
    operation: arp!.operation,
    senderMac: formatMac(bytes, arp!.senderMac),
    sender: formatIpv4(bytes, arp!.senderAddress),
    targetMac: formatMac(bytes, arp!.targetMac),
    target: formatIpv4(bytes, arp!.targetAddress),
    isGratuitous: isGratuitousArp(arp!, bytes),
  };
}

function changed(offset: number, value: number): Uint8Array {
  const bytes = arpFrame({ ...ends, operation: 'request' });
  bytes[offset] = value;
  return bytes;
}

describe('ARP frames', () => {
  it('a request is broadcast, and knows no target', () => {
    expect(told(arpFrame({ ...ends, operation: 'request' }))).toEqual({
      destination: 'ff:ff:ff:ff:ff:ff',
      source: '02:00:00:00:00:03',
      operation: 1,
      senderMac: '02:00:00:00:00:03',
      sender: '192.0.2.3',
      targetMac: '00:00:00:00:00:00',
      target: '192.0.2.100',
      isGratuitous: false,
    });
  });

  it('a reply goes to its target', () => {
    const bytes = arpFrame({ ...ends, operation: 'reply', targetMac: '02:00:00:00:00:01' });
    expect(told(bytes)).toMatchObject({
      destination: '02:00:00:00:00:01',
      operation: 2,
      targetMac: '02:00:00:00:00:01',
    });
  });

  it('a gratuitous ARP is a broadcast request of the virtual MAC for itself (RFC 9568 §6.4.2)', () => {
    expect(told(gratuitousArpFrame(virtual))).toEqual({
      destination: 'ff:ff:ff:ff:ff:ff',
      source: virtual.mac,
      operation: 1,
      senderMac: virtual.mac,
      sender: virtual.address,
      targetMac: virtual.mac,
      target: virtual.address,
      isGratuitous: true,
    });
  });

  it('it can be a reply, and its target hardware address and its frame another', () => {
    const bytes = gratuitousArpFrame({
      ...virtual,
      operation: 'reply',
      targetMac: 'ff:ff:ff:ff:ff:ff',
      sourceMac: '02:00:00:00:00:01',
      destinationMac: '02:00:00:00:00:03',
    });
    expect(told(bytes)).toMatchObject({
      destination: '02:00:00:00:00:03',
      source: '02:00:00:00:00:01',
      operation: 2,
      senderMac: virtual.mac,
      targetMac: 'ff:ff:ff:ff:ff:ff',
      isGratuitous: true,
    });
  });

  it('a VLAN tag stands before it', () => {
    const { frame, arp } = readWhole(gratuitousArpFrame({ ...virtual, tags: [{ id: 7 }] }));
    expect(frame).toMatchObject({ outerVlan: 7, etherType: 0x0806 });
    expect(arp).toMatchObject({ problem: PROBLEM_NONE, operation: 1 });
  });
});

describe('ARP packets that are malformed', () => {
  const whole = arpFrame({ ...ends, operation: 'request', pad: false });
  it.each([
    ['shorter than its fixed fields', whole.subarray(0, 21), PROBLEM_TOO_SHORT, 21],
    ['shorter than its addresses', whole.subarray(0, 41), PROBLEM_TOO_SHORT, 41],
    ['other hardware than Ethernet', changed(15, 6), PROBLEM_BAD_TYPE, 14],
    ['another protocol than IPv4', changed(17, 6), PROBLEM_BAD_TYPE, 16],
    ['hardware addresses of 8 octets', changed(18, 8), PROBLEM_BAD_ADDRESS_LENGTH, 18],
    ['protocol addresses of 16 octets', changed(19, 16), PROBLEM_BAD_ADDRESS_LENGTH, 18],
  ])('%s', (_name, bytes, problem, problemOffset) => {
    expect(readWhole(bytes).arp).toMatchObject({ problem, problemOffset, senderMac: -1, targetAddress: -1 });
  });

  it('what the capture cut is not malformed', () => {
    const { arp } = readWhole(whole, 1, 0, 30, whole.length);
    expect(arp).toMatchObject({ problem: PROBLEM_CUT, problemOffset: 30, operation: 1, senderMac: -1 });
    expect(isGratuitousArp(arp!, whole)).toBe(false);
  });
});
