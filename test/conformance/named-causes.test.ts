import { describe, expect, it } from 'vitest';
import { DIRECTION_UNKNOWN } from '../../src/capture/frame.ts';
import type { CauseId, Observation } from '../../src/conformance/result.ts';
import { arpFrame, echoFrame, gratuitousArpFrame, joinFrame } from '../../src/wire/build.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import { ipFrame, toAddress } from '../../src/wire/envelope.ts';
import { PROTOCOL_ICMP, PROTOCOL_TCP } from '../../src/wire/network.ts';
import { active, advertisement, gratuitousArp, R1, R2, type Watch, watch } from './watch.ts';

/**
 * For every cause that has a name a capture, made here, that shows it, and one as like it as can be that does not: the
 * cause is named in the first alone. The type asks for each of them.
 */
type Pair = readonly [shows: () => Observation, isLikeIt: () => Observation];

const VIRTUAL_MAC = '00:00:5e:00:01:33';
const HOST = { mac: '02:00:00:00:00:09', address: '192.0.2.9' };
const V2 = { version: 2, interval: 1, checksum: undefined } as const;
/** Active_Down_Interval of priority 100 at an interval of a second. */
const WAIT = 3.605;

/** Both advertise side by side for half a minute. */
function split(one: Partial<AdvertisementFrame> = {}, other: Partial<AdvertisementFrame> = {}): Observation {
  const watcher = watch();
  active(watcher, { ...R1, ...one }, 1, 40);
  active(watcher, { ...R2, ...other }, 6.3, 40);
  return watcher.observe();
}

/** r1 falls silent after ten seconds, and r2 takes over in time. */
function failover(more: (watcher: Watch) => void = () => {}): Observation {
  const watcher = watch();
  active(watcher, R1, 1, 10);
  active(watcher, R2, 10 + WAIT, 30);
  more(watcher);
  return watcher.observe();
}

const unicast = (from: Partial<AdvertisementFrame>, to: string): Partial<AdvertisementFrame> => ({
  ...from,
  destination: to,
  destinationMac: '02:00:00:00:00:99',
});

const arpAnswer = (senderAddress: string, senderMac: string) =>
  arpFrame({ operation: 'reply', senderMac, senderAddress, targetMac: HOST.mac, targetAddress: HOST.address });
const arpQuestion = (targetAddress = '192.0.2.100') =>
  arpFrame({ operation: 'request', senderMac: HOST.mac, senderAddress: HOST.address, targetAddress });

function redirect(type: number): Observation {
  const payload = new Uint8Array(8);
  payload[0] = type;
  const watcher = watch();
  active(watcher, R1, 1, 10);
  const packet = { source: '192.0.2.1', destination: HOST.address, sourceMac: VIRTUAL_MAC, destinationMac: HOST.mac };
  watcher.tap(
    5.5,
    ipFrame({
      ...packet,
      source: toAddress(packet.source),
      destination: toAddress(packet.destination),
      protocol: PROTOCOL_ICMP,
      payload,
    }),
  );
  return watcher.observe();
}

/** An advertisement whose More Fragments flag says that it is a first fragment. */
function fragment(offset: number): Uint8Array {
  const bytes = advertisement(R1);
  bytes[20] = offset;
  return bytes;
}

/** Hosts ask the living Active router for the virtual address, and somebody answers where it is said. */
function asked(...answers: readonly Uint8Array[]): Observation {
  const watcher = watch();
  active(watcher, R1, 1, 10);
  for (let index = 0; index < 3; index++) watcher.tap(3.5 + index, arpQuestion());
  watcher.tap(4.6, arpAnswer('192.0.2.1', '02:00:00:00:00:01'));
  for (const bytes of answers) watcher.tap(4.7, bytes);
  return watcher.observe();
}

/** The takeover of r2, with its gratuitous ARPs or without. */
function takenOver(announced: boolean): Observation {
  const watcher = watch();
  active(watcher, R1, 1, 10);
  if (announced) watcher.tap(10 + WAIT + 0.000_2, gratuitousArp());
  for (let time = 10 + WAIT; time < 20; time++) watcher.tap(time, advertisement(R2));
  return watcher.observe();
}

/** Without virtual MACs: after the takeover of r2 a host goes on to send to this MAC address. */
function sentOn(destinationMac: string, destination: string): Observation {
  const physical = (mac: string) => ({ sourceMac: mac });
  const watcher = watch();
  const announce = (mac: string) => gratuitousArpFrame({ address: '192.0.2.100', mac });
  for (let time = 1; time <= 10; time++) watcher.tap(time, advertisement({ ...R1, ...physical('02:00:00:00:00:01') }));
  watcher.tap(1.000_2, announce('02:00:00:00:00:01'));
  watcher.tap(2.5, arpAnswer('192.0.2.1', '02:00:00:00:00:01'));
  for (let time = 10 + WAIT; time < 25; time++) {
    watcher.tap(time, advertisement({ ...R2, ...physical('02:00:00:00:00:02') }));
  }
  watcher.tap(10 + WAIT + 0.000_2, announce('02:00:00:00:00:02'));
  for (let index = 0; index < 5; index++) {
    watcher.tap(
      15.5 + index,
      echoFrame({
        operation: 'request',
        source: HOST.address,
        destination,
        sourceMac: HOST.mac,
        destinationMac,
        identifier: 1,
        sequence: index,
      }),
    );
  }
  return watcher.observe();
}

/** A TCP segment with the reset flag, shortly after a takeover. */
function resetAfter(sequence: number, flags = 0x04): Observation {
  const payload = new Uint8Array(20);
  payload.set([0x30, 0x39, 0x01, 0xbb]);
  new DataView(payload.buffer).setUint32(4, sequence);
  payload[12] = 0x50;
  payload[13] = flags;
  const packet = { source: toAddress('198.51.100.7'), destination: toAddress(HOST.address), sourceMac: VIRTUAL_MAC };
  return failover((watcher) =>
    watcher.tap(16.5, ipFrame({ ...packet, destinationMac: HOST.mac, protocol: PROTOCOL_TCP, payload })),
  );
}

/** r2 takes over so many virtual routers within a moment; only some of them are announced. */
function manyTakenOver(isAnnounced: (virtualRouterId: number) => boolean): Observation {
  const watcher = watch();
  for (let id = 1; id <= 20; id++) {
    const own = { virtualRouterId: id, addresses: [`192.0.2.${100 + id}`] };
    const mac = `00:00:5e:00:01:${id.toString(16).padStart(2, '0')}`;
    for (let time = 1; time <= 10; time++) watcher.tap(time + id / 1000, advertisement({ ...R1, ...own }));
    for (let time = 10 + WAIT; time < 20; time++) watcher.tap(time + id / 1000, advertisement({ ...R2, ...own }));
    if (!isAnnounced(id)) continue;
    watcher.tap(10 + WAIT + id / 1000 + 0.000_1, gratuitousArpFrame({ address: own.addresses[0]!, mac }));
  }
  return watcher.observe();
}

/** r1 is silent for 38 ms at an interval of 10 ms, and sends so many announcements meanwhile. */
function bursting(announcements: number): Observation {
  const fast = { interval: 1 };
  const watcher = watch();
  active(watcher, { ...R1, ...fast }, 1, 2, 0.01);
  for (let index = 0; index < announcements; index++) watcher.tap(2.001 + index * 0.000_3, gratuitousArp());
  for (let time = 2.038; time < 3; time += 0.01) watcher.tap(time, advertisement({ ...R1, ...fast }));
  return watcher.observe();
}

/** r1 is silent, r2 takes over, r1 goes on: with a gratuitous ARP as a router that starts, or as if nothing had been. */
function resumed(announced: boolean): Observation {
  const watcher = watch();
  active(watcher, R1, 1, 10);
  active(watcher, R2, 10 + WAIT, 20);
  if (announced) watcher.tap(20.000_2 + WAIT / 10, gratuitousArp());
  for (let time = 20 + WAIT / 10; time < 30; time++) watcher.tap(time, advertisement(R1));
  return watcher.observe();
}

function flapping(changes: number): Observation {
  const watcher = watch();
  for (let cycle = 0; cycle < changes; cycle++) {
    active(watcher, R1, 1 + 15 * cycle, 10 + 15 * cycle);
    active(watcher, R2, 10 + WAIT + 15 * cycle, 10 + WAIT + 15 * cycle);
    watcher.tap(14 + 15 * cycle, advertisement(R1)).tap(15 + 15 * cycle, advertisement(R1));
  }
  active(watcher, R1, 1 + 15 * changes, 10 + 15 * changes);
  return watcher.observe();
}

/** Both routers' frames, each at its own port; whether the first one's reach the other. */
function atPorts(heard: readonly string[]): Observation {
  const watcher = watch({ r1: 'router', r2: 'router' });
  for (let second = 1; second < 30; second++) {
    watcher.out('r1', second, advertisement(R1), heard);
    if (second < 5 || heard.length === 0) watcher.out('r2', second + 0.3, advertisement(R2), heard);
  }
  return watcher.observe();
}

function inVlans(one: Partial<AdvertisementFrame>, other: Partial<AdvertisementFrame>): Observation {
  const watcher = watch();
  for (let second = 1; second < 20; second++) {
    watcher.tap(second, advertisement({ ...one, tags: [{ id: 10 }] }));
    watcher.tap(second + 0.3, advertisement({ ...other, tags: [{ id: 20 }] }));
  }
  return watcher.observe();
}

/** Advertisements of r1, the later of which are in gaps. */
function withGaps(gap: number): Observation {
  const watcher = watch();
  for (let time = 1; time <= 60; time += time % 10 === 0 ? gap : 1) watcher.tap(time, advertisement(R1));
  return watcher.observe();
}

const PAIRS: Readonly<Record<CauseId, Pair>> = {
  'version-mismatch': [() => split({}, V2), () => split(V2, V2)],
  'ttl-changed': [() => split({ hopLimit: 254 }), () => split()],
  'unicast-multicast': [() => split({}, unicast({}, '192.0.2.1')), () => split()],
  'asymmetric-peers': [
    () => split(unicast({}, '192.0.2.2'), unicast({}, '192.0.2.77')),
    () => split(unicast({}, '192.0.2.2'), unicast({}, '192.0.2.1')),
  ],
  'v2-authentication': [
    () => split(V2, { ...V2, authenticationType: 1, authenticationData: new Uint8Array(8).fill(65) }),
    () => split(V2, V2),
  ],
  'v2-intervals': [() => split(V2, { ...V2, interval: 2 }), () => split({}, { interval: 200 })],
  'checksum-conventions': [() => split({}, { checksum: 'with-pseudo-header' }), () => split()],
  'address-lists': [() => split({}, { addresses: ['192.0.2.100', '192.0.2.101'] }), () => split()],
  'cannot-hear': [() => atPorts([]), () => atPorts(['r1', 'r2'])],
  'multicast-snooping': [
    () => split(),
    () => {
      const watcher = watch();
      active(watcher, R1, 1, 40);
      active(watcher, R2, 6.3, 40);
      const query = { sourceMac: '02:00:00:00:00:42', source: '192.0.2.42', destination: '224.0.0.1' };
      watcher.tap(
        3.3,
        ipFrame({
          ...query,
          source: toAddress(query.source),
          destination: toAddress(query.destination),
          protocol: 2,
          payload: Uint8Array.of(0x11, 0, 0, 0, 0, 0, 0, 0),
        }),
      );
      return watcher.observe();
    },
  ],
  'spanning-tree': [
    () => {
      const watcher = watch();
      active(watcher, R1, 1, 60);
      active(watcher, R2, 6.3, 36.3);
      return watcher.observe();
    },
    () => split(),
  ],
  'took-over-from-the-living': [() => flapping(4), () => failover()],
  flapping: [() => flapping(4), () => flapping(1)],
  'discarded-advertisements': [() => split({ addresses: [], addressCount: 0 } as never), () => split()],
  'two-answers': [
    () => asked(arpAnswer('192.0.2.100', VIRTUAL_MAC), arpAnswer('192.0.2.100', '02:00:00:00:00:01')),
    () => asked(arpAnswer('192.0.2.100', VIRTUAL_MAC), arpAnswer('192.0.2.100', VIRTUAL_MAC)),
  ],
  'physical-address-bound': [
    () => asked(arpAnswer('192.0.2.100', '02:00:00:00:00:01')),
    () => asked(arpAnswer('192.0.2.100', VIRTUAL_MAC)),
  ],
  'switch-learns-wrong-port': [
    () =>
      failover((watcher) =>
        watcher.tap(
          13.606,
          arpFrame({
            operation: 'reply',
            senderMac: VIRTUAL_MAC,
            senderAddress: '192.0.2.100',
            targetMac: VIRTUAL_MAC,
            targetAddress: '192.0.2.100',
          }),
        ),
      ),
    // An answer to a host comes from the virtual MAC as well, and is right.
    () => failover((watcher) => watcher.tap(13.606, arpAnswer('192.0.2.100', VIRTUAL_MAC))),
  ],
  'dead-address': [() => asked(), () => asked(arpAnswer('192.0.2.100', VIRTUAL_MAC))],
  'vlan-mismatch': [() => inVlans(R1, R2), () => inVlans(R1, R1)],
  'icmp-redirects': [() => redirect(5), () => redirect(3)],
  'fragmented-advertisements': [
    () => failover((watcher) => watcher.tap(12.5, fragment(0x20))),
    // The Don't Fragment flag.
    () => failover((watcher) => watcher.tap(12.5, joinFrame({ groups: ['224.0.0.18'], sourceMac: HOST.mac }))),
  ],
  'announcements-missing': [() => takenOver(false), () => takenOver(true)],
  'announcements-policed': [() => manyTakenOver((id) => id <= 12), () => manyTakenOver((id) => id % 2 === 0)],
  'announcement-burst': [() => bursting(100), () => bursting(4)],
  'frames-echoed': [
    () => {
      const watcher = watch();
      for (let time = 1; time <= 10; time++) {
        const frame = advertisement(R1);
        watcher.at('tap', DIRECTION_UNKNOWN, time, frame).at('tap', DIRECTION_UNKNOWN, time + 0.000_3, frame);
      }
      return watcher.observe();
    },
    // The same frame at two places is one that passed both.
    () => {
      const watcher = watch();
      for (let time = 1; time <= 10; time++) {
        const frame = advertisement(R1);
        watcher.tap(time, frame, 'tap').tap(time + 0.000_3, frame, 'other');
      }
      return watcher.observe();
    },
  ],
  'lost-advertisements': [() => withGaps(3), () => withGaps(1)],
  'stale-neighbour': [
    () => sentOn('02:00:00:00:00:01', '192.0.2.100'),
    // What is for the former Active router itself goes to it still.
    () => sentOn('02:00:00:00:00:01', '192.0.2.1'),
  ],
  // A reset without a sequence number refuses a connection that was never open.
  'connections-reset': [() => resetAfter(4711), () => resetAfter(0, 0x14)],
  'resumed-unchanged': [() => resumed(false), () => resumed(true)],
};

const namedIn = ({ causes }: Observation): readonly CauseId[] => causes.map(({ id }) => id);

describe.each(Object.entries(PAIRS))('%s', (id, [shows, isLikeIt]) => {
  it('is named, with what would settle it', () => {
    const observation = shows();
    const cause = observation.causes.find((one) => one.id === id);
    expect(cause, namedIn(observation).join(', ')).toBeDefined();
    expect(cause!.settle.length).toBeGreaterThan(10);
  });

  it('is not where it only looks alike', () => {
    expect(namedIn(isLikeIt())).not.toContain(id);
  });
});
