import { closeSync, openSync, writeSync } from 'node:fs';
import { gratuitousArpFrame } from '../src/wire/build.ts';
import { advertisementFrame } from '../src/wire/build-advertisement.ts';
import { internetChecksum } from '../src/wire/checksum.ts';
import { virtualMac } from '../src/wire/mac.ts';

/**
 * A LAN of two routers and 200 virtual routers, as a capture: VRRPv3 over IPv4, an interval of one second, one router
 * Active for each VRID. Every virtual router hands over four times in an hour and a half: r1 stops gracefully and comes
 * back, r1 dies and comes back; who takes over sends a gratuitous ARP. No two advertisements are alike (IP
 * identification), checksums are those of keepalived and FRR (RFC 5798, with the pseudo-header), and every delay is what
 * the RFC says plus a jitter of a real sender's size. The same count gives the same octets.
 */
const VIRTUAL_ROUTERS = 200;
const SECOND = 1_000_000_000;
const INTERVAL_NS = SECOND;
const JITTER_NS = 150_000;
const PRIORITIES = [200, 100] as const;
/** RFC 5798 §6.1, of the router with priority 100: (256 - 100) / 256 of the interval. */
const SKEW_NS = ((256 - PRIORITIES[1]) * INTERVAL_NS) / 256;
const ACTIVE_DOWN_NS = 3 * INTERVAL_NS + SKEW_NS;
/** From the first advertisement to the gratuitous ARP behind it. */
const ARP_DELAY_NS = 40_000;
const FIRST_SECOND = 1_795_337_858;

/** When r1 stops and dies for the first virtual router; each further one is later. */
const STOP_NS = 1000 * SECOND;
const DEATH_NS = 3000 * SECOND;
const CYCLE_NS = 5400 * SECOND;
const ABSENCE_NS = 120 * SECOND;
const STAGGER_NS = 7 * SECOND;

/** A kind of frame of one virtual router: an index of its templates. */
const FROM_FIRST = 0;
const FROM_SECOND = 1;
const RESIGNATION = 2;
/** The same octets whichever router sends it: the virtual MAC and a virtual address. */
const GRATUITOUS_ARP = 3;
const KINDS = [FROM_FIRST, FROM_SECOND, RESIGNATION, GRATUITOUS_ARP] as const;
type Kind = (typeof KINDS)[number];

interface ScheduledFrame {
  readonly timeNs: number;
  readonly kind: Kind;
  readonly virtualRouterId: number;
}

/** Numbers that look random and are the same in every run: a linear congruential generator, 0 to 1. */
function createNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** The endless frames of one virtual router, in order of time. */
function* advertise(virtualRouterId: number): Generator<ScheduledFrame, never> {
  const number = createNumbers(virtualRouterId);
  const jitterNs = () => Math.floor(number() * JITTER_NS);
  const at = (timeNs: number, kind: Kind): ScheduledFrame => ({ timeNs, kind, virtualRouterId });
  let timeNs = Math.floor(number() * INTERVAL_NS);

  /** Takes over and advertises until `untilNs`; leaves `timeNs` at the last advertisement. */
  function* steady(kind: Kind, untilNs: number): Generator<ScheduledFrame, void> {
    yield at(timeNs, kind);
    yield at(timeNs + ARP_DELAY_NS, GRATUITOUS_ARP);
    while (timeNs + INTERVAL_NS + JITTER_NS < untilNs) {
      timeNs += INTERVAL_NS + jitterNs();
      yield at(timeNs, kind);
    }
  }

  for (let cycleNs = virtualRouterId * STAGGER_NS; ; cycleNs += CYCLE_NS) {
    yield* steady(FROM_FIRST, cycleNs + STOP_NS);
    timeNs += Math.floor(INTERVAL_NS / 3);
    yield at(timeNs, RESIGNATION);
    timeNs += SKEW_NS + jitterNs();
    yield* steady(FROM_SECOND, cycleNs + STOP_NS + ABSENCE_NS);
    timeNs += Math.floor(INTERVAL_NS / 2);
    yield* steady(FROM_FIRST, cycleNs + DEATH_NS);
    timeNs += ACTIVE_DOWN_NS + jitterNs();
    yield* steady(FROM_SECOND, cycleNs + DEATH_NS + ABSENCE_NS);
    timeNs += Math.floor(INTERVAL_NS / 2);
  }
}

/** The frames of all virtual routers in order of time: merged second by second. */
function* schedule(): Generator<ScheduledFrame, never> {
  const senders = Array.from({ length: VIRTUAL_ROUTERS }, (_, index) => {
    const frames = advertise(index + 1);
    return { frames, next: frames.next().value };
  });
  for (let endNs = SECOND; ; endNs += SECOND) {
    const window: ScheduledFrame[] = [];
    for (const sender of senders) {
      while (sender.next.timeNs < endNs) {
        window.push(sender.next);
        sender.next = sender.frames.next().value;
      }
    }
    yield* window.sort((one, other) => one.timeNs - other.timeNs);
  }
}

function template(virtualRouterId: number, kind: Kind): Uint8Array {
  const address = `198.51.100.${virtualRouterId}`;
  if (kind === GRATUITOUS_ARP) return gratuitousArpFrame({ address, mac: virtualMac('ipv4', virtualRouterId) });
  const router = kind === FROM_SECOND ? 1 : 0;
  return advertisementFrame({
    version: 3,
    virtualRouterId,
    priority: kind === RESIGNATION ? 0 : PRIORITIES[router],
    interval: 100,
    source: `192.0.2.${router + 1}`,
    addresses: [address],
  });
}

const RECORD_HEADER_LENGTH = 16;
const IP_OFFSET = 14;
const IP_HEADER_END = IP_OFFSET + 20;
const IDENTIFICATION_OFFSET = IP_OFFSET + 4;
const CHECKSUM_OFFSET = IP_OFFSET + 10;
const PIECE_LENGTH = 1 << 20;

/** What was written: all frames, and the file's length in octets. */
export interface BenchCapture {
  readonly frames: number;
  readonly octets: number;
}

/** Writes so many advertisements, and the gratuitous ARPs between them, as a classic pcap in nanoseconds. */
export function writeBenchCapture(path: string, advertisementCount: number): BenchCapture {
  const templates = Array.from({ length: VIRTUAL_ROUTERS + 1 }, (_, virtualRouterId) =>
    KINDS.map((kind) => template(Math.max(1, virtualRouterId), kind)),
  );
  const descriptor = openSync(path, 'w');
  const piece = Buffer.alloc(PIECE_LENGTH);
  const identifications = [0, 0];
  let position = writeFileHeader(piece);
  let octets = 0;
  let frames = 0;
  let advertisements = 0;
  for (const { timeNs, kind, virtualRouterId } of schedule()) {
    if (kind !== GRATUITOUS_ARP && advertisements++ === advertisementCount) break;
    const frame = templates[virtualRouterId]![kind]!;
    if (position + RECORD_HEADER_LENGTH + frame.length > piece.length) {
      octets += writeSync(descriptor, piece, 0, position);
      position = 0;
    }
    piece.writeUInt32LE(FIRST_SECOND + Math.floor(timeNs / SECOND), position);
    piece.writeUInt32LE(timeNs % SECOND, position + 4);
    piece.writeUInt32LE(frame.length, position + 8);
    piece.writeUInt32LE(frame.length, position + 12);
    position += RECORD_HEADER_LENGTH;
    piece.set(frame, position);
    if (kind !== GRATUITOUS_ARP) identify(piece, position, identifications, kind === FROM_SECOND ? 1 : 0);
    position += frame.length;
    frames++;
  }
  octets += writeSync(descriptor, piece, 0, position);
  closeSync(descriptor);
  return { frames, octets };
}

/** Gives a packet the next identification of its router, and the header checksum that goes with it. */
function identify(piece: Buffer, position: number, identifications: number[], router: 0 | 1): void {
  identifications[router] = (identifications[router]! + 1) & 0xffff;
  piece.writeUInt16BE(identifications[router]!, position + IDENTIFICATION_OFFSET);
  piece.writeUInt16BE(0, position + CHECKSUM_OFFSET);
  const checksum = internetChecksum(piece, position + IP_OFFSET, position + IP_HEADER_END);
  piece.writeUInt16BE(checksum, position + CHECKSUM_OFFSET);
}

function writeFileHeader(piece: Buffer): number {
  piece.writeUInt32LE(0xa1b23c4d, 0);
  piece.writeUInt16LE(2, 4);
  piece.writeUInt16LE(4, 6);
  piece.writeUInt32LE(262_144, 16);
  piece.writeUInt32LE(1, 20);
  return 24;
}
