import type { Nanoseconds } from '../../capture/time.ts';
import { formatMac, virtualMac, virtualRouterIdOfMac } from '../../wire/mac.ts';
import { noteInBurst } from '../causes/bursts.ts';
import { noteBinding } from '../causes/hosts.ts';
import type { FrameReference } from '../result.ts';
import type { AnnouncementView, BindingView, Role } from '../rules/rule.ts';
import { noteEarly, notePremature } from './claims.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf, versionOf } from './context.ts';
import { referenceTo } from './findings.ts';
import { noteNamelessAnswer } from './nameless-answers.ts';
import { neighbourKey } from './neighbours.ts';
import { answersBefore } from './questions.ts';
import { advertisedSinceStart, roleAtTap, roleOf, routerWithAddress } from './roles.ts';
import type { OpenTenure, RouterState, VirtualRouterState } from './state.ts';
import { isAdvertising } from './state.ts';

/** Who sent a frame from a virtual MAC, where no port tells. */
export const UNKNOWN_SENDER = 'unknown';

const OWNER_PRIORITY = 255;

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
  const { kind, virtualRouter, address, ethernetSource, ethernetDestination } = announcement;
  const { senderHardware, targetHardware, flags, destination } = announcement;
  const { timeNs } = context.record;
  noteInBurst(virtualRouter.lan, timeNs);
  const tenure = announcingTenure(virtualRouter, sender, timeNs);
  if (sender.node === undefined && virtualRouter.addressSet.has(address))
    virtualRouter.announcedAt.set(address, timeNs);
  if (tenure === undefined) {
    if (sender.node === undefined || sender.isRouter) noteEarly(virtualRouter, sender.node, address, timeNs);
    return;
  }
  const { router } = tenure;
  if (virtualRouter.addressSet.has(address)) tenure.announced.add(address);
  router.announcements++;
  router.lastAnnouncementNs = timeNs;
  context.judge.announcement(
    {
      kind,
      virtualRouter,
      address,
      ethernetSource,
      ethernetDestination,
      senderHardware,
      targetHardware,
      flags,
      destination,
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
    if (!isAdvertising(tenure, timeNs)) continue;
    if (newest === undefined || tenure.firstNs > newest.firstNs) newest = tenure;
  }
  return newest;
}

/** A frame that says that a virtual address is at a link-layer address: octets of MAC addresses, -1 for none. */
export type Binding = Pick<BindingView, 'kind' | 'address' | 'isAnswer' | 'announces'> & {
  readonly virtualRouter: VirtualRouterState;
  /** Where these are, and the frame: the one that is looked at, or one that was kept. */
  readonly bytes: Uint8Array;
  readonly boundMac: number;
  readonly ethernetSource: number;
  readonly ethernetDestination: number;
  readonly frame: FrameReference;
};

/** Judges who binds a virtual address to what. */
export function takeBinding(context: Context, binding: Binding, sender: Sender): void {
  const { virtualRouter, kind, address, isAnswer, bytes, frame } = binding;
  const { node } = sender;
  const known = node === undefined ? routerBehind(virtualRouter, bytes, binding.boundMac) : undefined;
  const boundMac = formatMac(bytes, binding.boundMac);
  const version = versionOf(context, virtualRouter);
  const isNameless = node === undefined && isAnswer && isVirtual(bytes, binding.boundMac);
  const view: BindingView = {
    kind,
    virtualRouter,
    address,
    virtualMac: virtualMacText(virtualRouter),
    boundMac,
    ethernetSource: binding.ethernetSource < 0 ? undefined : formatMac(bytes, binding.ethernetSource),
    ethernetDestination: binding.ethernetDestination < 0 ? undefined : formatMac(bytes, binding.ethernetDestination),
    isAnswer,
    announces: binding.announces,
    sender: node ?? known?.name,
    node,
    role: roleOfSender(context, virtualRouter, sender, known, frame.timeNs),
    answersBefore: isNameless ? answersBefore(virtualRouter, address, askerOf(binding), frame.timeNs) : 0,
    isOwner: isOwner(context, virtualRouter, node),
    advertisedSinceStart: node === undefined ? undefined : advertisedSinceStart(context, virtualRouter, node),
    vantage: context.vantage,
    intentOf: (one: RouterState) => intentOf(context, one),
  };
  noteBinding(virtualRouter.hosts, address, boundMac, isAnswer, frame);
  if (view.announces && view.advertisedSinceStart === false) notePremature(view, frame);
  context.judge.binding(
    view,
    // A MAC address stands for its router to the end: then it is known whose each is, of early frames too.
    subjectOf(context, virtualRouter, node ?? senderName(bytes, binding.boundMac, boundMac), version),
    [frame],
  );
  if (node === undefined && known === undefined && isAnswer && !isVirtual(bytes, binding.boundMac)) {
    const key = neighbourKey(bytes, binding.boundMac, virtualRouter.family);
    const judge = (router: string) => {
      const subject = subjectOf(context, virtualRouter, router, versionOf(context, virtualRouter));
      context.judge.lateName({ ...view, sender: router, role: 'backup' }, subject, [frame]);
    };
    noteNamelessAnswer(virtualRouter, { key, frame, judge });
  }
}

/** The host that is answered, as `neighbourKey` has it. */
function askerOf({ virtualRouter, bytes, ethernetDestination }: Binding): number {
  return ethernetDestination < 0 ? -1 : neighbourKey(bytes, ethernetDestination, virtualRouter.family);
}

function roleOfSender(
  context: Context,
  virtualRouter: VirtualRouterState,
  { node, isRouter }: Sender,
  known: RouterState | undefined,
  timeNs: Nanoseconds,
): Role {
  if (node !== undefined) return isRouter ? roleOf(context, virtualRouter, node, timeNs) : 'no-router';
  return known === undefined ? 'unknown' : roleAtTap(context, virtualRouter, known, timeNs);
}

/** The router whose physical MAC address this is, where a tap has learned it. */
export function routerBehind(
  virtualRouter: VirtualRouterState,
  bytes: Uint8Array,
  mac: number,
): RouterState | undefined {
  const address = virtualRouter.lan.neighbours.get(neighbourKey(bytes, mac, virtualRouter.family));
  return address === undefined ? undefined : routerWithAddress(virtualRouter, address);
}

/** A physical MAC address, until it is known whose it is; behind a virtual one is nobody in particular. */
function senderName(bytes: Uint8Array, mac: number, text: string): string {
  return isVirtual(bytes, mac) ? UNKNOWN_SENDER : text;
}

/** Whether a MAC address is that of any virtual router. */
export function isVirtual(bytes: Uint8Array, mac: number): boolean {
  return virtualRouterIdOfMac(bytes, mac, 4) >= 0 || virtualRouterIdOfMac(bytes, mac, 16) >= 0;
}

function isOwner(context: Context, { key }: VirtualRouterState, node: string | undefined): boolean | undefined {
  const intended = context.options.intent?.virtualRouters.find(
    ({ router, lan, virtualRouterId, family }) =>
      router === node && lan === key.lan && virtualRouterId === key.virtualRouterId && family === key.family,
  );
  return intended?.priority === undefined ? undefined : intended.priority === OWNER_PRIORITY;
}
