import type { Nanoseconds } from '../../capture/time.ts';
import { SECOND } from '../../capture/time.ts';
import { compareOctets, formatAddress } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { ICMP_ECHO_REPLY, ICMP_REDIRECT, ICMPV6_ECHO_REPLY } from '../../wire/icmp.ts';
import { virtualRouterIdOfMac } from '../../wire/mac.ts';
import { NEIGHBOR_REDIRECT } from '../../wire/neighbor.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP } from '../../wire/network.ts';
import type { Family } from '../../wire/vrrp.ts';
import type { DataPlaneView } from '../rules/rule.ts';
import type { Sender } from './bindings.ts';
import { isVirtual, routerBehind } from './bindings.ts';
import { claimsToBeActive } from './claims.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf, versionOf } from './context.ts';
import { referenceTo } from './findings.ts';
import { noteNamelessAnswer } from './nameless-answers.ts';
import { neighbourKey } from './neighbours.ts';
import { roleAtTap, roleOf, routerWithAddress } from './roles.ts';
import type { LanState, RouterState, VirtualRouterState } from './state.ts';
import type { VirtualRouters } from './virtual-routers.ts';

/** Takes what routers do with the packets of hosts, where ports (or the MAC address of an answer) tell who did it. */
export interface DataPlane {
  /** A packet that arrived at a router's port. */
  arrived(lan: LanState, frame: FrameCursor, sender: Sender): void;
  /** A packet that left a router's port. Returns whether it was judged: then nothing else is said of it. */
  left(lan: LanState, frame: FrameCursor, sender: Sender): boolean;
  /** Whether an ICMP packet answers a ping to a virtual address. */
  isAnswer(lan: LanState, frame: FrameCursor): boolean;
  /** A tap saw such an answer. */
  answered(lan: LanState, frame: FrameCursor): void;
  /** An ICMP redirect, wherever it was seen. */
  redirect(lan: LanState, frame: FrameCursor, sender: Sender): void;
}

/** A packet for a virtual MAC, which may leave again. */
interface Arrival {
  readonly node: string;
  readonly virtualRouter: VirtualRouterState;
  readonly timeNs: Nanoseconds;
  readonly protocol: number;
  readonly hopLimit: number;
  readonly length: number;
  readonly identification: number;
  /** Source and destination address. */
  readonly addresses: Uint8Array;
  readonly destination: string;
}

const ARRIVALS = 64;
/** A router that forwards does so within a moment. */
const FORWARDED_WITHIN_NS = SECOND;

export function createDataPlane(context: Context, virtualRouters: VirtualRouters): DataPlane {
  const arrivals: Arrival[] = [];

  function byVirtualMac(lan: LanState, mac: number, family: Family): VirtualRouterState | undefined {
    if (mac < 0) return undefined;
    const id = virtualRouterIdOfMac(context.record.bytes, mac, family === 'ipv4' ? 4 : 16);
    return id > 0 ? virtualRouters.find(lan, id, family) : undefined;
  }

  function judge(view: Omit<DataPlaneView, 'vantage' | 'intentOf'>, seen = referenceTo(context.record)): void {
    const { virtualRouter, sender } = view;
    context.judge.dataPlane(
      { ...view, vantage: context.vantage, intentOf: (one: RouterState) => intentOf(context, one) },
      subjectOf(context, virtualRouter, sender, versionOf(context, virtualRouter)),
      [seen],
    );
  }

  /** What only a host of the address would send: an answer to a ping, or TCP. */
  function isOfHost(frame: FrameCursor): boolean {
    const { bytes } = context.record;
    const type = frame.transportOffset < frame.transportEnd ? bytes[frame.transportOffset] : -1;
    if (frame.protocol === PROTOCOL_TCP) return true;
    if (frame.protocol === PROTOCOL_ICMP) return type === ICMP_ECHO_REPLY;
    return frame.protocol === PROTOCOL_ICMPV6 && type === ICMPV6_ECHO_REPLY;
  }

  function accepted(lan: LanState, frame: FrameCursor, node: string): boolean {
    if (!isOfHost(frame)) return false;
    const address = formatAddress(context.record.bytes, frame.sourceAddress, frame.addressLength);
    const virtualRouter = lan.byAddress.get(address)?.[0];
    if (virtualRouter === undefined) return false;
    const { timeNs } = context.record;
    const role = roleOf(context, virtualRouter, node, timeNs);
    const isBackup = role === 'backup' && !claimsToBeActive(virtualRouter, node, timeNs);
    if (!isBackup && role !== 'active') return false;
    judge({ kind: 'accepted', virtualRouter, sender: node, role, address, expected: undefined });
    return isBackup;
  }

  function forwarded(frame: FrameCursor, node: string): void {
    const { bytes, timeNs } = context.record;
    const index = arrivals.findIndex((one) => one.node === node && isSamePacket(one, frame, bytes, timeNs));
    if (index < 0) return;
    const [arrival] = arrivals.splice(index, 1);
    const { virtualRouter, destination } = arrival!;
    const role = roleOf(context, virtualRouter, node, timeNs);
    if (role !== 'active' && role !== 'backup') return;
    if (role === 'backup' && claimsToBeActive(virtualRouter, node, timeNs)) return;
    judge({ kind: 'forwarded', virtualRouter, sender: node, role, address: destination, expected: undefined });
  }

  return {
    arrived(lan, frame, { node, isRouter }) {
      if (node === undefined || !isRouter || frame.addressLength === 0) return;
      const virtualRouter = byVirtualMac(lan, frame.destinationMac, frame.addressLength === 4 ? 'ipv4' : 'ipv6');
      if (virtualRouter === undefined) return;
      const { bytes, timeNs } = context.record;
      const { addressLength, sourceAddress, destinationAddress, protocol, hopLimit, identification } = frame;
      const addresses = new Uint8Array(2 * addressLength);
      addresses.set(bytes.subarray(sourceAddress, sourceAddress + addressLength));
      addresses.set(bytes.subarray(destinationAddress, destinationAddress + addressLength), addressLength);
      if (arrivals.length >= ARRIVALS) arrivals.shift();
      arrivals.push({
        node,
        virtualRouter,
        timeNs,
        protocol,
        hopLimit,
        length: frame.transportEnd - frame.transportOffset,
        identification,
        addresses,
        destination: formatAddress(bytes, destinationAddress, addressLength),
      });
    },
    left(lan, frame, { node, isRouter }) {
      if (node === undefined || !isRouter || frame.addressLength === 0) return false;
      if (arrivals.length > 0) forwarded(frame, node);
      return accepted(lan, frame, node);
    },
    isAnswer(lan, frame) {
      if (!isOfHost(frame)) return false;
      return lan.byAddress.has(formatAddress(context.record.bytes, frame.sourceAddress, frame.addressLength));
    },
    answered(lan, frame) {
      const { bytes, timeNs } = context.record;
      const address = formatAddress(bytes, frame.sourceAddress, frame.addressLength);
      const virtualRouter = lan.byAddress.get(address)?.[0];
      // Behind the virtual MAC is nobody in particular.
      if (virtualRouter === undefined || frame.sourceMac < 0 || isVirtual(bytes, frame.sourceMac)) return;
      const seen = referenceTo(context.record);
      const judgeBackup = (sender: string) =>
        judge({ kind: 'accepted', virtualRouter, sender, role: 'backup', address, expected: undefined }, seen);
      const router = routerBehind(virtualRouter, bytes, frame.sourceMac);
      if (router === undefined) {
        const key = neighbourKey(bytes, frame.sourceMac, virtualRouter.family);
        noteNamelessAnswer(virtualRouter, { key, frame: seen, judge: judgeBackup });
      } else if (roleAtTap(context, virtualRouter, router, timeNs) === 'backup') {
        judgeBackup(router.name);
      }
    },
    redirect(lan, frame, { node }) {
      const { bytes } = context.record;
      const family: Family = frame.addressLength === 4 ? 'ipv4' : 'ipv6';
      const virtualRouter = byVirtualMac(lan, frame.sourceMac, family);
      if (virtualRouter === undefined || !isRedirect(bytes, frame)) return;
      const address = formatAddress(bytes, frame.sourceAddress, frame.addressLength);
      const expected = virtualRouter.addresses.filter((one) => family === 'ipv4' || one.startsWith('fe80:'));
      const own = routerWithAddress(virtualRouter, address) ?? virtualRouter.open[0]?.router;
      judge({
        kind: 'redirect',
        virtualRouter,
        sender: node ?? own?.name ?? address,
        role: 'unknown',
        address,
        expected,
      });
    },
  };
}

function isRedirect(bytes: Uint8Array, { protocol, transportOffset, transportEnd }: FrameCursor): boolean {
  if (transportOffset >= transportEnd) return false;
  const type = bytes[transportOffset];
  return protocol === PROTOCOL_ICMP
    ? type === ICMP_REDIRECT
    : protocol === PROTOCOL_ICMPV6 && type === NEIGHBOR_REDIRECT;
}

/** The same packet, one hop on. */
function isSamePacket(arrival: Arrival, frame: FrameCursor, bytes: Uint8Array, timeNs: Nanoseconds): boolean {
  const { addressLength } = frame;
  if (arrival.hopLimit !== frame.hopLimit + 1 || arrival.protocol !== frame.protocol) return false;
  if (timeNs - arrival.timeNs > FORWARDED_WITHIN_NS || arrival.identification !== frame.identification) return false;
  if (arrival.length !== frame.transportEnd - frame.transportOffset) return false;
  if (arrival.addresses.length !== 2 * addressLength) return false;
  return (
    compareOctets(arrival.addresses, 0, bytes, frame.sourceAddress, addressLength) === 0 &&
    compareOctets(arrival.addresses, addressLength, bytes, frame.destinationAddress, addressLength) === 0
  );
}
