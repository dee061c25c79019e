import type { FrameRecord } from '../../capture/frame.ts';
import { CENTISECOND, SECOND } from '../../capture/time.ts';
import { compareOctets, formatAddress, isLinkLocalIpv6, isMulticast, vrrpGroup } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { formatMac } from '../../wire/mac.ts';
import type { ProblemCode } from '../../wire/problem.ts';
import { PROBLEM_BAD_VERSION, PROBLEM_CUT, PROBLEM_NONE } from '../../wire/problem.ts';
import type { ChecksumConvention, Family, VrrpCursor } from '../../wire/vrrp.ts';
import { CHECKSUM_UNKNOWN, CHECKSUM_WRONG, VRRP_ADVERTISEMENT } from '../../wire/vrrp.ts';
import { isVrrpChecksumRight, vrrpChecksum } from '../../wire/vrrp-checksum.ts';
import type { ErratumSwitch } from '../errata.ts';
import { isErratumOn } from '../errata.ts';
import type { Discard } from './disbelieved.ts';

/** One second, in both versions (RFC 3768 §6.1, RFC 9568 §6.1). */
const DEFAULT_INTERVAL_NS = 1_000_000_000;

/** One advertisement in the form in which rules look at it. Made once for each distinct message of a sender. */
export interface Message {
  readonly family: Family;
  readonly version: number;
  readonly type: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly addressCount: number;
  /** The interval field, and in nanoseconds. */
  readonly intervalField: number;
  readonly intervalNs: number;
  readonly reserved: number;
  readonly authenticationType: number;
  /** v2: whether the authentication data is zero. */
  readonly authenticationDataZero: boolean;
  readonly checksum: number;
  readonly checksumConvention: ChecksumConvention;
  /** Textual, in their order. */
  readonly addresses: readonly string[];
  readonly firstAddressLinkLocal: boolean;
  readonly trailingOctets: number;
  /** What is wrong with the message's shape. */
  readonly problem: ProblemCode;
  /** Undefined where the link layer has no addresses. */
  readonly sourceMac: string | undefined;
  readonly destinationMac: string | undefined;
  readonly source: string;
  readonly sourceLinkLocal: boolean;
  readonly destination: string;
  readonly toGroup: boolean;
  /** Sent to one router (unicast peers): TTL, MAC and destination rules do not apply. */
  readonly unicast: boolean;
  readonly hopLimit: number;
  /** Whether a receiver that follows the RFC may believe it: what is not believed never advances the history. */
  readonly believable: boolean;
  /** Which requirement it is discarded by. */
  readonly discard: Discard | undefined;
}

/** The interval field of a version in nanoseconds: v2 counts seconds, v3 centiseconds. */
export function fieldToNs(version: number, field: number): number {
  return field * (version === 2 ? SECOND : CENTISECOND);
}

/** While it is made: whether it may be believed is known last. */
type Described = Omit<Message, 'believable' | 'discard'> &
  Pick<{ -readonly [F in keyof Message]: Message[F] }, 'believable' | 'discard'>;

const VRRP_TTL = 255;

/**
 * Describes the message that the cursors are at. `unfinished` says that the checksum may be one that the
 * sender's hardware had yet to write: then it is unknown rather than wrong.
 */
export function describeMessage(
  record: FrameRecord,
  frame: FrameCursor,
  vrrp: VrrpCursor,
  unfinished: boolean,
  errata: ReadonlySet<ErratumSwitch> | undefined,
): Message {
  const { bytes } = record;
  const family: Family = frame.addressLength === 4 ? 'ipv4' : 'ipv6';
  const convention = vrrpChecksum(frame, vrrp, bytes);
  const group = vrrpGroup(family);
  const length = frame.addressLength;
  const unicast = !isMulticast(bytes, frame.destinationAddress, length);
  const hasMac = frame.sourceMac >= 0;
  const message: Described = {
    family,
    version: vrrp.version,
    type: vrrp.type,
    virtualRouterId: vrrp.virtualRouterId,
    priority: vrrp.priority,
    addressCount: vrrp.addressCount,
    intervalField: vrrp.interval,
    // Where the capture cut it off, the default holds: nobody advertises at an interval that is not there.
    intervalNs: vrrp.interval < 0 ? DEFAULT_INTERVAL_NS : fieldToNs(vrrp.version, vrrp.interval),
    reserved: vrrp.reserved,
    authenticationType: vrrp.authenticationType,
    authenticationDataZero: isZero(bytes, vrrp.authenticationOffset, vrrp.messageEnd),
    checksum: vrrp.checksum,
    checksumConvention: unfinished && convention === CHECKSUM_WRONG ? CHECKSUM_UNKNOWN : convention,
    addresses: addressesOf(bytes, vrrp),
    firstAddressLinkLocal: vrrp.addressCount > 0 && isLinkLocalIpv6(bytes, vrrp.addressesOffset, length),
    trailingOctets: vrrp.trailingOctets,
    problem: vrrp.problem,
    sourceMac: hasMac ? formatMac(bytes, frame.sourceMac) : undefined,
    destinationMac: hasMac && frame.destinationMac >= 0 ? formatMac(bytes, frame.destinationMac) : undefined,
    source: formatAddress(bytes, frame.sourceAddress, length),
    sourceLinkLocal: isLinkLocalIpv6(bytes, frame.sourceAddress, length),
    destination: formatAddress(bytes, frame.destinationAddress, length),
    toGroup: compareOctets(bytes, frame.destinationAddress, group, 0, length) === 0,
    unicast,
    hopLimit: frame.hopLimit,
    believable: false,
    discard: undefined,
  };
  message.discard = whyDiscarded(message, errata);
  message.believable = message.discard === undefined && message.virtualRouterId !== 0;
  return message;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  if (start < 0) return true;
  for (let offset = start; offset < end; offset++) if (bytes[offset] !== 0) return false;
  return true;
}

function addressesOf(bytes: Uint8Array, vrrp: VrrpCursor): string[] {
  const addresses: string[] = [];
  if (vrrp.addressesOffset < 0) return addresses;
  for (let offset = vrrp.addressesOffset; offset < vrrp.addressesEnd; offset += vrrp.addressLength) {
    addresses.push(formatAddress(bytes, offset, vrrp.addressLength));
  }
  return addresses;
}

/** RFC 9568 §7.1 and RFC 3768 §7.1: what a receiver verifies before it looks at the priority. */
function whyDiscarded(message: Described, errata: ReadonlySet<ErratumSwitch> | undefined): Discard | undefined {
  const { problem, checksumConvention } = message;
  if (problem === PROBLEM_BAD_VERSION) return 'rx.version';
  if (message.type !== VRRP_ADVERTISEMENT) return 'rx.type';
  if (problem !== PROBLEM_NONE && problem !== PROBLEM_CUT) return 'rx.length';
  if (message.intervalField === 0 && isErratumOn(errata, 8301)) return 'rx.interval-zero';
  if (message.addressCount === 0 && isErratumOn(errata, 8299)) return 'rx.count-zero';
  if (!message.unicast && message.hopLimit !== VRRP_TTL) return 'rx.ttl';
  if (!message.unicast && !message.toGroup) return 'rx.wrong-group';
  if (checksumConvention === CHECKSUM_UNKNOWN) return undefined;
  const length = message.family === 'ipv4' ? 4 : 16;
  return isVrrpChecksumRight(checksumConvention, message.version, length) ? undefined : 'rx.checksum';
}
