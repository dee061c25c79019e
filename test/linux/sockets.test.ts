import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DIRECTION_IN, DIRECTION_OUT, type Direction } from '../../src/capture/frame.ts';
import { openCapture } from '../../src/linux/capture.ts';
import { createSessionClock, monotonicNow, type SessionClock } from '../../src/linux/clock.ts';
import { openEchoSocket } from '../../src/linux/echo-socket.ts';
import { readOffload, setOffload } from '../../src/linux/ethtool.ts';
import { createFrameBurst } from '../../src/linux/frame-burst.ts';
import { LinuxError } from '../../src/linux/libc.ts';
import { joinGroup } from '../../src/linux/membership.ts';
import { createNetworkNamespace, inNamespace, type Namespace } from '../../src/linux/namespace.ts';
import { openRoute, type Route } from '../../src/linux/netlink/route.ts';
import {
  openPacketSocket,
  PACKET_MULTICAST,
  PACKET_OUTGOING,
  type PacketSocket,
} from '../../src/linux/packet-socket.ts';
import { openRawSocket, PROTOCOL_VRRP, type RawSocket } from '../../src/linux/raw-socket.ts';
import { watchCount } from '../../src/linux/watch.ts';
import { formatAddress, parseAddress } from '../../src/wire/address.ts';
import { internetChecksum } from '../../src/wire/checksum.ts';
import { isRoot } from '../peers.ts';
import { enterSandbox, NEEDS_ROOT, openDescriptors, until } from './sandbox.ts';

const FABRIC_END = 501;
const ETH0 = 10;
const VMAC = 11;
/** An EtherType that no kernel answers (IEEE 802 local experimental). */
const EXPERIMENTAL = 0x88b5;

function ethernet(destination: number[], type: number, payload: readonly number[]): Uint8Array {
  return Uint8Array.from([...destination, 0x02, 0, 0, 0, 0, 0x77, type >> 8, type & 0xff, ...payload]);
}

function ipv4(destination: string, timeToLive: number, protocol: number, payload: readonly number[]): number[] {
  const length = 20 + payload.length;
  const header = Uint8Array.from([
    ...[0x45, 0xc0, length >> 8, length & 0xff, 0, 1, 0, 0, timeToLive, protocol, 0, 0],
    ...[192, 0, 2, 77],
    ...parseAddress(destination)!,
  ]);
  const checksum = internetChecksum(header, 0, 20);
  header[10] = checksum >> 8;
  header[11] = checksum & 0xff;
  return [...header, ...payload];
}

function ipv6(destination: string, hopLimit: number, nextHeader: number, payload: readonly number[]): number[] {
  const addresses = [...parseAddress('fe80::77')!, ...parseAddress(destination)!];
  return [0x60, 0, 0, 0, 0, payload.length, nextHeader, hopLimit, ...addresses, ...payload];
}

const VRRP_MAC_V4 = [0x01, 0x00, 0x5e, 0, 0, 0x12];
const VRRP_MAC_V6 = [0x33, 0x33, 0, 0, 0, 0x12];
const ADVERTISEMENT = [0x31, 51, 200, 1, 0, 100, 0xab, 0xcd, 192, 0, 2, 254];

interface Seen {
  timeNs: number;
  interfaceIndex: number;
  direction?: Direction;
  packetType?: number;
  bytes: number[];
  originalLength?: number;
}

describe.skipIf(!isRoot)(`sockets on a veth pair${NEEDS_ROOT}`, () => {
  let own: Namespace;
  let fabric: Route;
  let r1: Namespace;
  let router: Route;
  let clock: SessionClock;
  let injector: PacketSocket;
  let descriptors = 0;

  beforeAll(async () => {
    ({ own, route: fabric } = enterSandbox());
    r1 = createNetworkNamespace('r1');
    router = openRoute(r1);
    clock = createSessionClock();
    fabric.createVeth({
      name: 'p1',
      index: FABRIC_END,
      up: true,
      peer: { name: 'eth0', index: ETH0, namespace: r1, macAddress: '02:00:00:00:00:01' },
    });
    router.setLinkLocalGeneration(ETH0, false);
    router.changeLink(ETH0, { up: true });
    router.addAddress({ index: ETH0, address: '192.0.2.1', prefixLength: 24 });
    router.addAddress({ index: ETH0, address: 'fe80::1', prefixLength: 64, noDuplicateDetection: true });
    fabric.addAddress({ index: FABRIC_END, address: '192.0.2.2', prefixLength: 24 });
    fabric.addAddress({ index: FABRIC_END, address: 'fe80::2', prefixLength: 64, noDuplicateDetection: true });
    injector = openPacketSocket({ namespace: own, interfaceIndex: FABRIC_END, protocol: 0 });
    // The first asynchronous request opens a socket that later ones use.
    await fabric.changeLinkAsync(FABRIC_END, { up: true });
    await until('frames pass', () => fabric.link(FABRIC_END)!.operational && router.link(ETH0)!.operational);
  });

  let watches = 0;
  beforeEach(() => {
    descriptors = openDescriptors();
    watches = watchCount();
  });

  afterEach(() => {
    expect(watchCount()).toBe(watches);
    expect(openDescriptors()).toBe(descriptors);
  });

  afterAll(() => {
    injector?.close();
    router?.close();
    fabric?.close();
    r1?.delete();
  });

  function received(socket: PacketSocket): Seen[] {
    const seen: Seen[] = [];
    for (;;) {
      const count = socket.receiveBatch((record) => {
        seen.push({
          timeNs: record.timeNs,
          interfaceIndex: record.interfaceIndex,
          packetType: record.packetType,
          bytes: [...record.bytes.subarray(record.start, record.end)],
          originalLength: record.originalLength,
        });
      });
      if (count === 0) return seen;
    }
  }

  test('a frame arrives at the other end with its bytes, its link and its kind', () => {
    const listener = openPacketSocket({ namespace: r1, interfaceIndex: ETH0, protocol: EXPERIMENTAL, clock });
    const frame = ethernet([0x01, 0, 0x5e, 0, 0, 1], EXPERIMENTAL, [1, 2, 3]);
    expect(injector.send(frame, FABRIC_END)).toBe('sent');
    expect(received(listener)).toMatchObject([
      { interfaceIndex: ETH0, packetType: PACKET_MULTICAST, bytes: [...frame], originalLength: frame.length },
    ]);
    expect(received(listener)).toEqual([]);
    listener.close();
  });

  test('a burst sends one frame as often as is asked for, and never more than it was made for', () => {
    const listener = openPacketSocket({ namespace: r1, interfaceIndex: ETH0, protocol: EXPERIMENTAL, clock });
    const frame = ethernet([0x01, 0, 0x5e, 0, 0, 1], EXPERIMENTAL, [1, 2, 3]);
    const burst = createFrameBurst(injector.fd, frame, FABRIC_END, 10);
    expect([0, 3, 20].map((count) => burst.send(count))).toEqual([0, 3, 10]);
    expect(received(listener).map(({ bytes }) => bytes)).toEqual(new Array(13).fill([...frame]));
    listener.close();
  });

  test("a frame's time is when the kernel received it, not when it was read", async () => {
    const listener = openPacketSocket({ namespace: r1, interfaceIndex: ETH0, protocol: EXPERIMENTAL, clock });
    const frame = ethernet([0x01, 0, 0x5e, 0, 0, 1], EXPERIMENTAL, [1, 2, 3]);
    // The kernel begins to stamp a moment after it was asked to; until then, the time of reading is told.
    await until('the kernel stamps frames', () => {
      const sent = clock.now();
      injector.send(frame, FABRIC_END);
      const enough = monotonicNow() + 1_000_000;
      while (monotonicNow() < enough);
      const reading = clock.now();
      return received(listener).some(({ timeNs }) => timeNs >= sent && timeNs < reading);
    });
    listener.close();
  });

  test('the VLAN tags that the kernel took out of a frame are back in their place', () => {
    const listener = openPacketSocket({ namespace: r1, interfaceIndex: ETH0, clock });
    const inner = [0x20, 0x64, EXPERIMENTAL >> 8, EXPERIMENTAL & 0xff, 9, 8, 7];
    const single = ethernet([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 0x8100, inner);
    const double = ethernet([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 0x88a8, [0x00, 0x05, 0x81, 0x00, ...inner]);
    injector.send(single, FABRIC_END);
    injector.send(double, FABRIC_END);
    const seen = received(listener);
    expect(seen.map(({ bytes }) => bytes)).toEqual([[...single], [...double]]);
    expect(seen.map(({ originalLength }) => originalLength)).toEqual([single.length, double.length]);
    listener.close();
  });

  test('a long frame is cut to the snap length, and its true length is told', () => {
    const listener = openPacketSocket({ namespace: r1, interfaceIndex: 0, protocol: EXPERIMENTAL, snapLength: 64 });
    injector.send(ethernet([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], EXPERIMENTAL, new Array(1000).fill(5)), FABRIC_END);
    const [seen] = received(listener);
    expect(seen!.bytes).toHaveLength(64);
    expect(seen!.originalLength).toBe(1014);
    listener.close();
  });

  test('what the machine sends is seen as outgoing, or not at all where that is asked for', () => {
    const frame = ethernet([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], EXPERIMENTAL, [1]);
    const everything = openPacketSocket({ namespace: own, interfaceIndex: FABRIC_END });
    const incoming = openPacketSocket({ namespace: own, interfaceIndex: FABRIC_END, ignoreOutgoing: true });
    injector.send(frame, FABRIC_END);
    expect(received(everything).map(({ packetType }) => packetType)).toEqual([PACKET_OUTGOING]);
    expect(received(incoming)).toEqual([]);
    everything.close();
    incoming.close();
  });

  test('lost frames are counted', () => {
    const listener = openPacketSocket({
      namespace: r1,
      interfaceIndex: ETH0,
      protocol: EXPERIMENTAL,
      receiveBufferBytes: 4096,
    });
    const frame = ethernet([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], EXPERIMENTAL, new Array(500).fill(5));
    for (let i = 0; i < 100; i += 1) injector.send(frame, FABRIC_END);
    const seen = received(listener).length;
    expect(seen).toBeGreaterThan(0);
    expect(listener.statistics()).toEqual({ received: 100, dropped: 100 - seen });
    listener.close();
  });

  test('a frame by a link that is down, or that there is not, is not sent, and none that is too long', () => {
    const frame = ethernet([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], EXPERIMENTAL, [1]);
    fabric.createVeth({ name: 'x', index: 601, peer: { name: 'y', index: 602 } });
    expect(injector.send(frame, 601)).toBe('down');
    expect(injector.send(frame, 4711)).toBe('down');
    expect(() => injector.send(new Uint8Array(70_000), FABRIC_END)).toThrow(LinuxError);
    fabric.deleteLink(601);
  });

  test('a watch on a link outlives its going down, however often, and tells so each time', async () => {
    const listener = openPacketSocket({ namespace: r1, interfaceIndex: ETH0, protocol: EXPERIMENTAL });
    const errors: string[] = [];
    let frames = 0;
    listener.watch(
      () => {
        frames += listener.receiveBatch(() => {});
      },
      (error) => errors.push((error as LinuxError).code),
    );
    const times = 70;
    for (let time = 1; time <= times; time += 1) {
      router.changeLink(ETH0, { up: false });
      await until('the watch is told that the link is down', () => errors.length === time);
      router.changeLink(ETH0, { up: true });
    }
    expect(new Set(errors)).toEqual(new Set(['ENETDOWN']));
    router.addAddress({ index: ETH0, address: 'fe80::1', prefixLength: 64, noDuplicateDetection: true, replace: true });
    await until('frames pass again', () => fabric.link(FABRIC_END)!.operational && router.link(ETH0)!.operational);
    injector.send(ethernet([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], EXPERIMENTAL, [1]), FABRIC_END);
    await until('a frame arrives after the link came up', () => frames > 0);
    await listener.closeAsync();
  });

  test('what was received before the link went down is read after it', () => {
    const listener = openPacketSocket({ namespace: r1, interfaceIndex: ETH0, protocol: EXPERIMENTAL });
    injector.send(ethernet([0xff, 0xff, 0xff, 0xff, 0xff, 0xff], EXPERIMENTAL, [1]), FABRIC_END);
    router.changeLink(ETH0, { up: false });
    expect(received(listener)).toHaveLength(1);
    expect(received(listener)).toEqual([]);
    router.changeLink(ETH0, { up: true });
    router.addAddress({ index: ETH0, address: 'fe80::1', prefixLength: 64, noDuplicateDetection: true, replace: true });
    listener.close();
    return until('frames pass again', () => fabric.link(FABRIC_END)!.operational && router.link(ETH0)!.operational);
  });

  test('a capture tells what was lost, and when, before it hands over what came later', async () => {
    const told: (number | { lost: number; fromNs: number; toNs: number })[] = [];
    const capture = openCapture({
      namespace: r1,
      clock,
      interfaceIndex: ETH0,
      perspective: 'this-end',
      receiveBufferBytes: 65_536,
      onFrame: ({ bytes, start }) => told.push(bytes[start + 14]!),
      onLoss: (lost, fromNs, toNs) => told.push({ lost, fromNs, toNs }),
    });
    capture.addInterface(ETH0, 0);
    const broadcast = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    const beforeNs = clock.now();
    // Nobody reads meanwhile.
    for (let i = 0; i < 500; i += 1) {
      injector.send(ethernet(broadcast, EXPERIMENTAL, [1, ...new Array(500).fill(5)]), FABRIC_END);
    }
    const afterNs = clock.now();
    await until('there is room again', () => told.length > 0);
    injector.send(ethernet(broadcast, EXPERIMENTAL, [2]), FABRIC_END);
    await until('the last frame arrives', () => told.includes(2));
    const losses = told.filter((one) => typeof one !== 'number');
    expect(losses.reduce((sum, { lost }) => sum + lost, 0)).toBe(capture.statistics().dropped);
    expect(losses.length).toBeGreaterThan(0);
    expect(losses[0]!.fromNs).toBeLessThan(afterNs);
    expect(losses[0]!.toNs).toBeGreaterThan(beforeNs);
    expect(told.indexOf(losses[0]!)).toBeLessThan(told.indexOf(2));
    await capture.closeAsync();
  });

  test("one capture of the whole namespace sees its ports alone, by the nodes' directions, in the order of time", async () => {
    fabric.createVeth({ name: 'p2', index: 701, up: true, peer: { name: 'q2', index: 702 } });
    fabric.changeLink(702, { up: true });
    const seen: Seen[] = [];
    const capture = openCapture({
      namespace: own,
      clock,
      perspective: 'other-end',
      onFrame: (record) => {
        const bytes = [...record.bytes.subarray(record.start, record.end)];
        if (((bytes[12]! << 8) | bytes[13]!) !== EXPERIMENTAL) return;
        seen.push({
          timeNs: record.timeNs,
          interfaceIndex: record.interfaceIndex,
          direction: record.direction,
          bytes: bytes.slice(14, 15),
        });
      },
    });
    capture.addInterface(FABRIC_END, 3);
    const fromRouter = openPacketSocket({ namespace: r1, interfaceIndex: ETH0, protocol: 0 });
    const broadcast = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    injector.send(ethernet(broadcast, EXPERIMENTAL, [1]), FABRIC_END);
    fromRouter.send(ethernet(broadcast, EXPERIMENTAL, [2]), ETH0);
    injector.send(ethernet(broadcast, EXPERIMENTAL, [3]), 701);
    injector.send(ethernet(broadcast, EXPERIMENTAL, [4]), FABRIC_END);
    await until('the frames arrive', () => seen.length >= 3);
    expect(seen.map(({ interfaceIndex, direction, bytes }) => [interfaceIndex, direction, bytes[0]])).toEqual([
      [3, DIRECTION_IN, 1],
      [3, DIRECTION_OUT, 2],
      [3, DIRECTION_IN, 4],
    ]);
    const times = seen.map(({ timeNs }) => timeNs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    capture.removeInterface(FABRIC_END);
    injector.send(ethernet(broadcast, EXPERIMENTAL, [5]), FABRIC_END);
    capture.drain();
    expect(seen).toHaveLength(3);
    expect(capture.statistics().dropped).toBe(0);
    fromRouter.close();
    await capture.closeAsync();
    await fabric.deleteLinkAsync(701);
  });

  interface SeenPacket {
    hopLimit: number;
    interfaceIndex: number;
    source: string;
    destination: string;
    payload: number[];
    timeNs: number;
  }

  function packets(socket: RawSocket): SeenPacket[] {
    const seen: SeenPacket[] = [];
    socket.receiveBatch((record) => {
      seen.push({
        hopLimit: record.hopLimit,
        interfaceIndex: record.interfaceIndex,
        source: formatAddress(record.source, 0, record.source.length),
        destination: formatAddress(record.destination, 0, record.destination.length),
        payload: [...record.bytes.subarray(record.start, record.end)],
        timeNs: record.timeNs,
      });
    });
    return seen;
  }

  test('VRRP over IPv4 comes with TTL, link, addresses and time, from the groups joined alone', () => {
    const socket = openRawSocket({ namespace: r1, family: 4, protocol: PROTOCOL_VRRP, clock });
    const send = (timeToLive: number): void => {
      injector.send(ethernet(VRRP_MAC_V4, 0x0800, ipv4('224.0.0.18', timeToLive, 112, ADVERTISEMENT)), FABRIC_END);
    };
    send(255);
    expect(packets(socket)).toEqual([]);
    socket.join('224.0.0.18', ETH0);
    socket.join('224.0.0.18', ETH0);
    const before = clock.now();
    send(255);
    send(254);
    const seen = packets(socket);
    expect(seen).toMatchObject(
      [255, 254].map((hopLimit) => ({
        hopLimit,
        interfaceIndex: ETH0,
        source: '192.0.2.77',
        destination: '224.0.0.18',
        payload: ADVERTISEMENT,
      })),
    );
    expect(seen[0]!.timeNs).toBeGreaterThanOrEqual(before);
    expect(seen[1]!.timeNs).toBeGreaterThanOrEqual(seen[0]!.timeNs);
    expect(seen[1]!.timeNs).toBeLessThanOrEqual(clock.now());
    socket.leave('224.0.0.18', ETH0);
    socket.leave('224.0.0.18', ETH0);
    send(255);
    expect(packets(socket)).toEqual([]);
    socket.close();
  });

  test('VRRP over IPv6 comes with the same', () => {
    const socket = openRawSocket({ namespace: r1, family: 6, protocol: PROTOCOL_VRRP, clock });
    socket.join('ff02::12', ETH0);
    const before = clock.now();
    injector.send(ethernet(VRRP_MAC_V6, 0x86dd, ipv6('ff02::12', 255, 112, ADVERTISEMENT)), FABRIC_END);
    const seen = packets(socket);
    expect(seen).toMatchObject([
      {
        hopLimit: 255,
        interfaceIndex: ETH0,
        source: 'fe80::77',
        destination: 'ff02::12',
        payload: ADVERTISEMENT,
      },
    ]);
    expect(seen[0]!.timeNs).toBeGreaterThanOrEqual(before);
    socket.close();
  });

  test('joined on parent and macvlan, a packet tells by which of the two it came', () => {
    router.createMacvlan({
      name: 'vrrp.51',
      index: VMAC,
      parent: ETH0,
      mode: 'private',
      macAddress: '00:00:5e:00:01:33',
    });
    router.setLinkLocalGeneration(VMAC, false);
    const socket = openRawSocket({ namespace: r1, family: 4, protocol: PROTOCOL_VRRP, clock });
    socket.join('224.0.0.18', ETH0);
    socket.join('224.0.0.18', VMAC);
    const packet = ipv4('224.0.0.18', 255, 112, ADVERTISEMENT);
    const fromVirtualMac = Uint8Array.from([...VRRP_MAC_V4, 0, 0, 0x5e, 0, 1, 0x33, 8, 0, ...packet]);
    const links = (): number[] => packets(socket).map(({ interfaceIndex }) => interfaceIndex);
    injector.send(fromVirtualMac, FABRIC_END);
    expect(links()).toEqual([ETH0]);
    router.changeLink(VMAC, { up: true });
    injector.send(fromVirtualMac, FABRIC_END);
    expect(links()).toEqual([VMAC]);
    socket.close();
    router.deleteLink(VMAC);
  });

  test.each([4, 6] as const)('a host is asked for an echo over IPv%i and answers', async (family) => {
    const echo = openEchoSocket({ namespace: own, family, clock, payload: Uint8Array.of(1, 2, 3) });
    const target = family === 4 ? echo.target('192.0.2.1') : echo.target('fe80::1', FABRIC_END);
    const replies: number[][] = [];
    echo.socket.watch(() => {
      echo.socket.receiveBatch((record) => replies.push([...record.bytes.subarray(record.start, record.end)]));
    });
    expect(echo.send(target, 0x1234, 7)).toBe('sent');
    await until('the reply comes', () => replies.length > 0);
    const [reply] = replies;
    expect(reply!.slice(0, 2)).toEqual([family === 4 ? 0 : 129, 0]);
    expect(reply!.slice(4)).toEqual([0x12, 0x34, 0, 7, 1, 2, 3]);
    echo.close();
  });

  test('no route to a host is told, not thrown', () => {
    const echo = openEchoSocket({ namespace: own, family: 4 });
    expect(echo.send(echo.target('203.0.113.1'), 1, 1)).toBe('unreachable');
    echo.close();
  });

  test('a link is made to receive a group without a reader', () => {
    const groups = (): string =>
      inNamespace(r1, () => execFileSync('ip', ['maddress', 'show', 'dev', 'eth0'], { encoding: 'utf8' }));
    const memberships = [joinGroup(r1, 'ff02::1:ff00:99', ETH0), joinGroup(r1, '224.0.0.99', ETH0)];
    expect(groups()).toMatch(/224\.0\.0\.99\n.*ff02::1:ff00:99/s);
    for (const membership of memberships) membership.close();
    expect(groups()).not.toMatch(/224\.0\.0\.99|ff02::1:ff00:99/);
    expect(() => joinGroup(r1, '224.0.0.99', 4711)).toThrow(/join the group 224\.0\.0\.99 on link 4711.*ENODEV/);
  });

  test('transmit checksum offload is switched off, and segmentation with it', () => {
    expect(readOffload(r1, 'eth0')).toMatchObject({ transmitChecksum: true, tcpSegmentation: true });
    setOffload(r1, ['eth0'], { transmitChecksum: false });
    expect(readOffload(r1, 'eth0')).toMatchObject({ transmitChecksum: false, tcpSegmentation: false });
    setOffload(r1, ['eth0'], { transmitChecksum: true, tcpSegmentation: true });
    expect(() => setOffload(r1, ['nobody'], { transmitChecksum: false })).toThrow(
      /transmitChecksum of nobody in r1.*ENODEV/,
    );
  });
});
