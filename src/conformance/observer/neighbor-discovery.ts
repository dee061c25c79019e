import { formatAddress, formatIpv6, isLinkLocalIpv6, isMulticast } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { formatMac, virtualRouterIdOfMac } from '../../wire/mac.ts';
import {
  createNeighborCursor,
  NEIGHBOR_ADVERTISEMENT,
  NEIGHBOR_REDIRECT,
  NEIGHBOR_SOLICITATION,
  ROUTER_ADVERTISEMENT,
  ROUTER_SOLICITATION,
  readNeighbor,
} from '../../wire/neighbor.ts';
import { PROBLEM_NONE } from '../../wire/problem.ts';
import type { Sender } from './bindings.ts';
import { takeAnnouncement, takeBinding } from './bindings.ts';
import type { Context } from './context.ts';
import { referenceTo } from './findings.ts';
import { noteAddressAnswer, noteAddressQuestion } from './first-answers.ts';
import { learnNeighbour, neighbourKey } from './neighbours.ts';
import type { Ownership } from './ownership.ts';
import { noteAnswered, takeAnswer, takeQuestion } from './questions.ts';
import { noteRouterAdvertisement, noteRouterSolicitation } from './router-advertisements.ts';
import { noteGroupAnswer, noteGroupQuestion } from './solicited-node.ts';
import type { LanState, VirtualRouterState } from './state.ts';
import { keepUnclaimed } from './unclaimed.ts';
import type { TakeFromVirtualMac } from './virtual-mac.ts';

const NONE: readonly VirtualRouterState[] = [];

const NAME_OF_TYPE: Readonly<Record<number, string>> = {
  [ROUTER_ADVERTISEMENT]: 'a Router Advertisement',
  [NEIGHBOR_SOLICITATION]: 'a Neighbor Solicitation',
  [NEIGHBOR_ADVERTISEMENT]: 'a Neighbor Advertisement',
  [NEIGHBOR_REDIRECT]: 'a Redirect',
};

/** Takes neighbor discovery: what ARP does for IPv4, and Router Advertisements. */
export function createNeighborDiscovery(
  context: Context,
  { byMac, owner, announcedBy }: Ownership,
  fromVirtualMac: TakeFromVirtualMac,
): (lan: LanState, frame: FrameCursor, sender: Sender) => void {
  const neighbor = createNeighborCursor();

  /** A Neighbor Solicitation asks, a solicited Advertisement answers; duplicate address detection wants no answer. */
  function noteNeighborExchange(lan: LanState, frame: FrameCursor, sender: Sender): void {
    const { bytes, timeNs } = context.record;
    const address = formatIpv6(bytes, neighbor.targetAddress);
    if (neighbor.type === NEIGHBOR_ADVERTISEMENT) {
      if (!neighbor.solicited) return;
      if (frame.destinationMac >= 0) noteAnswered(lan, neighbourKey(bytes, frame.destinationMac, 'ipv6'));
      for (const virtualRouter of lan.byAddress.get(address) ?? NONE) {
        takeAnswer(virtualRouter, address);
        noteAddressAnswer(context, virtualRouter, address, sender.node);
        noteGroupAnswer(virtualRouter, address, sender.node, timeNs);
      }
      return;
    }
    if (frame.sourceMac < 0 || isUnspecified(bytes, frame.sourceAddress)) return;
    const toGroup = isMulticast(bytes, frame.destinationAddress, 16);
    if (toGroup && lan.byAddress.has(address)) noteGroupQuestion(lan, address, timeNs);
    for (const virtualRouter of lan.byAddress.get(address) ?? NONE) {
      takeQuestion(context, virtualRouter, address, neighbourKey(bytes, frame.sourceMac, 'ipv6'));
      noteAddressQuestion(context, virtualRouter, address);
    }
  }

  /** A virtual router's by its MAC address, or by the address that it comes from. */
  function takeRouterAdvertisement(lan: LanState, frame: FrameCursor, sender: Sender): void {
    const { bytes } = context.record;
    const source = formatIpv6(bytes, frame.sourceAddress);
    const ofMac = frame.sourceMac < 0 ? undefined : byMac(lan, frame.sourceMac, 'ipv6');
    const virtualRouter = ofMac ?? owner(lan, source, -1, 'ipv6');
    if (virtualRouter !== undefined) noteRouterAdvertisement(context, virtualRouter, frame, neighbor, sender);
  }

  function takeNeighbor(lan: LanState, frame: FrameCursor, sender: Sender): void {
    const { bytes } = context.record;
    const { transportOffset, transportEnd, wireEnd } = frame;
    if (readNeighbor(neighbor, bytes, transportOffset, transportEnd, wireEnd) !== PROBLEM_NONE) return;
    const isAdvertisement = neighbor.type === NEIGHBOR_ADVERTISEMENT;
    const isRouterAdvertisement = neighbor.type === ROUTER_ADVERTISEMENT;
    // A lifetime of 0 says that the sender is a router no more (RFC 4861 §6.2.5): hosts drop it at once.
    const takesLeave = isRouterAdvertisement && neighbor.routerLifetime === 0;
    const what = NAME_OF_TYPE[neighbor.type] ?? 'a neighbor discovery message';
    fromVirtualMac(lan, frame, sender, takesLeave ? `${what} of lifetime 0` : what, {
      isRouterAdvertisement,
      takesLeave,
      announces: isAdvertisement && isAnnouncement(frame),
    });
    learnFromSource(lan, frame);
    if (isRouterAdvertisement) takeRouterAdvertisement(lan, frame, sender);
    else if (neighbor.type === ROUTER_SOLICITATION) noteRouterSolicitation(context, lan, frame, neighbor);
    if (isAdvertisement || neighbor.type === NEIGHBOR_SOLICITATION) noteNeighborExchange(lan, frame, sender);
    if (isAdvertisement) takeNeighborAdvertisement(lan, frame, sender);
    else if (neighbor.type === NEIGHBOR_SOLICITATION) takeNeighborSolicitation(lan, frame, sender);
  }

  /** A router's link-local address and physical MAC, from frames that do not come from a virtual one. */
  function learnFromSource(lan: LanState, frame: FrameCursor): void {
    const { bytes } = context.record;
    if (frame.sourceMac < 0 || !isLinkLocalIpv6(bytes, frame.sourceAddress, 16)) return;
    if (virtualRouterIdOfMac(bytes, frame.sourceMac, 16) >= 0) return;
    const source = formatIpv6(bytes, frame.sourceAddress);
    if (lan.byAddress.has(source)) return;
    learnNeighbour(context, lan, neighbourKey(bytes, frame.sourceMac, 'ipv6'), source);
  }

  function isAnnouncement(frame: FrameCursor): boolean {
    return !neighbor.solicited && isMulticast(context.record.bytes, frame.destinationAddress, 16);
  }

  function takeNeighborAdvertisement(lan: LanState, frame: FrameCursor, sender: Sender): void {
    const { bytes } = context.record;
    const address = formatIpv6(bytes, neighbor.targetAddress);
    const bound = neighbor.targetLinkLayer >= 0 ? neighbor.targetLinkLayer : frame.sourceMac;
    const announces = isAnnouncement(frame);
    const virtualRouter = announces ? announcedBy(lan, address, bound, 'ipv6') : owner(lan, address, bound, 'ipv6');
    if (bound < 0) return;
    const binding = {
      kind: 'neighbor-advertisement' as const,
      address,
      isAnswer: neighbor.solicited,
      announces,
      bytes,
      frame: referenceTo(context.record),
      boundMac: bound,
      ethernetSource: frame.sourceMac,
      ethernetDestination: frame.destinationMac,
    };
    if (virtualRouter === undefined) {
      if (!context.vantage.ports) keepUnclaimed(lan, binding);
      return;
    }
    if (announces) {
      takeAnnouncement(
        context,
        {
          kind: 'neighbor-advertisement',
          virtualRouter,
          address,
          ethernetSource: frame.sourceMac < 0 ? undefined : formatMac(bytes, frame.sourceMac),
          ethernetDestination: frame.destinationMac < 0 ? undefined : formatMac(bytes, frame.destinationMac),
          senderHardware: neighbor.targetLinkLayer < 0 ? undefined : formatMac(bytes, neighbor.targetLinkLayer),
          targetHardware: undefined,
          flags: { router: neighbor.router, solicited: neighbor.solicited, override: neighbor.override },
          destination: formatAddress(bytes, frame.destinationAddress, 16),
        },
        sender,
      );
    }
    takeBinding(context, { ...binding, virtualRouter }, sender);
  }

  /** A solicitation binds where it comes from a virtual address, and shows one where it asks whether it is taken. */
  function takeNeighborSolicitation(lan: LanState, frame: FrameCursor, sender: Sender): void {
    const { bytes } = context.record;
    const detectsDuplicates = neighbor.sourceLinkLayer < 0 && isUnspecified(bytes, frame.sourceAddress);
    const place = detectsDuplicates ? neighbor.targetAddress : frame.sourceAddress;
    const bound = neighbor.sourceLinkLayer >= 0 ? neighbor.sourceLinkLayer : frame.sourceMac;
    const address = formatIpv6(bytes, place);
    const virtualRouter = owner(lan, address, bound, 'ipv6');
    if (virtualRouter === undefined || bound < 0) return;
    const binding = {
      kind: 'neighbor-solicitation' as const,
      virtualRouter,
      address,
      isAnswer: false,
      announces: false,
      bytes,
      frame: referenceTo(context.record),
      boundMac: bound,
      ethernetSource: frame.sourceMac,
      ethernetDestination: frame.destinationMac,
    };
    takeBinding(context, binding, sender);
  }

  return takeNeighbor;
}

function isUnspecified(bytes: Uint8Array, offset: number): boolean {
  for (let index = 0; index < 16; index++) if (bytes[offset + index] !== 0) return false;
  return true;
}
