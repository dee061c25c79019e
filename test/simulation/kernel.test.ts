import { describe, expect, it } from 'vitest';
import { type Clock, createClock } from '../../src/simulation/clock.ts';
import { isWithin, nextHopOf } from '../../src/simulation/host.ts';
import { createKernel, type Kernel, type KernelInterface } from '../../src/simulation/kernel.ts';
import { createNeighbors } from '../../src/simulation/neighbors.ts';
import { arpFrame, echoFrame, gratuitousArpFrame } from '../../src/wire/build.ts';
import { formatMac, parseMac } from '../../src/wire/mac.ts';

const SECOND = 1_000_000_000;
const OWN = { mac: '02:00:00:00:00:01', address: '192.0.2.1' } as const;
const PEER = { mac: '02:00:00:00:00:02', address: '192.0.2.2' } as const;
const VIRTUAL = { mac: '00:00:5e:00:01:33', address: '192.0.2.254' } as const;
const ECHO = { operation: 'request', identifier: 1, sequence: 1, payload: new Uint8Array(0) } as const;

interface Played {
  readonly clock: Clock;
  readonly kernel: Kernel;
  readonly macvlan: KernelInterface;
  readonly sent: Uint8Array[];
  /** Frames whose packets do not end here. */
  readonly passing: Uint8Array[];
}

/** A kernel with a virtual router's macvlan, down as a Backup has it; an owner's has the base interface's address. */
function play(isOwner = false): Played {
  const sent: Uint8Array[] = [];
  const passing: Uint8Array[] = [];
  const clock = createClock();
  const base = { name: 'eth0', mac: parseMac(OWN.mac)!, up: true, addresses: [OWN.address], accepts: true };
  const kernel = createKernel({
    clock,
    base,
    forwarding: true,
    nextHop: (destination) => destination,
    send: (bytes) => sent.push(bytes),
    onVrrp: () => {},
    onTransit: (bytes) => passing.push(bytes),
  });
  const macvlan = {
    name: 'vrrp.51',
    mac: parseMac(VIRTUAL.mac)!,
    up: false,
    addresses: [isOwner ? OWN.address : VIRTUAL.address],
    accepts: true,
    ownsAddresses: isOwner,
  };
  kernel.add(macvlan);
  return { clock, kernel, macvlan, sent, passing };
}

const question = (address: string) =>
  arpFrame({ operation: 'request', senderMac: PEER.mac, senderAddress: PEER.address, targetAddress: address });
const echo = (address: string, destinationMac: string) =>
  echoFrame({
    operation: 'request',
    source: PEER.address,
    destination: address,
    sourceMac: PEER.mac,
    destinationMac,
    identifier: 1,
    sequence: 1,
  });
const sourceMacs = (sent: readonly Uint8Array[]) => sent.map((bytes) => formatMac(bytes, 6));
const isArp = (bytes: Uint8Array | undefined) => bytes?.[12] === 0x08 && bytes[13] === 0x06;

describe('a simulated kernel', () => {
  it('answers for the virtual address while its interface is up, with the virtual MAC', () => {
    const { kernel, macvlan, sent } = play();
    kernel.receive(question(VIRTUAL.address));
    expect(sent).toEqual([]);
    macvlan.up = true;
    kernel.receive(question(VIRTUAL.address));
    kernel.receive(question(OWN.address));
    expect(sourceMacs(sent)).toEqual([VIRTUAL.mac, OWN.mac]);
  });

  it('takes frames to its own MAC addresses alone: those of interfaces that are up', () => {
    const { kernel, macvlan, sent } = play();
    kernel.receive(question(OWN.address));
    sent.length = 0;
    kernel.receive(echo(OWN.address, VIRTUAL.mac));
    kernel.receive(echo(OWN.address, PEER.mac));
    expect(sent).toEqual([]);
    macvlan.up = true;
    kernel.receive(echo(OWN.address, VIRTUAL.mac));
    kernel.receive(echo(OWN.address, OWN.mac));
    expect(sent).toHaveLength(2);
  });

  it('knows who has asked it, and need not ask back', () => {
    const { kernel, sent } = play();
    kernel.receive(question(OWN.address));
    kernel.receive(echo(OWN.address, OWN.mac));
    expect(sent.map(isArp)).toEqual([true, false]);
  });

  it('does not remember who told what it has not asked', () => {
    const { kernel, sent } = play();
    kernel.receive(gratuitousArpFrame({ address: PEER.address, mac: PEER.mac }));
    kernel.receive(echo(OWN.address, OWN.mac));
    expect(sent.map(isArp)).toEqual([true]);
  });

  it('leaves what is for others to who takes it on: what is sent to one of its MAC addresses, and to nobody else', () => {
    const { kernel, macvlan, sent, passing } = play();
    const onward = echo('198.51.100.7', VIRTUAL.mac);
    kernel.receive(onward);
    kernel.receive(echo('198.51.100.7', PEER.mac));
    kernel.receive(echo('198.51.100.7', 'ff:ff:ff:ff:ff:ff'));
    expect(passing).toEqual([]);
    macvlan.up = true;
    kernel.receive(onward);
    kernel.receive(echo(OWN.address, OWN.mac));
    expect(passing).toEqual([onward]);
    expect(sent.map(isArp)).toEqual([true]);
  });

  it('of an owner asks and answers with the virtual MAC while Active, and is silent before and after', () => {
    const { kernel, macvlan, sent } = play(true);
    kernel.receive(question(OWN.address));
    kernel.ping('192.0.2.4', ECHO);
    expect(sent).toEqual([]);
    macvlan.up = true;
    kernel.receive(question(OWN.address));
    kernel.ping('192.0.2.3', ECHO);
    expect(sourceMacs(sent)).toEqual([VIRTUAL.mac, VIRTUAL.mac]);
    kernel.remove(macvlan.name);
    kernel.receive(question(OWN.address));
    expect(sourceMacs(sent.slice(2))).toEqual([OWN.mac]);
  });

  it('has forgotten everything after a reset', () => {
    const { kernel, macvlan, sent } = play();
    macvlan.up = true;
    kernel.receive(question(OWN.address));
    kernel.reset();
    sent.length = 0;
    kernel.receive(question(VIRTUAL.address));
    expect(sent).toEqual([]);
    kernel.receive(echo(OWN.address, OWN.mac));
    expect(sent.map(isArp)).toEqual([true]);
  });

  it('is not moved by what is malformed', () => {
    const { kernel, macvlan, sent } = play();
    macvlan.up = true;
    const whole = question(VIRTUAL.address);
    for (let length = 14; length < 42; length++) kernel.receive(whole.slice(0, length));
    expect(sent).toEqual([]);
  });
});

describe('what waits for an answer', () => {
  it('is asked for three times, a second apart, and given up', () => {
    const clock = createClock();
    const neighbors = createNeighbors(clock);
    const asked: number[] = [];
    neighbors.resolve(
      PEER.address,
      () => asked.push(clock.now()),
      () => expect.unreachable(),
    );
    while (clock.runNext(60 * SECOND));
    expect(asked).toEqual([0, SECOND, 2 * SECOND]);
    expect(clock.now()).toBe(3 * SECOND);
  });

  it('is sent when the answer comes, three packets at the most, and nobody asks any more', () => {
    const clock = createClock();
    const neighbors = createNeighbors(clock);
    const sent: number[] = [];
    let asked = 0;
    for (const packet of [1, 2, 3, 4, 5]) {
      neighbors.resolve(
        PEER.address,
        () => asked++,
        () => sent.push(packet),
      );
    }
    neighbors.learn(PEER.address, parseMac(PEER.mac)!, false);
    expect(sent).toEqual([3, 4, 5]);
    while (clock.runNext(60 * SECOND));
    expect(asked).toBe(1);
  });

  it('follows a neighbor that has moved', () => {
    const neighbors = createNeighbors(createClock());
    const macs: string[] = [];
    const resolve = () =>
      neighbors.resolve(
        PEER.address,
        () => {},
        (mac) => macs.push(formatMac(mac)),
      );
    neighbors.learn(PEER.address, parseMac(PEER.mac)!, true);
    resolve();
    neighbors.learn(PEER.address, parseMac(OWN.mac)!, false);
    resolve();
    expect(macs).toEqual([PEER.mac, OWN.mac]);
  });
});

describe('a host', () => {
  it('sends to its neighbors directly, and everything else to the gateway of the family', () => {
    const port = { lan: 'lan', interfaceName: 'eth0', macAddress: OWN.mac };
    const nextHop = nextHopOf({
      kind: 'host',
      name: 'h1',
      ports: [{ ...port, addresses: ['192.0.2.3/24', '2001:db8::3/64', 'fe80::3/64'] }],
      gateways: [VIRTUAL.address, 'fe80::254'],
    });
    expect(nextHop(PEER.address)).toBe(PEER.address);
    expect(nextHop('198.51.100.1')).toBe(VIRTUAL.address);
    expect(nextHop('2001:db8::9')).toBe('2001:db8::9');
    expect(nextHop('2001:db8:1::9')).toBe('fe80::254');
  });
});

describe('a subnet', () => {
  it.each([
    ['192.0.2.7', '192.0.2.1/24', true],
    ['192.0.3.7', '192.0.2.1/24', false],
    ['192.0.3.7', '192.0.2.1/23', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '0.0.0.0/0', true],
    ['2001:db8::7', '2001:db8::1/64', true],
    ['2001:db8:0:1::7', '2001:db8::1/64', false],
    ['2001:db8::7', '0.0.0.0/0', false],
  ])('%s in %s: %s', (address, subnet, expected) => {
    expect(isWithin(address, subnet)).toBe(expected);
  });
});
