import type { FrameRecord } from '../../capture/frame.ts';
import { DIRECTION_IN, DIRECTION_OUT } from '../../capture/frame.ts';
import { foldChecksum, sumPseudoHeader } from '../../wire/checksum.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { isIpv4ChecksumRight } from '../../wire/ipv4.ts';
import { PROTOCOL_VRRP } from '../../wire/network.ts';
import { read16 } from '../../wire/octets.ts';
import type { VrrpCursor } from '../../wire/vrrp.ts';
import type { Place } from './lans.ts';

/** Octets of an IPv4 header before its checksum. */
const HEADER_CHECKSUM = 10;

/**
 * Whether a checksum that is wrong may be one that the sender's hardware had yet to finish: the capture was taken on the
 * sender, or the field holds the sum of the pseudo-header alone, as kernels leave it there (between virtual machines it
 * arrives so). Ports of a run show what is on the wire.
 */
export function mayBeUnfinished(place: Place, record: FrameRecord, frame: FrameCursor, vrrp: VrrpCursor): boolean {
  if (place.nodeIndex !== 0) return false;
  if (record.direction === DIRECTION_OUT) return true;
  const length = vrrp.messageEnd - vrrp.messageOffset;
  const { sourceAddress, destinationAddress, addressLength } = frame;
  const sum = sumPseudoHeader(record.bytes, sourceAddress, destinationAddress, addressLength, PROTOCOL_VRRP, length);
  return vrrp.checksum === (foldChecksum(sum) ^ 0xffff);
}

/** Whether no receiver looks at what an IPv4 header carries: it is broken, and not just left to the sender's hardware. */
export function hasWrongHeader(place: Place, { bytes, direction }: FrameRecord, frame: FrameCursor): boolean {
  const { networkOffset, transportOffset } = frame;
  if (frame.addressLength !== 4 || isIpv4ChecksumRight(bytes, networkOffset, transportOffset)) return false;
  const isLeftOut = read16(bytes, networkOffset + HEADER_CHECKSUM) === 0;
  return !(isLeftOut && place.nodeIndex === 0 && direction !== DIRECTION_IN);
}
