import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/capture/event.ts';
import type { Observation } from '../../src/conformance/result.ts';
import { arpFrame, gratuitousArpFrame, neighborAdvertisementFrame } from '../../src/wire/build.ts';
import { advertisement, findings, R1, R2, watch } from './watch.ts';
import { running } from './with-ports.ts';

const VIRTUAL_MAC = '00:00:5e:00:01:33';
const VIRTUAL_MAC_IPV6 = '00:00:5e:00:02:33';
const PHYSICAL_MAC = '02:00:00:00:00:01';
const IPV6 = { version: 3, source: 'fe80::1', addresses: ['fe80::100'] } as const;

/** r1 becomes Active five seconds after the capture began, sends this 0.2 ms later, and stays. */
function becomesActive(...frames: readonly Uint8Array[]): Observation {
  const watcher = watch();
  watcher.tap(0, gratuitousArpFrame({ address: '192.0.2.77', mac: '02:00:00:00:00:77' }));
  for (let second = 5; second < 9; second++) watcher.tap(second, advertisement(R1));
  for (const frame of frames) watcher.tap(5.000_2, frame);
  return watcher.observe();
}

function becomesActiveIpv6(...frames: readonly Uint8Array[]): Observation {
  const watcher = watch();
  watcher.tap(0, gratuitousArpFrame({ address: '192.0.2.77', mac: '02:00:00:00:00:77' }));
  for (let second = 5; second < 9; second++)
    watcher.tap(second, advertisement({ ...IPV6, checksum: 'with-pseudo-header' }));
  for (const frame of frames) watcher.tap(5.000_2, frame);
  return watcher.observe();
}

describe('backup.takeover.announce.v4', () => {
  const address = '192.0.2.100';
  const failures = (observation: Observation) =>
    findings(observation, 'backup.takeover.announce.v4').filter(({ verdict }) => verdict === 'fail');

  it.each([
    ['a request', gratuitousArpFrame({ address, mac: VIRTUAL_MAC })],
    ['a reply', gratuitousArpFrame({ address, mac: VIRTUAL_MAC, operation: 'reply' })],
  ])('is kept by %s', (_, frame) => {
    expect(findings(becomesActive(frame), 'backup.takeover.announce.v4')).toEqual([]);
  });

  it.each([
    ['no announcement', undefined],
    ['one of another address', gratuitousArpFrame({ address: '192.0.2.99', mac: VIRTUAL_MAC })],
    ['a physical sender', gratuitousArpFrame({ address, mac: PHYSICAL_MAC })],
    ['a physical source', gratuitousArpFrame({ address, mac: VIRTUAL_MAC, sourceMac: PHYSICAL_MAC })],
    ['a multicast destination', gratuitousArpFrame({ address, mac: VIRTUAL_MAC, destinationMac: '01:00:5e:00:00:12' })],
  ])('is broken by %s', (_, frame) => {
    expect(failures(becomesActive(...(frame === undefined ? [] : [frame])))).toHaveLength(1);
  });

  it('names what was not announced', () => {
    expect(failures(becomesActive())[0]!.message).toContain('no gratuitous ARP for 192.0.2.100');
  });

  it('tells a broadcast target hardware address as information', () => {
    const frame = gratuitousArpFrame({ address, mac: VIRTUAL_MAC, targetMac: 'ff:ff:ff:ff:ff:ff' });
    expect(findings(becomesActive(frame), 'backup.takeover.announce.v4')).toMatchObject([{ level: 'information' }]);
  });

  it('is not judged of a router that was Active before the capture began', () => {
    const watcher = watch();
    for (let second = 1; second < 5; second++) watcher.tap(second, advertisement(R1));
    expect(findings(watcher.observe(), 'backup.takeover.announce.v4')).toEqual([]);
  });
});

describe('backup.takeover.announce.v6', () => {
  const right = { target: 'fe80::100', sourceMac: VIRTUAL_MAC_IPV6 } as const;

  it('is kept by an unsolicited Neighbor Advertisement with the virtual MAC', () => {
    expect(findings(becomesActiveIpv6(neighborAdvertisementFrame(right)), 'backup.takeover.announce.v6')).toEqual([]);
  });

  it.each([
    ['the Router flag off', { ...right, router: false }],
    ['the Override flag off', { ...right, override: false }],
    ['no link-layer address', { ...right, targetLinkLayer: null }],
    ['a physical link-layer address', { ...right, targetLinkLayer: PHYSICAL_MAC }],
    ['another group', { ...right, destination: 'ff02::2' }],
  ])('is broken by %s', (_, frame) => {
    const observation = becomesActiveIpv6(neighborAdvertisementFrame(frame));
    expect(findings(observation, 'backup.takeover.announce.v6')[0]).toMatchObject({ verdict: 'fail' });
  });

  it('is broken by none at all', () => {
    expect(findings(becomesActiveIpv6(), 'backup.takeover.announce.v6')[0]).toMatchObject({ verdict: 'fail' });
  });
});

describe('bindings of a virtual address', () => {
  const question = { operation: 'request', senderAddress: '192.0.2.100', targetAddress: '192.0.2.3' } as const;
  const announced = gratuitousArpFrame({ address: '192.0.2.100', mac: VIRTUAL_MAC });

  it('to a physical MAC, in a question or an answer, break active.arp-not-physical', () => {
    for (const frame of [
      arpFrame({ ...question, senderMac: PHYSICAL_MAC }),
      arpFrame({ ...question, operation: 'reply', senderMac: PHYSICAL_MAC, targetMac: '02:00:00:00:00:03' }),
    ]) {
      expect(findings(becomesActive(announced, frame), 'active.arp-not-physical')[0]).toMatchObject({
        verdict: 'fail',
      });
    }
    const right = becomesActive(announced, arpFrame({ ...question, senderMac: VIRTUAL_MAC }));
    expect(findings(right, 'active.arp-not-physical')).toEqual([]);
  });

  it('by a Neighbor Advertisement with a physical MAC break active.ns-not-physical', () => {
    const toHost = { destination: 'fe80::3', destinationMac: '02:00:00:00:00:03', solicited: true } as const;
    const answer = (mac: string) =>
      neighborAdvertisementFrame({ ...toHost, target: 'fe80::100', sourceMac: mac, targetLinkLayer: mac });
    const announcedIpv6 = neighborAdvertisementFrame({ target: 'fe80::100', sourceMac: VIRTUAL_MAC_IPV6 });
    const wrong = becomesActiveIpv6(announcedIpv6, answer(PHYSICAL_MAC));
    expect(findings(wrong, 'active.ns-not-physical')[0]).toMatchObject({ verdict: 'fail' });
    expect(findings(becomesActiveIpv6(announcedIpv6, answer(VIRTUAL_MAC_IPV6)), 'active.ns-not-physical')).toEqual([]);
  });

  it('from the virtual MAC to itself break down.no-garp-reply', () => {
    const reply = { ...question, operation: 'reply', senderMac: VIRTUAL_MAC } as const;
    const toItself = arpFrame({ ...reply, targetMac: VIRTUAL_MAC, targetAddress: '192.0.2.100' });
    const toHost = arpFrame({ ...reply, targetMac: '02:00:00:00:00:03' });
    expect(findings(becomesActive(announced, toItself), 'down.no-garp-reply')).toHaveLength(1);
    expect(findings(becomesActive(announced, toHost), 'down.no-garp-reply')).toEqual([]);
  });

  it('of an address that no virtual router has are nobody’s business', () => {
    const foreign = arpFrame({ ...question, senderAddress: '192.0.2.9', senderMac: PHYSICAL_MAC });
    expect(findings(becomesActive(announced, foreign), 'active.arp-not-physical')).toEqual([]);
  });
});

describe('tx.protocol', () => {
  it('is broken by an advertisement in another protocol', () => {
    const watcher = watch();
    for (let second = 1; second < 4; second++) watcher.tap(second, advertisement(R1));
    watcher.tap(2.5, advertisement({ ...R2, protocol: 113 }));
    expect(findings(watcher.observe(), 'tx.protocol')[0]).toMatchObject({ verdict: 'fail', router: '192.0.2.2' });
  });
});

describe('a tap that knows a router by its address', () => {
  const address = '192.0.2.100';
  const toHost = { senderAddress: address, targetAddress: '192.0.2.3', targetMac: '02:00:00:00:00:03' } as const;
  const answerOf = (mac: string) => arpFrame({ ...toHost, operation: 'reply', senderMac: mac });
  const ownAnswer = (mac: string) =>
    arpFrame({ ...toHost, operation: 'reply', senderMac: mac, senderAddress: '192.0.2.1' });

  /** r1 gives up after two seconds and r2 is Active from then on; both physical MAC addresses are known. */
  function r1IsBackup(frame: Uint8Array, seconds: number): Observation {
    const watcher = watch();
    watcher.tap(0.5, ownAnswer(PHYSICAL_MAC));
    for (let second = 1; second < 3; second++) watcher.tap(second, advertisement(R1));
    watcher.tap(2.5, advertisement({ ...R1, priority: 0 }));
    for (let second = 0; second < 6; second++) watcher.tap(3.11 + second, advertisement(R2));
    watcher.tap(3.12, gratuitousArpFrame({ address, mac: VIRTUAL_MAC }));
    return watcher.tap(seconds, frame).observe();
  }

  it('sees its physical MAC answer for a virtual address while it is Backup', () => {
    expect(findings(r1IsBackup(answerOf(PHYSICAL_MAC), 5.5), 'backup.no-arp')).toMatchObject([
      { verdict: 'fail', router: '192.0.2.1', count: 1 },
    ]);
    // While it is Active the wrong MAC address alone is wrong; nobody is Backup while nobody is Active.
    expect(findings(r1IsBackup(answerOf(PHYSICAL_MAC), 1.5), 'backup.no-arp')).toEqual([]);
    expect(findings(r1IsBackup(answerOf(PHYSICAL_MAC), 2.8), 'backup.no-arp')).toEqual([]);
  });

  it('sees it send from the virtual MAC while it is Backup', () => {
    expect(findings(r1IsBackup(ownAnswer(VIRTUAL_MAC), 5.5), 'backup.no-vmac-source')).toMatchObject([
      { verdict: 'warning', router: '192.0.2.1', count: 1 },
    ]);
    expect(findings(r1IsBackup(ownAnswer(VIRTUAL_MAC), 1.5), 'backup.no-vmac-source')).toEqual([]);
  });

  it('judges answers for a virtual address that came before its first advertisement', () => {
    const early = watch().tap(0.5, answerOf(PHYSICAL_MAC)).tap(0.6, answerOf('02:00:00:00:00:02'));
    early.tap(3, advertisement(R1)).tap(3.1, ownAnswer(PHYSICAL_MAC));
    expect(findings(early.observe(), 'active.arp-not-physical').map(({ router }) => router)).toEqual([
      '192.0.2.1',
      '02:00:00:00:00:02',
    ]);
    const longAgo = watch().tap(0.5, answerOf(PHYSICAL_MAC)).tap(60, advertisement(R1));
    expect(findings(longAgo.observe(), 'active.arp-not-physical')).toEqual([]);
  });
});

describe('a router that ends as soon as it is Active', () => {
  const REQUIREMENTS = ['backup.takeover.announce.v4', 'boot.announce'];
  const verdicts = (observation: Observation) =>
    REQUIREMENTS.flatMap((requirement) => findings(observation, requirement)).map(({ verdict }) => verdict);

  /** r1 is Active from its start on, announces nothing, and this happens to it 80 ms later; the run goes on. */
  function becomesActiveAndThen(event: RunEvent | undefined): Observation {
    const watcher = running();
    watcher.out('r1', 3.215, advertisement(R1));
    if (event === undefined) watcher.out('r1', 4.215, advertisement(R1));
    else watcher.event(event);
    watcher.out('h1', 9, gratuitousArpFrame({ address: '192.0.2.77', mac: '02:00:00:00:00:77' }));
    return watcher.observe();
  }

  it.each([
    { kind: 'router-killed', router: 'r1', timeNs: 3.295e9 },
    { kind: 'power-off', node: 'r1', timeNs: 3.295e9 },
    { kind: 'router-frozen', router: 'r1', timeNs: 3.295e9 },
    { kind: 'router-exited', router: 'r1', timeNs: 3.295e9, expected: false, lastLogLines: [] },
  ] as const)('is not blamed for announcing nothing: $kind', (event) => {
    expect(verdicts(becomesActiveAndThen(event))).toEqual([]);
  });

  it('is blamed where it went on, or was killed when it had had time', () => {
    expect(verdicts(becomesActiveAndThen(undefined))).toEqual(['fail', 'warning']);
    const late = { kind: 'router-killed', router: 'r1', timeNs: 4.3e9 } as const;
    expect(verdicts(becomesActiveAndThen(late))).toEqual(['fail', 'warning']);
  });

  it.each([
    ['is not seen again', [], ['inconclusive']],
    ['is seen just afterwards', [5.05], ['inconclusive']],
    ['is seen an interval later', [6], ['fail', 'warning']],
  ] as const)('stays open in a capture where it %s', (_, seconds, expected) => {
    const other = gratuitousArpFrame({ address: '192.0.2.77', mac: '02:00:00:00:00:77' });
    const watcher = watch().tap(0, other).tap(9, other);
    for (const second of [5, ...seconds]) watcher.tap(second, advertisement(R1));
    expect(verdicts(watcher.observe())).toEqual(expected);
  });
});
