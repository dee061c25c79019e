import type { FrameRecord } from '../../capture/frame.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import type { LanState } from './state.ts';
import { NEVER } from './state.ts';

/** The same bytes at several places within this time are one frame. */
export const COPY_WITHIN_NS = 2_000_000;

/** A ring of frames that were seen at any interface, to find their copies at others. */
export interface Copies {
  /** The LAN at which the same packet was seen at another interface just now; otherwise it is remembered. */
  original(record: FrameRecord, frame: FrameCursor, lan: LanState): LanState | undefined;
}

const RING = 64;

export function createCopies(): Copies {
  const hashes = new Int32Array(RING);
  const times = new Float64Array(RING).fill(NEVER);
  const interfaces = new Int32Array(RING);
  const lans: (LanState | undefined)[] = new Array(RING).fill(undefined);
  let next = 0;

  function find(hash: number, timeNs: Nanoseconds, interfaceIndex: number): LanState | undefined {
    for (let index = 0; index < RING; index++) {
      if (hashes[index] !== hash || interfaces[index] === interfaceIndex) continue;
      if (Math.abs(timeNs - times[index]!) <= COPY_WITHIN_NS) return lans[index];
    }
    return undefined;
  }

  return {
    original(record, frame, lan) {
      const hash = hashOf(record.bytes, frame.networkOffset, frame.networkEnd);
      // A capture of every interface of a host (`-i any`) is one interface, and says in each frame which one it was.
      const interfaceIndex = frame.packetInterface < 0 ? record.interfaceIndex : frame.packetInterface;
      const found = find(hash, record.timeNs, interfaceIndex);
      if (found !== undefined) return found;
      hashes[next] = hash;
      times[next] = record.timeNs;
      interfaces[next] = interfaceIndex;
      lans[next] = lan;
      next = (next + 1) % RING;
      return undefined;
    },
  };
}

/** FNV-1a of a packet, its identification and checksums included. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let offset = start; offset < end; offset++) hash = Math.imul(hash ^ bytes[offset]!, 0x01000193);
  return hash | 0;
}
