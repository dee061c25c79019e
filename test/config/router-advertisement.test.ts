import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../src/config/parse.ts';
import { printConfiguration } from '../../src/config/print.ts';
import { describeConfigurationError } from '../../src/config/problem.ts';
import type { RouterAdvertisementConfiguration } from '../../src/config/router-advertisement-configuration.ts';

function read(lines: readonly string[], addresses: readonly string[] = ['fe80::51', '2001:db8::51']) {
  const text = [
    ...['vrrp_instance VI {', 'interface eth0', 'virtual_router_id 51'],
    ...['virtual_ipaddress {', ...addresses, '}'],
    ...['router_advertisement {', ...lines, '}', '}'],
  ].join('\n');
  return parseConfiguration(text, { file: 'k.conf', files: { read: () => '', match: () => [] } });
}

function settings(lines: readonly string[]): RouterAdvertisementConfiguration {
  const result = read(lines);
  if (!result.ok) throw new Error(result.errors.map(describeConfigurationError).join('\n'));
  return result.configuration.virtualRouters[0]!.routerAdvertisement!;
}

const S = 1_000_000_000;

describe('router_advertisement', () => {
  it('has the defaults of RFC 4861 §6.2.1', () => {
    expect(settings([])).toEqual({
      minimumIntervalNs: 198 * S,
      maximumIntervalNs: 600 * S,
      lifetimeS: 1800,
      hopLimit: 64,
      managed: false,
      other: false,
      reachableTimeMs: 0,
      retransmissionTimerMs: 0,
      prefixes: [],
    });
    expect(settings(['max_interval 4'])).toMatchObject({ minimumIntervalNs: 3 * S, lifetimeS: 12 });
    expect(settings(['prefix 2001:db8::/64']).prefixes).toMatchObject([
      { onLink: true, autonomous: true, validLifetimeS: 2_592_000, preferredLifetimeS: 604_800 },
    ]);
  });

  it('is printed as it is read', () => {
    const lines = [
      ...['min_interval 3.5', 'max_interval 9', 'lifetime 0', 'hop_limit 0', 'managed', 'other', 'mtu 1280'],
      ...['reachable_time 30', 'retrans_timer 0.25', 'prefix 2001:db8::/64', 'prefix 2001:db8:1::/48 {', 'on_link off'],
      ...['autonomous off', 'valid_lifetime infinity', 'preferred_lifetime 60', '}'],
    ];
    const first = read(lines);
    const printed = first.ok ? printConfiguration(first.configuration) : '';
    const again = parseConfiguration(printed, { file: 'p.conf', files: { read: () => '', match: () => [] } });
    expect(again.ok && printConfiguration(again.configuration)).toBe(printed);
    expect(settings(lines)).toMatchObject({ reachableTimeMs: 30_000, retransmissionTimerMs: 250, lifetimeS: 0 });
    expect(printed).toContain('valid_lifetime infinity');
  });

  it.each([
    [['min_interval 2'], 'k.conf:9:14: min_interval needs seconds from 3 to 65535, not "2"'],
    [['max_interval 3'], 'k.conf:9:14: max_interval needs seconds from 4 to 65535, not "3"'],
    [['max_interval 8', 'min_interval 7'], 'k.conf:10:14: min_interval is at most three quarters of max_interval, 6'],
    [['lifetime 599'], 'k.conf:9:10: lifetime is 0, or at least max_interval, 600'],
    [['lifetime 65536'], 'k.conf:9:10: lifetime needs a whole number from 0 to 65535'],
    [['mtu 1279'], 'k.conf:9:5: mtu needs a whole number from 1280 to 65535'],
    [['prefix 2001:db8::'], 'k.conf:9:8: prefix needs an IPv6 prefix with its length'],
    [['prefix 2001:db8::/129'], 'k.conf:9:8: prefix needs an IPv6 prefix with its length'],
    [['prefix fe80::/64'], 'k.conf:9:8: the link-local prefix is not advertised'],
    [['prefix 2001:db8::/64', 'prefix 2001:db8::/64'], 'k.conf:10:8: 2001:db8::/64 is there twice'],
    [
      ['prefix 2001:db8::/64 {', 'valid_lifetime 5', 'preferred_lifetime 6', '}'],
      'k.conf:11:20: preferred_lifetime is',
    ],
    [['interval 4'], 'k.conf:9:1: "interval" is not a keyword of router_advertisement'],
  ])('refuses %s', (lines, complaint) => {
    const result = read(lines);
    expect(result.ok ? [] : result.errors.map(describeConfigurationError)).toEqual([
      expect.stringContaining(complaint),
    ]);
  });

  it.each([
    [['192.0.2.1'], 'k.conf:7:1: router_advertisement is for virtual routers of IPv6'],
    [['2001:db8::51'], 'k.conf:7:1: router_advertisement needs a link-local virtual address to send from'],
  ])('is refused with the addresses %s', (addresses, complaint) => {
    const result = read([], addresses);
    expect(result.ok ? [] : result.errors.map(describeConfigurationError)).toEqual([
      expect.stringContaining(complaint),
    ]);
  });
});
