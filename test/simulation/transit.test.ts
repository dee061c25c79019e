import { describe, expect, it } from 'vitest';
import { readTransit } from '../../src/simulation/transit.ts';
import { udpFrame } from '../../src/wire/build.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import { isIpv4ChecksumRight } from '../../src/wire/ipv4.ts';
import { LINK_TYPE_ETHERNET } from '../../src/wire/link.ts';
import { formatMac, parseMac } from '../../src/wire/mac.ts';
import { isTransportChecksumRight } from '../../src/wire/transport-checksum.ts';

const NEXT = '02:00:00:00:02:07';
const OWN = '02:00:00:00:02:01';
const FAMILIES = [
  { family: 'IPv4', source: '192.0.2.3', destination: '198.51.100.7' },
  { family: 'IPv6', source: '2001:db8::3', destination: '2001:db8:1::7' },
] as const;

function datagram(source: string, destination: string, hopLimit = 64): Uint8Array {
  return udpFrame({
    source,
    destination,
    hopLimit,
    sourceMac: '02:00:00:00:01:03',
    destinationMac: '00:00:5e:00:01:33',
    sourcePort: 9,
    destinationPort: 9,
    payload: Uint8Array.of(1, 2, 3),
  });
}

describe('a packet that a router takes on', () => {
  it.each(FAMILIES)('goes to the next MAC address with one hop less, otherwise as it was: $family', (ends) => {
    const bytes = datagram(ends.source, ends.destination);
    const transit = readTransit(bytes)!;
    expect(transit.destination).toBe(ends.destination);
    const onward = transit.frameTo(parseMac(NEXT)!, parseMac(OWN)!);
    const frame = createFrameCursor();
    expect(readFrame(frame, onward, LINK_TYPE_ETHERNET, 0, onward.length, onward.length)).toBe(0);
    expect([formatMac(onward, 0), formatMac(onward, 6), frame.hopLimit]).toEqual([NEXT, OWN, 63]);
    expect(isTransportChecksumRight(frame, onward)).toBe(true);
    if (frame.ipVersion === 4) {
      expect(isIpv4ChecksumRight(onward, frame.networkOffset, frame.transportOffset)).toBe(true);
    }
    expect(onward.slice(frame.transportOffset)).toEqual(bytes.slice(frame.transportOffset));
    expect(bytes).toEqual(datagram(ends.source, ends.destination));
  });

  it.each(FAMILIES)('has a hop left: $family', ({ source, destination }) => {
    expect(readTransit(datagram(source, destination, 2))).toBeDefined();
    expect(readTransit(datagram(source, destination, 1))).toBeUndefined();
    expect(readTransit(datagram(source, destination, 0))).toBeUndefined();
  });

  it.each([
    ['the IPv4 group of VRRP', '192.0.2.3', '224.0.0.18'],
    ['the IPv6 group of VRRP', '2001:db8::3', 'ff02::12'],
    ['a link-local address', '2001:db8::3', 'fe80::7'],
    ['another link, from a link-local address', 'fe80::3', '2001:db8:1::7'],
  ])('is not for %s', (_, source, destination) => {
    expect(readTransit(datagram(source, destination))).toBeUndefined();
  });

  it('is whole', () => {
    for (const { source, destination } of FAMILIES) {
      const bytes = datagram(source, destination);
      for (let length = 0; length < 34; length++) expect(readTransit(bytes.slice(0, length))).toBeUndefined();
    }
    const damaged = datagram('192.0.2.3', '198.51.100.7');
    damaged[24]! ^= 1;
    expect(readTransit(damaged)).toBeUndefined();
  });
});
