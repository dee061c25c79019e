import { vrrpGroup } from './address.ts';
import type { AddressInput, MacInput, PacketOptions } from './envelope.ts';
import { ipFrame, toAddress } from './envelope.ts';
import { virtualMac } from './mac.ts';
import { PROTOCOL_VRRP } from './network.ts';
import type { VrrpMessage, VrrpVersion } from './vrrp.ts';
import { setVrrpChecksum, writeVrrp } from './vrrp.ts';
import { checksumOfMessage, checksumWithPseudoHeader } from './vrrp-checksum.ts';

/** Which checksum a crafted advertisement carries; a number is written as it is. */
export type ChecksumChoice = 'message-alone' | 'with-pseudo-header' | 'wrong' | number;

/** A crafted advertisement: what it must say, and everything that a sender may get wrong. */
export interface AdvertisementFrame extends PacketOptions, Omit<VrrpMessage, 'version' | 'addresses'> {
  /** 2 or 3; any other number is written as it is, in version 3's layout. */
  readonly version: VrrpVersion | number;
  /** The primary address (IPv6: link-local) of the sender; it says the family. */
  readonly source: AddressInput;
  /** The virtual addresses, in order. */
  readonly addresses: readonly AddressInput[];
  /** Default: the group of VRRP. */
  readonly destination?: AddressInput;
  /** Default: the virtual MAC of the virtual router. */
  readonly sourceMac?: MacInput;
  /** Default 112. */
  readonly protocol?: number;
  /**
   * Default: version 2 over the message alone, version 3 with the pseudo-header, which keepalived and FRR send and
   * expect over IPv4 too.
   */
  readonly checksum?: ChecksumChoice;
}

/** Writes a VRRP message with its checksum: an advertisement's IP payload. */
export function advertisementMessage(
  message: VrrpMessage,
  source: Uint8Array,
  destination: Uint8Array,
  choice?: ChecksumChoice,
): Uint8Array {
  const bytes = writeVrrp(message);
  const chosen = choice ?? (message.version === 2 ? 'message-alone' : 'with-pseudo-header');
  setVrrpChecksum(bytes, checksumFor(bytes, source, destination, chosen));
  return bytes;
}

function checksumFor(message: Uint8Array, source: Uint8Array, destination: Uint8Array, choice: ChecksumChoice): number {
  if (typeof choice === 'number') return choice;
  if (choice === 'message-alone') return checksumOfMessage(message);
  const withPseudoHeader = checksumWithPseudoHeader(message, source, destination);
  if (choice === 'with-pseudo-header') return withPseudoHeader;
  return wrongChecksum(checksumOfMessage(message), withPseudoHeader);
}

/** A value that neither convention gives. */
function wrongChecksum(messageAlone: number, withPseudoHeader: number): number {
  for (let value = 0x0bad; ; value++) {
    if (value !== messageAlone && value !== withPseudoHeader) return value;
  }
}

/** Writes an advertisement in its Ethernet frame. Throws a TypeError that names an address which is none. */
export function advertisementFrame(frame: AdvertisementFrame): Uint8Array {
  const source = toAddress(frame.source);
  const family = source.length === 4 ? 'ipv4' : 'ipv6';
  const destination = frame.destination === undefined ? vrrpGroup(family) : toAddress(frame.destination);
  const message = { ...frame, addresses: frame.addresses.map(toAddress) };
  return ipFrame({
    ...frame,
    source,
    destination,
    sourceMac: frame.sourceMac ?? virtualMac(family, frame.virtualRouterId),
    hopLimit: frame.hopLimit ?? 255,
    protocol: frame.protocol ?? PROTOCOL_VRRP,
    payload: advertisementMessage(message, source, destination, frame.checksum),
  });
}
