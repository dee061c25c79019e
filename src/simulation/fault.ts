import type { FrameMatcher, WireFault } from '../stage/action.ts';
import { StageError } from '../stage/stage.ts';
import { formatAddress, parseAddress } from '../wire/address.ts';
import { createArpCursor, readArp } from '../wire/arp.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { ETHER_TYPE_ARP, LINK_TYPE_ETHERNET } from '../wire/link.ts';
import { formatMac, parseMac } from '../wire/mac.ts';
import { isNeighborType } from '../wire/neighbor.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_VRRP } from '../wire/network.ts';
import { createVrrpCursor, readVrrp } from '../wire/vrrp.ts';
import type { Clock } from './clock.ts';
import { createRandom } from './random.ts';

/** A fault that has begun. */
export interface RunningFault {
  readonly fault: WireFault;
  /** Lets a frame through: at once, later, more than once, or not at all. */
  apply(bytes: Uint8Array, pass: (bytes: Uint8Array) => void): void;
}

/** Begins a fault. The same seed, name and frames have the same outcome. Throws a StageError for what cannot be done. */
export function beginFault(fault: WireFault, seed: number, clock: Clock): RunningFault {
  const chooses = createChooser(fault, seed);
  return { fault, apply: effectOf(fault, seed, clock, chooses) };
}

/** Which frames a fault meets: those that match, at the positions, with the probability that it says. */
function createChooser(fault: WireFault, seed: number): (bytes: Uint8Array) => boolean {
  const random = createRandom(seed, `${fault.name} chooses`);
  const probability = fault.probability ?? 1;
  const matches = createMatcher(fault.matcher);
  let matched = 0;
  return (bytes) => {
    if (!matches(bytes)) return false;
    matched += 1;
    if (fault.positions !== undefined && !fault.positions.includes(matched)) return false;
    return probability >= 1 || random() < probability;
  };
}

function effectOf(
  fault: WireFault,
  seed: number,
  clock: Clock,
  chooses: (bytes: Uint8Array) => boolean,
): RunningFault['apply'] {
  const { effect } = fault;
  switch (effect.kind) {
    case 'drop':
      return (bytes, pass) => {
        if (!chooses(bytes)) pass(bytes);
      };
    case 'delay': {
      const random = createRandom(seed, `${fault.name} jitters`);
      const jitterNs = effect.jitterNs ?? 0;
      return (bytes, pass) => {
        if (!chooses(bytes)) pass(bytes);
        else clock.after(Math.max(0, effect.delayNs + Math.round((2 * random() - 1) * jitterNs)), () => pass(bytes));
      };
    }
    case 'duplicate':
      return (bytes, pass) => {
        const copies = chooses(bytes) ? effect.copies : 0;
        for (let sent = 0; sent <= copies; sent++) pass(bytes);
      };
    case 'reorder':
    case 'corrupt':
      throw new StageError(
        `fault '${fault.name}': the simulation cannot ${effect.kind} frames`,
        'play this scenario in the lab',
      );
  }
}

const frame = createFrameCursor();
const arp = createArpCursor();
const vrrp = createVrrpCursor();

/** Every field that is given must match; a frame in which a field cannot be read does not. */
function createMatcher(matcher: FrameMatcher): (bytes: Uint8Array) => boolean {
  const sourceMac = matcher.sourceMac === undefined ? undefined : normalMac(matcher.sourceMac);
  const destinationMac = matcher.destinationMac === undefined ? undefined : normalMac(matcher.destinationMac);
  const source = matcher.sourceAddress === undefined ? undefined : normalAddress(matcher.sourceAddress);
  const destination = matcher.destinationAddress === undefined ? undefined : normalAddress(matcher.destinationAddress);
  return (bytes) => {
    readFrame(frame, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length);
    if (matcher.protocol !== undefined && !isProtocol(matcher.protocol, bytes)) return false;
    if (sourceMac !== undefined && formatMac(bytes, 6) !== sourceMac) return false;
    if (destinationMac !== undefined && formatMac(bytes, 0) !== destinationMac) return false;
    if (source !== undefined && addressOf('source', bytes) !== source) return false;
    if (destination !== undefined && addressOf('destination', bytes) !== destination) return false;
    return matchesVrrp(matcher, bytes);
  };
}

function matchesVrrp({ virtualRouterId, priority }: FrameMatcher, bytes: Uint8Array): boolean {
  if (virtualRouterId === undefined && priority === undefined) return true;
  if (frame.protocol !== PROTOCOL_VRRP || frame.transportOffset === -1) return false;
  readVrrp(vrrp, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd, frame.addressLength);
  if (virtualRouterId !== undefined && vrrp.virtualRouterId !== virtualRouterId) return false;
  return priority === undefined || vrrp.priority === priority;
}

function isProtocol(protocol: NonNullable<FrameMatcher['protocol']>, bytes: Uint8Array): boolean {
  const isDiscovery =
    frame.protocol === PROTOCOL_ICMPV6 && frame.transportOffset !== -1 && isNeighborType(bytes[frame.transportOffset]!);
  switch (protocol) {
    case 'vrrp':
      return frame.protocol === PROTOCOL_VRRP;
    case 'arp':
      return frame.etherType === ETHER_TYPE_ARP;
    case 'nd':
      return isDiscovery;
    case 'icmp':
      return frame.protocol === PROTOCOL_ICMP || (frame.protocol === PROTOCOL_ICMPV6 && !isDiscovery);
    case 'tcp':
      return frame.protocol === PROTOCOL_TCP;
    case 'udp':
      return frame.protocol === PROTOCOL_UDP;
  }
}

/** An address of the packet, or of the ARP message. */
function addressOf(end: 'source' | 'destination', bytes: Uint8Array): string | undefined {
  if (frame.etherType === ETHER_TYPE_ARP) {
    readArp(arp, bytes, frame.networkOffset, frame.networkEnd, frame.wireEnd);
    const offset = end === 'source' ? arp.senderAddress : arp.targetAddress;
    return offset === -1 ? undefined : formatAddress(bytes, offset, 4);
  }
  const offset = end === 'source' ? frame.sourceAddress : frame.destinationAddress;
  return offset === -1 ? undefined : formatAddress(bytes, offset, frame.addressLength);
}

function normalMac(text: string): string {
  const mac = parseMac(text);
  if (mac === undefined) throw new StageError(`'${text}' is no MAC address`);
  return formatMac(mac);
}

function normalAddress(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) throw new StageError(`'${text}' is no IPv4 or IPv6 address`);
  return formatAddress(address, 0, address.length);
}
