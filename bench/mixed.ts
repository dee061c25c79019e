import { closeSync, openSync, writeSync } from 'node:fs';
import { gratuitousArpFrame, udpFrame } from '../src/wire/build.ts';
import { advertisementFrame } from '../src/wire/build-advertisement.ts';
import { internetChecksum } from '../src/wire/checksum.ts';
import { virtualMac } from '../src/wire/mac.ts';

const RECORD_HEADER = 16;
const PIECE = 1 << 20;
const FLOWS = 500;
/** One frame in twenty is an advertisement. */
const EVERY = 20;
const VIRTUAL_ROUTERS = 100;
const IP_OFFSET = 14;
const FRAME_NS = 10_000_000 / EVERY;
/** Small packets and a few large ones, about 85 octets in the mean, as captures with a short snap length have. */
const PAYLOADS = [18, 26, 40, 60, 90] as const;

/**
 * Writes a capture of so many frames of which 95% are traffic of hosts through their gateway, and the others advertisements
 * of 100 virtual routers once a second with their gratuitous ARP; no two packets are alike (IP identification).
 */
export function writeMixedCapture(path: string, frames: number): number {
  const traffic = Array.from({ length: FLOWS }, (_, flow) => trafficFrame(flow));
  const advertisements = Array.from({ length: VIRTUAL_ROUTERS }, (_, index) =>
    advertisementFrame({
      version: 3,
      virtualRouterId: index + 1,
      priority: 200,
      interval: 100,
      source: '192.0.2.1',
      addresses: [`198.51.100.${index + 1}`],
    }),
  );
  const descriptor = openSync(path, 'w');
  const piece = Buffer.alloc(PIECE);
  let position = writeHeader(piece);
  let octets = 0;
  const put = (timeNs: number, frame: Uint8Array, identification: number) => {
    if (position + RECORD_HEADER + frame.length > piece.length) {
      octets += writeSync(descriptor, piece, 0, position);
      position = 0;
    }
    piece.writeUInt32LE(1_795_337_858 + Math.floor(timeNs / 1e9), position);
    piece.writeUInt32LE(timeNs % 1e9, position + 4);
    piece.writeUInt32LE(frame.length, position + 8);
    piece.writeUInt32LE(frame.length, position + 12);
    position += RECORD_HEADER;
    piece.set(frame, position);
    if (identification >= 0) identify(piece, position, identification);
    position += frame.length;
  };
  for (let number = 0; number < frames; number++) {
    const timeNs = number * FRAME_NS;
    if (number % EVERY !== 0) {
      put(timeNs, traffic[(number * 7919) % FLOWS]!, number & 0xffff);
      continue;
    }
    const sent = number / EVERY;
    const index = sent % VIRTUAL_ROUTERS;
    put(timeNs, advertisements[index]!, sent & 0xffff);
    if (sent < VIRTUAL_ROUTERS) {
      const address = `198.51.100.${index + 1}`;
      put(timeNs + 40_000, gratuitousArpFrame({ address, mac: virtualMac('ipv4', index + 1) }), -1);
    }
  }
  octets += writeSync(descriptor, piece, 0, position);
  closeSync(descriptor);
  return octets;
}

function trafficFrame(flow: number): Uint8Array {
  const hosts = [`192.0.2.${10 + (flow % 200)}`, `203.0.113.${1 + (flow % 250)}`] as const;
  const inbound = flow % 2 === 0;
  return udpFrame({
    source: inbound ? hosts[1] : hosts[0],
    destination: inbound ? hosts[0] : hosts[1],
    sourceMac: inbound ? '02:00:00:00:00:01' : `02:00:00:00:01:${(flow % 200).toString(16).padStart(2, '0')}`,
    destinationMac: inbound ? `02:00:00:00:01:${(flow % 200).toString(16).padStart(2, '0')}` : '00:00:5e:00:01:01',
    sourcePort: 1024 + flow,
    destinationPort: 443,
    payload: new Uint8Array(PAYLOADS[flow % PAYLOADS.length]!).fill(flow & 0xff),
  });
}

function identify(piece: Buffer, position: number, identification: number): void {
  piece.writeUInt16BE(identification, position + IP_OFFSET + 4);
  piece.writeUInt16BE(0, position + IP_OFFSET + 10);
  const checksum = internetChecksum(piece, position + IP_OFFSET, position + IP_OFFSET + 20);
  piece.writeUInt16BE(checksum, position + IP_OFFSET + 10);
}

function writeHeader(piece: Buffer): number {
  piece.writeUInt32LE(0xa1b23c4d, 0);
  piece.writeUInt16LE(2, 4);
  piece.writeUInt16LE(4, 6);
  piece.writeUInt32LE(262_144, 16);
  piece.writeUInt32LE(1, 20);
  return 24;
}
