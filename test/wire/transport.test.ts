import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/wire/address.ts';
import { udpFrame } from '../../src/wire/build.ts';
import { ipFrame } from '../../src/wire/envelope.ts';
import { write16 } from '../../src/wire/octets.ts';
import {
  describeProblem,
  PROBLEM_BAD_HEADER_LENGTH,
  PROBLEM_BAD_TOTAL_LENGTH,
  PROBLEM_CUT,
  PROBLEM_NONE,
  PROBLEM_TOO_SHORT,
} from '../../src/wire/problem.ts';
import { TCP_ACK, TCP_SYN, writeTcp } from '../../src/wire/tcp.ts';
import { isTransportChecksumRight, setTransportChecksum } from '../../src/wire/transport-checksum.ts';
import { readWhole } from './reading.ts';

const macs = { sourceMac: '02:00:00:00:00:01', destinationMac: '02:00:00:00:00:02' };
const ends = { ...macs, source: '192.0.2.1', destination: '192.0.2.2' };
const source = parseAddress('192.0.2.1')!;
const destination = parseAddress('192.0.2.2')!;

/** Where the transport begins in an IPv4 frame of ours. */
const TRANSPORT = 34;

describe('UDP', () => {
  const datagram = udpFrame({ ...ends, sourcePort: 5000, destinationPort: 6000, payload: Uint8Array.of(1, 2, 3) });

  it('ports and payload, without padding', () => {
    const { udp, frame } = readWhole(datagram);
    expect(udp).toMatchObject({ problem: PROBLEM_NONE, sourcePort: 5000, destinationPort: 6000 });
    expect([...datagram.subarray(udp!.payloadOffset, udp!.payloadEnd)]).toEqual([1, 2, 3]);
    expect(isTransportChecksumRight(frame, datagram)).toBe(true);
  });

  it('a datagram without a checksum is neither right nor wrong over IPv4', () => {
    const bytes = datagram.slice();
    write16(bytes, TRANSPORT + 6, 0);
    expect(isTransportChecksumRight(readWhole(bytes).frame, bytes)).toBeUndefined();
  });

  it('a sum that comes to 0 is sent as 0xffff (RFC 768)', () => {
    const ports = { ...ends, sourcePort: 5000, destinationPort: 6000 };
    const complement = new Uint8Array(2);
    write16(complement, 0, readWhole(udpFrame({ ...ports, payload: complement })).udp!.checksum);
    const bytes = udpFrame({ ...ports, payload: complement });
    const { udp, frame } = readWhole(bytes);
    expect(udp!.checksum).toBe(0xffff);
    expect(isTransportChecksumRight(frame, bytes)).toBe(true);
  });

  it.each([
    ['a length below its header', 7],
    ['a length beyond the packet', 12],
  ])('%s is malformed', (_name, length) => {
    const bytes = datagram.slice();
    write16(bytes, TRANSPORT + 4, length);
    expect(readWhole(bytes).udp).toMatchObject({
      problem: PROBLEM_BAD_TOTAL_LENGTH,
      problemOffset: TRANSPORT + 4,
      payloadOffset: -1,
    });
  });

  it('a cut in the header is a cut', () => {
    const { udp } = readWhole(datagram, 1, 0, TRANSPORT + 6, datagram.length);
    expect(udp).toMatchObject({ problem: PROBLEM_CUT, sourcePort: -1 });
  });
});

describe('TCP', () => {
  const segment = (payload: Uint8Array) => ipFrame({ ...macs, source, destination, protocol: 6, payload });
  const synchronise = () =>
    writeTcp({ sourcePort: 40000, destinationPort: 80, sequence: 0xfedcba98, flags: TCP_SYN | TCP_ACK, window: 1000 });

  it('its header', () => {
    const bytes = segment(setTransportChecksum(synchronise(), 6, source, destination));
    const { tcp, frame } = readWhole(bytes);
    expect(tcp).toMatchObject({
      problem: PROBLEM_NONE,
      sourcePort: 40000,
      destinationPort: 80,
      sequence: 0xfedcba98,
      acknowledgment: 0,
      flags: TCP_SYN | TCP_ACK,
      window: 1000,
      payloadOffset: TRANSPORT + 20,
      payloadEnd: TRANSPORT + 20,
    });
    expect(isTransportChecksumRight(frame, bytes)).toBe(true);
  });

  it.each([
    ['a data offset below the header', 0x40, PROBLEM_BAD_HEADER_LENGTH, TRANSPORT + 12],
    ['options beyond the packet', 0x60, PROBLEM_TOO_SHORT, TRANSPORT + 20],
  ])('%s is malformed', (_name, dataOffset, problem, problemOffset) => {
    const bytes = segment(synchronise().fill(dataOffset, 12, 13));
    expect(readWhole(bytes).tcp).toMatchObject({ problem, problemOffset, payloadOffset: -1 });
  });

  it('nineteen octets are too short', () => {
    expect(readWhole(segment(new Uint8Array(19))).tcp).toMatchObject({ problem: PROBLEM_TOO_SHORT, sourcePort: -1 });
  });
});

describe('checksums', () => {
  it('a fragment has none that can be told', () => {
    const bytes = udpFrame({ ...ends, sourcePort: 1, destinationPort: 2, payload: new Uint8Array(8) });
    write16(bytes, 20, 0x2000);
    expect(isTransportChecksumRight(readWhole(bytes).frame, bytes)).toBeUndefined();
  });

  it('an unknown protocol is refused', () => {
    expect(() => setTransportChecksum(new Uint8Array(8), 112, source, destination)).toThrow('protocol 112');
  });
});

describe('problems in words', () => {
  it('each code has its own', () => {
    const words = Array.from({ length: 13 }, (_, code) => describeProblem(code));
    expect(new Set(words).size).toBe(13);
    expect(words.every((text) => !text.startsWith('unknown'))).toBe(true);
    expect(describeProblem(99)).toBe('unknown problem 99');
  });
});
