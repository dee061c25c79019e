import { DIRECTION_OUT } from '../../capture/frame.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import type { FrameReference } from '../result.ts';
import type { BindingView, Role } from '../rules/rule.ts';
import type { Base } from './base.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf, versionOf } from './context.ts';
import { disbelievedBy } from './disbelieved.ts';
import { referenceTo } from './findings.ts';
import { AFTERMATH_NS, HOLD_UP_TOLD_NS } from './nodes.ts';
import { hasGivenWay } from './overlap.ts';
import { lastActedNs, roleAtTap, roleOf, routerWithAddress } from './roles.ts';
import type { EarlyAnnouncement, OpenTenure, RouterState, VirtualRouterState } from './state.ts';
import { ALIVE_INTERVALS, ALIVE_SLACK_NS, NEVER } from './state.ts';

/** What a router says before it advertises: it has become Active and is late with that, or it should have kept silent. */

const STRAYS = 64;
const PREMATURE = 256;
const NODES_EARLY = 64;
/** As many as a message can list, twice. */
const EARLY_ANNOUNCEMENTS = 512;
/** A router may send from its virtual MAC this long before its first advertisement; order has a rule of its own. */
const STRAY_PATIENCE_NS = 2_000_000;
/** Nobody has said an interval yet. */
const DEFAULT_INTERVAL_NS = 1_000_000_000;

/** How long before the first advertisement an announcement counts as the takeover itself: FRR waits a whole interval. */
export function takeoverPatienceNs(virtualRouter: VirtualRouterState): number {
  const longestNs = Math.max(0, ...virtualRouter.routers.map(({ intervalNs }) => intervalNs));
  return ALIVE_INTERVALS * (longestNs === 0 ? DEFAULT_INTERVAL_NS : longestNs) + ALIVE_SLACK_NS;
}

/** Notes an announcement by a node (undefined: whoever it is) that is not Active. */
export function noteEarly(
  virtualRouter: VirtualRouterState,
  node: string | undefined,
  address: string,
  timeNs: Nanoseconds,
): void {
  const key = node ?? '';
  let early = virtualRouter.early.get(key);
  if (early === undefined) {
    if (virtualRouter.early.size >= NODES_EARLY) return;
    early = [];
    virtualRouter.early.set(key, early);
  }
  if (early.length >= EARLY_ANNOUNCEMENTS) early.shift();
  early.push({ timeNs, address });
}

/** The announcements that belong to a takeover: since its down timer was last restarted, and shortly before it. */
export function takeEarly(context: Context, tenure: OpenTenure, base: Base | undefined): readonly EarlyAnnouncement[] {
  const { virtualRouter, node } = tenure.router;
  const key = context.vantage.ports ? (node ?? '') : '';
  const announcements = virtualRouter.early.get(key) ?? [];
  virtualRouter.early.delete(key);
  const sinceNs = Math.max(base?.timeNs ?? NEVER, tenure.firstNs - takeoverPatienceNs(virtualRouter));
  const own = announcements.filter(({ timeNs }) => timeNs > sinceNs && !mayBeOfDisbelieved(context, tenure, timeNs));
  if (own.length > 0) forgive(virtualRouter, tenure.router.name, own[0]!.timeNs, tenure.firstNs);
  return own;
}

/** At a tap: another router advertises at that time in a way that nobody may believe. It takes itself for Active, and announces. */
function mayBeOfDisbelieved(context: Context, { router }: OpenTenure, timeNs: Nanoseconds): boolean {
  if (context.vantage.ports) return false;
  return disbelievedBy(router).some(
    ({ sinceNs, lastNs, intervalNs }) =>
      timeNs >= sinceNs - intervalNs && timeNs <= lastNs + ALIVE_INTERVALS * intervalNs + ALIVE_SLACK_NS,
  );
}

/** What a router sent between its announcement and its advertisement is that of a router that had become Active. */
function forgive(virtualRouter: VirtualRouterState, name: string, fromNs: Nanoseconds, toNs: Nanoseconds): void {
  const isOther = (router: string, timeNs: Nanoseconds) => router !== name || timeNs < fromNs || timeNs > toNs;
  keep(virtualRouter.strays, ({ router, frame }) => isOther(router, frame.timeNs));
  keep(virtualRouter.premature, ({ node, frame }) => isOther(node, frame.timeNs));
}

function keep<Item>(items: Item[], wanted: (item: Item) => boolean): void {
  items.splice(0, items.length, ...items.filter(wanted));
}

/** Whether a node has announced an address lately and heard nobody since: it takes itself for Active. */
export function claimsToBeActive(virtualRouter: VirtualRouterState, node: string, timeNs: Nanoseconds): boolean {
  const announcedNs = virtualRouter.early.get(node)?.at(-1)?.timeNs ?? NEVER;
  if (timeNs - announcedNs > takeoverPatienceNs(virtualRouter)) return false;
  const heard = virtualRouter.hearing.get(node) ?? [];
  return heard.every(({ lastNs }) => lastNs < announcedNs || timeNs - lastNs < AFTERMATH_NS);
}

/** What a stray frame was. */
export interface StrayFrame {
  /** `an IGMP report`. */
  readonly what: string;
  readonly isRouterAdvertisement: boolean;
  /** A Router Advertisement of lifetime 0: nobody has a reason to send one but that its time as Active is over. */
  readonly takesLeave: boolean;
  readonly announces: boolean;
  /** The address that it comes from, where no port tells. */
  readonly source: string | undefined;
}

/**
 * Notes a frame from the virtual MAC of a router that is not Active. With ports that is the node which it left; at a tap
 * the router whose primary address the frame comes from, where `source` tells.
 */
export function takeStray(
  context: Context,
  virtualRouter: VirtualRouterState,
  sender: { readonly node: string | undefined; readonly isRouter: boolean },
  stray: StrayFrame,
): void {
  const { timeNs, direction } = context.record;
  const { what, isRouterAdvertisement, announces, source } = stray;
  flushClaims(context, virtualRouter, timeNs);
  let name = sender.node;
  let role: Role;
  if (name !== undefined) {
    if (direction !== DIRECTION_OUT || !sender.isRouter) return;
    role = roleOf(context, virtualRouter, name, timeNs);
    if (stray.takesLeave && role === 'unknown' && hasJustYielded(context, virtualRouter, name)) role = 'backup';
    if (role === 'backup' && claimsToBeActive(virtualRouter, name, timeNs)) return;
  } else {
    const router = source === undefined ? undefined : routerWithAddress(virtualRouter, source);
    if (router === undefined) return;
    name = router.name;
    role = roleAtTap(context, virtualRouter, router, timeNs);
  }
  if (role === 'active' || role === 'unknown' || virtualRouter.strays.length >= STRAYS) return;
  const frame = referenceTo(context.record);
  const underWaySinceNs = stray.takesLeave ? NEVER : lastActedNs(context, virtualRouter, name);
  virtualRouter.strays.push({ router: name, role, frame, what, isRouterAdvertisement, announces, underWaySinceNs });
}

/** Heard its better, and has not advertised since: what is under way from before is all that makes its role unknown. */
function hasJustYielded(context: Context, { routers }: VirtualRouterState, name: string): boolean {
  const tenure = routers.find(({ node }) => node === name)?.tenure;
  return tenure !== undefined && hasGivenWay(context, tenure);
}

/** Notes an announcement before its node's first advertisement since it was started. */
export function notePremature(view: BindingView, frame: FrameReference): void {
  const { virtualRouter, node } = view;
  if (node === undefined || virtualRouter.premature.length >= PREMATURE) return;
  // One frame, one finding.
  keep(virtualRouter.strays, (stray) => stray.frame.number !== frame.number);
  virtualRouter.premature.push({ node, view, frame });
}

/** Judges what was sent so long ago that its sender had time to advertise as well, and did not. */
export function flushClaims(context: Context, virtualRouter: VirtualRouterState, nowNs: Nanoseconds): void {
  const { strays, premature } = virtualRouter;
  if (strays.length === 0 && premature.length === 0) return;
  const takeoverNs = takeoverPatienceNs(virtualRouter);
  keep(strays, (stray) => {
    // Until a first event has come, nobody is known to run.
    const isTold = context.nodes.known || !context.vantage.ports || nowNs === Number.POSITIVE_INFINITY;
    const patienceNs = stray.announces ? takeoverNs : STRAY_PATIENCE_NS;
    const { timeNs } = stray.frame;
    if (!isTold || nowNs - timeNs <= patienceNs) return true;
    if (becameActive(virtualRouter, stray.router, timeNs)) return false;
    if (timeNs - stray.underWaySinceNs <= HOLD_UP_TOLD_NS && nowNs - timeNs <= HOLD_UP_TOLD_NS) return true;
    if (!context.nodes.isUnderWay(stray.underWaySinceNs, timeNs)) judgeStray(context, virtualRouter, stray);
    return false;
  });
  keep(premature, ({ node, view, frame }) => {
    if (nowNs - frame.timeNs <= takeoverNs) return true;
    const subject = subjectOf(context, virtualRouter, node, versionOf(context, virtualRouter));
    context.judge.premature(view, subject, [frame]);
    return false;
  });
}

function becameActive(virtualRouter: VirtualRouterState, name: string, timeNs: Nanoseconds): boolean {
  const tenure = virtualRouter.routers.find((one) => one.name === name)?.tenure;
  return tenure !== undefined && tenure.firstNs >= timeNs && tenure.firstNs - timeNs <= STRAY_PATIENCE_NS;
}

/** Judges a frame from the virtual MAC as that of a router that is not Active. */
export function judgeStray(
  context: Context,
  virtualRouter: VirtualRouterState,
  stray: VirtualRouterState['strays'][0],
): void {
  const { router, role, frame, what, isRouterAdvertisement } = stray;
  context.judge.stray(
    {
      virtualRouter,
      router,
      role,
      wasStarted: wasStarted(context, router, frame.timeNs),
      what,
      isRouterAdvertisement,
      vantage: context.vantage,
      intentOf: (one: RouterState) => intentOf(context, one),
    },
    subjectOf(context, virtualRouter, router, versionOf(context, virtualRouter)),
    [frame],
  );
}

/** Whether a router had been started by then; true where no event tells. */
function wasStarted(context: Context, name: string, timeNs: Nanoseconds): boolean {
  const state = context.nodes.get(name);
  if (!context.nodes.known || !context.vantage.ports) return true;
  return state !== undefined && state.firstStartedNs <= timeNs;
}
