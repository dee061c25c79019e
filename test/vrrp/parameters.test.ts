import { describe, expect, it } from 'vitest';
import {
  ParameterError,
  RFC3768_BEHAVIOUR,
  RFC9568_BEHAVIOUR,
  type VirtualRouterParameters,
  virtualRouterParameters,
} from '../../src/vrrp/parameters.ts';

const GIVEN = {
  virtualRouterId: 7,
  version: 3,
  family: 'ipv4',
  primaryAddress: Uint8Array.of(192, 0, 2, 10),
  addresses: [Uint8Array.of(192, 0, 2, 1)],
} as const;

describe('parameters', () => {
  it('have the defaults of RFC 9568 §6.1', () => {
    expect(virtualRouterParameters(GIVEN)).toMatchObject({
      priority: 100,
      advertisementIntervalNs: 1_000_000_000,
      preempt: true,
      preemptDelayNs: 0,
      acceptMode: false,
      downTimerAdvertisements: 3,
      behaviour: RFC9568_BEHAVIOUR,
    });
    expect(virtualRouterParameters({ ...GIVEN, version: 2 }).behaviour).toBe(RFC3768_BEHAVIOUR);
  });

  it('have their default too where they are given as undefined', () => {
    expect(virtualRouterParameters({ ...GIVEN, preempt: undefined, priority: undefined })).toMatchObject({
      preempt: true,
      priority: 100,
    });
  });

  const impossible: readonly (readonly [string, Partial<VirtualRouterParameters>, string])[] = [
    ['a VRID of 0', { virtualRouterId: 0 }, 'virtualRouterId'],
    ['a VRID of 256', { virtualRouterId: 256 }, 'virtualRouterId'],
    ['a priority of 0', { priority: 0 }, 'priority'],
    ['a priority of 256', { priority: 256 }, 'priority'],
    ['a priority that is no number', { priority: Number.NaN }, 'priority'],
    ['an interval of 0', { advertisementIntervalNs: 0 }, 'advertisementIntervalNs'],
    ['an interval of 5 ms', { advertisementIntervalNs: 5_000_000 }, 'advertisementIntervalNs'],
    ['an interval of 41 s in v3', { advertisementIntervalNs: 41_000_000_000 }, 'advertisementIntervalNs'],
    ['an interval of 100 ms in v2', { version: 2, advertisementIntervalNs: 100_000_000 }, 'advertisementIntervalNs'],
    ['v2 over IPv6', { version: 2, family: 'ipv6' }, 'version'],
    ['an IPv4 primary address for IPv6', { family: 'ipv6' }, 'primaryAddress'],
    ['no addresses', { addresses: [] }, 'addresses'],
    ['256 addresses', { addresses: Array.from({ length: 256 }, () => GIVEN.primaryAddress) }, 'addresses'],
    ['an IPv6 address in an IPv4 list', { addresses: [new Uint8Array(16)] }, 'addresses'],
    ['a down timer of 0 intervals', { downTimerAdvertisements: 0 }, 'downTimerAdvertisements'],
    ['a preemption delay below 0', { preemptDelayNs: -1 }, 'preemptDelayNs'],
  ];
  it.each(impossible)('refuse %s by name', (_what, changes, parameter) => {
    const make = () => virtualRouterParameters({ ...GIVEN, ...changes });
    expect(make).toThrow(ParameterError);
    expect(make).toThrow(parameter);
  });
});
