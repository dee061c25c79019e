import { gratuitousArpFrame, neighborAdvertisementFrame } from '../wire/build.ts';
import { type AdvertisementFrame, advertisementFrame } from '../wire/build-advertisement.ts';
import { internetChecksum } from '../wire/checksum.ts';
import { write16 } from '../wire/octets.ts';
import type { VrrpVersion } from '../wire/vrrp.ts';

/** What all advertisements of one virtual router say; the priority is what changes. */
export interface AdvertisementContent
  extends Omit<AdvertisementFrame, 'priority' | 'version' | 'source' | 'destination' | 'addresses'> {
  readonly version: VrrpVersion;
  /** Addresses in network order. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly addresses: readonly Uint8Array[];
}

/** Precedence 6, internetwork control, as routing protocols use it. */
export const TRAFFIC_CLASS = 0xc0;
const ETHERNET_HEADER = 14;
const IPV4_HEADER = 20;
const IDENTIFICATION = ETHERNET_HEADER + 4;
const HEADER_CHECKSUM = ETHERNET_HEADER + 10;

/** Frames that are made once for each priority, and only patched when they are sent. */
export interface AdvertisementFrames {
  /** The frame to send now, with this priority; its bytes are reused by the next call. */
  frame(priority: number): Uint8Array;
}

/**
 * The advertisements of a virtual router (RFC 9568 §5). Each IPv4 packet gets an identification of its own, so that a
 * copy of a frame is told from a new one.
 */
export function advertisementFrames(content: AdvertisementContent): AdvertisementFrames {
  const made = new Map<number, Uint8Array>();
  let identification = 0;
  return {
    frame(priority) {
      let frame = made.get(priority);
      if (frame === undefined) {
        frame = advertisementFrame({ ...content, priority, trafficClass: TRAFFIC_CLASS, pad: false });
        made.set(priority, frame);
      }
      if (content.source.length === 4) {
        identification = (identification + 1) & 0xffff;
        write16(frame, IDENTIFICATION, identification);
        write16(frame, HEADER_CHECKSUM, 0);
        write16(frame, HEADER_CHECKSUM, internetChecksum(frame, ETHERNET_HEADER, ETHERNET_HEADER + IPV4_HEADER));
      }
      return frame;
    },
  };
}

/**
 * What tells a LAN that an address is at a MAC: for IPv4 a gratuitous ARP request to everybody, for IPv6 an unsolicited
 * Neighbor Advertisement to all nodes with R=1 S=0 O=1 (RFC 9568 §6.4.2).
 */
export function announcementFrame(address: Uint8Array, mac: Uint8Array): Uint8Array {
  return address.length === 4
    ? gratuitousArpFrame({ address, mac, operation: 'request' })
    : neighborAdvertisementFrame({ target: address, sourceMac: mac, router: true, solicited: false, override: true });
}
