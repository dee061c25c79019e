import { compareOctets, VRRP_GROUP_IPV4, VRRP_GROUP_IPV6 } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import {
  createGroupCursor,
  createGroupRecordCursor,
  firstGroupRecord,
  nextGroupRecord,
  RECORD_TO_EXCLUDE,
} from '../../wire/group-report.ts';
import { readIgmp } from '../../wire/igmp.ts';
import { isMldType, readMld } from '../../wire/mld.ts';
import { isNeighborType } from '../../wire/neighbor.ts';
import { PROBLEM_NONE } from '../../wire/problem.ts';
import type { Family } from '../../wire/vrrp.ts';
import { createArp } from './arp.ts';
import type { Sender } from './bindings.ts';
import type { Context } from './context.ts';
import { createNeighborDiscovery } from './neighbor-discovery.ts';
import { neighbourKey } from './neighbours.ts';
import { createOwnership } from './ownership.ts';
import { noteGroupRecord } from './solicited-node.ts';
import type { LanState } from './state.ts';
import { AN_IP_PACKET, createFromVirtualMac } from './virtual-mac.ts';
import type { VirtualRouters } from './virtual-routers.ts';

const JOINS = 1024;

/** Takes what is not VRRP but belongs to it: ARP, neighbor discovery, group reports, and frames from virtual MACs. */
export interface Control {
  arp(lan: LanState, frame: FrameCursor, sender: Sender): void;
  icmpV6(lan: LanState, frame: FrameCursor, sender: Sender): void;
  igmp(lan: LanState, frame: FrameCursor, sender: Sender): void;
  /** An IP packet of any other kind that has a virtual MAC as its source. */
  ipFromVirtualMac(lan: LanState, frame: FrameCursor, sender: Sender): void;
}

export function createControl(context: Context, virtualRouters: VirtualRouters): Control {
  const ownership = createOwnership(context, virtualRouters);
  const fromVirtualMac = createFromVirtualMac(context, ownership);
  const arp = createArp(context, ownership, fromVirtualMac);
  const takeNeighbor = createNeighborDiscovery(context, ownership, fromVirtualMac);
  const group = createGroupCursor();
  const record = createGroupRecordCursor();

  /** Notes who joins the group of VRRP: a router that starts. */
  function takeReport(lan: LanState, frame: FrameCursor, family: Family, sender: Sender): void {
    const { bytes, timeNs } = context.record;
    const wantedGroup = family === 'ipv4' ? VRRP_GROUP_IPV4 : VRRP_GROUP_IPV6;
    if (frame.sourceMac < 0) return;
    for (let more = firstGroupRecord(record, group, bytes); more; more = nextGroupRecord(record, group, bytes)) {
      if (family === 'ipv6') noteGroupRecord(context, lan, record, frame, sender);
      const isJoin = group.recordsOffset < 0 ? record.joins : record.recordType === RECORD_TO_EXCLUDE;
      if (!isJoin || compareOctets(bytes, record.groupAddress, wantedGroup, 0, wantedGroup.length) !== 0) continue;
      const key = neighbourKey(bytes, frame.sourceMac, family);
      if (lan.joins.size < JOINS || lan.joins.has(key)) lan.joins.set(key, timeNs);
    }
  }

  return {
    arp,
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
        takeReport(lan, frame, 'ipv6', sender);
    },
    igmp(lan, frame, sender) {
      const { bytes } = context.record;
      fromVirtualMac(lan, frame, sender, 'an IGMP report');
      const { transportOffset, transportEnd, wireEnd } = frame;
      if (readIgmp(group, bytes, transportOffset, transportEnd, wireEnd) === PROBLEM_NONE)
        takeReport(lan, frame, 'ipv4', sender);
    },
    ipFromVirtualMac: (lan, frame, sender) => fromVirtualMac(lan, frame, sender, AN_IP_PACKET),
  };
}
