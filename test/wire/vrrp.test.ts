import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../src/wire/address.ts';
import type { AdvertisementFrame, ChecksumChoice } from '../../src/wire/build-advertisement.ts';
import { advertisementFrame } from '../../src/wire/build-advertisement.ts';
import { formatMac } from '../../src/wire/mac.ts';
import {
  PROBLEM_ADDRESSES_MISSING,
  PROBLEM_BAD_TYPE,
  PROBLEM_BAD_VERSION,
  PROBLEM_CUT,
  PROBLEM_NONE,
  PROBLEM_TOO_SHORT,
} from '../../src/wire/problem.ts';
import type { ChecksumConvention } from '../../src/wire/vrrp.ts';
import {
  CHECKSUM_EITHER,
  CHECKSUM_MESSAGE_ALONE,
  CHECKSUM_UNKNOWN,
  CHECKSUM_WITH_PSEUDO_HEADER,
  CHECKSUM_WRONG,
  createVrrpCursor,
  readVrrp,
  writeVrrp,
} from '../../src/wire/vrrp.ts';
import { isVrrpChecksumRight, vrrpChecksum } from '../../src/wire/vrrp-checksum.ts';
import { readWhole } from './reading.ts';

const addresses = ['192.0.2.101', '192.0.2.100'];
const advertisement = (fields: Partial<AdvertisementFrame> = {}): Uint8Array =>
  advertisementFrame({
    version: 3,
    virtualRouterId: 51,
    priority: 200,
    interval: 100,
    source: '192.0.2.1',
    addresses,
    ...fields,
  });

const overIpv6 = { source: 'fe80::ff:fe00:1', addresses: ['fe80::5e:51', '2001:db8::101'] };
const octets = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** Reads a message that is an IP payload by itself. */
function readMessage(bytes: Uint8Array, addressLength = 4, wireEnd = bytes.length) {
  const cursor = createVrrpCursor();
  readVrrp(cursor, bytes, 0, bytes.length, wireEnd, addressLength);
  return cursor;
}

describe('messages as real routers send them', () => {
  it('version 2 of keepalived: seconds, authentication data of zeros', () => {
    const bytes = octets('21 33 c8 02 00 01 91fe c0000265 c0000264 0000000000000000');
    expect(readMessage(bytes)).toEqual({
      problem: PROBLEM_NONE,
      problemOffset: -1,
      messageOffset: 0,
      messageEnd: 24,
      version: 2,
      type: 1,
      virtualRouterId: 51,
      priority: 200,
      addressCount: 2,
      authenticationType: 0,
      reserved: 0,
      interval: 1,
      checksum: 0x91fe,
      addressesOffset: 8,
      addressesEnd: 16,
      addressLength: 4,
      authenticationOffset: 16,
      trailingOctets: 0,
    });
  });

  it('version 3 over IPv6: centiseconds, no authentication', () => {
    const bytes = octets(
      '31 33 c8 03 0064 ac82 fe80 0000 0000 0000 0000 0000 005e 0051 2001 0db8 0000 0000 0000 0000 0000 0101' +
        '2001 0db8 0000 0000 0000 0000 0000 0100',
    );
    const cursor = readMessage(bytes, 16);
    expect(cursor).toMatchObject({ problem: PROBLEM_NONE, version: 3, interval: 100, reserved: 0, addressCount: 3 });
    expect(cursor).toMatchObject({ addressesEnd: 56, messageEnd: 56, authenticationOffset: -1 });
    expect(formatAddress(bytes, cursor.addressesOffset, 16)).toBe('fe80::5e:51');
  });

  it('version 3: four reserve bits, then twelve of interval', () => {
    expect(readMessage(octets('31 33 64 00 afff 0000'))).toMatchObject({ reserved: 10, interval: 4095 });
  });
});

describe('messages that are malformed', () => {
  const twoAddresses = writeVrrp({
    version: 3,
    virtualRouterId: 51,
    priority: 100,
    interval: 100,
    addresses: addresses.map((address) => parseAddress(address)!),
  });
  const secondVersion = writeVrrp({
    version: 2,
    virtualRouterId: 51,
    priority: 100,
    interval: 1,
    addresses: [parseAddress('192.0.2.100')!],
  });

  it.each([
    ['nothing', new Uint8Array(0), PROBLEM_TOO_SHORT, 0],
    ['seven octets', twoAddresses.subarray(0, 7), PROBLEM_TOO_SHORT, 7],
    ['a list that ends within an address', twoAddresses.subarray(0, 15), PROBLEM_ADDRESSES_MISSING, 12],
    ['a list without its last address', twoAddresses.subarray(0, 12), PROBLEM_ADDRESSES_MISSING, 12],
    ['version 2 without authentication data', secondVersion.subarray(0, 12), PROBLEM_TOO_SHORT, 12],
    ['version 2 with seven octets of it', secondVersion.subarray(0, 19), PROBLEM_TOO_SHORT, 19],
    ['version 4', Uint8Array.of(0x41, ...twoAddresses.subarray(1)), PROBLEM_BAD_VERSION, 0],
    ['version 0', Uint8Array.of(0x01, ...twoAddresses.subarray(1)), PROBLEM_BAD_VERSION, 0],
  ])('%s', (_name, bytes, problem, problemOffset) => {
    expect(readMessage(bytes)).toMatchObject({ problem, problemOffset, authenticationOffset: -1 });
  });

  it('version 2 is of IPv4 alone', () => {
    expect(readMessage(secondVersion, 16)).toMatchObject({ problem: PROBLEM_BAD_VERSION, version: 2 });
  });

  it('missing addresses leave those that are there', () => {
    expect(readMessage(twoAddresses.subarray(0, 15))).toMatchObject({
      addressCount: 2,
      addressesOffset: 8,
      addressesEnd: 12,
    });
  });

  it('an unknown type is named, and its fields are there', () => {
    const bytes = Uint8Array.of(0x32, ...twoAddresses.subarray(1));
    expect(readMessage(bytes)).toMatchObject({ problem: PROBLEM_BAD_TYPE, type: 2, priority: 100, addressesEnd: 16 });
  });

  it('what the capture cut is unknown: the fields before the cut are there', () => {
    const wireEnd = twoAddresses.length;
    expect(readMessage(twoAddresses.subarray(0, 13), 4, wireEnd)).toMatchObject({
      problem: PROBLEM_CUT,
      virtualRouterId: 51,
      priority: 100,
      addressesEnd: 12,
    });
    expect(readMessage(twoAddresses.subarray(0, 5), 4, wireEnd)).toMatchObject({ problem: PROBLEM_CUT, version: 3 });
    expect(readMessage(secondVersion.subarray(0, 14), 4, 20)).toMatchObject({ problem: PROBLEM_CUT, addressesEnd: 12 });
  });

  it('a cut message that was too short on the wire as well is malformed', () => {
    expect(readMessage(twoAddresses.subarray(0, 10), 4, 14)).toMatchObject({ problem: PROBLEM_ADDRESSES_MISSING });
  });

  it('octets behind the message are counted, not malformed', () => {
    expect(readWhole(advertisement({ trailing: new Uint8Array(5) })).vrrp).toMatchObject({
      problem: PROBLEM_NONE,
      trailingOctets: 5,
    });
  });

  it("Ethernet's padding is not behind the message", () => {
    const bytes = advertisement({ addresses: ['192.0.2.100'] });
    expect(bytes.length).toBe(60);
    expect(readWhole(bytes).vrrp).toMatchObject({ problem: PROBLEM_NONE, trailingOctets: 0 });
  });
});

function conventionOf(fields: Partial<AdvertisementFrame>): number {
  const bytes = advertisement(fields);
  const { frame, vrrp } = readWhole(bytes);
  return vrrpChecksum(frame, vrrp!, bytes);
}

describe('checksum conventions', () => {
  const cases: readonly [string, Partial<AdvertisementFrame>][] = [
    ['version 2', { version: 2, interval: 1 }],
    ['version 3 over IPv4', {}],
    ['version 3 over IPv4, unicast', { destination: '192.0.2.2', destinationMac: '02:00:00:00:00:02' }],
    ['version 3 over IPv6', overIpv6],
    ['version 3 over IPv6, unicast', { ...overIpv6, destination: 'fe80::2', destinationMac: '02:00:00:00:00:02' }],
    ['with octets behind the message', { trailing: Uint8Array.of(1, 2, 3) }],
  ];
  const choices: readonly [ChecksumChoice, number][] = [
    ['message-alone', CHECKSUM_MESSAGE_ALONE],
    ['with-pseudo-header', CHECKSUM_WITH_PSEUDO_HEADER],
    ['wrong', CHECKSUM_WRONG],
    [0, CHECKSUM_WRONG],
  ];
  it.each(cases.flatMap(([name, fields]) => choices.map(([choice, found]) => [name, choice, found, fields] as const)))(
    '%s, %s: %i is found',
    (_name, checksum, found, fields) => {
      expect(conventionOf({ ...fields, checksum })).toBe(found);
    },
  );

  it('by default version 2 is over the message alone, version 3 with the pseudo-header', () => {
    expect(conventionOf({ version: 2, interval: 1 })).toBe(CHECKSUM_MESSAGE_ALONE);
    expect(conventionOf({})).toBe(CHECKSUM_WITH_PSEUDO_HEADER);
    expect(conventionOf(overIpv6)).toBe(CHECKSUM_WITH_PSEUDO_HEADER);
  });

  it('a pseudo-header whose words sum to nothing does not tell the conventions apart', () => {
    // 224.0.0.18, protocol 112 and 16 octets of message sum to 0xe092; 31.109.0.0 completes that to 0xffff.
    expect(conventionOf({ source: '31.109.0.0' })).toBe(CHECKSUM_EITHER);
  });

  it('the checksum of a message that is not whole is unknown', () => {
    const bytes = advertisement();
    const { frame, vrrp } = readWhole(bytes, 1, 0, 45, bytes.length);
    expect(vrrpChecksum(frame, vrrp!, bytes)).toBe(CHECKSUM_UNKNOWN);
  });

  it('an unknown type has a checksum all the same', () => {
    expect(conventionOf({ type: 7 })).toBe(CHECKSUM_WITH_PSEUDO_HEADER);
  });

  it.each([
    [2, 4, [CHECKSUM_MESSAGE_ALONE, CHECKSUM_EITHER]],
    [3, 4, [CHECKSUM_MESSAGE_ALONE, CHECKSUM_WITH_PSEUDO_HEADER, CHECKSUM_EITHER]],
    [3, 16, [CHECKSUM_WITH_PSEUDO_HEADER, CHECKSUM_EITHER]],
  ])('version %i with addresses of %i octets: receivers accept %j', (version, addressLength, accepted) => {
    const all: readonly ChecksumConvention[] = [
      CHECKSUM_WRONG,
      CHECKSUM_MESSAGE_ALONE,
      CHECKSUM_WITH_PSEUDO_HEADER,
      CHECKSUM_EITHER,
      CHECKSUM_UNKNOWN,
    ];
    expect(all.filter((convention) => isVrrpChecksumRight(convention, version, addressLength))).toEqual(accepted);
  });
});

describe('crafted advertisements', () => {
  it('the default is a conforming one', () => {
    const bytes = advertisement();
    const { frame, vrrp } = readWhole(bytes);
    expect(formatMac(bytes, frame.sourceMac)).toBe('00:00:5e:00:01:33');
    expect(formatMac(bytes, frame.destinationMac)).toBe('01:00:5e:00:00:12');
    expect(formatAddress(bytes, frame.sourceAddress, 4)).toBe('192.0.2.1');
    expect(formatAddress(bytes, frame.destinationAddress, 4)).toBe('224.0.0.18');
    expect(frame).toMatchObject({ hopLimit: 255, protocol: 112 });
    expect(vrrp).toMatchObject({ version: 3, type: 1, priority: 200, interval: 100, reserved: 0, addressCount: 2 });
  });

  it('over IPv6 too', () => {
    const bytes = advertisement(overIpv6);
    const { frame } = readWhole(bytes);
    expect(formatMac(bytes, frame.sourceMac)).toBe('00:00:5e:00:02:33');
    expect(formatMac(bytes, frame.destinationMac)).toBe('33:33:00:00:00:12');
    expect(formatAddress(bytes, frame.destinationAddress, 16)).toBe('ff02::12');
  });

  it('every field can be wrong', () => {
    const bytes = advertisement({
      version: 7,
      type: 9,
      addressCount: 200,
      reserved: 15,
      hopLimit: 254,
      protocol: 113,
      sourceMac: '02:00:00:00:00:01',
      destinationMac: 'ff:ff:ff:ff:ff:ff',
      destination: '192.0.2.9',
      identification: 77,
      checksum: 0x1234,
    });
    const { frame } = readWhole(bytes);
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, hopLimit: 254, protocol: 113, identification: 77 });
    expect([...bytes.subarray(34, 42)]).toEqual([0x79, 51, 200, 200, 0xf0, 100, 0x12, 0x34]);
  });

  it('version 2 can be without authentication data, or with any', () => {
    const version2 = { version: 2, interval: 1 };
    const without = advertisement({ ...version2, authenticationData: new Uint8Array(0) });
    expect(readWhole(without).vrrp).toMatchObject({ problem: PROBLEM_TOO_SHORT, addressesEnd: 50 });
    const data = new TextEncoder().encode('password');
    const bytes = advertisement({ ...version2, authenticationType: 1, authenticationData: data });
    const { vrrp } = readWhole(bytes);
    expect(vrrp).toMatchObject({ problem: PROBLEM_NONE, authenticationType: 1 });
    expect(bytes.slice(vrrp!.authenticationOffset, vrrp!.authenticationOffset + 8)).toEqual(data);
  });

  it.each([
    [{ source: '192.0.2.256' }, "'192.0.2.256' is no IPv4 or IPv6 address"],
    [{ addresses: ['router'] }, "'router' is no IPv4 or IPv6 address"],
    [{ sourceMac: '02:00' }, "'02:00' is no MAC address"],
    [{ destination: '192.0.2.2' }, 'a unicast destination needs destinationMac'],
    [{ destination: 'ff02::12' }, 'different families'],
  ])('%j is refused: %s', (fields, message) => {
    expect(() => advertisement(fields)).toThrow(message);
  });
});
