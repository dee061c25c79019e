import { gratuitousArpFrame, type NeighborAdvertisementFrame, neighborAdvertisementFrame } from '../wire/build.ts';
import { type AdvertisementFrame, advertisementFrame } from '../wire/build-advertisement.ts';
import { createFrameCursor, type FrameCursor, readFrame } from '../wire/frame.ts';
import { ETHER_TYPE_ARP, LINK_TYPE_ETHERNET } from '../wire/link.ts';
import { NEIGHBOR_ADVERTISEMENT } from '../wire/neighbor.ts';
import { PROTOCOL_ICMPV6, PROTOCOL_VRRP } from '../wire/network.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';
import { CHECKSUM_MESSAGE_ALONE, createVrrpCursor, readVrrp } from '../wire/vrrp.ts';
import { vrrpChecksum } from '../wire/vrrp-checksum.ts';
import type { FrameRewriter, Sender } from './misbehaviour.ts';

/** An advertisement that is to be sent, every field of it. */
export type Advertisement = AdvertisementFrame & {
  readonly source: Uint8Array;
  readonly addresses: readonly Uint8Array[];
};

/** What tells a LAN that an address is at a MAC: a gratuitous ARP, or an unsolicited Neighbor Advertisement. */
export interface Announcement {
  readonly address: Uint8Array;
  /** What hosts are to learn. */
  readonly mac: Uint8Array;
  /** The frame's. */
  readonly sourceMac: Uint8Array;
  /** Of a Neighbor Advertisement. */
  readonly flags: Pick<NeighborAdvertisementFrame, 'router' | 'solicited' | 'override'>;
}

const ARP_TARGET = 24;
const ND_TARGET = 8;
const IPV4_TRAFFIC_CLASS = 1;

/** Advertisements leave with what `change` makes of them; where it gives undefined, not at all. */
export function advertisements(
  change: (advertisement: Advertisement, sender: Sender) => AdvertisementFrame | undefined,
): FrameRewriter {
  const cursor = createFrameCursor();
  return (frame, sender) => {
    if (!isIp(cursor, frame) || cursor.protocol !== PROTOCOL_VRRP) return [frame];
    const changed = change(advertisementOf(cursor, frame), sender);
    return changed === undefined ? [] : [advertisementFrame(changed)];
  };
}

/** Announcements leave with what `change` makes of them; where it gives undefined, not at all. */
export function announcements(
  change: (announcement: Announcement, sender: Sender) => Announcement | undefined,
): FrameRewriter {
  const cursor = createFrameCursor();
  return (frame, sender) => {
    const address = announcedAddress(cursor, frame);
    if (address === undefined) return [frame];
    const sourceMac = frame.slice(6, 12);
    const flags = { router: true, solicited: false, override: true };
    const changed = change({ address, mac: sourceMac, sourceMac, flags }, sender);
    return changed === undefined ? [] : [announcementFrame(changed)];
  };
}

function isIp(cursor: FrameCursor, frame: Uint8Array): boolean {
  const problem = readFrame(cursor, frame, LINK_TYPE_ETHERNET, 0, frame.length, frame.length);
  return problem === PROBLEM_NONE && cursor.ipVersion !== 0;
}

function announcedAddress(cursor: FrameCursor, frame: Uint8Array): Uint8Array | undefined {
  const isPacket = isIp(cursor, frame);
  if (cursor.etherType === ETHER_TYPE_ARP) {
    return frame.slice(cursor.networkOffset + ARP_TARGET, cursor.networkOffset + ARP_TARGET + 4);
  }
  if (!isPacket || cursor.protocol !== PROTOCOL_ICMPV6) return undefined;
  if (frame[cursor.transportOffset] !== NEIGHBOR_ADVERTISEMENT) return undefined;
  return frame.slice(cursor.transportOffset + ND_TARGET, cursor.transportOffset + ND_TARGET + 16);
}

function announcementFrame({ address, mac, sourceMac, flags }: Announcement): Uint8Array {
  return address.length === 4
    ? gratuitousArpFrame({ address, mac, sourceMac })
    : neighborAdvertisementFrame({ target: address, sourceMac, targetLinkLayer: mac, ...flags });
}

const message = createVrrpCursor();

function advertisementOf(cursor: FrameCursor, frame: Uint8Array): Advertisement {
  const { sourceAddress, destinationAddress, addressLength, networkOffset } = cursor;
  readVrrp(message, frame, cursor.transportOffset, cursor.transportEnd, cursor.wireEnd, addressLength);
  const isVersion4 = addressLength === 4;
  return {
    version: message.version,
    type: message.type,
    virtualRouterId: message.virtualRouterId,
    priority: message.priority,
    interval: message.interval,
    reserved: message.reserved,
    addresses: addressesOf(frame, message.addressesOffset, message.addressesEnd, addressLength),
    ...(message.version === 2
      ? {
          authenticationType: message.authenticationType,
          authenticationData: frame.slice(message.authenticationOffset, message.messageEnd),
        }
      : {}),
    source: frame.slice(sourceAddress, sourceAddress + addressLength),
    destination: frame.slice(destinationAddress, destinationAddress + addressLength),
    sourceMac: frame.slice(6, 12),
    destinationMac: frame.slice(0, 6),
    hopLimit: cursor.hopLimit,
    ...(isVersion4
      ? { identification: cursor.identification, trafficClass: frame[networkOffset + IPV4_TRAFFIC_CLASS]! }
      : { trafficClass: ((frame[networkOffset]! & 0x0f) << 4) | (frame[networkOffset + 1]! >> 4) }),
    checksum: message.version === 2 ? 'message-alone' : conventionOf(cursor, frame),
    pad: false,
  };
}

/** Which of the two conventions a right advertisement has: the one that is seen when it is written again. */
function conventionOf(cursor: FrameCursor, frame: Uint8Array): 'message-alone' | 'with-pseudo-header' {
  if (cursor.addressLength === 16) return 'with-pseudo-header';
  return vrrpChecksum(cursor, message, frame) === CHECKSUM_MESSAGE_ALONE ? 'message-alone' : 'with-pseudo-header';
}

function addressesOf(frame: Uint8Array, start: number, end: number, length: number): Uint8Array[] {
  const addresses: Uint8Array[] = [];
  for (let offset = start; offset < end; offset += length) addresses.push(frame.slice(offset, offset + length));
  return addresses;
}
