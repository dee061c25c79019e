import { describe, expect, it } from 'vitest';
import { compileMatcher } from '../../src/fabric/matcher.ts';
import type { FrameMatcher } from '../../src/stage/action.ts';
import { arpFrame, echoFrame, neighborAdvertisementFrame, udpFrame } from '../../src/wire/build.ts';
import { advertisementFrame } from '../../src/wire/build-advertisement.ts';

const MAC = '02:00:00:00:01:01';
const VIRTUAL = '00:00:5e:00:01:33';
const between = { source: '192.0.2.1', destination: '192.0.2.2', sourceMac: MAC, destinationMac: VIRTUAL };
const echo = { operation: 'request', identifier: 1, sequence: 1 } as const;

const FRAMES = {
  advertisement: advertisementFrame({
    version: 3,
    virtualRouterId: 51,
    priority: 200,
    interval: 100,
    source: '192.0.2.1',
    addresses: ['192.0.2.101'],
  }),
  'advertisement in a VLAN': advertisementFrame({
    version: 2,
    virtualRouterId: 52,
    priority: 0,
    interval: 1,
    source: '192.0.2.1',
    addresses: ['192.0.2.102'],
    tags: [{ id: 7 }],
  }),
  'IPv6 advertisement': advertisementFrame({
    version: 3,
    virtualRouterId: 51,
    priority: 100,
    interval: 100,
    source: 'fe80::1',
    addresses: ['fe80::5e:51'],
  }),
  ARP: arpFrame({ operation: 'request', senderMac: MAC, senderAddress: '192.0.2.1', targetAddress: '192.0.2.2' }),
  ping: echoFrame({ ...between, ...echo }),
  'IPv6 ping': echoFrame({ ...between, ...echo, source: '2001:db8::1', destination: '2001:db8::2' }),
  'neighbor advertisement': neighborAdvertisementFrame({ target: 'fe80::5e:51', sourceMac: '00:00:5e:00:02:33' }),
  UDP: udpFrame({ ...between, sourcePort: 1, destinationPort: 2, payload: new Uint8Array(4) }),
  'ten octets': new Uint8Array(10),
} as const;

const EVERY = Object.keys(FRAMES);

/** A matcher, and the frames that it meets. */
const TABLE: readonly (readonly [FrameMatcher, readonly string[]])[] = [
  [{}, EVERY],
  [{ protocol: 'vrrp' }, ['advertisement', 'advertisement in a VLAN', 'IPv6 advertisement']],
  [{ protocol: 'arp' }, ['ARP']],
  [{ protocol: 'nd' }, ['neighbor advertisement']],
  [{ protocol: 'icmp' }, ['ping', 'IPv6 ping']],
  [{ protocol: 'udp' }, ['UDP']],
  [{ protocol: 'tcp' }, []],
  [{ virtualRouterId: 51 }, ['advertisement', 'IPv6 advertisement']],
  [{ virtualRouterId: 51, priority: 200 }, ['advertisement']],
  [{ priority: 0 }, ['advertisement in a VLAN']],
  [{ sourceMac: VIRTUAL }, ['advertisement']],
  [{ destinationMac: VIRTUAL }, ['ping', 'IPv6 ping', 'UDP']],
  [{ sourceMac: MAC, protocol: 'icmp' }, ['ping', 'IPv6 ping']],
  [{ sourceAddress: '192.0.2.1' }, ['advertisement', 'advertisement in a VLAN', 'ARP', 'ping', 'UDP']],
  [{ destinationAddress: '192.0.2.2' }, ['ARP', 'ping', 'UDP']],
  [{ destinationAddress: '2001:db8::2' }, ['IPv6 ping']],
  [{ sourceAddress: 'fe80:0:0::5e:51' }, ['neighbor advertisement']],
];

describe('the frames that a fault meets', () => {
  for (const [matcher, wanted] of TABLE) {
    it(`${JSON.stringify(matcher)}: ${wanted.length === 0 ? 'none' : wanted.join(', ')}`, () => {
      const meets = compileMatcher(matcher);
      const met = Object.entries(FRAMES).filter(([, bytes]) => {
        // Somewhere in a larger buffer, as a receive buffer is.
        const buffer = new Uint8Array(bytes.length + 13).fill(0xff);
        buffer.set(bytes, 9);
        return meets(buffer, 9, 9 + bytes.length);
      });
      expect(met.map(([name]) => name)).toEqual(wanted);
    });
  }

  it('what is no address is refused by name', () => {
    expect(() => compileMatcher({ sourceMac: '02:00:00' })).toThrow("'02:00:00'");
    expect(() => compileMatcher({ sourceAddress: '192.0.2' })).toThrow("'192.0.2'");
  });
});
