import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import type { Instance } from './running-instance.ts';
import { inTurns } from './turns.ts';

/** What a reload does with virtual routers. */
export interface ReloadPlan {
  /** They go on, with what is new of their configuration. */
  readonly kept: readonly (readonly [Instance, VirtualRouterConfiguration])[];
  readonly retired: readonly Instance[];
  readonly added: readonly VirtualRouterConfiguration[];
  /** Of those that end and start anew, in words for the user: which, and why. */
  readonly restarts: readonly string[];
}

/** Which virtual routers go on, which end, and which begin: one that is another on the LAN does both. */
export async function planReload(
  running: readonly Instance[],
  wanted: readonly VirtualRouterConfiguration[],
): Promise<ReloadPlan> {
  const kept: (readonly [Instance, VirtualRouterConfiguration])[] = [];
  const added: VirtualRouterConfiguration[] = [];
  const restarts: string[] = [];
  const byName = new Map(running.map((instance) => [instance.configuration.name, instance]));
  await inTurns(wanted, (router) => {
    const instance = byName.get(router.name);
    const others = instance === undefined ? [] : differences(instance.configuration, router);
    if (instance !== undefined && others.length === 0) {
      kept.push([instance, router]);
      return;
    }
    added.push(router);
    if (others.length > 0) restarts.push(`(${router.name}) ends and starts anew: ${others.join(', ')}`);
  });
  const going = new Set(kept.map(([instance]) => instance));
  return { kept, retired: running.filter((instance) => !going.has(instance)), added, restarts };
}

/** Why a running virtual router cannot go on with another configuration; nothing where it can. */
function differences(left: VirtualRouterConfiguration, right: VirtualRouterConfiguration): string[] {
  const before = identity(left);
  const after = identity(right);
  const others = (Object.keys(after) as (keyof typeof after)[]).filter(
    (subject) => JSON.stringify(before[subject]) !== JSON.stringify(after[subject]),
  );
  return others.map((subject) => (subject === OWNERSHIP ? ownershipText(right) : `it has another ${subject}`));
}

const OWNERSHIP = 'ownership';

/**
 * An owner has the addresses on its interface: who answers for them, and with which tables of nftables, is decided when
 * its carrier is made.
 */
function ownershipText({ priority }: VirtualRouterConfiguration): string {
  const becomes = priority === OWNER_PRIORITY ? 'becomes' : 'is no more';
  return `it ${becomes} the owner of its addresses (priority ${priority}), who answers for them otherwise`;
}

/** What it is on the LAN, and how it hears the others, in words for the user. The owner's rules are not the others'. */
function identity(router: VirtualRouterConfiguration) {
  const { virtualMac } = router;
  return {
    interface: router.interfaceName,
    'virtual router id': router.virtualRouterId,
    version: router.version,
    'address family': router.family,
    'virtual MAC': [virtualMac?.interfaceName, virtualMac?.macAddress],
    'multicast group': router.group,
    'set of unicast peers': router.unicast,
    [OWNERSHIP]: router.priority === OWNER_PRIORITY,
  } as const;
}
