import type { ArpCursor } from '../../src/wire/arp.ts';
import { createArpCursor, readArp } from '../../src/wire/arp.ts';
import type { FrameCursor } from '../../src/wire/frame.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import type { GroupCursor } from '../../src/wire/group-report.ts';
import { createGroupCursor } from '../../src/wire/group-report.ts';
import type { IcmpCursor } from '../../src/wire/icmp.ts';
import { createIcmpCursor, readIcmp } from '../../src/wire/icmp.ts';
import { readIgmp } from '../../src/wire/igmp.ts';
import { ETHER_TYPE_ARP, LINK_TYPE_ETHERNET } from '../../src/wire/link.ts';
import { isMldType, readMld } from '../../src/wire/mld.ts';
import type { NeighborCursor } from '../../src/wire/neighbor.ts';
import { createNeighborCursor, isNeighborType, readNeighbor } from '../../src/wire/neighbor.ts';
import {
  FRAGMENT_LATER,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_IGMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  PROTOCOL_VRRP,
} from '../../src/wire/network.ts';
import type { TcpCursor } from '../../src/wire/tcp.ts';
import { createTcpCursor, readTcp } from '../../src/wire/tcp.ts';
import type { UdpCursor } from '../../src/wire/udp.ts';
import { createUdpCursor, readUdp } from '../../src/wire/udp.ts';
import type { VrrpCursor } from '../../src/wire/vrrp.ts';
import { createVrrpCursor, readVrrp } from '../../src/wire/vrrp.ts';

/** One cursor of each kind, to be used for any number of frames. */
export interface Cursors {
  readonly frame: FrameCursor;
  readonly vrrp: VrrpCursor;
  readonly arp: ArpCursor;
  readonly icmp: IcmpCursor;
  readonly neighbor: NeighborCursor;
  readonly group: GroupCursor;
  readonly udp: UdpCursor;
  readonly tcp: TcpCursor;
}

/** Makes one cursor of each kind. */
export function createCursors(): Cursors {
  return {
    frame: createFrameCursor(),
    vrrp: createVrrpCursor(),
    arp: createArpCursor(),
    icmp: createIcmpCursor(),
    neighbor: createNeighborCursor(),
    group: createGroupCursor(),
    udp: createUdpCursor(),
    tcp: createTcpCursor(),
  };
}

/** A frame read to its depth: the cursors that apply to it. */
export interface Reading extends Partial<Cursors> {
  readonly bytes: Uint8Array;
  readonly frame: FrameCursor;
}

/** Reads a frame with every reader that applies to it. */
export function readWhole(
  bytes: Uint8Array,
  linkType = LINK_TYPE_ETHERNET,
  start = 0,
  end = bytes.length,
  originalLength = end - start,
  cursors: Cursors = createCursors(),
): Reading {
  const { frame, arp } = cursors;
  if (readFrame(frame, bytes, linkType, start, end, originalLength) !== 0) return { bytes, frame };
  if (frame.etherType === ETHER_TYPE_ARP) {
    readArp(arp, bytes, frame.networkOffset, frame.networkEnd, frame.wireEnd);
    return { bytes, frame, arp };
  }
  if (frame.transportOffset === -1 || frame.fragment === FRAGMENT_LATER) return { bytes, frame };
  return { bytes, frame, ...readTransport(bytes, cursors) };
}

function readTransport(bytes: Uint8Array, cursors: Cursors): Partial<Cursors> {
  const { transportOffset: start, transportEnd: end, wireEnd, protocol, addressLength } = cursors.frame;
  const { vrrp, group, udp, tcp, icmp } = cursors;
  switch (protocol) {
    case PROTOCOL_VRRP:
      readVrrp(vrrp, bytes, start, end, wireEnd, addressLength);
      return { vrrp };
    case PROTOCOL_IGMP:
      readIgmp(group, bytes, start, end, wireEnd);
      return { group };
    case PROTOCOL_UDP:
      readUdp(udp, bytes, start, end, wireEnd);
      return { udp };
    case PROTOCOL_TCP:
      readTcp(tcp, bytes, start, end, wireEnd);
      return { tcp };
    case PROTOCOL_ICMP:
      readIcmp(icmp, bytes, start, end, wireEnd, protocol);
      return { icmp };
    case PROTOCOL_ICMPV6:
      readIcmp(icmp, bytes, start, end, wireEnd, protocol);
      return { icmp, ...readIcmpV6(bytes, cursors) };
    default:
      return {};
  }
}

function readIcmpV6(bytes: Uint8Array, { frame, icmp, neighbor, group }: Cursors): Partial<Cursors> {
  const { transportOffset: start, transportEnd: end, wireEnd } = frame;
  if (isNeighborType(icmp.type)) {
    readNeighbor(neighbor, bytes, start, end, wireEnd);
    return { neighbor };
  }
  if (!isMldType(icmp.type)) return {};
  readMld(group, bytes, start, end, wireEnd);
  return { group };
}
