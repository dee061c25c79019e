import { describe, expect, it } from 'vitest';
import type { ObserverOptions } from '../../src/conformance/observer/api.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { Observation } from '../../src/conformance/result.ts';
import { arpFrame } from '../../src/wire/build.ts';
import { advertisement, R1, R2 } from './watch.ts';

/** Gives frames one after the other, made when they are needed. */
function flood(count: number, make: (index: number) => Uint8Array, options: ObserverOptions = {}): Observation {
  const observer = createObserver(options);
  for (let index = 0; index < count; index++) {
    const bytes = make(index);
    observer.frame({
      timeNs: index * 1e6,
      interfaceIndex: 0,
      direction: 0,
      bytes,
      start: 0,
      end: bytes.length,
      originalLength: bytes.length,
      number: index + 1,
    });
  }
  return observer.finish();
}

function address(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

describe('invented', () => {
  it('sources fill a limit that is named, and not the memory', () => {
    const before = process.memoryUsage().rss;
    const observation = flood(20_000, (index) =>
      advertisement({ source: address(index), virtualRouterId: 1 + (index % 255), priority: 1 + (index % 254) }),
    );
    expect(observation.limits.join()).toMatch(/more than \d+ (senders|routers in one virtual router)/);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(250);
    expect(observation.findings.length).toBeLessThanOrEqual(4096);
  });

  it('VLANs are lumped together beyond a limit', () => {
    const observation = flood(6000, (index) =>
      advertisement({ tags: [{ id: index % 4096 }, { id: (index * 7 + (index >> 12)) % 4096 }] }),
    );
    expect(observation.limits.join()).toContain('virtual routers');
    expect(observation.limits.join()).toContain('more than 4096 LANs');
    expect(observation.virtualRouters.length).toBeLessThanOrEqual(2048);
  });

  it('addresses of a virtual router are remembered up to a limit', () => {
    const observation = flood(3000, (index) => advertisement({ ...R1, addresses: ['192.0.2.100', address(index)] }));
    expect(observation.virtualRouters[0]!.addresses.length).toBeLessThanOrEqual(1024);
  });

  it('neighbours are remembered up to a limit', () => {
    const observation = flood(10_000, (index) => {
      const octets = [index >> 8, index & 255].map((octet) => octet.toString(16).padStart(2, '0'));
      return arpFrame({
        operation: 'request',
        senderMac: `02:00:00:00:${octets.join(':')}`,
        senderAddress: address(index),
        targetAddress: '10.0.0.1',
      });
    });
    expect(observation.frames).toBe(10_000);
  });
});

describe('a quarrel without end', () => {
  it('keeps the oldest and the newest tenures, and says how many it left out', () => {
    const quarrel = [R1, { ...R1, priority: 0 }, R2, { ...R2, priority: 0 }];
    const observation = flood(8000, (index) => advertisement(quarrel[index % 4]!), { limits: { tenures: 100 } });
    const [virtualRouter] = observation.virtualRouters;
    expect(virtualRouter!.timeline).toHaveLength(100);
    expect(virtualRouter!.omittedTenures).toBe(3900);
    expect(virtualRouter!.timeline[0]!.firstNs).toBe(0);
    expect(virtualRouter!.timeline.at(-1)!.firstNs).toBe(7998e6);
  });

  it('is one finding for each of them, with twenty frames', () => {
    const observation = flood(4000, (index) => advertisement(index % 2 === 0 ? R1 : R2));
    for (const { frames } of observation.findings) expect(frames.length).toBeLessThanOrEqual(20);
    expect(observation.findings.length).toBeLessThan(20);
  });

  it('keeps no more findings than the limit', () => {
    const observation = flood(2000, (index) => advertisement({ virtualRouterId: 1 + (index % 255), hopLimit: 1 }), {
      limits: { findings: 10 },
    });
    expect(observation.findings).toHaveLength(10);
    expect(observation.limits.join()).toContain('more than 10 findings');
  });
});

describe('broken frames', () => {
  it('of any length are met without an exception', () => {
    const whole = advertisement({ ...R1, pad: false });
    const observation = flood(whole.length, (index) => whole.subarray(0, index));
    expect(observation.advertisements).toBe(0);
  });

  it('with any octet changed are met without an exception', () => {
    const whole = advertisement(R1);
    flood(whole.length * 16, (index) => {
      const bytes = whole.slice();
      bytes[index >> 4] = bytes[index >> 4]! ^ (1 << (index & 7)) ^ (index & 8 ? 0xff : 0);
      return bytes;
    });
  });
});

describe('a long watch', () => {
  it('of invented bindings, ports, redirects and answers remembers a bounded number of each', () => {
    const observer = createObserver();
    observer.interface(0, { name: 'left', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
    observer.interface(1, { name: 'right', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
    for (let index = 0; index < 6000; index++) {
      const octets = [index >> 8, index & 255].map((octet) => octet.toString(16).padStart(2, '0'));
      const bytes =
        index % 2 === 0
          ? advertisement({ ...R1, priority: 1 + (index % 254) })
          : arpFrame({
              operation: 'reply',
              senderMac: `02:00:00:00:${octets.join(':')}`,
              senderAddress: '192.0.2.100',
              targetMac: '02:00:00:00:00:09',
              targetAddress: '192.0.2.9',
            });
      const place = { interfaceIndex: index % 3 === 0 ? 1 : 0, direction: 0 as const, start: 0, end: bytes.length };
      observer.frame({ ...place, timeNs: index * 5e6, bytes, originalLength: bytes.length, number: index + 1 });
    }
    const { virtualRouters, causes } = observer.finish();
    for (const { hosts, macPlaces, overlaps, vacancies } of virtualRouters) {
      for (const { spans } of hosts) expect(spans.length).toBeLessThanOrEqual(32);
      expect(macPlaces.length).toBeLessThanOrEqual(64);
      expect(overlaps.length).toBeLessThanOrEqual(64);
      expect(vacancies.length).toBeLessThanOrEqual(1000);
    }
    expect(causes.length).toBeLessThanOrEqual(200);
  });
});
