import { DIRECTION_OUT } from '../../capture/frame.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import { formatMac, virtualMac, virtualRouterIdOfMac } from '../../wire/mac.ts';
import type { AnnouncementView, BindingView, Role } from '../rules/rule.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import { referenceTo } from './findings.ts';
import { advertisedSinceStart, roleOf } from './roles.ts';
import type { OpenTenure, RouterState, VirtualRouterState } from './state.ts';

/** Up to so many intervals since its newest advertisement an announcement is taken for the Active router's. */
const ALIVE_INTERVALS = 1.5;
const ALIVE_SLACK_NS = 20_000_000;
const STRAYS = 64;
/** Who sent a frame from a virtual MAC, where no port tells. */
export const UNKNOWN_SENDER = 'unknown';
/** As many as a message can list. */
const EARLY_ADDRESSES = 255;
/** A router may send from its virtual MAC this long before its first advertisement; order has a rule of its own. */
const STRAY_PATIENCE_NS = 2_000_000;

/** Whose frame it is: the node whose port it left, where ports are known. */
export interface Sender {
  readonly node: string | undefined;
  readonly isRouter: boolean;
}

/** An announcement of a virtual address, without whom it is of. */
export type Announcement = Omit<AnnouncementView, 'router' | 'vantage' | 'intentOf' | 'virtualMac'>;

export function virtualMacText(virtualRouter: VirtualRouterState): string {
  return formatMac(virtualMac(virtualRouter.family, virtualRouter.virtualRouterId));
}

/** Takes a gratuitous ARP or unsolicited Neighbor Advertisement for a virtual address. */
export function takeAnnouncement(context: Context, announcement: Announcement, sender: Sender): void {
  const { virtualRouter, address } = announcement;
  const { timeNs } = context.record;
  const tenure = announcingTenure(virtualRouter, sender, timeNs);
  if (sender.node === undefined && virtualRouter.addressSet.has(address))
    virtualRouter.announcedAt.set(address, timeNs);
  if (tenure === undefined) {
    if (sender.node === undefined || sender.isRouter) noteEarly(context, virtualRouter, sender, address, timeNs);
    return;
  }
  const { router } = tenure;
  if (virtualRouter.addressSet.has(address)) tenure.announced.add(address);
  router.announcements++;
  router.lastAnnouncementNs = timeNs;
  context.judge.announcement(
    {
      ...announcement,
      router,
      virtualMac: virtualMacText(virtualRouter),
      vantage: context.vantage,
      intentOf: (one: RouterState) => intentOf(context, one),
    },
    subjectOf(context, virtualRouter, router.name, tenure.version),
    [referenceTo(context.record)],
  );
}

/** With ports the node's own tenure; without, that of the router that became Active last and is alive. */
function announcingTenure(
  virtualRouter: VirtualRouterState,
  sender: Sender,
  timeNs: Nanoseconds,
): OpenTenure | undefined {
  if (sender.node !== undefined) return virtualRouter.routers.find(({ node }) => node === sender.node)?.tenure;
  let newest: OpenTenure | undefined;
  for (const tenure of virtualRouter.open) {
    if (timeNs - tenure.lastNs > ALIVE_INTERVALS * tenure.intervalNs + ALIVE_SLACK_NS) continue;
    if (newest === undefined || tenure.firstNs > newest.firstNs) newest = tenure;
  }
  return newest;
}

function noteEarly(
  context: Context,
  virtualRouter: VirtualRouterState,
  sender: Sender,
  address: string,
  timeNs: Nanoseconds,
): void {
  const key = sender.node ?? '';
  let early = virtualRouter.early.get(key);
  if (early === undefined) {
    if (virtualRouter.early.size >= 64) return;
    early = { firstNs: timeNs, firstFrame: referenceTo(context.record), addresses: new Set() };
    virtualRouter.early.set(key, early);
  }
  if (early.addresses.size < EARLY_ADDRESSES) early.addresses.add(address);
}

/** A frame that says that a virtual address is at a link-layer address. */
export type Binding = Pick<BindingView, 'kind' | 'address' | 'isAnswer'> & {
  readonly virtualRouter: VirtualRouterState;
  /** Where the bound MAC address is in the frame, and the frame's own. */
  readonly boundMac: number;
  readonly ethernetSource: number;
  readonly ethernetDestination: number;
};

/** Judges who binds a virtual address to what. */
export function takeBinding(context: Context, binding: Binding, sender: Sender): void {
  const { virtualRouter, kind, address, isAnswer } = binding;
  const { bytes, timeNs } = context.record;
  const { node } = sender;
  const boundMac = formatMac(bytes, binding.boundMac);
  const role: Role =
    node === undefined ? 'unknown' : sender.isRouter ? roleOf(context, virtualRouter, node, timeNs) : 'no-router';
  const version = virtualRouter.versions[0] ?? 3;
  context.judge.binding(
    {
      kind,
      virtualRouter,
      address,
      virtualMac: virtualMacText(virtualRouter),
      boundMac,
      ethernetSource: binding.ethernetSource < 0 ? undefined : formatMac(bytes, binding.ethernetSource),
      ethernetDestination: binding.ethernetDestination < 0 ? undefined : formatMac(bytes, binding.ethernetDestination),
      isAnswer,
      node,
      role,
      advertisedSinceStart: node === undefined ? undefined : advertisedSinceStart(context, virtualRouter, node),
      vantage: context.vantage,
      intentOf: (one: RouterState) => intentOf(context, one),
    },
    subjectOf(context, virtualRouter, node ?? senderName(bytes, binding.boundMac, boundMac), version),
    [referenceTo(context.record)],
  );
}

/** A physical MAC address, until it is known whose it is; behind a virtual one is nobody in particular. */
function senderName(bytes: Uint8Array, mac: number, text: string): string {
  const isVirtual = virtualRouterIdOfMac(bytes, mac, 4) >= 0 || virtualRouterIdOfMac(bytes, mac, 16) >= 0;
  return isVirtual ? UNKNOWN_SENDER : text;
}

/** With ports: notes a frame from the virtual MAC that left a node which is not Active. */
export function takeStray(
  context: Context,
  virtualRouter: VirtualRouterState,
  sender: Sender,
  what: string,
  isRouterAdvertisement: boolean,
): void {
  const { node } = sender;
  const { timeNs, direction } = context.record;
  flushStrays(context, virtualRouter, timeNs);
  if (node === undefined || direction !== DIRECTION_OUT || !sender.isRouter) return;
  const role = roleOf(context, virtualRouter, node, timeNs);
  if (role === 'active' || role === 'unknown' || virtualRouter.strays.length >= STRAYS) return;
  virtualRouter.strays.push({ node, role, frame: referenceTo(context.record), what, isRouterAdvertisement });
}

/** Judges strays whose sender had time to become Active and did not. */
export function flushStrays(context: Context, virtualRouter: VirtualRouterState, nowNs: Nanoseconds): void {
  const { strays } = virtualRouter;
  while (strays.length > 0 && nowNs - strays[0]!.frame.timeNs > STRAY_PATIENCE_NS) {
    const { node, role, frame, what, isRouterAdvertisement } = strays.shift()!;
    const router = virtualRouter.routers.find((one) => one.node === node);
    const sentSoonAfter = router?.tenure !== undefined && router.tenure.firstNs - frame.timeNs <= STRAY_PATIENCE_NS;
    if (sentSoonAfter) continue;
    context.judge.stray(
      {
        virtualRouter,
        node,
        role,
        what,
        isRouterAdvertisement,
        vantage: context.vantage,
        intentOf: (one: RouterState) => intentOf(context, one),
      },
      subjectOf(context, virtualRouter, node, virtualRouter.versions[0] ?? 3),
      [frame],
    );
  }
}
