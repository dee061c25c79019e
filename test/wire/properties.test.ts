import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareAddresses, formatAddress, parseAddress, UNSPECIFIED_IPV4 } from '../../src/wire/address.ts';
import { arpFrame, echoFrame, joinFrame, neighborAdvertisementFrame, udpFrame } from '../../src/wire/build.ts';
import { advertisementFrame } from '../../src/wire/build-advertisement.ts';
import { internetChecksum } from '../../src/wire/checksum.ts';
import { ipFrame } from '../../src/wire/envelope.ts';
import { createGroupRecordCursor, firstGroupRecord, nextGroupRecord } from '../../src/wire/group-report.ts';
import { writeIgmpV2 } from '../../src/wire/igmp.ts';
import { formatMac, parseMac } from '../../src/wire/mac.ts';
import { PROBLEM_CUT, PROBLEM_NONE } from '../../src/wire/problem.ts';
import { writeTcp } from '../../src/wire/tcp.ts';
import { isTransportChecksumRight } from '../../src/wire/transport-checksum.ts';
import { CHECKSUM_MESSAGE_ALONE, CHECKSUM_WITH_PSEUDO_HEADER, CHECKSUM_WRONG } from '../../src/wire/vrrp.ts';
import { vrrpChecksum } from '../../src/wire/vrrp-checksum.ts';
import { recordedFiles, recordedFrames } from './captures.ts';
import type { Reading } from './reading.ts';
import { createCursors, readWhole } from './reading.ts';

const LINK_TYPES = [0, 1, 101, 108, 113, 228, 229, 276, 105];
const recorded = recordedFiles()
  .flatMap(recordedFrames)
  .map(({ bytes, start, end }) => bytes.slice(start, end));

/** What the recorded runs have none of. */
const ends = { sourceMac: '02:00:00:00:00:01', destinationMac: '02:00:00:00:00:02' };
const segment = writeTcp({ sourcePort: 1, destinationPort: 2, sequence: 3, flags: 2 });
const written = [
  udpFrame({
    ...ends,
    source: '192.0.2.1',
    destination: '192.0.2.2',
    sourcePort: 1,
    destinationPort: 2,
    payload: segment,
  }),
  ipFrame({ ...ends, source: UNSPECIFIED_IPV4, destination: UNSPECIFIED_IPV4, protocol: 6, payload: segment }),
  joinFrame({ groups: ['224.0.0.18'], sourceMac: ends.sourceMac, tags: [{ id: 1 }, { id: 2 }] }),
  ipFrame({
    ...ends,
    source: UNSPECIFIED_IPV4,
    destination: UNSPECIFIED_IPV4,
    protocol: 2,
    payload: writeIgmpV2(0x16, Uint8Array.of(224, 0, 0, 18)),
  }),
];

const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** IPv6 addresses as they are met: with runs of zeros. */
const sparseIpv6 = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff])));
const octet = fc.integer({ min: 0, max: 255 });
const port = fc.integer({ min: 0, max: 0xffff });

/** Where a cursor's fields may point: each is -1 or has its octets within the frame. */
const OFFSETS: Readonly<Record<string, number>> = {
  destinationMac: 6,
  sourceMac: 6,
  networkOffset: 0,
  networkEnd: 0,
  transportOffset: 0,
  transportEnd: 0,
  problemOffset: 0,
  messageOffset: 0,
  messageEnd: 0,
  addressesOffset: 0,
  addressesEnd: 0,
  authenticationOffset: 8,
  senderMac: 6,
  senderAddress: 4,
  targetMac: 6,
  gatewayAddress: 4,
  redirectedAddress: 16,
  sourceLinkLayer: 6,
  targetLinkLayer: 6,
  optionsOffset: 0,
  optionsEnd: 0,
  recordsOffset: 0,
  recordsEnd: 0,
  payloadOffset: 0,
  payloadEnd: 0,
  dataOffset: 0,
  dataEnd: 0,
};

function expectWithin(reading: Reading, start: number, end: number): void {
  const { bytes: _bytes, frame, ...inner } = reading;
  for (const cursor of [frame, ...Object.values(inner)]) {
    for (const [name, value] of Object.entries(cursor)) {
      const octets = OFFSETS[name];
      if (octets === undefined || value === -1) continue;
      if (value < start || value + octets > end) throw new Error(`${name} is ${value}: not within ${start}..${end}`);
    }
    if ((cursor.problem === PROBLEM_NONE) !== (cursor.problemOffset === -1)) throw new Error('problem without place');
  }
  if (frame.sourceAddress !== -1 && frame.destinationAddress + frame.addressLength > end) {
    throw new Error('addresses are not within the frame');
  }
  const record = createGroupRecordCursor();
  const { group } = reading;
  if (group === undefined) return;
  let groups = 0;
  for (let more = firstGroupRecord(record, group, reading.bytes); more; groups++) {
    if (record.groupAddress + group.addressLength > end) throw new Error('group is not within the frame');
    more = nextGroupRecord(record, group, reading.bytes);
  }
  expect(groups).toBe(group.recordCount);
}

function readChecksums({ frame, vrrp, bytes }: Reading): void {
  isTransportChecksumRight(frame, bytes);
  if (vrrp !== undefined) vrrpChecksum(frame, vrrp, bytes);
}

describe('whatever the octets, readers never throw and never point outside the frame', () => {
  it('random octets of any link type', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...LINK_TYPES),
        fc.nat(20),
        fc.nat(30),
        fc.nat(100),
        (bytes, linkType, before, after, cut) => {
          const start = Math.min(before, bytes.length);
          const end = Math.max(start, bytes.length - after);
          const reading = readWhole(bytes, linkType, start, end, end - start + cut);
          expectWithin(reading, start, end);
          readChecksums(reading);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('real frames with octets changed, cut anywhere, whatever their length on the wire is said to be', () => {
    const change = fc.tuple(fc.nat(150), octet);
    fc.assert(
      fc.property(
        fc.constantFrom(...recorded),
        fc.array(change, { maxLength: 6 }),
        fc.nat(150),
        fc.nat(200),
        fc.nat(40),
        (original, changes, kept, wireLength, before) => {
          const bytes = new Uint8Array(before + original.length + 10);
          bytes.set(original, before);
          for (const [position, value] of changes) bytes[before + (position % original.length)] = value;
          const end = before + Math.min(kept, original.length);
          const reading = readWhole(bytes, 1, before, end, wireLength);
          expectWithin(reading, before, end);
          readChecksums(reading);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('a frame reads the same wherever it stands in the buffer', () => {
    fc.assert(
      fc.property(fc.constantFrom(...recorded), fc.nat(100), (original, before) => {
        const bytes = new Uint8Array(before + original.length + 50).fill(0xa5);
        bytes.set(original, before);
        const there = readWhole(bytes, 1, before, before + original.length);
        const here = readWhole(original);
        expect(there.vrrp?.priority).toBe(here.vrrp?.priority);
        expect(there.frame.protocol).toBe(here.frame.protocol);
        expect(there.frame.transportEnd - before * Number(here.frame.transportEnd !== -1)).toBe(
          here.frame.transportEnd,
        );
      }),
    );
  });

  it('a cursor that was used says what a new one says', () => {
    const used = createCursors();
    fc.assert(
      fc.property(
        fc.constantFrom(...written, ...recorded),
        fc.array(fc.tuple(fc.nat(150), octet), { maxLength: 2 }),
        fc.nat(400),
        fc.constantFrom(0, 0, 20),
        (original, changes, kept, more) => {
          const bytes = original.slice();
          for (const [position, value] of changes) bytes[position % original.length] = value;
          const end = Math.min(kept, bytes.length);
          expect(readWhole(bytes, 1, 0, end, end + more, used)).toEqual(readWhole(bytes, 1, 0, end, end + more));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('a real frame that the capture cut is cut, never malformed', () => {
  it('at every length', () => {
    const problems = new Set<number>();
    for (const frame of recorded.slice(0, 400)) {
      for (let kept = 0; kept < frame.length; kept++) {
        const { bytes: _bytes, frame: cursor, ...inner } = readWhole(frame, 1, 0, kept, frame.length);
        for (const { problem } of [cursor, ...Object.values(inner)]) problems.add(problem);
      }
    }
    expect([...problems].sort()).toEqual([PROBLEM_NONE, PROBLEM_CUT]);
  });
});

describe('what is written is what is read', () => {
  const message = fc.record({
    version: fc.constantFrom(2, 3),
    virtualRouterId: octet,
    priority: octet,
    interval: octet,
    reserved: fc.integer({ min: 0, max: 15 }),
    authenticationType: octet,
    trailing: fc.uint8Array({ maxLength: 20 }),
  });

  it('advertisements over IPv4', () => {
    fc.assert(
      fc.property(message, ipv4, fc.array(ipv4, { maxLength: 255 }), (fields, source, addresses) => {
        expectAdvertisement(fields, source, addresses);
      }),
    );
  });

  it('advertisements over IPv6', () => {
    fc.assert(
      fc.property(message, ipv6, fc.array(ipv6, { maxLength: 80 }), (fields, source, addresses) => {
        expectAdvertisement({ ...fields, version: 3 }, source, addresses);
      }),
    );
  });

  type Fields = typeof message extends fc.Arbitrary<infer T> ? T : never;

  function expectAdvertisement(fields: Fields, source: Uint8Array, addresses: readonly Uint8Array[]): void {
    const bytes = advertisementFrame({ ...fields, source, addresses });
    const { frame, vrrp } = readWhole(bytes);
    expect(frame).toMatchObject({ problem: PROBLEM_NONE, protocol: 112, hopLimit: 255, cut: false });
    const isVersion2 = fields.version === 2;
    expect(vrrp).toMatchObject({
      problem: PROBLEM_NONE,
      version: fields.version,
      type: 1,
      virtualRouterId: fields.virtualRouterId,
      priority: fields.priority,
      interval: fields.interval,
      addressCount: addresses.length,
      reserved: isVersion2 ? 0 : fields.reserved,
      authenticationType: isVersion2 ? fields.authenticationType : 0,
      trailingOctets: fields.trailing.length,
    });
    const list = addresses.flatMap((address) => [...address]);
    expect([...bytes.subarray(vrrp!.addressesOffset, vrrp!.addressesEnd)]).toEqual(list);
    expect(vrrpChecksum(frame, vrrp!, bytes) & expectedConvention(fields.version)).not.toBe(0);
  }

  /** CHECKSUM_EITHER has the bits of both. */
  function expectedConvention(version: number): number {
    return version === 2 ? CHECKSUM_MESSAGE_ALONE : CHECKSUM_WITH_PSEUDO_HEADER;
  }

  it('a checksum that is meant to be wrong is wrong', () => {
    fc.assert(
      fc.property(message, ipv4, ipv4, (fields, source, address) => {
        const bytes = advertisementFrame({
          ...fields,
          trailing: new Uint8Array(0),
          source,
          addresses: [address],
          checksum: 'wrong',
        });
        const { frame, vrrp } = readWhole(bytes);
        expect(vrrpChecksum(frame, vrrp!, bytes)).toBe(CHECKSUM_WRONG);
      }),
    );
  });

  it('ARP', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        mac,
        ipv4,
        mac,
        ipv4,
        (isRequest, senderMac, senderAddress, targetMac, targetAddress) => {
          const operation = isRequest ? 'request' : 'reply';
          const bytes = arpFrame({ operation, senderMac, senderAddress, targetMac, targetAddress });
          const { arp } = readWhole(bytes);
          expect(arp).toMatchObject({ problem: PROBLEM_NONE, operation: isRequest ? 1 : 2 });
          expect(bytes.slice(arp!.senderMac, arp!.senderMac + 6)).toEqual(senderMac);
          expect(bytes.slice(arp!.senderAddress, arp!.senderAddress + 4)).toEqual(senderAddress);
          expect(bytes.slice(arp!.targetMac, arp!.targetMac + 6)).toEqual(targetMac);
          expect(bytes.slice(arp!.targetAddress, arp!.targetAddress + 4)).toEqual(targetAddress);
        },
      ),
    );
  });

  it('neighbor advertisements', () => {
    fc.assert(
      fc.property(
        ipv6,
        mac,
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (target, sourceMac, router, solicited, override) => {
          const bytes = neighborAdvertisementFrame({ target, sourceMac, router, solicited, override });
          const { frame, neighbor } = readWhole(bytes);
          expect(neighbor).toMatchObject({ problem: PROBLEM_NONE, type: 136, router, solicited, override });
          expect(bytes.slice(neighbor!.targetAddress, neighbor!.targetAddress + 16)).toEqual(target);
          expect(bytes.slice(neighbor!.targetLinkLayer, neighbor!.targetLinkLayer + 6)).toEqual(sourceMac);
          expect(isTransportChecksumRight(frame, bytes)).toBe(true);
        },
      ),
    );
  });

  it('group reports', () => {
    const groups = fc.oneof(
      fc.array(ipv4, { minLength: 1, maxLength: 20 }),
      fc.array(ipv6, { minLength: 1, maxLength: 20 }),
    );
    fc.assert(
      fc.property(groups, mac, (joined, sourceMac) => {
        const bytes = joinFrame({ groups: joined, sourceMac });
        const { frame, group } = readWhole(bytes);
        expect(frame.routerAlert).toBe(0);
        expect(isTransportChecksumRight(frame, bytes)).toBe(true);
        const record = createGroupRecordCursor();
        const found: Uint8Array[] = [];
        for (let more = firstGroupRecord(record, group!, bytes); more; more = nextGroupRecord(record, group!, bytes)) {
          expect(record.joins).toBe(true);
          found.push(bytes.slice(record.groupAddress, record.groupAddress + group!.addressLength));
        }
        expect(found).toEqual(joined);
      }),
    );
  });

  it('echo and UDP', () => {
    const ends = fc.oneof(fc.tuple(ipv4, ipv4), fc.tuple(ipv6, ipv6));
    fc.assert(
      fc.property(
        ends,
        port,
        port,
        fc.uint8Array({ maxLength: 100 }),
        ([source, destination], first, second, payload) => {
          const addressed = {
            source,
            destination,
            sourceMac: '02:00:00:00:00:01',
            destinationMac: '02:00:00:00:00:02',
          };
          const echo = echoFrame({ ...addressed, operation: 'request', identifier: first, sequence: second, payload });
          const { icmp, frame } = readWhole(echo);
          expect(icmp).toMatchObject({ isEchoRequest: true, isEchoReply: false, identifier: first, sequence: second });
          expect(echo.slice(icmp!.dataOffset, icmp!.dataEnd)).toEqual(payload);
          expect(isTransportChecksumRight(frame, echo)).toBe(true);
          const datagram = udpFrame({ ...addressed, sourcePort: first, destinationPort: second, payload });
          const { udp, frame: outer } = readWhole(datagram);
          expect(udp).toMatchObject({ problem: PROBLEM_NONE, sourcePort: first, destinationPort: second });
          expect(datagram.slice(udp!.payloadOffset, udp!.payloadEnd)).toEqual(payload);
          expect(isTransportChecksumRight(outer, datagram)).toBe(true);
        },
      ),
    );
  });

  it('addresses as text', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6, sparseIpv6), mac, (address, hardware) => {
        expect(parseAddress(formatAddress(address, 0, address.length))).toEqual(address);
        expect(parseMac(formatMac(hardware))).toEqual(hardware);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('arithmetic', () => {
  it('the checksum is that of big integers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        let sum = 0n;
        for (let offset = 0; offset < bytes.length; offset += 2) {
          sum += BigInt(bytes[offset]! * 256 + (bytes[offset + 1] ?? 0));
        }
        while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n);
        expect(internetChecksum(bytes, 0, bytes.length)).toBe(Number(0xffffn - sum));
      }),
    );
  });

  it('addresses compare as unsigned numbers in network order', () => {
    const asNumber = (address: Uint8Array) => BigInt(`0x${Buffer.from(address).toString('hex')}`);
    fc.assert(
      fc.property(fc.oneof(fc.tuple(ipv4, ipv4), fc.tuple(ipv6, ipv6)), ([a, b]) => {
        const [first, second] = [asNumber(a), asNumber(b)];
        const expected = first < second ? -1 : Number(first > second);
        expect(Math.sign(compareAddresses(a, b))).toBe(expected);
      }),
    );
  });
});
