import { describe, expect, it } from 'vitest';
import { virtualRouterParameters } from '../../src/vrrp/parameters.ts';
import { type Reception, receive } from '../../src/vrrp/receive.ts';
import { receivedMessage } from '../../src/vrrp/received-message.ts';
import { type AdvertisementFrame, advertisementFrame } from '../../src/wire/build-advertisement.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import { LINK_TYPE_ETHERNET } from '../../src/wire/link.ts';
import { createVrrpCursor, readVrrp } from '../../src/wire/vrrp.ts';

const VERSION_2: AdvertisementFrame = {
  version: 2,
  virtualRouterId: 7,
  priority: 150,
  interval: 1,
  source: '192.0.2.20',
  addresses: ['192.0.2.1', '192.0.2.2'],
};
const VERSION_3: AdvertisementFrame = { ...VERSION_2, version: 3, interval: 100 };
const IPV6: AdvertisementFrame = { ...VERSION_3, source: 'fe80::20', addresses: ['fe80::1', '2001:db8::1'] };

const addressesOf = (...last: readonly number[]) => last.map((octet) => Uint8Array.of(192, 0, 2, octet));
const LINK_LOCAL = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const GLOBAL = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const OWN_IPV6 = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10);

/** What a virtual router of the frame's version and family says to these bytes. */
function reception(frame: AdvertisementFrame, bytes: Uint8Array): Reception {
  const isIpv6 = String(frame.source).includes(':');
  const parameters = virtualRouterParameters({
    virtualRouterId: 7,
    version: frame.version === 2 ? 2 : 3,
    family: isIpv6 ? 'ipv6' : 'ipv4',
    primaryAddress: isIpv6 ? OWN_IPV6 : Uint8Array.of(192, 0, 2, 10),
    addresses: isIpv6 ? [LINK_LOCAL, GLOBAL] : addressesOf(1, 2),
  });
  const network = createFrameCursor();
  const vrrp = createVrrpCursor();
  readFrame(network, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length);
  readVrrp(vrrp, bytes, network.transportOffset, network.transportEnd, network.wireEnd, network.addressLength);
  return receive(parameters, receivedMessage(bytes, network, vrrp));
}

describe('an advertisement on the wire', () => {
  it.each([
    ['version 2', VERSION_2],
    ['version 3 over IPv4', VERSION_3],
    ['version 3 over IPv6', IPV6],
  ])('%s is accepted, with what it says', (_what, frame) => {
    expect(reception(frame, advertisementFrame(frame))).toMatchObject({
      verdict: 'accept',
      advertisement: { priority: 150, intervalNs: 1_000_000_000 },
      remarks: [],
    });
  });

  const broken: readonly (readonly [string, Partial<AdvertisementFrame>, string])[] = [
    ['a TTL of 254', { hopLimit: 254 }, 'ttl'],
    ['a unicast destination', { destination: '192.0.2.10', destinationMac: '02:00:00:00:00:01' }, 'wrong-destination'],
    ['version 4', { version: 4 }, 'version'],
    ['type 3', { type: 3 }, 'type'],
    ['a list that is longer than the packet', { addressCount: 9 }, 'length'],
    ['a wrong checksum', { checksum: 'wrong' }, 'checksum'],
    ['another VRID', { virtualRouterId: 8 }, 'virtual-router-id'],
    ['our own address', { source: '192.0.2.10' }, 'own-frame'],
  ];
  it.each(broken)('is discarded with %s', (_what, changes, reason) => {
    expect(reception(VERSION_3, advertisementFrame({ ...VERSION_3, ...changes }))).toEqual({
      verdict: 'discard',
      reason,
    });
  });

  it('is discarded wherever it is cut', () => {
    const whole = advertisementFrame({ ...VERSION_3, pad: false });
    const header = 14 + 20;
    for (let octets = header; octets < whole.length; octets++) {
      expect(reception(VERSION_3, whole.subarray(0, octets)).verdict).toBe('discard');
    }
  });
});
