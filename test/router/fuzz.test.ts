import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VirtualRouterConfiguration } from '../../src/config/configuration.ts';
import { parseConfiguration } from '../../src/config/parse.ts';
import { ownNamespace } from '../../src/linux/namespace.ts';
import { createInstance } from '../../src/router/instance.ts';
import { messageReader, type ReceivedPacket } from '../../src/router/message-reader.ts';
import type { Instance } from '../../src/router/running-instance.ts';
import type { VirtualRouter } from '../../src/vrrp/state.ts';
import { parseAddress } from '../../src/wire/address.ts';
import { advertisementMessage } from '../../src/wire/build-advertisement.ts';
import { isRoot } from '../peers.ts';

/** How many packets each case takes: VRRPBENCH_FUZZ=1000000 for a night. */
const PACKETS = Number(process.env.VRRPBENCH_FUZZ ?? 4000);
const MAC_ADDRESS = Uint8Array.of(0, 0, 0x5e, 0, 1, 51);
const PASSWORD = 'secret\0\0';

/** One kind of virtual router, what a good packet for it says, and what else it demands. */
interface Kind {
  readonly name: string;
  readonly lines: readonly string[];
  readonly addresses: readonly string[];
  readonly own: string;
  readonly source: string;
  readonly destination: string;
  readonly version: 2 | 3;
  readonly interval: number;
  readonly password?: string;
  readonly unicast?: boolean;
}

const ipv4 = { addresses: ['192.0.2.101', '192.0.2.102'], own: '192.0.2.1', source: '192.0.2.2' } as const;
const kinds: readonly Kind[] = [
  {
    ...ipv4,
    ...{ name: 'version 3, IPv4', lines: ['version 3', 'advert_int 40'], version: 3, interval: 4000 },
    destination: '224.0.0.18',
  },
  {
    ...{ name: 'version 3, IPv6', lines: ['version 3', 'advert_int 40'], version: 3, interval: 4000 },
    ...{ addresses: ['fe80::51', '2001:db8::51'], own: 'fe80::1', source: 'fe80::2', destination: 'ff02::12' },
  },
  {
    ...ipv4,
    ...{ name: 'version 2 with a password', version: 2, interval: 40, password: PASSWORD },
    lines: ['advert_int 40', 'authentication {\nauth_type PASS\nauth_pass secret\n}'],
    destination: '224.0.0.18',
  },
  {
    ...ipv4,
    ...{ name: 'unicast, version 3, IPv4', version: 3, interval: 4000, unicast: true },
    lines: ['version 3', 'advert_int 40', 'unicast_peer {\n192.0.2.2\n}', 'check_unicast_src'],
    destination: '192.0.2.1',
  },
];

function configured({ lines, addresses }: Kind): VirtualRouterConfiguration {
  const text = [
    ...['vrrp_instance VI {', 'interface eth0', 'virtual_router_id 51', 'priority 100', 'use_vmac vrrp.51'],
    ...[...lines, 'virtual_ipaddress {', ...addresses, '}', '}'],
  ].join('\n');
  const result = parseConfiguration(text, { file: 'k.conf', files: { read: () => '', match: () => [] } });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.configuration.virtualRouters[0]!;
}

// Unicast leaves by a raw socket of its own; everything else here needs nothing of the kernel.
beforeEach(({ skip, task }) => {
  skip(!isRoot && task.name.includes('unicast'), 'a raw socket needs root');
});
let running: Instance | undefined;
afterEach(() => {
  running?.stop();
  running = undefined;
});

/** A virtual router that nothing of what it sends or logs leaves. */
function start(kind: Kind, state: 'backup' | 'active'): { readonly instance: Instance; readonly said: string[] } {
  const said: string[] = [];
  const family: 4 | 6 = kind.own.includes(':') ? 6 : 4;
  const own = {
    ...{
      index: 1,
      address: kind.own,
      prefixLength: 24,
      family,
      scope: family === 6 ? ('link' as const) : ('global' as const),
    },
    ...{ noPrefixRoute: false, home: false, deprecated: false, tentative: false, duplicate: false },
  };
  const instance = createInstance(configured(kind), {
    log: { line: (text) => said.push(text), close: () => Promise.resolve() },
    namespace: ownNamespace(),
    port: { name: 'eth0', index: 1, macAddress: MAC_ADDRESS, usable: true, addresses: [own] },
    carrier: {
      ...{ name: 'vrrp.51', index: 3, macAddress: MAC_ADDRESS },
      engage() {},
      review: () => 'well',
      release() {},
      reconfigure() {},
      remove: () => Promise.resolve(),
    },
    notifier: { state() {}, receivedLowerPriority() {}, priorityChanged() {} },
    send: () => 'sent',
    drain() {},
  });
  running = instance;
  instance.start();
  if (state === 'active') instance.becomeActive();
  expect(instance.view().core.state.kind).toBe(state);
  return { instance, said };
}

/** A packet as it can still be changed. */
interface Packet {
  source: Uint8Array;
  destination: Uint8Array;
  hopLimit: number;
  payload: Uint8Array;
}

function goodPacket(kind: Kind): Packet {
  const source = parseAddress(kind.source)!;
  const destination = parseAddress(kind.destination)!;
  const message = {
    ...{ version: kind.version, virtualRouterId: 51, priority: 50, interval: kind.interval },
    addresses: kind.addresses.map((address) => parseAddress(address)!),
    ...(kind.password === undefined
      ? {}
      : { authenticationType: 1, authenticationData: Uint8Array.from(Buffer.from(kind.password)) }),
  };
  return { source, destination, hopLimit: 255, payload: advertisementMessage(message, source, destination) };
}

type Mutation = (packet: Packet) => void;

const setOctet =
  (at: number, value: number): Mutation =>
  ({ payload }) => {
    if (payload.length > 0) payload[at % payload.length] = value;
  };
/** The checksum is put right again, so that what else is wrong is what counts. */
const repaired: Mutation = ({ payload, source, destination }) => {
  if (payload.length < 8) return;
  payload[6] = 0;
  payload[7] = 0;
  const isVersion2 = payload[0]! >> 4 === 2;
  const sum = isVersion2 ? onesSum(payload) : onesSum(payload, pseudoHeader(source, destination, payload.length));
  const checksum = 0xffff - sum;
  payload[6] = checksum >> 8;
  payload[7] = checksum & 0xff;
};

const octet = fc.nat(255);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(63), octet).map(([at, value]) => setOctet(at, value)),
  fc.tuple(fc.nat(7), octet).map(([at, value]) => setOctet(at, value)),
  fc.tuple(fc.nat(63), fc.nat(7)).map(
    ([at, bit]): Mutation =>
      ({ payload }) => {
        if (payload.length > 0) payload[at % payload.length]! ^= 1 << bit;
      },
  ),
  fc.nat(60).map(
    (length): Mutation =>
      (packet) => {
        packet.payload = packet.payload.slice(0, length);
      },
  ),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map(
    (more): Mutation =>
      (packet) => {
        packet.payload = Uint8Array.of(...packet.payload, ...more);
      },
  ),
  fc.uint8Array({ maxLength: 80 }).map(
    (payload): Mutation =>
      (packet) => {
        packet.payload = payload.slice();
      },
  ),
  octet.map(
    (hopLimit): Mutation =>
      (packet) => {
        packet.hopLimit = hopLimit;
      },
  ),
  fc.tuple(fc.nat(15), octet).map(
    ([at, value]): Mutation =>
      (packet) => {
        packet.destination = packet.destination.with(at % packet.destination.length, value);
      },
  ),
  fc.tuple(fc.nat(15), octet).map(
    ([at, value]): Mutation =>
      (packet) => {
        packet.source = packet.source.with(at % packet.source.length, value);
      },
  ),
);

function pseudoHeader(source: Uint8Array, destination: Uint8Array, length: number): number {
  return onesSum(Uint8Array.of(...source, ...destination, 0, 0, length >> 8, length & 0xff, 0, 0, 0, 112));
}

/** The ones' complement sum of 16 bit words (RFC 1071), written for itself: the tests' own opinion. */
function onesSum(bytes: Uint8Array, begin = 0): number {
  let sum = begin;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at]! * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Whether RFC 9568 §7.1 (RFC 3768 §7.1) lets a packet count, by its octets alone. */
function counts(kind: Kind, { source, destination, hopLimit, payload }: Packet): boolean {
  if (text(source) === text(parseAddress(kind.own)!)) return false;
  if (kind.unicast === true) {
    if (text(source) !== text(parseAddress(kind.source)!) || destination[0]! >> 4 === 0xe) return false;
  } else if (hopLimit !== 255 || text(destination) !== text(parseAddress(kind.destination)!)) return false;
  const length = destination.length;
  const size = 8 + payload[3]! * length + (kind.version === 2 ? 8 : 0);
  if (payload.length < 8 || payload[0] !== kind.version * 16 + 1 || payload.length < size) return false;
  const header = (to: number) => pseudoHeader(source, destination, to);
  const isRight = (to: number): boolean => {
    const alone = onesSum(payload.subarray(0, to)) === 0xffff;
    const withHeader = onesSum(payload.subarray(0, to), header(to)) === 0xffff;
    return kind.version === 2 ? alone : length === 16 ? withHeader : alone || withHeader;
  };
  // Octets behind the message: no RFC says whether they are summed.
  if (!isRight(size) && !isRight(payload.length)) return false;
  if (payload[1] !== 51) return false;
  if (kind.version === 2) {
    if (payload[4] !== 1 || payload[5] !== kind.interval) return false;
    if (text(payload.subarray(size - 8, size)) !== text(Buffer.from(kind.password!))) return false;
  } else if (payload[3] === 0 || ((payload[4]! & 0x0f) << 8) + payload[5]! === 0) return false;
  const list: string[] = [];
  for (let at = 8; at < 8 + payload[3]! * length; at += length) list.push(text(payload.subarray(at, at + length)));
  const expected = kind.addresses.map((address) => text(parseAddress(address)!));
  return payload[2] === 255 || text(Buffer.from(list.sort().join())) === text(Buffer.from(expected.sort().join()));
}

function asReceived({ source, destination, hopLimit, payload }: Packet): ReceivedPacket {
  // In the middle of a buffer that holds another packet's octets, as the kernel's does.
  const bytes = new Uint8Array(payload.length + 64).fill(0x33);
  bytes.set(payload, 20);
  return { source, destination, hopLimit, bytes, start: 20, end: 20 + payload.length };
}

const sum = (counters: Readonly<Record<string, number | undefined>>): number =>
  Object.values(counters).reduce<number>((total, count) => total + (count ?? 0), 0);

describe('packets of every malformation', () => {
  const cases = kinds.flatMap((kind) =>
    (['backup', 'active'] as const).map((state) => [kind.name, state, kind] as const),
  );

  it.each(cases)(
    'change no state and no timer, and are counted by reason: %s, %s',
    (_name, state, kind) => {
      const { instance, said } = start(kind, state);
      const read = messageReader(kind.own.includes(':') ? 'ipv6' : 'ipv4');
      const before: VirtualRouter = instance.view().core;
      const reasons = () => ({ ...instance.view().statistics.discarded });
      const begun = performance.now();
      let good = 0;
      let bad = 0;
      fc.assert(
        fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), fc.boolean(), (mutations, repair) => {
          const packet = goodPacket(kind);
          for (const mutate of mutations) mutate(packet);
          if (repair) repaired(packet);
          // The receiver counts what is shorter itself: it has no VRID.
          if (packet.payload.length < 2) return;
          if (counts(kind, packet)) {
            good += 1;
            return;
          }
          const counted = sum(reasons());
          instance.message(read(asReceived(packet)), 0);
          bad += 1;
          expect(sum(reasons())).toBe(counted + 1);
          expect(instance.view().core).toBe(before);
        }),
        { numRuns: PACKETS },
      );
      expect(bad).toBeGreaterThan(good);
      expect(sum(reasons())).toBe(bad);
      expect(Object.keys(reasons()).length).toBeGreaterThan(6);
      // A line for each reason every ten seconds at most, however many there were.
      const rounds = 1 + Math.floor((performance.now() - begun) / 10_000);
      expect(said.filter((line) => line.includes('discarded')).length).toBeLessThanOrEqual(
        rounds * Object.keys(reasons()).length,
      );
      expect(instance.view().statistics.advertisementsReceived).toBe(0);
    },
    3_600_000,
  );

  it.each(kinds)('are told from good ones by the same rule: $name', (kind) => {
    const read = messageReader(kind.own.includes(':') ? 'ipv6' : 'ipv4');
    let good = 0;
    fc.assert(
      fc.property(fc.nat(254), fc.uint8Array({ maxLength: 9 }), fc.boolean(), (priority, trailing, isSummed) => {
        const packet = goodPacket(kind);
        setOctet(2, priority)(packet);
        if (!isSummed) repaired(packet);
        packet.payload = Uint8Array.of(...packet.payload, ...trailing);
        if (isSummed) repaired(packet);
        expect(counts(kind, packet)).toBe(true);
        const { instance } = start(kind, 'backup');
        instance.message(read(asReceived(packet)), 0);
        expect(instance.view().statistics.advertisementsReceived).toBe(1);
        instance.stop();
        good += 1;
      }),
      { numRuns: 100 },
    );
    expect(good).toBe(100);
  });
});
