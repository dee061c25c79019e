import { createFrameCursor, type FrameCursor, readFrame } from '../wire/frame.ts';
import { ETHER_TYPE_ARP } from '../wire/link.ts';
import { PROTOCOL_ICMPV6, PROTOCOL_IGMP, PROTOCOL_VRRP } from '../wire/network.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';
import type { FrameRecord } from './frame.ts';

/** Captures may be cut: what is compared is there in nearly all of them. */
const COMPARED_OCTETS = 96;
const ARP_LENGTH = 28;
const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const OTHER_BASIS = 0x9e3779b9;
const OTHER_PRIME = 0x85ebca6b;
/** 52 bits in all: captures of millions of frames have no two that are taken for each other by chance. */
const LOW_RANGE = 1 << 20;

/** What a cursor has as the VLAN of a frame without tags. */
const UNTAGGED = -1;

/** Recognises a frame by its octets from the network header on, whatever link layer a capture shows. */
export interface FrameIdentity {
  /**
   * Looks at a frame; 0 where it cannot be told from others. The same octets in another VLAN are another frame; one without
   * tags is of `accessVlan`, where that is known.
   */
  of(record: Readonly<FrameRecord>, linkType: number, accessVlan?: number): number;
  /** The same whatever its tags. */
  ofPacket(record: Readonly<FrameRecord>, linkType: number): number;
  /** The frame that was looked at. */
  readonly cursor: FrameCursor;
  /** Whether every member of a LAN may see it: ARP, IGMP, neighbor discovery, VRRP. */
  isShared(): boolean;
}

export function createFrameIdentity(): FrameIdentity {
  const cursor = createFrameCursor();

  function read({ bytes, start, end, originalLength }: Readonly<FrameRecord>, linkType: number): boolean {
    const problem = readFrame(cursor, bytes, linkType, start, end, originalLength);
    return problem === PROBLEM_NONE && cursor.networkOffset >= 0;
  }

  function hash({ bytes }: Readonly<FrameRecord>, tags: number): number {
    // A sender's own capture has no padding yet.
    const length = cursor.etherType === ETHER_TYPE_ARP ? ARP_LENGTH : COMPARED_OCTETS;
    const from = cursor.networkOffset;
    const to = Math.min(cursor.networkEnd, from + length);
    let high = OFFSET_BASIS ^ tags;
    let low = OTHER_BASIS;
    for (let offset = from; offset < to; offset++) {
      high = Math.imul(high ^ bytes[offset]!, PRIME);
      low = Math.imul(low + bytes[offset]!, OTHER_PRIME) ^ (low >>> 13);
    }
    return (high >>> 0) * LOW_RANGE + (low >>> 12) + 1;
  }

  return {
    cursor,
    of(record, linkType, accessVlan = UNTAGGED) {
      if (!read(record, linkType)) return 0;
      const outerVlan = cursor.vlanCount === 0 ? accessVlan : cursor.outerVlan;
      return hash(record, outerVlan ^ (cursor.innerVlan << 12));
    },
    ofPacket: (record, linkType) => (read(record, linkType) ? hash(record, 0) : 0),
    isShared() {
      const { etherType, protocol } = cursor;
      if (etherType === ETHER_TYPE_ARP) return true;
      return protocol === PROTOCOL_VRRP || protocol === PROTOCOL_ICMPV6 || protocol === PROTOCOL_IGMP;
    },
  };
}
