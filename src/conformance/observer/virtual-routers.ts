import type { Family } from '../../wire/vrrp.ts';
import { createHostsView } from '../causes/hosts.ts';
import type { ActiveOverlap, Tenure } from '../result.ts';
import type { Sender } from './bindings.ts';
import { takeBinding } from './bindings.ts';
import type { Context } from './context.ts';
import type { Message } from './message.ts';
import type { LanState, RouterState, VirtualRouterState } from './state.ts';
import { NEVER } from './state.ts';
import { createIntervalRecorder } from './statistics.ts';
import { createTimeline } from './timeline.ts';
import { claim } from './unclaimed.ts';

/** Unrelated groups that may share a VRID on one untagged LAN. */
const GROUPS_PER_VRID = 64;
/** Routers and peers by which pairs of unicast routers are told apart. */
const ENDPOINTS = 128;
/** Distinct virtual addresses that one virtual router is remembered with: a v3 message holds 255. */
const ADDRESSES_PER_VIRTUAL_ROUTER = 1024;
const ROUTERS_PER_VIRTUAL_ROUTER = 64;
const OVERLAPS = 64;
const OWNER_PRIORITY = 255;
const NOBODY_KNOWN: Sender = { node: undefined, isRouter: false };

/** Every virtual router that was seen, and how a new message finds its own. */
export interface VirtualRouters {
  readonly all: readonly VirtualRouterState[];
  readonly limits: ReadonlySet<string>;
  /** The virtual router and the router that a message belongs to; undefined where a limit is reached. */
  assign(lan: LanState, message: Message, source: Uint8Array, node: string | undefined): RouterState | undefined;
  /** A virtual router that was announced to be there before its first frame. */
  expect(lan: LanState, virtualRouterId: number, family: Family, addresses: readonly string[]): void;
  find(lan: LanState, virtualRouterId: number, family: Family): VirtualRouterState | undefined;
  /** Those of the same VRID on other LANs. */
  elsewhere(lan: LanState, virtualRouterId: number, family: Family): readonly VirtualRouterState[];
}

const NONE: readonly VirtualRouterState[] = [];

function keyOf(virtualRouterId: number, family: Family, lan?: LanState): number {
  return ((lan?.index ?? 0) << 9) | (virtualRouterId << 1) | (family === 'ipv4' ? 0 : 1);
}

function addTo(index: Map<number, VirtualRouterState[]>, key: number, virtualRouter: VirtualRouterState): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, [virtualRouter]);
  else known.push(virtualRouter);
}

/** `192.0.2` for an IPv4 address, the /64 of a global IPv6 one, nothing for a link-local one. */
function prefixOf(address: string, family: Family): string | undefined {
  if (family === 'ipv4') return address.slice(0, address.lastIndexOf('.'));
  if (/^fe[89ab]/.test(address)) return undefined;
  const groups = address.split('::')[0]!.split(':');
  return groups.slice(0, 4).join(':');
}

export function createVirtualRouters(context: Context): VirtualRouters {
  const all: VirtualRouterState[] = [];
  const limits = new Set<string>();
  /** Those of one LAN, VRID and family, and those of one VRID and family wherever they are. */
  const groups = new Map<number, VirtualRouterState[]>();
  const namesakes = new Map<number, VirtualRouterState[]>();

  function create(
    lan: LanState,
    virtualRouterId: number,
    family: Family,
    group: string,
  ): VirtualRouterState | undefined {
    if (all.length >= context.limits.virtualRouters) {
      limits.add(`more than ${context.limits.virtualRouters} virtual routers: the others were not looked at`);
      return undefined;
    }
    const virtualRouter: VirtualRouterState = {
      lastSpeaker: undefined,
      open: [],
      key: { lan: group === '' ? lan.name : `${lan.name} (${group})`, virtualRouterId, family },
      lan,
      virtualRouterId,
      family,
      routers: [],
      versions: [],
      addresses: [],
      addressSet: new Set(),
      endpoints: new Set(),
      prefixes: new Set(),
      timeline: createTimeline<Tenure>(context.limits.tenures),
      lastTenure: undefined,
      disbelieved: [],
      hearing: new Map(),
      announcedAt: new Map(),
      early: new Map(),
      strays: [],
      premature: [],
      namelessAnswers: [],
      namelessStrays: new Map(),
      questions: [],
      routerAdvertisements: new Map(),
      backupAsked: false,
      firstAnswers: new Map(),
      promptAnswers: 0,
      lateAnswers: [],
      hosts: createHostsView(),
      overlaps: createTimeline<ActiveOverlap>(OVERLAPS),
    };
    all.push(virtualRouter);
    lan.virtualRouters.push(virtualRouter);
    addTo(groups, keyOf(virtualRouterId, family, lan), virtualRouter);
    addTo(namesakes, keyOf(virtualRouterId, family), virtualRouter);
    return virtualRouter;
  }

  function candidates(lan: LanState, virtualRouterId: number, family: Family): readonly VirtualRouterState[] {
    return groups.get(keyOf(virtualRouterId, family, lan)) ?? NONE;
  }

  /** Same VRID, disjoint address lists and subnets: another tenant's group, not a mismatch. */
  function groupFor(lan: LanState, message: Message): VirtualRouterState | undefined {
    const known = candidates(lan, message.virtualRouterId, message.family);
    if (known.length === 0) return create(lan, message.virtualRouterId, message.family, '');
    if (known.length === 1 && context.vantage.ports) return known[0];
    const connected = known.find(
      ({ endpoints }) => endpoints.has(message.source) || (message.unicast && endpoints.has(message.destination)),
    );
    const listed = known.find(({ addressSet }) => message.addresses.some((address) => addressSet.has(address)));
    const found = connected ?? listed ?? nearBy(known, message);
    if (found !== undefined) return found;
    if (known.length >= GROUPS_PER_VRID) {
      limits.add(`more than ${GROUPS_PER_VRID} groups of one VRID on one LAN: the others were not looked at`);
      return undefined;
    }
    return create(lan, message.virtualRouterId, message.family, message.addresses[0] ?? message.source);
  }

  /** One that shares a subnet; single peers of other pairs are none of theirs, wherever they are. */
  function nearBy(known: readonly VirtualRouterState[], message: Message): VirtualRouterState | undefined {
    const prefixes = prefixesOf(message);
    const blank = known.find((one) => one.addresses.length === 0 && one.routers.length === 0);
    if (message.unicast) return blank;
    if (prefixes.size === 0) return known[0];
    return known.find(
      (one) =>
        one === blank ||
        (one.endpoints.size === 0 &&
          (one.prefixes.size === 0 || [...prefixes].some((prefix) => one.prefixes.has(prefix)))),
    );
  }

  function learnEndpoints({ endpoints }: VirtualRouterState, { source, destination }: Message): void {
    if (endpoints.size >= ENDPOINTS) return;
    endpoints.add(source).add(destination);
  }

  function prefixesOf(message: Message): Set<string> {
    const prefixes = new Set<string>();
    for (const address of [message.source, ...message.addresses]) {
      const prefix = prefixOf(address, message.family);
      if (prefix !== undefined) prefixes.add(prefix);
    }
    return prefixes;
  }

  function learnAddresses(virtualRouter: VirtualRouterState, addresses: readonly string[]): void {
    const { lan, addressSet } = virtualRouter;
    for (const address of addresses) {
      if (addressSet.has(address) || addressSet.size >= ADDRESSES_PER_VIRTUAL_ROUTER) continue;
      addressSet.add(address);
      virtualRouter.addresses.push(address);
      const owners = lan.byAddress.get(address) ?? [];
      owners.push(virtualRouter);
      lan.byAddress.set(address, owners);
      for (const answer of claim(lan, address, context.record.timeNs)) {
        takeBinding(context, { ...answer, virtualRouter }, NOBODY_KNOWN);
      }
    }
  }

  /** A source that is one of the virtual addresses is no identity, unless the sender owns it. */
  function nameOf(virtualRouter: VirtualRouterState, message: Message, node: string | undefined): string {
    if (node !== undefined) return node;
    const shared = message.priority !== OWNER_PRIORITY && message.addresses.includes(message.source);
    if (!shared) return message.source;
    if (message.priority > 0) return `${message.source} (priority ${message.priority})`;
    const active = virtualRouter.open.find(({ router }) => router.sourceAddress === message.source);
    return active?.router.name ?? message.source;
  }

  function createRouter(
    virtualRouter: VirtualRouterState,
    name: string,
    message: Message,
    source: Uint8Array,
    node: string | undefined,
  ): RouterState | undefined {
    if (virtualRouter.routers.length >= ROUTERS_PER_VIRTUAL_ROUTER) {
      limits.add(
        `more than ${ROUTERS_PER_VIRTUAL_ROUTER} routers in one virtual router: the others were not looked at`,
      );
      return undefined;
    }
    // What every advertisement needs comes first: it is then in the same lines of the processor's cache.
    const router: RouterState = {
      virtualRouter,
      tenure: undefined,
      recorder: createIntervalRecorder(),
      gapsToSkip: 0,
      shutdown: undefined,
      advertisements: 0,
      lastNs: NEVER,
      lastPriority: -1,
      previousNs: NEVER,
      previousPriority: -1,
      name,
      node,
      sourceAddress: message.source,
      sourceOctets: source.slice(),
      priorities: [],
      intervalNs: message.intervalNs,
      lastZeroNs: NEVER,
      version: message.version === 2 ? 2 : 3,
      versions: [],
      unicast: message.unicast,
      peers: new Set(),
      toPeers: undefined,
      toPeersNs: NEVER,
      zeroVersion: message.version,
      oddVersions: undefined,
      zeroCount: 0,
      addresses: message.addresses,
      checksumConvention: message.checksumConvention,
      announcements: 0,
      lastAnnouncementNs: NEVER,
      newest: undefined,
      unbelieved: { count: 0, frames: [] },
      starved: undefined,
      seenAt: new Map(),
      formerTenure: undefined,
      gapFrames: [],
      isWatchedClosely: false,
      shortTakeovers: [],
      crossedNumbers: { count: 0, frames: [] },
    };
    virtualRouter.routers.push(router);
    return router;
  }

  return {
    all,
    limits,
    assign(lan, message, source, node) {
      const virtualRouter = groupFor(lan, message);
      if (virtualRouter === undefined) return undefined;
      const name = nameOf(virtualRouter, message, node);
      const router =
        virtualRouter.routers.find((one) => one.name === name) ??
        createRouter(virtualRouter, name, message, source, node);
      if (router === undefined || !message.believable) return router;
      const version = message.version === 2 ? 2 : 3;
      if (!virtualRouter.versions.includes(version)) virtualRouter.versions.push(version);
      learnAddresses(virtualRouter, message.addresses);
      if (message.unicast) learnEndpoints(virtualRouter, message);
      for (const prefix of prefixesOf(message))
        if (virtualRouter.prefixes.size < 64) virtualRouter.prefixes.add(prefix);
      return router;
    },
    expect(lan, virtualRouterId, family, addresses) {
      const virtualRouter = candidates(lan, virtualRouterId, family)[0] ?? create(lan, virtualRouterId, family, '');
      if (virtualRouter !== undefined) learnAddresses(virtualRouter, addresses);
    },
    find: (lan, virtualRouterId, family) => candidates(lan, virtualRouterId, family)[0],
    elsewhere: (lan, virtualRouterId, family) =>
      (namesakes.get(keyOf(virtualRouterId, family)) ?? NONE).filter((one) => one.lan !== lan),
  };
}
