import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../src/wire/address.ts';
import { echoFrame, icmpV6Frame, neighborAdvertisementFrame, neighborSolicitationFrame } from '../../src/wire/build.ts';
import { ipFrame } from '../../src/wire/envelope.ts';
import { formatMac, parseMac } from '../../src/wire/mac.ts';
import {
  mtuOption,
  prefixOption,
  ROUTER_ADVERTISEMENT,
  ROUTER_SOLICITATION,
  writeRouterMessage,
} from '../../src/wire/neighbor.ts';
import { concatenate } from '../../src/wire/octets.ts';
import { PROBLEM_BAD_OPTION_LENGTH, PROBLEM_CUT, PROBLEM_NONE, PROBLEM_TOO_SHORT } from '../../src/wire/problem.ts';
import { isTransportChecksumRight } from '../../src/wire/transport-checksum.ts';
import { readWhole } from './reading.ts';

const macs = { sourceMac: '02:00:00:00:00:01', destinationMac: '02:00:00:00:00:02' };
const ipv4 = { ...macs, source: '192.0.2.1', destination: '192.0.2.2' };
const ipv6 = { ...macs, source: 'fe80::1', destination: 'fe80::2' };

/** Where ICMPv6 begins in a frame of ours. */
const ICMPV6 = 54;

describe('echo', () => {
  it.each([
    ['IPv4', ipv4, 8, 0],
    ['IPv6', ipv6, 128, 129],
  ])('over %s: request and reply', (_name, ends, requestType, replyType) => {
    const fields = { ...ends, identifier: 7, sequence: 65535, payload: Uint8Array.of(1, 2, 3) };
    const request = echoFrame({ ...fields, operation: 'request' });
    const { frame, icmp } = readWhole(request);
    expect(icmp).toMatchObject({ problem: PROBLEM_NONE, type: requestType, identifier: 7, sequence: 65535 });
    expect(icmp).toMatchObject({ isEchoRequest: true, isEchoReply: false });
    expect([...request.subarray(icmp!.dataOffset, icmp!.dataEnd)]).toEqual([1, 2, 3]);
    expect(isTransportChecksumRight(frame, request)).toBe(true);
    const reply = readWhole(echoFrame({ ...fields, operation: 'reply' })).icmp;
    expect(reply).toMatchObject({ type: replyType, isEchoRequest: false, isEchoReply: true });
  });

  it('a changed octet is seen by the checksum', () => {
    const bytes = echoFrame({ ...ipv4, operation: 'request', identifier: 7, sequence: 1 });
    bytes[40] = 1;
    expect(isTransportChecksumRight(readWhole(bytes).frame, bytes)).toBe(false);
  });

  it('the checksum of a cut message cannot be told', () => {
    const bytes = echoFrame({ ...ipv4, operation: 'request', identifier: 7, sequence: 1, payload: new Uint8Array(64) });
    const { frame, icmp } = readWhole(bytes, 1, 0, 60, bytes.length);
    expect(icmp).toMatchObject({ problem: PROBLEM_NONE, sequence: 1, dataEnd: 60 });
    expect(isTransportChecksumRight(frame, bytes)).toBeUndefined();
  });

  it('a redirect of IPv4 says which gateway', () => {
    const payload = concatenate(Uint8Array.of(5, 1, 0, 0), parseAddress('192.0.2.9')!, new Uint8Array(28));
    const bytes = ipFrame({
      ...ipv4,
      source: parseAddress(ipv4.source)!,
      destination: parseAddress(ipv4.destination)!,
      protocol: 1,
      payload,
    });
    const { icmp } = readWhole(bytes);
    expect(icmp).toMatchObject({ problem: PROBLEM_NONE, type: 5, identifier: -1 });
    expect(formatAddress(bytes, icmp!.gatewayAddress, 4)).toBe('192.0.2.9');
  });
});

describe('neighbor solicitations', () => {
  it('go to the solicited-node group with the source MAC as an option', () => {
    const bytes = neighborSolicitationFrame({ target: '2001:db8::101', source: 'fe80::3', sourceMac: macs.sourceMac });
    const { frame, neighbor } = readWhole(bytes);
    expect(neighbor).toMatchObject({ problem: PROBLEM_NONE, type: 135, targetLinkLayer: -1 });
    expect(formatMac(bytes, frame.destinationMac)).toBe('33:33:ff:00:01:01');
    expect(formatAddress(bytes, frame.destinationAddress, 16)).toBe('ff02::1:ff00:101');
    expect(formatAddress(bytes, neighbor!.targetAddress, 16)).toBe('2001:db8::101');
    expect(formatMac(bytes, neighbor!.sourceLinkLayer)).toBe(macs.sourceMac);
    expect(frame.hopLimit).toBe(255);
    expect(isTransportChecksumRight(frame, bytes)).toBe(true);
  });

  it('without a source detect duplicates, and have no option (RFC 4862 §5.4.2)', () => {
    const bytes = neighborSolicitationFrame({ target: '2001:db8::101', sourceMac: macs.sourceMac });
    const { frame, neighbor } = readWhole(bytes);
    expect(formatAddress(bytes, frame.sourceAddress, 16)).toBe('::');
    expect(neighbor).toMatchObject({ problem: PROBLEM_NONE, sourceLinkLayer: -1 });
  });

  it('the option can be left out, or lie', () => {
    const fields = { target: '2001:db8::101', source: 'fe80::3', sourceMac: macs.sourceMac };
    const without = readWhole(neighborSolicitationFrame({ ...fields, sourceLinkLayer: null }));
    expect(without.neighbor).toMatchObject({ problem: PROBLEM_NONE, sourceLinkLayer: -1 });
    const bytes = neighborSolicitationFrame({ ...fields, sourceLinkLayer: '00:00:5e:00:02:33' });
    expect(formatMac(bytes, readWhole(bytes).neighbor!.sourceLinkLayer)).toBe('00:00:5e:00:02:33');
  });
});

describe('neighbor advertisements', () => {
  it('by default announce a virtual address as RFC 9568 §6.4.2 has it', () => {
    const bytes = neighborAdvertisementFrame({ target: 'fe80::5e:51', sourceMac: '00:00:5e:00:02:33' });
    const { frame, neighbor } = readWhole(bytes);
    expect(neighbor).toMatchObject({ type: 136, router: true, solicited: false, override: true, sourceLinkLayer: -1 });
    expect(formatMac(bytes, frame.destinationMac)).toBe('33:33:00:00:00:01');
    expect(formatAddress(bytes, frame.destinationAddress, 16)).toBe('ff02::1');
    expect(formatMac(bytes, neighbor!.targetLinkLayer)).toBe('00:00:5e:00:02:33');
  });
});

describe('router solicitations and advertisements', () => {
  const frame = { ...macs, source: 'fe80::1', destination: 'ff02::1', hopLimit: 255 };

  it('have the source MAC as an option, advertisements a lifetime', () => {
    const sourceLinkLayer = parseMac('00:00:5e:00:02:33')!;
    const options = Uint8Array.of(5, 1, 0, 0, 0, 0, 5, 220);
    const message = { type: ROUTER_ADVERTISEMENT, currentHopLimit: 64, routerLifetime: 1800, sourceLinkLayer, options };
    const bytes = icmpV6Frame(frame, writeRouterMessage(message));
    const { neighbor } = readWhole(bytes);
    expect(neighbor).toMatchObject({ problem: PROBLEM_NONE, currentHopLimit: 64, routerLifetime: 1800 });
    expect(neighbor).toMatchObject({ targetAddress: -1, optionsOffset: ICMPV6 + 16, optionsEnd: ICMPV6 + 32 });
    expect(formatMac(bytes, neighbor!.sourceLinkLayer)).toBe('00:00:5e:00:02:33');
    const solicitation = icmpV6Frame(frame, writeRouterMessage({ type: ROUTER_SOLICITATION, sourceLinkLayer }));
    expect(readWhole(solicitation).neighbor).toMatchObject({ problem: PROBLEM_NONE, routerLifetime: -1 });
  });

  it('advertisements say where addresses come from, timers, prefixes and the MTU', () => {
    const prefix = parseAddress('2001:db8:7::')!;
    const lifetimes = { validLifetime: 0xffff_ffff, preferredLifetime: 60 };
    const options = concatenate(
      mtuOption(1400),
      prefixOption({ prefix, prefixLength: 48, onLink: true, autonomous: false, ...lifetimes }),
    );
    const flags = { managed: true, other: true, reachableTime: 30_000, retransmissionTimer: 0x8000_0001 };
    const message = writeRouterMessage({ type: ROUTER_ADVERTISEMENT, ...flags, options });
    expect(Buffer.from(message).toString('hex')).toBe(
      [
        '8600000000c000000000753080000001',
        '0501000000000578',
        '03043080ffffffff0000003c0000000020010db8000700000000000000000000',
      ].join(''),
    );
  });

  it.each([
    ['an option of length 0', Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), PROBLEM_BAD_OPTION_LENGTH, ICMPV6 + 8],
    ['an option beyond the packet', Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0), PROBLEM_BAD_OPTION_LENGTH, ICMPV6 + 8],
    ['one octet of an option', Uint8Array.of(1), PROBLEM_TOO_SHORT, ICMPV6 + 9],
  ])('%s is malformed', (_name, options, problem, problemOffset) => {
    const bytes = icmpV6Frame(frame, writeRouterMessage({ type: ROUTER_SOLICITATION, options }));
    expect(readWhole(bytes).neighbor).toMatchObject({ problem, problemOffset, sourceLinkLayer: -1 });
  });

  it('a link-layer option of another length than Ethernet has is passed over', () => {
    const options = Uint8Array.of(1, 2, ...new Uint8Array(14));
    const bytes = icmpV6Frame(frame, writeRouterMessage({ type: ROUTER_SOLICITATION, options }));
    expect(readWhole(bytes).neighbor).toMatchObject({ problem: PROBLEM_NONE, sourceLinkLayer: -1 });
  });
});

describe('messages of neighbor discovery that are not whole', () => {
  const bytes = neighborAdvertisementFrame({ target: 'fe80::5e:51', sourceMac: '00:00:5e:00:02:33' });

  it('cut by the capture', () => {
    const { neighbor } = readWhole(bytes, 1, 0, ICMPV6 + 23, bytes.length);
    expect(neighbor).toMatchObject({ problem: PROBLEM_CUT, type: 136, targetAddress: -1 });
    const cutOption = readWhole(bytes, 1, 0, ICMPV6 + 27, bytes.length).neighbor;
    expect(cutOption).toMatchObject({ problem: PROBLEM_CUT, router: true, targetLinkLayer: -1 });
  });

  it('too short on the wire', () => {
    const payload = Uint8Array.of(136, 0, 0, 0, 0xa0, 0, 0, 0, 1, 2);
    const short = icmpV6Frame({ ...macs, source: 'fe80::1', destination: 'ff02::1' }, payload);
    expect(readWhole(short).neighbor).toMatchObject({ problem: PROBLEM_TOO_SHORT, targetAddress: -1 });
  });
});
