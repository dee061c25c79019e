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

/** A frame read to its depth: what it does not have is undefined. */
export interface Reading {
  readonly bytes: Uint8Array;
  readonly frame: FrameCursor;
  vrrp?: VrrpCursor;
  arp?: ArpCursor;
  icmp?: IcmpCursor;
  neighbor?: NeighborCursor;
  group?: GroupCursor;
  udp?: UdpCursor;
  tcp?: TcpCursor;
}

/** Reads a frame with every reader that applies to it. */
export function readWhole(
  bytes: Uint8Array,
  linkType = LINK_TYPE_ETHERNET,
  start = 0,
  end = bytes.length,
  originalLength = end - start,
): Reading {
  const frame = createFrameCursor();
  const reading: Reading = { bytes, frame };
  if (readFrame(frame, bytes, linkType, start, end, originalLength) !== 0) return reading;
  if (frame.etherType === ETHER_TYPE_ARP) {
    reading.arp = createArpCursor();
    readArp(reading.arp, bytes, frame.networkOffset, frame.networkEnd, frame.wireEnd);
  }
  if (frame.transportOffset !== -1 && frame.fragment !== FRAGMENT_LATER) readTransport(reading);
  return reading;
}

function readTransport(reading: Reading): void {
  const { bytes, frame } = reading;
  const { transportOffset: start, transportEnd: end, wireEnd, protocol } = frame;
  if (protocol === PROTOCOL_VRRP) {
    reading.vrrp = createVrrpCursor();
    readVrrp(reading.vrrp, bytes, start, end, wireEnd, frame.addressLength);
  } else if (protocol === PROTOCOL_IGMP) {
    reading.group = createGroupCursor();
    readIgmp(reading.group, bytes, start, end, wireEnd);
  } else if (protocol === PROTOCOL_UDP) {
    reading.udp = createUdpCursor();
    readUdp(reading.udp, bytes, start, end, wireEnd);
  } else if (protocol === PROTOCOL_TCP) {
    reading.tcp = createTcpCursor();
    readTcp(reading.tcp, bytes, start, end, wireEnd);
  } else if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6) {
    reading.icmp = createIcmpCursor();
    readIcmp(reading.icmp, bytes, start, end, wireEnd, protocol);
  }
  const type = protocol === PROTOCOL_ICMPV6 && reading.icmp !== undefined ? reading.icmp.type : -1;
  if (isNeighborType(type)) {
    reading.neighbor = createNeighborCursor();
    readNeighbor(reading.neighbor, bytes, start, end, wireEnd);
  } else if (isMldType(type)) {
    reading.group = createGroupCursor();
    readMld(reading.group, bytes, start, end, wireEnd);
  }
}
