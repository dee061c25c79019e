import type { VirtualRouterIntent } from '../capture/intent.ts';
import { MILLISECOND } from '../capture/time.ts';
import { nodeAddresses, physicalMac, primaryAddress, virtualAddresses, virtualMac } from '../scenario/addresses.ts';
import { craftFrame } from '../scenario/craft.ts';
import type { CraftedAdvertisement } from '../scenario/plan.ts';
import { VARIANT_FACTS } from '../scenario/variant.ts';
import type { FrameEffect, FrameMatcher, StageAction, WireFault } from '../stage/action.ts';
import type { NodeDescription, PortDescription, RouterDescription, Topology } from '../stage/topology.ts';
import { intervalNsToField } from '../vrrp/timers.ts';
import {
  type Case,
  type CaseFault,
  type CaseRouter,
  type CaseVirtualRouter,
  FIRST_VRID,
  type Flaw,
  intervalMsOf,
} from './case.ts';
import { REORDER_HOLD_MS } from './world.ts';

export const LAN = 'lan';
export const HOST = 'h1';
export const TESTER = 'tester';
/** The host and the tester have the numbers behind every router's, so that taking a router away moves no address. */
const HOST_NUMBER = 98;
export const TESTER_NUMBER = 99;
/** A hop less than a neighbour's, and the largest interval of version 3, in centiseconds. */
const ROUTED_TTL = 254;
const GROUPS = { ipv4: '224.0.0.18', ipv6: 'ff02::12' } as const;
const GROUP_MACS = { ipv4: '01:00:5e:00:00:12', ipv6: '33:33:00:00:00:12' } as const;

/** The number of a router, which its addresses have: 3 of `r3`. */
export function numberOf(router: string): number {
  return Number(router.slice(1));
}

/** The virtual addresses: by convention, or the addresses of the router that owns them. */
export function addressesOf(explored: Case, virtualRouter: CaseVirtualRouter): readonly string[] {
  const { family } = VARIANT_FACTS[virtualRouter.variant];
  const owner = explored.routers.find(({ name }) => virtualRouter.priorities[name] === OWNER);
  if (owner === undefined) return virtualAddresses(family, 1, virtualRouter.id - FIRST_VRID + 1, virtualRouter.id);
  return nodeAddresses(family, 1, numberOf(owner.name)).map((address) => address.split('/')[0]!);
}

export const OWNER = 255;

/** The address that a host pings. */
export function pingedAddress(explored: Case, virtualRouter: CaseVirtualRouter): string {
  return addressesOf(explored, virtualRouter).at(-1)!;
}

/** What the stage builds for a case. */
export function topologyOf(explored: Case): Topology {
  const families = [...new Set(explored.virtualRouters.map(({ variant }) => VARIANT_FACTS[variant].family))];
  const port = (number: number): PortDescription => ({
    lan: LAN,
    interfaceName: 'eth0',
    macAddress: physicalMac(1, number),
    addresses: families.flatMap((family) => nodeAddresses(family, 1, number)),
  });
  const nodes: NodeDescription[] = explored.routers.map((router) => routerOf(explored, router, port));
  if (explored.host) nodes.push({ kind: 'host', name: HOST, ports: [port(HOST_NUMBER)], gateways: [] });
  if (explored.schedule.some(({ kind }) => kind === 'forge')) {
    nodes.push({ kind: 'tester', name: TESTER, ports: [{ ...port(TESTER_NUMBER), addresses: [] }] });
  }
  return { lans: [{ name: LAN, fabric: 'wire' }], nodes };
}

function routerOf(explored: Case, router: CaseRouter, port: (number: number) => PortDescription): RouterDescription {
  return {
    kind: 'router',
    name: router.name,
    ports: [port(numberOf(router.name))],
    implementation: 'native',
    rfc: explored.rfc,
    ...(router.misbehaviour === undefined ? {} : { misbehaviour: router.misbehaviour }),
    ...timingOf(router),
    virtualRouters: explored.virtualRouters.map((virtualRouter) => intentOf(explored, virtualRouter, router)),
    forwarding: true,
  };
}

/** Absent where the router keeps time as the stage does. */
function timingOf({ driftPpm, schedulingDelayMs }: CaseRouter): Pick<RouterDescription, 'timing'> {
  if (driftPpm === 0 && schedulingDelayMs === 0) return {};
  return {
    timing: {
      ...(driftPpm === 0 ? {} : { clockDriftPpm: driftPpm }),
      ...(schedulingDelayMs === 0 ? {} : { schedulingDelayNs: schedulingDelayMs * MILLISECOND }),
    },
  };
}

function intentOf(explored: Case, virtualRouter: CaseVirtualRouter, router: CaseRouter): VirtualRouterIntent {
  const { version, family } = VARIANT_FACTS[virtualRouter.variant];
  return {
    router: router.name,
    lan: LAN,
    virtualRouterId: virtualRouter.id,
    version,
    family,
    priority: virtualRouter.priorities[router.name]!,
    advertisementIntervalNs: intervalMsOf(virtualRouter, router) * MILLISECOND,
    preempt: router.preempt,
    ...(router.preemptDelayMs === 0 ? {} : { preemptDelayNs: router.preemptDelayMs * MILLISECOND }),
    downTimerAdvertisements: 3,
    acceptMode: true,
    addresses: addressesOf(explored, virtualRouter),
    primaryAddress: primaryAddress(family, 1, numberOf(router.name)),
    virtualMac: true,
    transmitOnBase: false,
    unicast: false,
    bothVersions: false,
    authenticationType: 0,
  };
}

/** The faults of the stage that a fault of a case comes to; their names begin with its name. */
export function wireFaults(explored: Case, name: string, fault: CaseFault): readonly WireFault[] {
  const at = (
    node: string,
    direction: WireFault['direction'],
    matcher: FrameMatcher,
    effect: FrameEffect = { kind: 'drop' },
    more: Partial<WireFault> = {},
  ): WireFault => ({ name, lan: LAN, node, direction, matcher, effect, ...more });
  switch (fault.kind) {
    case 'isolate':
      return [at(fault.router, 'both', {})];
    case 'mute':
      return [at(fault.router, 'out', VRRP)];
    case 'deafen':
      return [at(fault.router, 'in', VRRP)];
    case 'cut':
      return cuts(explored, name, [[fault.from, fault.router]]);
    case 'partition': {
      const rest = explored.routers.map((router) => router.name).filter((router) => !fault.routers.includes(router));
      const pairs = fault.routers.flatMap((one) =>
        rest.flatMap((other): [string, string][] => [
          [one, other],
          [other, one],
        ]),
      );
      return cuts(explored, name, pairs);
    }
    case 'loss':
      return [at(fault.router, 'in', VRRP, { kind: 'drop' }, { probability: fault.chance })];
    case 'lose-one':
      return [at(fault.router, 'in', VRRP, { kind: 'drop' }, { positions: [fault.position] })];
    case 'delay': {
      const effect = {
        kind: 'delay',
        delayNs: fault.byMs * MILLISECOND,
        jitterNs: fault.jitterMs * MILLISECOND,
      } as const;
      return [at(fault.router, 'in', VRRP, effect)];
    }
    case 'duplicate':
      return [at(fault.router, 'in', VRRP, { kind: 'duplicate', copies: 1 })];
    case 'reorder':
      return [at(fault.router, 'in', VRRP, { kind: 'reorder', passedBy: 1, holdNs: REORDER_HOLD_MS * MILLISECOND })];
    case 'corrupt':
      return [at(fault.router, 'out', VRRP, { kind: 'corrupt' }, { probability: fault.chance })];
  }
}

const VRRP: FrameMatcher = { protocol: 'vrrp' };

/** One fault for each pair and family, at the port of who would hear. */
function cuts(explored: Case, name: string, pairs: readonly (readonly [string, string])[]): readonly WireFault[] {
  const families = [...new Set(explored.virtualRouters.map(({ variant }) => VARIANT_FACTS[variant].family))];
  return pairs.flatMap(([from, to]) =>
    families.map((family) => ({
      name: `${name}-${from}-${to}-${family}`,
      lan: LAN,
      node: to,
      direction: 'in' as const,
      matcher: { protocol: 'vrrp' as const, sourceAddress: primaryAddress(family, 1, numberOf(from)) },
      effect: { kind: 'drop' as const },
    })),
  );
}

/** What differs from a valid advertisement. */
const FLAWED: Readonly<Record<Flaw, Partial<CraftedAdvertisement>>> = {
  ttl: { hopLimit: ROUTED_TTL },
  version: { version: 4 },
  type: { type: 2 },
  cut: { cutOctets: 2 },
  checksum: { checksum: 'wrong' },
  authentication: { authenticationType: 1, authenticationData: 'secret' },
  'count-zero': { addresses: [], count: 0 },
  'interval-zero': { interval: 0 },
  interval: {},
  destination: {},
};

/** The action that sends a forged advertisement from the tester's port. */
export function forgery(explored: Case, step: Extract<Case['schedule'][number], { kind: 'forge' }>): StageAction {
  const { virtualRouterId, priority, as, flaw } = step.advertisement;
  const virtualRouter = explored.virtualRouters.find(({ id }) => id === virtualRouterId)!;
  const { version, family } = VARIANT_FACTS[virtualRouter.variant];
  const interval = intervalNsToField(version, virtualRouter.intervalMs * MILLISECOND);
  const crafted: CraftedAdvertisement = {
    kind: 'advertisement',
    version,
    type: 1,
    virtualRouterId,
    priority,
    interval: flaw === 'interval' ? interval + 1 : interval,
    addresses: addressesOf(explored, virtualRouter),
    reserved: 0,
    checksum: version === 2 ? 'message-alone' : 'with-pseudo-header',
    authenticationType: 0,
    authenticationData: '',
    trailingOctets: 0,
    cutOctets: 0,
    hopLimit: 255,
    protocol: 112,
    source: primaryAddress(family, 1, as === undefined ? TESTER_NUMBER : numberOf(as)),
    destination: flaw === 'destination' ? OTHER_GROUPS[family] : GROUPS[family],
    sourceMac: virtualMac(family, virtualRouterId),
    destinationMac: GROUP_MACS[family],
    ...(flaw === undefined ? {} : FLAWED[flaw]),
  };
  return { kind: 'send-frame', node: TESTER, lan: LAN, direction: 2, bytes: craftFrame(crafted) };
}

const OTHER_GROUPS = { ipv4: '224.0.0.1', ipv6: 'ff02::1' } as const;
