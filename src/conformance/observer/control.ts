import {
  compareOctets,
  formatAddress,
  formatIpv4,
  formatIpv6,
  isLinkLocalIpv6,
  isMulticast,
  VRRP_GROUP_IPV4,
  VRRP_GROUP_IPV6,
} from '../../wire/address.ts';
import { ARP_REPLY, createArpCursor, isGratuitousArp, readArp } from '../../wire/arp.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import {
  createGroupCursor,
  createGroupRecordCursor,
  firstGroupRecord,
  nextGroupRecord,
  RECORD_TO_EXCLUDE,
} from '../../wire/group-report.ts';
import { readIgmp } from '../../wire/igmp.ts';
import { formatMac, virtualRouterIdOfMac } from '../../wire/mac.ts';
import { isMldType, readMld } from '../../wire/mld.ts';
import {
  createNeighborCursor,
  isNeighborType,
  NEIGHBOR_ADVERTISEMENT,
  NEIGHBOR_SOLICITATION,
  ROUTER_ADVERTISEMENT,
  readNeighbor,
} from '../../wire/neighbor.ts';
import { PROBLEM_NONE } from '../../wire/problem.ts';
import type { Family } from '../../wire/vrrp.ts';
import type { Sender } from './bindings.ts';
import { takeAnnouncement, takeBinding, takeStray } from './bindings.ts';
import type { Context } from './context.ts';
import { referenceTo } from './findings.ts';
import { learnNeighbour, neighbourKey } from './neighbours.ts';
import { noteAnswered, takeAnswer, takeQuestion } from './questions.ts';
import type { LanState, VirtualRouterState } from './state.ts';
import { keepUnclaimed } from './unclaimed.ts';
import type { VirtualRouters } from './virtual-routers.ts';

const JOINS = 1024;
const ROUTER_ADVERTISEMENTS = 16;
const NONE: readonly VirtualRouterState[] = [];
const MAC_LENGTH = 6;

/** Takes what is not VRRP but belongs to it: ARP, neighbor discovery, group reports, and frames from virtual MACs. */
export interface Control {
  arp(lan: LanState, frame: FrameCursor, sender: Sender): void;
  icmpV6(lan: LanState, frame: FrameCursor, sender: Sender): void;
  igmp(lan: LanState, frame: FrameCursor, sender: Sender): void;
  /** A frame of any other kind that has a virtual MAC as its source. */
  fromVirtualMac(lan: LanState, frame: FrameCursor, sender: Sender, what: string): void;
}

export function createControl(context: Context, virtualRouters: VirtualRouters): Control {
  const arp = createArpCursor();
  const neighbor = createNeighborCursor();
  const group = createGroupCursor();
  const record = createGroupRecordCursor();

  function byMac(lan: LanState, mac: number, family: Family): VirtualRouterState | undefined {
    const id = virtualRouterIdOfMac(context.record.bytes, mac, family === 'ipv4' ? 4 : 16);
    return id > 0 ? virtualRouters.find(lan, id, family) : undefined;
  }

  /** Which virtual router an address belongs to: that of the virtual MAC, else the first that lists the address. */
  function owner(lan: LanState, address: string, mac: number, family: Family): VirtualRouterState | undefined {
    const listed = lan.byAddress.get(address);
    const ofMac = mac < 0 ? undefined : byMac(lan, mac, family);
    if (listed === undefined) return undefined;
    return ofMac !== undefined && listed.includes(ofMac) ? ofMac : listed[0];
  }

  /** An announcement from a virtual MAC that has yet to advertise makes its virtual router known. */
  function announcedBy(lan: LanState, address: string, mac: number, family: Family): VirtualRouterState | undefined {
    const known = owner(lan, address, mac, family);
    if (known !== undefined) return known;
    const id = mac < 0 ? -1 : virtualRouterIdOfMac(context.record.bytes, mac, family === 'ipv4' ? 4 : 16);
    if (id <= 0 || !wanted(id)) return undefined;
    if (virtualRouters.find(lan, id, family) === undefined) virtualRouters.expect(lan, id, family, []);
    return virtualRouters.find(lan, id, family);
  }

  function wanted(virtualRouterId: number): boolean {
    const { virtualRouterIds } = context.options;
    return virtualRouterIds === undefined || virtualRouterIds.has(virtualRouterId);
  }

  function takeArp(lan: LanState, frame: FrameCursor, sender: Sender): void {
    const { bytes } = context.record;
    if (readArp(arp, bytes, frame.networkOffset, frame.networkEnd, frame.wireEnd) !== PROBLEM_NONE) return;
    const address = formatIpv4(bytes, arp.senderAddress);
    fromVirtualMac(lan, frame, sender, 'an ARP packet', false, address);
    const gratuitous = isGratuitousArp(arp, bytes);
    const toGroup = frame.destinationMac < 0 || (bytes[frame.destinationMac]! & 1) === 1;
    const announces = gratuitous && toGroup;
    if (!gratuitous) noteExchange(lan, arp.operation === ARP_REPLY);
    const virtualRouter = announces
      ? announcedBy(lan, address, arp.senderMac, 'ipv4')
      : owner(lan, address, arp.senderMac, 'ipv4');
    const isReply = arp.operation === ARP_REPLY;
    const binding = {
      kind: isReply ? ('arp-reply' as const) : ('arp-request' as const),
      address,
      isAnswer: isReply && !announces,
      bytes,
      frame: referenceTo(context.record),
      boundMac: arp.senderMac,
      ethernetSource: frame.sourceMac,
      ethernetDestination: frame.destinationMac,
    };
    if (virtualRouter === undefined) {
      if (isReply && !context.vantage.ports) keepUnclaimed(lan, binding);
      if (address === '0.0.0.0' || virtualRouterIdOfMac(bytes, arp.senderMac, 4) >= 0) return;
      learnNeighbour(context, lan, neighbourKey(bytes, arp.senderMac, 'ipv4'), address);
      return;
    }
    if (announces) {
      takeAnnouncement(
        context,
        {
          kind: 'arp',
          virtualRouter,
          address,
          ethernetSource: frame.sourceMac < 0 ? undefined : formatMac(bytes, frame.sourceMac),
          ethernetDestination: frame.destinationMac < 0 ? undefined : formatMac(bytes, frame.destinationMac),
          senderHardware: formatMac(bytes, arp.senderMac),
          targetHardware: formatMac(bytes, arp.targetMac),
          flags: undefined,
          destination: undefined,
        },
        sender,
      );
    }
    takeBinding(context, { ...binding, virtualRouter }, sender);
  }

  /** Who asked whom, and who was answered. */
  function noteExchange(lan: LanState, isReply: boolean): void {
    const { bytes } = context.record;
    if (isReply) {
      noteAnswered(lan, neighbourKey(bytes, arp.targetMac, 'ipv4'));
      const address = formatIpv4(bytes, arp.senderAddress);
      for (const virtualRouter of lan.byAddress.get(address) ?? NONE) takeAnswer(virtualRouter, address);
      return;
    }
    const address = formatIpv4(bytes, arp.targetAddress);
    for (const virtualRouter of lan.byAddress.get(address) ?? NONE) {
      takeQuestion(context, virtualRouter, address, neighbourKey(bytes, arp.senderMac, 'ipv4'));
    }
  }

  /** A Neighbor Solicitation asks, a solicited Advertisement answers; duplicate address detection wants no answer. */
  function noteNeighborExchange(lan: LanState, frame: FrameCursor): void {
    const { bytes } = context.record;
    const address = formatIpv6(bytes, neighbor.targetAddress);
    if (neighbor.type === NEIGHBOR_ADVERTISEMENT) {
      if (!neighbor.solicited) return;
      if (frame.destinationMac >= 0) noteAnswered(lan, neighbourKey(bytes, frame.destinationMac, 'ipv6'));
      for (const virtualRouter of lan.byAddress.get(address) ?? NONE) takeAnswer(virtualRouter, address);
      return;
    }
    if (frame.sourceMac < 0 || isUnspecified(bytes, frame.sourceAddress)) return;
    for (const virtualRouter of lan.byAddress.get(address) ?? NONE) {
      takeQuestion(context, virtualRouter, address, neighbourKey(bytes, frame.sourceMac, 'ipv6'));
    }
  }

  /** Keeps the options of what says that the virtual router's MAC address is a router (RFC 9568 §8.2.3). */
  function noteRouterAdvertisement(lan: LanState, frame: FrameCursor): void {
    const { bytes } = context.record;
    const virtualRouter = frame.sourceMac < 0 ? undefined : byMac(lan, frame.sourceMac, 'ipv6');
    if (virtualRouter === undefined) return;
    const { routerAdvertisements } = virtualRouter;
    const source = formatIpv6(bytes, frame.sourceAddress);
    if (routerAdvertisements.size >= ROUTER_ADVERTISEMENTS && !routerAdvertisements.has(source)) return;
    const options = Array.from(bytes.subarray(neighbor.optionsOffset, neighbor.optionsEnd), (octet) =>
      octet.toString(16).padStart(2, '0'),
    ).join('');
    if (routerAdvertisements.get(source)?.options === options) return;
    routerAdvertisements.set(source, { options, frame: referenceTo(context.record) });
  }

  function takeNeighbor(lan: LanState, frame: FrameCursor, sender: Sender): void {
    const { bytes } = context.record;
    const { transportOffset, transportEnd, wireEnd } = frame;
    if (readNeighbor(neighbor, bytes, transportOffset, transportEnd, wireEnd) !== PROBLEM_NONE) return;
    const isAdvertisement = neighbor.type === NEIGHBOR_ADVERTISEMENT;
    const isRouterAdvertisement = neighbor.type === ROUTER_ADVERTISEMENT;
    const what = isRouterAdvertisement ? 'a Router Advertisement' : 'a neighbor discovery message';
    // A lifetime of 0 says that the sender is a router no more: that is how one takes its leave (RFC 4861 §6.2.5).
    fromVirtualMac(lan, frame, sender, what, isRouterAdvertisement && neighbor.routerLifetime > 0);
    learnFromSource(lan, frame);
    if (isRouterAdvertisement && neighbor.routerLifetime > 0) noteRouterAdvertisement(lan, frame);
    if (isAdvertisement || neighbor.type === NEIGHBOR_SOLICITATION) noteNeighborExchange(lan, frame);
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

  function takeNeighborAdvertisement(lan: LanState, frame: FrameCursor, sender: Sender): void {
    const { bytes } = context.record;
    const address = formatIpv6(bytes, neighbor.targetAddress);
    const bound = neighbor.targetLinkLayer >= 0 ? neighbor.targetLinkLayer : frame.sourceMac;
    const announces = !neighbor.solicited && isMulticast(bytes, frame.destinationAddress, 16);
    const virtualRouter = announces ? announcedBy(lan, address, bound, 'ipv6') : owner(lan, address, bound, 'ipv6');
    if (bound < 0) return;
    const binding = {
      kind: 'neighbor-advertisement' as const,
      address,
      isAnswer: neighbor.solicited,
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
      bytes,
      frame: referenceTo(context.record),
      boundMac: bound,
      ethernetSource: frame.sourceMac,
      ethernetDestination: frame.destinationMac,
    };
    takeBinding(context, binding, sender);
  }

  /** Notes who joins the group of VRRP: a router that starts. */
  function takeReport(lan: LanState, frame: FrameCursor, family: Family): void {
    const { bytes, timeNs } = context.record;
    const wantedGroup = family === 'ipv4' ? VRRP_GROUP_IPV4 : VRRP_GROUP_IPV6;
    if (frame.sourceMac < 0) return;
    for (let more = firstGroupRecord(record, group, bytes); more; more = nextGroupRecord(record, group, bytes)) {
      const isJoin = group.recordsOffset < 0 ? record.joins : record.recordType === RECORD_TO_EXCLUDE;
      if (!isJoin || compareOctets(bytes, record.groupAddress, wantedGroup, 0, wantedGroup.length) !== 0) continue;
      const key = neighbourKey(bytes, frame.sourceMac, family);
      if (lan.joins.size < JOINS || lan.joins.has(key)) lan.joins.set(key, timeNs);
    }
  }

  function fromVirtualMac(
    lan: LanState,
    frame: FrameCursor,
    sender: Sender,
    what: string,
    isRouterAdvertisement = false,
    source?: string,
  ): void {
    if (frame.sourceMac < 0) return;
    const family: Family = context.record.bytes[frame.sourceMac + MAC_LENGTH - 2] === 1 ? 'ipv4' : 'ipv6';
    const virtualRouter = byMac(lan, frame.sourceMac, family);
    if (virtualRouter === undefined) return;
    takeStray(context, virtualRouter, sender, what, isRouterAdvertisement, source ?? sourceOf(frame));
  }

  function sourceOf(frame: FrameCursor): string | undefined {
    if (context.vantage.ports || frame.ipVersion === 0) return undefined;
    return formatAddress(context.record.bytes, frame.sourceAddress, frame.addressLength);
  }

  return {
    arp: takeArp,
    icmpV6(lan, frame, sender) {
      const { bytes } = context.record;
      const { transportOffset, transportEnd, wireEnd } = frame;
      const type = transportOffset < transportEnd ? bytes[transportOffset]! : -1;
      if (isNeighborType(type)) {
        takeNeighbor(lan, frame, sender);
        return;
      }
      if (!isMldType(type)) {
        fromVirtualMac(lan, frame, sender, 'an ICMPv6 packet');
        return;
      }
      fromVirtualMac(lan, frame, sender, 'an MLD report');
      if (readMld(group, bytes, transportOffset, transportEnd, wireEnd) === PROBLEM_NONE)
        takeReport(lan, frame, 'ipv6');
    },
    igmp(lan, frame, sender) {
      const { bytes } = context.record;
      fromVirtualMac(lan, frame, sender, 'an IGMP report');
      const { transportOffset, transportEnd, wireEnd } = frame;
      if (readIgmp(group, bytes, transportOffset, transportEnd, wireEnd) === PROBLEM_NONE)
        takeReport(lan, frame, 'ipv4');
    },
    fromVirtualMac,
  };
}

function isUnspecified(bytes: Uint8Array, offset: number): boolean {
  for (let index = 0; index < 16; index++) if (bytes[offset + index] !== 0) return false;
  return true;
}
