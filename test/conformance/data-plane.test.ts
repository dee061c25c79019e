import { describe, expect, it } from 'vitest';
import { DIRECTION_IN } from '../../src/capture/frame.ts';
import type { VirtualRouterIntent } from '../../src/capture/intent.ts';
import type { Observation } from '../../src/conformance/result.ts';
import { parseAddress } from '../../src/wire/address.ts';
import { arpFrame, echoFrame } from '../../src/wire/build.ts';
import { ipFrame } from '../../src/wire/envelope.ts';
import { PROTOCOL_ICMP } from '../../src/wire/network.ts';
import type { Watch } from './watch.ts';
import { active, advertisement, findings, judged, R1, R2, watch } from './watch.ts';
import { intent, running, send } from './with-ports.ts';

const VIRTUAL_MAC = '00:00:5e:00:01:33';
const PHYSICAL_MAC = '02:00:00:00:00:02';
const HOST_MAC = '02:00:00:00:00:03';

/** r1 is Active, r2 is Backup, and this happens. */
function beside(happens: (watcher: Watch) => void, r1: Partial<VirtualRouterIntent> = {}): Observation {
  const watcher = running();
  send(watcher, 'r1', R1, 3.215, 12.215);
  happens(watcher);
  return watcher.observe({ intent: intent(r1) });
}

describe('an answer from a virtual address', () => {
  const answer = echoFrame({
    operation: 'reply',
    source: '192.0.2.100',
    destination: '192.0.2.3',
    sourceMac: PHYSICAL_MAC,
    destinationMac: HOST_MAC,
    identifier: 1,
    sequence: 1,
  });
  const answered = (node: string, r1: Partial<VirtualRouterIntent> = {}) =>
    beside((watcher) => watcher.out(node, 8, answer), r1);

  it('by a Backup breaks backup.not-accept, once for each frame', () => {
    const observation = answered('r2');
    expect(findings(observation, 'backup.not-accept')).toMatchObject([{ verdict: 'fail', router: 'r2', count: 1 }]);
    expect(findings(answered('r1'), 'backup.not-accept')).toEqual([]);
    expect(findings(answered('r1'), 'loop.forward')).toEqual([]);
  });

  it('by the Active router is in order where it owns the address or Accept_Mode is on', () => {
    expect(findings(answered('r1', { acceptMode: false }), 'active.not-accept')).toMatchObject([{ verdict: 'fail' }]);
    for (const may of [{ acceptMode: true }, { priority: 255, acceptMode: false }]) {
      const observation = answered('r1', may);
      expect(findings(observation, 'active.not-accept')).toEqual([]);
      expect(judged(observation, 'active.accept-owner')).toBe(true);
    }
    expect(judged(answered('r1'), 'active.accept-owner')).toBe(false);
  });
});

describe('an answer from a virtual address at a tap', () => {
  const answer = (sourceMac: string) =>
    echoFrame({
      operation: 'reply',
      source: '192.0.2.100',
      destination: '192.0.2.3',
      sourceMac,
      destinationMac: HOST_MAC,
      identifier: 1,
      sequence: 1,
    });
  /** r1 is Active for nine seconds; who r2 is, an ARP reply of its own tells; `mac` answers a ping at `at`. */
  function answered(mac: string, at: number, takesOverAt?: number): Observation {
    const watcher = watch();
    active(watcher, R1, 1, 10);
    watcher.tap(
      2,
      arpFrame({
        operation: 'reply',
        senderMac: PHYSICAL_MAC,
        senderAddress: '192.0.2.2',
        targetMac: HOST_MAC,
        targetAddress: '192.0.2.3',
      }),
    );
    watcher.tap(at, answer(mac));
    if (takesOverAt !== undefined) active(watcher, R2, takesOverAt, takesOverAt + 5);
    return watcher.observe();
  }

  it('by a machine that turns out to be a Backup breaks backup.not-accept', () => {
    expect(findings(answered(PHYSICAL_MAC, 5.5, 13.605), 'backup.not-accept')).toMatchObject([
      { verdict: 'fail', router: '192.0.2.2', count: 1, first: 5.5e9 },
    ]);
  });

  it('by one that has given way breaks it, and as long as its timer runs', () => {
    for (const at of [8.5, 12]) {
      const watcher = watch();
      active(watcher, R2, 1, 3);
      active(watcher, R1, 3.4, 10.4);
      watcher.tap(2, advertisement({ ...R2, sourceMac: PHYSICAL_MAC }));
      watcher.tap(at, answer(PHYSICAL_MAC));
      expect(findings(watcher.observe(), 'backup.not-accept')).toMatchObject([{ router: '192.0.2.2', count: 1 }]);
    }
  });

  it('by the Active router, by nobody in particular, and by a machine that never advertises breaks nothing', () => {
    expect(findings(answered(PHYSICAL_MAC, 15, 13.605), 'backup.not-accept')).toEqual([]);
    expect(findings(answered(VIRTUAL_MAC, 5.5, 13.605), 'backup.not-accept')).toEqual([]);
    expect(findings(answered(PHYSICAL_MAC, 5.5), 'backup.not-accept')).toEqual([]);
  });
});

/** One of no protocol that a router reads. */
function ethernetFrame(destinationMac: string): Uint8Array {
  const macs = [destinationMac, HOST_MAC].flatMap((mac) => mac.split(':').map((octet) => Number.parseInt(octet, 16)));
  return Uint8Array.from([...macs, 0x88, 0xb5, ...new Array(46).fill(0)]);
}

describe('a packet for the virtual MAC', () => {
  const packet = (
    destination: string,
    hopLimit: number,
    sourceMac: string,
    destinationMac: string,
    payload?: Uint8Array,
  ) =>
    echoFrame({
      operation: 'request',
      source: '192.0.2.3',
      destination,
      sourceMac,
      destinationMac,
      identifier: 7,
      sequence: 1,
      hopLimit,
      ...(payload === undefined ? {} : { payload }),
    });
  const passed = (node: string, destination: string, lost = 1, r1: Partial<VirtualRouterIntent> = {}) =>
    beside((watcher) => {
      watcher.out('h1', 8, packet(destination, 64, HOST_MAC, VIRTUAL_MAC));
      watcher.out(node, 8.001, packet(destination, 64 - lost, '02:00:00:00:00:09', '02:00:00:00:00:0a'), []);
    }, r1);

  it('is forwarded by the Active router, and by no other', () => {
    const right = passed('r1', '198.51.100.1');
    expect(judged(right, 'active.forward')).toBe(true);
    expect(findings(right, 'backup.discard-vmac')).toEqual([]);
    expect(findings(passed('r2', '198.51.100.1'), 'backup.discard-vmac')).toMatchObject([
      { verdict: 'fail', router: 'r2' },
    ]);
    // The same packet with the same hop limit is a copy of the switch's.
    expect(judged(passed('r2', '198.51.100.1', 0), 'backup.discard-vmac')).toBe(false);
    // One of another length is another packet.
    const longer = beside((watcher) => {
      watcher.out('h1', 8, packet('198.51.100.1', 64, HOST_MAC, VIRTUAL_MAC));
      const other = packet('198.51.100.1', 63, '02:00:00:00:00:09', '02:00:00:00:00:0a', new Uint8Array(9));
      watcher.out('r2', 8.001, other, []);
    });
    expect(findings(longer, 'backup.discard-vmac')).toEqual([]);
  });

  it.each([
    ['what a switch floods to hosts', ['h1'], packet('198.51.100.9', 9, '02:00:00:00:00:07', VIRTUAL_MAC)],
    ['frames that are no IP packets', ['r1', 'r2'], ethernetFrame('00:00:5e:00:02:33')],
  ] as const)('is still known after %s', (_, ports, frame) => {
    const observation = beside((watcher) => {
      send(watcher, 'r1', { ...R1, source: 'fe80::1', addresses: ['fe80::100'], checksum: undefined }, 3.3, 12.3);
      watcher.out('h1', 8, packet('198.51.100.1', 64, HOST_MAC, VIRTUAL_MAC));
      for (let index = 1; index <= 64; index++) {
        for (const port of ports) watcher.at(port, DIRECTION_IN, 8 + index / 100_000, frame);
      }
      watcher.out('r1', 8.001, packet('198.51.100.1', 63, '02:00:00:00:00:09', '02:00:00:00:00:0a'), []);
    });
    expect(judged(observation, 'active.forward')).toBe(true);
  });

  it('and for a virtual address is forwarded by nobody', () => {
    expect(findings(passed('r1', '192.0.2.100'), 'loop.forward')).toMatchObject([{ verdict: 'warning', router: 'r1' }]);
    expect(findings(passed('r1', '198.51.100.1'), 'loop.forward')).toEqual([]);
    // A Backup must discard it in any case: one frame, one finding.
    expect(findings(passed('r2', '192.0.2.100'), 'loop.forward')).toEqual([]);
    expect(findings(passed('r1', '192.0.2.100', 1, { priority: 255 }), 'loop.forward')).toEqual([]);
  });
});

describe('a redirect', () => {
  /** ICMP type 5, code 1, gateway 192.0.2.9, and the packet that it is about. */
  const REDIRECT = Uint8Array.of(
    5,
    1,
    0,
    0,
    192,
    0,
    2,
    9,
    0x45,
    0,
    0,
    20,
    0,
    0,
    0,
    0,
    64,
    1,
    0,
    0,
    192,
    0,
    2,
    3,
    8,
    8,
    8,
    8,
  );
  const redirected = (source: string, sourceMac = VIRTUAL_MAC) => {
    const watcher = watch();
    active(watcher, R1, 1, 4);
    const other = { ...R1, virtualRouterId: 52, addresses: ['192.0.2.200'] };
    for (let second = 1; second < 5; second++) watcher.tap(second + 0.3, advertisement(other));
    const addressed = { source: parseAddress(source)!, destination: parseAddress('192.0.2.3')! };
    const packet = { sourceMac, destinationMac: HOST_MAC, protocol: PROTOCOL_ICMP, payload: REDIRECT };
    return watcher.tap(2.5, ipFrame({ ...addressed, ...packet })).observe();
  };

  it('from the virtual MAC comes from an address of that virtual router', () => {
    const right = redirected('192.0.2.100');
    expect([...findings(right, 'redirect.source'), ...findings(right, 'redirect.select')]).toEqual([]);
    expect(judged(right, 'redirect.source')).toBe(true);
    expect(findings(redirected('192.0.2.1'), 'redirect.source')).toMatchObject([{ verdict: 'warning' }]);
    const wrong = redirected('192.0.2.200');
    expect(findings(wrong, 'redirect.select')).toMatchObject([{ verdict: 'fail', router: '192.0.2.1' }]);
    expect(findings(wrong, 'redirect.source')).toEqual([]);
  });

  it('from another MAC address tells nothing: who was the host’s next hop is not known', () => {
    expect(judged(redirected('192.0.2.1', PHYSICAL_MAC), 'redirect.source')).toBe(false);
  });
});

describe('an advertisement on another LAN', () => {
  function seenElsewhere(fields: typeof R1): Observation {
    const watcher = watch();
    for (let second = 1; second < 5; second++) {
      watcher.tap(second, advertisement(R1), 'left');
      watcher.tap(second + 0.3, advertisement({ ...R2, source: '198.51.100.2', addresses: ['198.51.100.9'] }), 'right');
    }
    return watcher.tap(3.001, advertisement({ ...R1, ...fields }), 'right').observe();
  }

  it('that has lost a hop was forwarded, which nobody may', () => {
    const observation = seenElsewhere({ hopLimit: 254 });
    expect(findings(observation, 'fwd.no-group')).toMatchObject([{ verdict: 'fail', count: 1 }]);
    expect(findings(observation, 'tx.ttl')).toEqual([]);
    expect(judged(seenElsewhere({ source: '198.51.100.3' }), 'fwd.no-group')).toBe(true);
    expect(judged(watch().tap(1, advertisement(R1)).observe(), 'fwd.no-group')).toBe(false);
  });

  it('that is no one’s from another LAN is a matter of its TTL alone', () => {
    const observation = seenElsewhere({ source: '198.51.100.3', hopLimit: 254 });
    expect(findings(observation, 'fwd.no-group')).toEqual([]);
    expect(findings(observation, 'tx.ttl')).toMatchObject([{ verdict: 'fail' }]);
  });
});
