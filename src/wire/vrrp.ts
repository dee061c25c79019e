import type { ProblemCode } from './problem.ts';

/** VRRP's versions: 2 (RFC 3768) and 3 (RFC 5798, RFC 9568). */
export type VrrpVersion = 2 | 3;
/** Address families; with a VRID and a LAN one of them names a virtual router. */
export type Family = 'ipv4' | 'ipv6';

/**
 * Which checksum a VRRP message carries. For version 3 over IPv4 both conventions are in the field (RFC 9568 §5.2.8):
 * over the message alone, and with an IPv4 pseudo-header.
 */
export const CHECKSUM_WRONG = 0;
export const CHECKSUM_MESSAGE_ALONE = 1;
export const CHECKSUM_WITH_PSEUDO_HEADER = 2;
/** Both conventions give this value, so the frame does not tell them apart. */
export const CHECKSUM_EITHER = 3;
/** Cut by the capture: not known. */
export const CHECKSUM_UNKNOWN = 4;
export type ChecksumConvention = 0 | 1 | 2 | 3 | 4;

/** A view of one VRRP message, filled by readVrrp and reused. Offsets are from the start of the buffer. */
export interface VrrpCursor {
  problem: ProblemCode;
  problemOffset: number;
  version: number;
  type: number;
  virtualRouterId: number;
  priority: number;
  addressCount: number;
  /** v2: the authentication type; v3: 0. */
  authenticationType: number;
  /** v3: the reserve bits; v2: 0. */
  reserved: number;
  /** The interval field as it is on the wire: v2 in seconds, v3 in centiseconds. */
  interval: number;
  checksum: number;
  /** Where the address list begins and ends; 4 or 16 octets each. */
  addressesOffset: number;
  addressesEnd: number;
  addressLength: number;
  /** v2: where the authentication data begins, or -1 where the message has none. */
  authenticationOffset: number;
  /** Octets of the IP payload beyond what VRRP's own length says: a named finding, not malformed. */
  trailingOctets: number;
}
