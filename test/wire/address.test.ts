import { describe, expect, it } from 'vitest';
import {
  compareAddresses,
  familyOf,
  formatAddress,
  isLinkLocalIpv6,
  isMulticast,
  parseAddress,
  parseIpv4,
  parseIpv6,
  solicitedNodeGroup,
  VRRP_GROUP_IPV4,
  VRRP_GROUP_IPV6,
} from '../../src/wire/address.ts';
import { formatMac, multicastMac, parseMac, virtualMac, virtualRouterIdOfMac } from '../../src/wire/mac.ts';

const bytesOf = (text: string) => parseAddress(text)!;

describe('IPv6 text (RFC 5952)', () => {
  it.each([
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1', 'leading zeros and case'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', 'one group of zeros is not shortened'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1', 'the longest run of zeros is'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1', 'of two as long the first'],
    ['::', '::', 'all zeros'],
    ['1::', '1::', 'at the end'],
    ['fe80:0:0:0:0:0:5e:51', 'fe80::5e:51', 'a link-local address'],
    ['::ffff:c000:201', '::ffff:192.0.2.1', 'IPv4-mapped'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221', 'dotted decimal is read'],
  ])('%s is written %s: %s', (read, written) => {
    expect(formatAddress(parseIpv6(read)!, 0, 16)).toBe(written);
  });

  it.each(['', ':', ':::', '1', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', '12345::', 'g::'])(
    '"%s" is none',
    (text) => {
      expect(parseIpv6(text)).toBeUndefined();
    },
  );

  it.each(['::1.2.3', '1.2.3.4::', '::1.2.3.4:5', 'fe80::1%eth0', '2001:db8::/32', ' ::1'])('"%s" is none', (text) => {
    expect(parseIpv6(text)).toBeUndefined();
  });
});

describe('IPv4 text', () => {
  it.each(['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '01.2.3.4', '1.2.3.-4', '1.2.3.4 ', '1.2.3.0x4', 'a.b.c.d'])(
    '"%s" is none',
    (text) => {
      expect(parseIpv4(text)).toBeUndefined();
    },
  );

  it('is four decimal octets', () => {
    expect([...parseIpv4('192.0.2.255')!]).toEqual([192, 0, 2, 255]);
  });

  it('tells its family', () => {
    expect(familyOf('192.0.2.1')).toBe('ipv4');
    expect(familyOf('2001:db8::1')).toBe('ipv6');
    expect(familyOf('router')).toBeUndefined();
  });
});

describe('MAC text', () => {
  it('is read with colons or hyphens, in either case', () => {
    expect(formatMac(parseMac('00-00-5E-00-01-FF')!)).toBe('00:00:5e:00:01:ff');
    expect(formatMac(parseMac('00:00:5e:00:01:ff')!)).toBe('00:00:5e:00:01:ff');
  });

  it.each(['', '00:00:5e:00:01', '00:00:5e:00:01:33:44', '00:00-5e:00:01:33', '0:0:5e:0:1:33', '00005e000133'])(
    '"%s" is none',
    (text) => {
      expect(parseMac(text)).toBeUndefined();
    },
  );
});

describe('derived addresses', () => {
  it('a virtual MAC names family and VRID (RFC 9568 §7.3)', () => {
    expect(formatMac(virtualMac('ipv4', 51))).toBe('00:00:5e:00:01:33');
    expect(formatMac(virtualMac('ipv6', 255))).toBe('00:00:5e:00:02:ff');
    expect(virtualRouterIdOfMac(virtualMac('ipv4', 51), 0, 4)).toBe(51);
    expect(virtualRouterIdOfMac(virtualMac('ipv4', 51), 0, 16)).toBe(-1);
    expect(virtualRouterIdOfMac(parseMac('02:00:00:00:01:33')!, 0, 4)).toBe(-1);
  });

  it.each([
    ['224.0.0.18', '01:00:5e:00:00:12'],
    ['239.255.1.2', '01:00:5e:7f:01:02'],
    ['ff02::12', '33:33:00:00:00:12'],
    ['ff02::1:ff00:101', '33:33:ff:00:01:01'],
  ])('the group %s is at %s (RFC 1112 §6.4, RFC 2464 §7)', (group, mac) => {
    expect(formatMac(multicastMac(bytesOf(group)))).toBe(mac);
  });

  it('the groups of VRRP', () => {
    expect(formatAddress(VRRP_GROUP_IPV4, 0, 4)).toBe('224.0.0.18');
    expect(formatAddress(VRRP_GROUP_IPV6, 0, 16)).toBe('ff02::12');
  });

  it('the solicited-node group has the last three octets (RFC 4291 §2.7.1)', () => {
    expect(formatAddress(solicitedNodeGroup(bytesOf('2001:db8::1:2345:6789')), 0, 16)).toBe('ff02::1:ff45:6789');
  });

  it('link-local and multicast addresses are known as such', () => {
    expect(isLinkLocalIpv6(bytesOf('febf::1'), 0, 16)).toBe(true);
    expect(isLinkLocalIpv6(bytesOf('fec0::1'), 0, 16)).toBe(false);
    expect(isMulticast(bytesOf('239.1.1.1'), 0, 4)).toBe(true);
    expect(isMulticast(bytesOf('240.1.1.1'), 0, 4)).toBe(false);
    expect(isMulticast(bytesOf('ff05::1'), 0, 16)).toBe(true);
  });
});

describe('the tie-break compares unsigned, in network order (RFC 9568 §6.4.3)', () => {
  it.each([
    ['192.0.2.2', '192.0.2.1'],
    ['192.0.2.128', '192.0.2.127'],
    ['200.0.0.0', '10.255.255.255'],
    ['fe80::1:0:0', 'fe80::ffff:ffff'],
  ])('%s is greater than %s', (greater, smaller) => {
    expect(compareAddresses(bytesOf(greater), bytesOf(smaller))).toBeGreaterThan(0);
    expect(compareAddresses(bytesOf(smaller), bytesOf(greater))).toBeLessThan(0);
    expect(compareAddresses(bytesOf(greater), bytesOf(greater))).toBe(0);
  });
});
