import { describe, expect, it } from 'vitest';
import {
  RFC3768_BEHAVIOUR,
  RFC5798_BEHAVIOUR,
  type VirtualRouterParameters,
  virtualRouterParameters,
} from '../../src/vrrp/parameters.ts';
import { type ReceivedMessage, receive } from '../../src/vrrp/receive.ts';
import { vrrpGroup } from '../../src/wire/address.ts';
import {
  CHECKSUM_EITHER,
  CHECKSUM_MESSAGE_ALONE,
  CHECKSUM_UNKNOWN,
  CHECKSUM_WITH_PSEUDO_HEADER,
  CHECKSUM_WRONG,
  type ChecksumConvention,
} from '../../src/wire/vrrp.ts';

const SECOND = 1_000_000_000;
const FIRST = Uint8Array.of(192, 0, 2, 1);
const SECOND_ADDRESS = Uint8Array.of(192, 0, 2, 2);
const PEER = Uint8Array.of(192, 0, 2, 20);
const OWN = Uint8Array.of(192, 0, 2, 10);

function version3(changes: Partial<VirtualRouterParameters> = {}): VirtualRouterParameters {
  return virtualRouterParameters({
    virtualRouterId: 7,
    version: 3,
    family: 'ipv4',
    primaryAddress: OWN,
    addresses: [FIRST, SECOND_ADDRESS],
    ...changes,
  });
}

function version2(changes: Partial<VirtualRouterParameters> = {}): VirtualRouterParameters {
  return version3({ version: 2, ...changes });
}

const ADDRESS_IPV6 = Uint8Array.from({ length: 16 }, (_, octet) => (octet === 0 ? 0xfe : octet));
const OWN_IPV6 = Uint8Array.from({ length: 16 }, (_, octet) => (octet === 0 ? 0xfe : octet + 1));

const GOOD: ReceivedMessage = {
  ttl: 255,
  version: 3,
  type: 1,
  virtualRouterId: 7,
  priority: 150,
  addressCount: 2,
  interval: 100,
  authenticationType: 0,
  authenticationData: new Uint8Array(0),
  tooShort: false,
  checksum: CHECKSUM_WITH_PSEUDO_HEADER,
  sourceAddress: PEER,
  destinationAddress: vrrpGroup('ipv4'),
  addressList: Uint8Array.of(...FIRST, ...SECOND_ADDRESS),
  reserved: 0,
};
const GOOD_V2: ReceivedMessage = {
  ...GOOD,
  version: 2,
  interval: 1,
  authenticationData: new Uint8Array(8),
  checksum: CHECKSUM_MESSAGE_ALONE,
};
const PASSWORD = Uint8Array.from(Buffer.from('secret\0\0'));

describe('a good message', () => {
  it('is an advertisement, its interval in nanoseconds', () => {
    expect(receive(version3(), GOOD)).toEqual({
      verdict: 'accept',
      advertisement: { priority: 150, version: 3, intervalNs: SECOND, sourceAddress: PEER },
      remarks: [],
    });
    expect(receive(version2(), GOOD_V2)).toMatchObject({ advertisement: { intervalNs: SECOND }, remarks: [] });
  });
});

describe('what is discarded (RFC 9568 §7.1)', () => {
  const rows: readonly (readonly [string, Partial<ReceivedMessage>, string])[] = [
    ['a source that is our own', { sourceAddress: Uint8Array.of(...OWN) }, 'own-frame'],
    ['another destination', { destinationAddress: OWN }, 'wrong-destination'],
    ['a TTL of 254', { ttl: 254 }, 'ttl'],
    ['version 2', { version: 2 }, 'version'],
    ['type 2', { type: 2 }, 'type'],
    ['a list that is cut', { tooShort: true }, 'length'],
    ['a wrong checksum', { checksum: CHECKSUM_WRONG }, 'checksum'],
    ['a checksum that cannot be told', { checksum: CHECKSUM_UNKNOWN }, 'checksum'],
    ['another VRID', { virtualRouterId: 8 }, 'virtual-router-id'],
    ['no addresses (8299)', { addressCount: 0, addressList: new Uint8Array() }, 'address-count-zero'],
    ['an interval of 0 (8301)', { interval: 0 }, 'interval-zero'],
  ];
  it.each(rows)('%s', (_what, changes, reason) => {
    expect(receive(version3(), { ...GOOD, ...changes })).toEqual({ verdict: 'discard', reason });
  });

  it('v2: version 3', () => {
    expect(receive(version2(), { ...GOOD_V2, version: 3 })).toEqual({ verdict: 'discard', reason: 'version' });
  });

  it('v2: another interval (RFC 3768 §7.1)', () => {
    const message = { ...GOOD_V2, interval: 2 };
    expect(receive(version2(), message)).toEqual({ verdict: 'discard', reason: 'interval-mismatch' });
    const tolerant = version2({ behaviour: { ...RFC3768_BEHAVIOUR, discardIntervalMismatchV2: false } });
    expect(receive(tolerant, message)).toMatchObject({ verdict: 'accept', remarks: ['interval-differs'] });
  });

  it('v2: another authentication type (RFC 3768 §5.3.6)', () => {
    const message = { ...GOOD_V2, authenticationType: 1 };
    expect(receive(version2(), message)).toEqual({ verdict: 'discard', reason: 'authentication-type' });
    expect(receive(version2({ authenticationType: 1 }), message)).toMatchObject({ verdict: 'accept' });
  });

  it('v2: another password, once a password is used; without one the data is ignored (RFC 3768 §5.3.10)', () => {
    const parameters = version2({ authenticationType: 1, authenticationData: PASSWORD });
    const good = { ...GOOD_V2, authenticationType: 1, authenticationData: Uint8Array.of(...PASSWORD) };
    expect(receive(parameters, good)).toMatchObject({ verdict: 'accept' });
    for (const authenticationData of [Uint8Array.from(Buffer.from('Secret\0\0')), new Uint8Array(8)]) {
      expect(receive(parameters, { ...good, authenticationData })).toEqual({
        verdict: 'discard',
        reason: 'authentication-data',
      });
    }
    expect(receive(version2(), { ...GOOD_V2, authenticationData: PASSWORD })).toMatchObject({ verdict: 'accept' });
  });

  it('v3 has no authentication: what stands in its place is ignored (RFC 9568 §5.2.6)', () => {
    expect(receive(version3(), { ...GOOD, authenticationType: 1 })).toMatchObject({ verdict: 'accept' });
  });

  it('RFC 5798 knows neither of the errata', () => {
    const old = version3({ behaviour: RFC5798_BEHAVIOUR });
    expect(receive(old, { ...GOOD, interval: 0 })).toMatchObject({ verdict: 'accept' });
    expect(receive(old, { ...GOOD, addressCount: 0, addressList: new Uint8Array() })).toMatchObject({
      verdict: 'accept',
    });
  });
});

describe('the owner', () => {
  it('discards, as published', () => {
    const owner = version3({ priority: 255, behaviour: RFC5798_BEHAVIOUR });
    expect(receive(owner, GOOD)).toEqual({ verdict: 'discard', reason: 'owner' });
  });

  it('logs and processes, with erratum 8298', () => {
    expect(receive(version3({ priority: 255 }), GOOD)).toMatchObject({
      verdict: 'accept',
      remarks: ['received-as-owner'],
    });
  });
});

describe('the checksum (RFC 9568 §5.2.8)', () => {
  const conventions = [CHECKSUM_MESSAGE_ALONE, CHECKSUM_WITH_PSEUDO_HEADER, CHECKSUM_EITHER, CHECKSUM_WRONG] as const;
  function accepted(parameters: VirtualRouterParameters, good: ReceivedMessage): readonly ChecksumConvention[] {
    return conventions.filter((checksum) => receive(parameters, { ...good, checksum }).verdict === 'accept');
  }

  it('is over the message alone in v2', () => {
    expect(accepted(version2(), GOOD_V2)).toEqual([CHECKSUM_MESSAGE_ALONE, CHECKSUM_EITHER]);
  });

  it('is with the pseudo-header over IPv6', () => {
    const parameters = version3({ family: 'ipv6', primaryAddress: OWN_IPV6, addresses: [ADDRESS_IPV6] });
    const message = {
      ...GOOD,
      sourceAddress: ADDRESS_IPV6,
      destinationAddress: vrrpGroup('ipv6'),
      addressList: ADDRESS_IPV6,
    };
    expect(accepted(parameters, message)).toEqual([CHECKSUM_WITH_PSEUDO_HEADER, CHECKSUM_EITHER]);
  });

  it('is either over IPv4 in v3, unless configured', () => {
    const alone = version3({ acceptedIpv4Checksum: 'message-alone' });
    const pseudo = version3({ acceptedIpv4Checksum: 'with-pseudo-header' });
    expect(accepted(version3(), GOOD)).toEqual([CHECKSUM_MESSAGE_ALONE, CHECKSUM_WITH_PSEUDO_HEADER, CHECKSUM_EITHER]);
    expect(accepted(alone, GOOD)).toEqual([CHECKSUM_MESSAGE_ALONE, CHECKSUM_EITHER]);
    expect(accepted(pseudo, GOOD)).toEqual([CHECKSUM_WITH_PSEUDO_HEADER, CHECKSUM_EITHER]);
  });
});

describe('the address list', () => {
  const other = { ...GOOD, addressList: Uint8Array.of(...FIRST, 192, 0, 2, 3) };
  const shorter = { ...GOOD, addressCount: 1, addressList: FIRST };
  const twice = { ...GOOD, addressList: Uint8Array.of(...FIRST, ...FIRST) };
  const longer = { ...GOOD, addressCount: 3, addressList: Uint8Array.of(...GOOD.addressList, 192, 0, 2, 3) };
  const reversed = { ...GOOD, addressList: Uint8Array.of(...SECOND_ADDRESS, ...FIRST) };

  it('is remarked on where it differs', () => {
    for (const message of [other, shorter, longer, twice]) {
      expect(receive(version3(), message)).toMatchObject({ verdict: 'accept', remarks: ['address-list-differs'] });
    }
    expect(receive(version3(), reversed)).toMatchObject({ remarks: [] });
  });

  it('is a reason to discard where it is checked, unless the owner sent it', () => {
    const checking = version3({ checkAddressList: true });
    for (const message of [other, shorter, longer, twice]) {
      expect(receive(checking, message)).toEqual({ verdict: 'discard', reason: 'address-list' });
      expect(receive(checking, { ...message, priority: 255 })).toMatchObject({ verdict: 'accept' });
    }
    expect(receive(checking, reversed)).toMatchObject({ verdict: 'accept' });
  });
});

describe('a different interval in v3', () => {
  it('is remarked on, and counts', () => {
    expect(receive(version3(), { ...GOOD, interval: 300 })).toEqual({
      verdict: 'accept',
      advertisement: { priority: 150, version: 3, intervalNs: 3 * SECOND, sourceAddress: PEER },
      remarks: ['interval-differs'],
    });
  });
});

describe('another group', () => {
  const group = Uint8Array.of(224, 0, 0, 99);

  it('is the one that counts', () => {
    const parameters = version3({ group });
    expect(receive(parameters, { ...GOOD, destinationAddress: group })).toMatchObject({ verdict: 'accept' });
    expect(receive(parameters, GOOD)).toEqual({ verdict: 'discard', reason: 'wrong-destination' });
  });
});

describe('with unicast peers', () => {
  const peers = [{ address: PEER, minimumTtl: 0, maximumTtl: 255 }];
  const unicast = { peers, checkSource: false };
  const toUs = { ...GOOD, destinationAddress: OWN };
  const stranger = { ...toUs, sourceAddress: Uint8Array.of(192, 0, 2, 30) };

  it('what is sent to this router counts, from however far, and what is sent to a group does not', () => {
    const parameters = version3({ unicast });
    expect(receive(parameters, toUs)).toMatchObject({ verdict: 'accept' });
    expect(receive(parameters, { ...toUs, ttl: 3 })).toMatchObject({ verdict: 'accept' });
    expect(receive(parameters, GOOD)).toEqual({ verdict: 'discard', reason: 'wrong-destination' });
  });

  it('strangers count unless sources are checked', () => {
    expect(receive(version3({ unicast }), stranger)).toMatchObject({ verdict: 'accept' });
    const checking = version3({ unicast: { peers, checkSource: true } });
    expect(receive(checking, toUs)).toMatchObject({ verdict: 'accept' });
    expect(receive(checking, stranger)).toEqual({ verdict: 'discard', reason: 'unknown-peer' });
  });

  it('a peer is heard with a TTL between its bounds alone', () => {
    const near = { address: PEER, minimumTtl: 253, maximumTtl: 254 };
    const parameters = version3({ unicast: { peers: [near], checkSource: true } });
    const verdicts = [252, 253, 254, 255].map((ttl) => receive(parameters, { ...toUs, ttl }).verdict);
    expect(verdicts).toEqual(['discard', 'accept', 'accept', 'discard']);
    expect(receive(parameters, { ...toUs, ttl: 252 })).toEqual({ verdict: 'discard', reason: 'ttl' });
  });
});

describe('v2/v3 mode (RFC 9568 §8.4)', () => {
  const both = version3({ alsoVersion2: true });

  it('hears both versions, each with its own unit of time and its own checksum', () => {
    expect(receive(both, GOOD)).toMatchObject({ advertisement: { version: 3, intervalNs: SECOND } });
    expect(receive(both, { ...GOOD_V2, interval: 3 })).toMatchObject({
      verdict: 'accept',
      advertisement: { version: 2, intervalNs: 3 * SECOND },
    });
    expect(receive(both, { ...GOOD_V2, checksum: CHECKSUM_WITH_PSEUDO_HEADER })).toEqual({
      verdict: 'discard',
      reason: 'checksum',
    });
    expect(receive(both, { ...GOOD, version: 4 })).toEqual({ verdict: 'discard', reason: 'version' });
  });

  it('is for IPv4 and version 3 alone', () => {
    expect(() => version2({ alsoVersion2: true })).toThrow('alsoVersion2');
    const ipv6 = { family: 'ipv6', primaryAddress: OWN_IPV6, addresses: [ADDRESS_IPV6] } as const;
    expect(() => version3({ ...ipv6, alsoVersion2: true })).toThrow('alsoVersion2');
  });
});
