import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/conformance/result.ts';
import { arpFrame, icmpV6Frame, neighborAdvertisementFrame, neighborSolicitationFrame } from '../../src/wire/build.ts';
import { ROUTER_ADVERTISEMENT, writeRouterMessage } from '../../src/wire/neighbor.ts';
import { active, advertisement, findings, gratuitousArp, judged, R1, watch } from './watch.ts';

const HOST_MAC = '02:00:00:00:00:03';
const VIRTUAL_MAC = '00:00:5e:00:01:33';
const VIRTUAL_MAC_IPV6 = '00:00:5e:00:02:33';

describe('questions for a virtual address', () => {
  const question = arpFrame({
    operation: 'request',
    senderMac: HOST_MAC,
    senderAddress: '192.0.2.3',
    targetAddress: '192.0.2.100',
  });
  const answerOf = (senderAddress: string, senderMac: string) =>
    arpFrame({
      operation: 'reply',
      senderMac,
      senderAddress,
      targetMac: HOST_MAC,
      targetAddress: '192.0.2.3',
    });

  function asked(times: number, ...answers: readonly Uint8Array[]): Observation {
    const watcher = watch();
    active(watcher, R1, 1, 10);
    for (let index = 0; index < times; index++) watcher.tap(3.5 + index, question);
    for (const answer of answers) watcher.tap(4.6, answer);
    return watcher.observe();
  }
  const other = answerOf('192.0.2.1', '02:00:00:00:00:01');

  it('that nobody answers show an Active router that is dead to hosts', () => {
    expect(findings(asked(3, other), 'active.arp')).toMatchObject([{ verdict: 'fail', router: '192.0.2.1', count: 3 }]);
  });

  it('that are answered keep active.arp', () => {
    const observation = asked(3, other, answerOf('192.0.2.100', VIRTUAL_MAC));
    expect(findings(observation, 'active.arp')).toEqual([]);
    expect(judged(observation, 'active.arp')).toBe(true);
  });

  it('prove nothing where no answer to that host is seen, or where they are few', () => {
    expect(judged(asked(3), 'active.arp')).toBe(false);
    expect(judged(asked(2, other), 'active.arp')).toBe(false);
  });

  it('prove nothing while nobody is Active', () => {
    const watcher = watch();
    active(watcher, R1, 1, 3);
    for (let index = 0; index < 5; index++) watcher.tap(20 + index, question);
    expect(judged(watcher.tap(26, other).observe(), 'active.arp')).toBe(false);
  });

  it('are Neighbor Solicitations over IPv6', () => {
    const ask = neighborSolicitationFrame({ target: 'fe80::100', source: 'fe80::3', sourceMac: HOST_MAC });
    const answer = (target: string, mac: string) =>
      neighborAdvertisementFrame({
        target,
        sourceMac: mac,
        destination: 'fe80::3',
        destinationMac: HOST_MAC,
        solicited: true,
      });
    const ipv6 = (...answers: readonly Uint8Array[]) => {
      const watcher = watch();
      const fields = { source: 'fe80::1', addresses: ['fe80::100'], checksum: 'with-pseudo-header' } as const;
      for (let second = 1; second <= 10; second++) watcher.tap(second, advertisement(fields));
      for (let index = 0; index < 3; index++) watcher.tap(3.5 + index, ask);
      for (const frame of answers) watcher.tap(4.6, frame);
      return watcher.observe();
    };
    const elsewhere = answer('fe80::1', '02:00:00:00:00:01');
    expect(findings(ipv6(elsewhere), 'active.ns')).toMatchObject([{ verdict: 'fail', count: 3 }]);
    expect(findings(ipv6(elsewhere, answer('fe80::100', VIRTUAL_MAC_IPV6)), 'active.ns')).toEqual([]);
  });
});

describe('boot.announce', () => {
  function started(announced: boolean): Observation {
    const watcher = watch().tap(
      0,
      arpFrame({
        operation: 'request',
        senderMac: HOST_MAC,
        senderAddress: '192.0.2.3',
        targetAddress: '192.0.2.9',
      }),
    );
    for (let second = 5; second < 9; second++) watcher.tap(second, advertisement(R1));
    if (announced) watcher.tap(5.000_2, gratuitousArp());
    return watcher.observe();
  }

  it('wants every virtual address announced by a router that starts', () => {
    expect(findings(started(false), 'boot.announce')).toMatchObject([{ verdict: 'warning', router: '192.0.2.1' }]);
    expect(findings(started(true), 'boot.announce')).toEqual([]);
    expect(judged(started(true), 'boot.announce')).toBe(true);
  });
});

describe('nd.ra-options', () => {
  const MTU_1500 = Uint8Array.of(5, 1, 0, 0, 0, 0, 5, 220);
  const MTU_1400 = Uint8Array.of(5, 1, 0, 0, 0, 0, 5, 120);

  function advertised(options: Uint8Array, routerLifetime = 1800): Observation {
    const watcher = watch();
    const ra = (source: string, carried: Uint8Array, lifetime: number) =>
      icmpV6Frame(
        { source, destination: 'ff02::1', sourceMac: VIRTUAL_MAC_IPV6 },
        writeRouterMessage({ type: ROUTER_ADVERTISEMENT, routerLifetime: lifetime, options: carried }),
      );
    const fields = { addresses: ['fe80::100'], checksum: 'with-pseudo-header' } as const;
    for (let second = 1; second < 4; second++) watcher.tap(second, advertisement({ ...fields, source: 'fe80::1' }));
    watcher.tap(2.5, ra('fe80::1', MTU_1500, 1800));
    for (let second = 7; second < 10; second++) watcher.tap(second, advertisement({ ...fields, source: 'fe80::2' }));
    return watcher.tap(8.5, ra('fe80::2', options, routerLifetime)).observe();
  }

  it('wants the same options from whoever is Active', () => {
    expect(findings(advertised(MTU_1400), 'nd.ra-options')).toMatchObject([{ verdict: 'fail', router: 'fe80::2' }]);
    expect(findings(advertised(MTU_1500), 'nd.ra-options')).toEqual([]);
    expect(judged(advertised(MTU_1500), 'nd.ra-options')).toBe(true);
  });

  it('does not look at a router that takes its leave', () => {
    expect(judged(advertised(MTU_1400, 0), 'nd.ra-options')).toBe(false);
  });
});

describe('cfg.priorities', () => {
  function group(...priorities: readonly number[]): Observation {
    const watcher = watch();
    for (const [index, priority] of priorities.entries()) {
      active(watcher, { source: `192.0.2.${index + 1}`, priority }, 1 + 20 * index, 4 + 20 * index);
    }
    return watcher.observe();
  }

  it('wants Backups that do not take over together', () => {
    expect(findings(group(200, 100, 99), 'cfg.priorities')).toMatchObject([
      { verdict: 'warning', router: '192.0.2.3', seen: '3.91 ms' },
    ]);
    expect(findings(group(200, 100, 90), 'cfg.priorities')).toEqual([]);
    expect(judged(group(200, 100, 90), 'cfg.priorities')).toBe(true);
  });

  it('does not mind who is next to the highest: it has nobody to run against', () => {
    expect(findings(group(100, 99), 'cfg.priorities')).toEqual([]);
    expect(findings(group(100, 99, 50), 'cfg.priorities')).toEqual([]);
  });

  it('leaves equal priorities to the requirement about them', () => {
    expect(findings(group(200, 100, 100), 'cfg.priorities')).toEqual([]);
  });
});
