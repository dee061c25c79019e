import type { FrameRecord } from '../../src/capture/frame.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { createArpCursor, readArp } from '../../src/wire/arp.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import {
  createGroupCursor,
  createGroupRecordCursor,
  firstGroupRecord,
  nextGroupRecord,
} from '../../src/wire/group-report.ts';
import { readIgmp } from '../../src/wire/igmp.ts';
import { ETHER_TYPE_ARP, LINK_TYPE_ETHERNET } from '../../src/wire/link.ts';
import { formatMac } from '../../src/wire/mac.ts';
import { isMldType, readMld } from '../../src/wire/mld.ts';
import { createNeighborCursor, isNeighborType, readNeighbor } from '../../src/wire/neighbor.ts';
import { PROTOCOL_ICMPV6, PROTOCOL_IGMP, PROTOCOL_VRRP } from '../../src/wire/network.ts';
import { createVrrpCursor, readVrrp } from '../../src/wire/vrrp.ts';
import { vrrpChecksum } from '../../src/wire/vrrp-checksum.ts';

/** A frame as the tests of the router look at it. */
export interface SeenFrame {
  readonly timeNs: number;
  /** Who sent it into the LAN. */
  readonly node: string;
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly etherType: number;
  readonly source?: string;
  readonly destination?: string;
  readonly hopLimit?: number;
  readonly vrrp?: {
    readonly version: number;
    readonly virtualRouterId: number;
    readonly priority: number;
    readonly interval: number;
    readonly addresses: readonly string[];
    readonly checksum: number;
  };
  readonly arp?: {
    readonly operation: number;
    readonly senderMac: string;
    readonly sender: string;
    readonly targetMac: string;
    readonly target: string;
  };
  readonly neighbor?: {
    readonly type: number;
    readonly router: boolean;
    readonly solicited: boolean;
    readonly override: boolean;
    readonly target: string;
    readonly linkLayer?: string;
    /** Of a router; 0: it takes its leave. */
    readonly routerLifetime?: number;
    /** Beside the first link-layer address, in hexadecimal. */
    readonly options: string;
  };
  /** Multicast groups that an IGMP or MLD report joins. */
  readonly groups?: readonly string[];
}

const frame = createFrameCursor();
const vrrp = createVrrpCursor();
const arp = createArpCursor();
const neighbor = createNeighborCursor();
const report = createGroupCursor();
const record = createGroupRecordCursor();

/** Reads a captured frame. */
export function readSeenFrame({ bytes, start, end, originalLength, timeNs }: FrameRecord, node: string): SeenFrame {
  readFrame(frame, bytes, LINK_TYPE_ETHERNET, start, end, originalLength);
  const { addressLength } = frame;
  const address = (at: number): string => formatAddress(bytes, at, addressLength);
  return {
    timeNs,
    node,
    sourceMac: formatMac(bytes, frame.sourceMac),
    destinationMac: formatMac(bytes, frame.destinationMac),
    etherType: frame.etherType,
    ...(addressLength === 0
      ? {}
      : {
          source: address(frame.sourceAddress),
          destination: address(frame.destinationAddress),
          hopLimit: frame.hopLimit,
        }),
    ...(frame.protocol === PROTOCOL_VRRP ? { vrrp: readVrrpOf(bytes) } : {}),
    ...(frame.etherType === ETHER_TYPE_ARP ? { arp: readArpOf(bytes) } : {}),
    ...(frame.protocol === PROTOCOL_ICMPV6 && isNeighborType(bytes[frame.transportOffset]!)
      ? { neighbor: readNeighborOf(bytes) }
      : {}),
    ...(frame.protocol === PROTOCOL_IGMP ? { groups: readGroupsOf(bytes, readIgmp) } : {}),
    ...(frame.protocol === PROTOCOL_ICMPV6 && isMldType(bytes[frame.transportOffset]!)
      ? { groups: readGroupsOf(bytes, readMld) }
      : {}),
  };
}

function readVrrpOf(bytes: Uint8Array): NonNullable<SeenFrame['vrrp']> {
  const { addressLength } = frame;
  readVrrp(vrrp, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd, addressLength);
  const addresses: string[] = [];
  for (let at = vrrp.addressesOffset; at < vrrp.addressesEnd; at += addressLength) {
    addresses.push(formatAddress(bytes, at, addressLength));
  }
  const { version, virtualRouterId, priority, interval } = vrrp;
  return { version, virtualRouterId, priority, interval, addresses, checksum: vrrpChecksum(frame, vrrp, bytes) };
}

function readArpOf(bytes: Uint8Array): NonNullable<SeenFrame['arp']> {
  readArp(arp, bytes, frame.networkOffset, frame.networkEnd, frame.wireEnd);
  return {
    operation: arp.operation,
    senderMac: formatMac(bytes, arp.senderMac),
    sender: formatAddress(bytes, arp.senderAddress, 4),
    targetMac: formatMac(bytes, arp.targetMac),
    target: formatAddress(bytes, arp.targetAddress, 4),
  };
}

function readNeighborOf(bytes: Uint8Array): NonNullable<SeenFrame['neighbor']> {
  readNeighbor(neighbor, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd);
  const linkLayer = Math.max(neighbor.targetLinkLayer, neighbor.sourceLinkLayer);
  return {
    type: neighbor.type,
    router: neighbor.router,
    solicited: neighbor.solicited,
    override: neighbor.override,
    target: neighbor.targetAddress < 0 ? '' : formatAddress(bytes, neighbor.targetAddress, 16),
    ...(neighbor.routerLifetime < 0 ? {} : { routerLifetime: neighbor.routerLifetime }),
    options: Buffer.from(bytes.subarray(neighbor.optionsOffset, neighbor.optionsEnd)).toString('hex'),
    ...(linkLayer < 0 ? {} : { linkLayer: formatMac(bytes, linkLayer) }),
  };
}

function readGroupsOf(bytes: Uint8Array, read: typeof readMld): string[] {
  read(report, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd);
  const groups: string[] = [];
  for (let more = firstGroupRecord(record, report, bytes); more; more = nextGroupRecord(record, report, bytes)) {
    if (record.joins) groups.push(formatAddress(bytes, record.groupAddress, report.addressLength));
  }
  return groups;
}
