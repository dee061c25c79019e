import {
  gratuitousArpFrame,
  icmpV6Frame,
  type NeighborAdvertisementFrame,
  neighborAdvertisementFrame,
} from '../wire/build.ts';
import { type AdvertisementFrame, advertisementFrame } from '../wire/build-advertisement.ts';
import { createFrameCursor, type FrameCursor, readFrame } from '../wire/frame.ts';
import { ETHER_TYPE_ARP, LINK_TYPE_ETHERNET } from '../wire/link.ts';
import { NEIGHBOR_ADVERTISEMENT, ROUTER_ADVERTISEMENT } from '../wire/neighbor.ts';
import { PROTOCOL_ICMPV6, PROTOCOL_VRRP } from '../wire/network.ts';
import { concatenate } from '../wire/octets.ts';
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

/** What a router says of itself to hosts; the source link-layer option comes first in its message. */
export interface RouterAdvertisement {
  readonly source: Uint8Array;
  readonly sourceMac: Uint8Array;
  readonly sourceLinkLayer: Uint8Array;
  /** The other options. */
  readonly options: Uint8Array;
}

const RA_LENGTH = 16;
const RA_OPTIONS = RA_LENGTH + 8;

/** Router Advertisements leave with what `change` makes of them; where it gives undefined, not at all. */
export function routerAdvertisements(
  change: (advertisement: RouterAdvertisement, sender: Sender) => RouterAdvertisement | undefined,
): FrameRewriter {
  const cursor = createFrameCursor();
  return (frame, sender) => {
    if (!isIp(cursor, frame) || cursor.protocol !== PROTOCOL_ICMPV6) return [frame];
    const { transportOffset: at, sourceAddress, destinationAddress } = cursor;
    if (frame[at] !== ROUTER_ADVERTISEMENT) return [frame];
    const fixed = frame.slice(at, at + RA_LENGTH).fill(0, 2, 4);
    const said = {
      source: frame.slice(sourceAddress, sourceAddress + 16),
      sourceMac: frame.slice(6, 12),
      sourceLinkLayer: frame.slice(at + RA_LENGTH + 2, at + RA_OPTIONS),
      options: frame.slice(at + RA_OPTIONS),
    };
    const changed = change(said, sender);
    if (changed === undefined) return [];
    const { source, sourceMac, sourceLinkLayer, options } = changed;
    const destination = frame.slice(destinationAddress, destinationAddress + 16);
    const message = concatenate(fixed, Uint8Array.of(1, 1), sourceLinkLayer, options);
    return [icmpV6Frame({ source, destination, sourceMac, hopLimit: cursor.hopLimit }, message)];
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
