import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import { formatIpv6 } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { formatMac } from '../../wire/mac.ts';
import type { NeighborCursor } from '../../wire/neighbor.ts';
import { PROBLEM_NONE } from '../../wire/problem.ts';
import type { FrameReference } from '../result.ts';
import type { Sender } from './bindings.ts';
import { virtualMacText } from './bindings.ts';
import type { Context } from './context.ts';
import { FRAMES_PER_FINDING, referenceTo } from './findings.ts';
import { roleOf, routerWithAddress } from './roles.ts';
import type { LanState, OpenTenure, VirtualRouterState } from './state.ts';
import { isAdvertising } from './state.ts';

/** What one router has told hosts as the Active router of a virtual router (RFC 4861 §6.2, RFC 9568 §6.4.3). */
export interface RouterAdvertising {
  /** Its name, or its address where no advertisement of VRRP tells. */
  readonly router: string;
  /** The options of the newest one that takes no leave, in hexadecimal and in an order of our own. */
  options: string | undefined;
  optionsFrame: FrameReference | undefined;
  /** Those that came when they had to, and as they had to. */
  kept: number;
  /** Since when the next one is due, and what asked for it: a host, or nothing but time. */
  tenure: OpenTenure | undefined;
  lastNs: Nanoseconds;
  askedNs: Nanoseconds | undefined;
  asked: FrameReference | undefined;
  /** Those that were due and did not come. */
  readonly missing: { count: number; readonly frames: FrameReference[] };
  /** Those that hosts take for another router's: how, first seen. */
  readonly elsewhere: Map<string, { count: number; readonly frames: FrameReference[] }>;
}

const ROUTERS = 16;
const WAYS = 8;
const OPTION_UNIT = 8;
const HOP_LIMIT = 255;
const CODE = 1;
/** A host is answered 3 s after the newest one to all of them and half a second, at the latest (RFC 4861 §6.2.6). */
const ANSWER_WITHIN_NS = 3_500 * MILLISECOND + 100 * MILLISECOND;
/** The longest MaxRtrAdvInterval of RFC 4861 §6.2.1. */
const LONGEST_INTERVAL_NS = 1_800_000 * MILLISECOND;
/** What a host may lose of the time for an answer before nothing can be said. */
const STALL_NS = 100 * MILLISECOND;

/** A host asks for routers: whoever is Active has to answer where it advertises itself, and Backups must not. */
export function noteRouterSolicitation(
  context: Context,
  lan: LanState,
  frame: FrameCursor,
  neighbor: NeighborCursor,
): void {
  const { bytes, timeNs } = context.record;
  const isAnonymous = bytes.subarray(frame.sourceAddress, frame.sourceAddress + 16).every((octet) => octet === 0);
  if (neighbor.problem !== PROBLEM_NONE || frame.hopLimit !== HOP_LIMIT) return;
  if (bytes[frame.transportOffset + CODE] !== 0 || (isAnonymous && neighbor.sourceLinkLayer >= 0)) return;
  for (const virtualRouter of lan.virtualRouters) {
    if (virtualRouter.family !== 'ipv6') continue;
    virtualRouter.backupAsked ||= isSomebodyBackup(context, virtualRouter, timeNs);
    const active = onlyActive(virtualRouter, timeNs);
    const advertising = active === undefined ? undefined : advertisingOf(virtualRouter, active.router.name);
    if (active === undefined || advertising === undefined) continue;
    follow(advertising, active);
    advertising.askedNs ??= timeNs;
    advertising.asked ??= referenceTo(context.record);
  }
}

/** What tells hosts that a virtual router is a router: from its MAC address, or from one of its addresses. */
export function noteRouterAdvertisement(
  context: Context,
  virtualRouter: VirtualRouterState,
  frame: FrameCursor,
  neighbor: NeighborCursor,
  sender: Sender,
): void {
  // With a lifetime of 0 it takes its leave.
  if (neighbor.routerLifetime === 0 || (sender.node !== undefined && !sender.isRouter)) return;
  const { bytes, timeNs } = context.record;
  const source = formatIpv6(bytes, frame.sourceAddress);
  const active = onlyActive(virtualRouter, timeNs);
  const name = sender.node ?? routerWithAddress(virtualRouter, source)?.name ?? active?.router.name ?? source;
  const advertising = advertisingOf(virtualRouter, name);
  if (advertising === undefined) return;
  const options = sortedOptions(bytes, neighbor);
  if (advertising.options !== options) {
    advertising.options = options;
    advertising.optionsFrame = referenceTo(context.record);
  }
  if (active?.router.name !== name) return;
  follow(advertising, active);
  const way = howElsewhere(context, virtualRouter, frame, neighbor, source);
  if (way !== undefined) noteElsewhere(context, advertising, way);
  else if (isLate(context, advertising, timeNs)) noteMissing(advertising, referenceTo(context.record));
  else advertising.kept += 1;
  advertising.lastNs = timeNs;
  advertising.askedNs = undefined;
  advertising.asked = undefined;
}

/** A tenure has ended: what was due in it did not come. */
export function endRouterAdvertising(context: Context, tenure: OpenTenure): void {
  const { virtualRouter, name } = tenure.router;
  const advertising = virtualRouter.routerAdvertisements.get(name);
  const isLong = tenure.lastNs - tenure.firstNs > LONGEST_INTERVAL_NS;
  const one = advertising ?? (isLong ? advertisingOf(virtualRouter, name) : undefined);
  if (one === undefined || (one.tenure !== tenure && !isLong)) return;
  follow(one, tenure);
  if (isLate(context, one, tenure.lastNs)) noteMissing(one, tenure.firstFrame);
  one.tenure = undefined;
  one.askedNs = undefined;
  one.asked = undefined;
}

function advertisingOf({ routerAdvertisements }: VirtualRouterState, name: string): RouterAdvertising | undefined {
  const known = routerAdvertisements.get(name);
  if (known !== undefined || routerAdvertisements.size >= ROUTERS) return known;
  const made: RouterAdvertising = {
    router: name,
    options: undefined,
    optionsFrame: undefined,
    kept: 0,
    tenure: undefined,
    lastNs: 0,
    askedNs: undefined,
    asked: undefined,
    missing: { count: 0, frames: [] },
    elsewhere: new Map(),
  };
  routerAdvertisements.set(name, made);
  return made;
}

/** Of two that are Active at once nobody can tell whose turn it is. */
function onlyActive({ open }: VirtualRouterState, timeNs: Nanoseconds): OpenTenure | undefined {
  const active = open.filter((tenure) => isAdvertising(tenure, timeNs));
  return active.length === 1 ? active[0] : undefined;
}

function isSomebodyBackup(context: Context, virtualRouter: VirtualRouterState, timeNs: Nanoseconds): boolean {
  if (!context.vantage.ports) return false;
  const named = context.options.intent?.virtualRouters.filter(
    ({ virtualRouterId, family, lan }) =>
      virtualRouterId === virtualRouter.virtualRouterId && family === 'ipv6' && lan === virtualRouter.key.lan,
  );
  return named?.some(({ router }) => roleOf(context, virtualRouter, router, timeNs) === 'backup') ?? false;
}

function follow(advertising: RouterAdvertising, tenure: OpenTenure): void {
  if (advertising.tenure === tenure) return;
  advertising.tenure = tenure;
  advertising.lastNs = tenure.firstNs;
  advertising.askedNs = undefined;
  advertising.asked = undefined;
}

function isLate(context: Context, { tenure, lastNs, askedNs }: RouterAdvertising, nowNs: Nanoseconds): boolean {
  const isDue = nowNs - lastNs > LONGEST_INTERVAL_NS + ANSWER_WITHIN_NS;
  const isAsked = askedNs !== undefined && nowNs - askedNs > ANSWER_WITHIN_NS;
  const sinceNs = isAsked ? askedNs : lastNs;
  if (tenure === undefined || !(isDue || isAsked)) return false;
  const { node } = tenure.router;
  const state = node === undefined ? undefined : context.nodes.get(node);
  if (context.nodes.stalledNs(sinceNs, nowNs) > STALL_NS) return false;
  return state === undefined || (!state.frozen && state.disturbedNs < sinceNs);
}

function noteMissing(advertising: RouterAdvertising, otherwise: FrameReference): void {
  const { missing, asked } = advertising;
  missing.count += 1;
  if (missing.frames.length < FRAMES_PER_FINDING) missing.frames.push(asked ?? otherwise);
}

function noteElsewhere(context: Context, { elsewhere }: RouterAdvertising, way: string): void {
  let one = elsewhere.get(way);
  if (one === undefined) {
    if (elsewhere.size >= WAYS) return;
    one = { count: 0, frames: [] };
    elsewhere.set(way, one);
  }
  one.count += 1;
  if (one.frames.length < FRAMES_PER_FINDING) one.frames.push(referenceTo(context.record));
}

/** Why a host that believes it does not have the virtual router as its router; undefined where it does. */
function howElsewhere(
  context: Context,
  virtualRouter: VirtualRouterState,
  frame: FrameCursor,
  neighbor: NeighborCursor,
  source: string,
): string | undefined {
  const { bytes } = context.record;
  const wanted = virtualMacText(virtualRouter);
  const mac = frame.sourceMac < 0 ? wanted : formatMac(bytes, frame.sourceMac);
  if (mac !== wanted) return `from the MAC address ${mac}`;
  const named = neighbor.sourceLinkLayer < 0 ? wanted : formatMac(bytes, neighbor.sourceLinkLayer);
  if (named !== wanted) return `with the source link-layer address ${named}`;
  return virtualRouter.addressSet.has(source) ? undefined : `from the address ${source}`;
}

/** The order of options says nothing (RFC 4861 §4.2). */
function sortedOptions(bytes: Uint8Array, { optionsOffset, optionsEnd }: NeighborCursor): string {
  const options: string[] = [];
  for (let offset = optionsOffset; offset < optionsEnd; ) {
    const end = offset + bytes[offset + 1]! * OPTION_UNIT;
    options.push(hexadecimal(bytes, offset, end));
    offset = end;
  }
  return options.toSorted().join(' ');
}

function hexadecimal(bytes: Uint8Array, start: number, end: number): string {
  return Array.from(bytes.subarray(start, end), (octet) => octet.toString(16).padStart(2, '0')).join('');
}
