import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/conformance/result.ts';
import { arpFrame, icmpV6Frame, neighborAdvertisementFrame, neighborSolicitationFrame } from '../../src/wire/build.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import { ROUTER_ADVERTISEMENT, writeRouterMessage } from '../../src/wire/neighbor.ts';
import { active, advertisement, findings, R1, R2, watch } from './watch.ts';
import { intent, running } from './with-ports.ts';

/** Active_Down_Interval of priority 100 at one second. */
const WAIT = 3.605;
/** Where the count of addresses is in a frame over IPv4. */
const COUNT = 14 + 20 + 3;
const VIRTUAL_MAC = '00:00:5e:00:02:33';
const SIX = { addresses: ['fe80::100'], checksum: 'with-pseudo-header' } as const;
const ONE: Partial<AdvertisementFrame> = { ...R1, ...SIX, source: 'fe80::1' };
const six = intent({ family: 'ipv6', addresses: ['fe80::100'] }, { family: 'ipv6', addresses: ['fe80::100'] });

/** r1 is Active over IPv6; a frame leaves the port of that node. */
function withFrame(node: 'r1' | 'r2', frame: Uint8Array): Observation {
  const watcher = running();
  watcher.out('r1', 3.215_2, neighborAdvertisementFrame({ target: 'fe80::100', sourceMac: VIRTUAL_MAC }));
  for (let time = 3.215; time < 12; time++) watcher.out('r1', time, advertisement(ONE));
  watcher.out(node, 8.5, frame);
  return watcher.observe({ intent: six });
}

const answer = neighborAdvertisementFrame({
  target: 'fe80::100',
  destination: 'fe80::9',
  sourceMac: VIRTUAL_MAC,
  destinationMac: '02:00:00:00:00:09',
  solicited: true,
});
const routerAdvertisement = icmpV6Frame(
  { source: 'fe80::2', destination: 'ff02::1', sourceMac: VIRTUAL_MAC, hopLimit: 255 },
  writeRouterMessage({ type: ROUTER_ADVERTISEMENT, routerLifetime: 1800 }),
);
const solicitation = (sourceLinkLayer: string) =>
  neighborSolicitationFrame({ target: 'fe80::9', source: 'fe80::100', sourceMac: VIRTUAL_MAC, sourceLinkLayer });

describe.each<[string, () => Observation, () => Observation]>([
  ['backup.no-ns', () => withFrame('r2', answer), () => withFrame('r1', answer)],
  ['backup.no-ra', () => withFrame('r2', routerAdvertisement), () => withFrame('r1', routerAdvertisement)],
  [
    'nd.ns-option',
    () => withFrame('r1', solicitation('02:00:00:00:00:01')),
    () => withFrame('r1', solicitation(VIRTUAL_MAC)),
  ],
  ['rx.length', () => discarded(tooShort, 7.5 + WAIT), () => discarded(tooShort, 4 + WAIT)],
  ['rx.wrong-group', () => discarded(elsewhere, 7.5 + WAIT), () => discarded(elsewhere, 4 + WAIT)],
  ['interop.v2-priority', () => mixed(200, 100), () => mixed(100, 200)],
])('%s', (requirement, breaks, keeps) => {
  it('is broken by the one', () => {
    expect(findings(breaks(), requirement)).toHaveLength(1);
  });

  it('is kept by the other', () => {
    expect(findings(keeps(), requirement)).toEqual([]);
  });
});

/** It says more addresses than it has. */
function tooShort(frame: Uint8Array): Uint8Array {
  frame[COUNT] = 9;
  return frame;
}

const elsewhere = () => advertisement({ ...R1, destination: '224.0.0.19' });

/** r1's advertisements are right until 4 s, then such until 7.5 s; r2 takes over at that time. */
function discarded(spoil: (frame: Uint8Array) => Uint8Array, at: number): Observation {
  const watcher = watch();
  active(watcher, R1, 1, 4);
  for (let time = 4.5; time < 8; time++) {
    watcher.tap(time, spoil(advertisement(R1)));
  }
  const question = { operation: 'request', senderMac: '02:00:00:00:00:77', senderAddress: '192.0.2.77' } as const;
  for (let time = 8.2; time < at; time++) watcher.tap(time, arpFrame({ ...question, targetAddress: '192.0.2.78' }));
  active(watcher, R2, at, 16);
  return watcher.observe();
}

/** A router of version 2, and one of version 3 that advertises twice a second. */
function mixed(version2: number, version3: number): Observation {
  const watcher = watch();
  active(watcher, { ...R1, version: 2, interval: 1, checksum: undefined, priority: version2 }, 1, 20);
  active(watcher, { ...R2, interval: 50, priority: version3 }, 1.2, 20, 0.5);
  return watcher.observe();
}

describe('an interval of 0 that a Backup discards', () => {
  it('moves its takeover by nothing', () => {
    const watcher = watch();
    active(watcher, R1, 1, 9);
    watcher.tap(9.3, advertisement({ ...R1, interval: 0 }));
    active(watcher, R2, 12.605, 18);
    expect(findings(watcher.observe(), 'rx.interval-zero')).toEqual([]);
  });
});
