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
}

/** Which virtual routers go on, which end, and which begin: one that is another on the LAN does both. */
export async function planReload(
  running: readonly Instance[],
  wanted: readonly VirtualRouterConfiguration[],
): Promise<ReloadPlan> {
  const kept: (readonly [Instance, VirtualRouterConfiguration])[] = [];
  const added: VirtualRouterConfiguration[] = [];
  const byName = new Map(running.map((instance) => [instance.configuration.name, instance]));
  await inTurns(wanted, (router) => {
    const instance = byName.get(router.name);
    if (instance !== undefined && canBecome(instance.configuration, router)) kept.push([instance, router]);
    else added.push(router);
  });
  const going = new Set(kept.map(([instance]) => instance));
  return { kept, retired: running.filter((instance) => !going.has(instance)), added };
}

/** Whether a running virtual router can go on with another configuration. */
function canBecome(left: VirtualRouterConfiguration, right: VirtualRouterConfiguration): boolean {
  return identity(left) === identity(right);
}

/** What it is on the LAN, and how it hears the others. The owner's rules are not the others'. */
function identity(router: VirtualRouterConfiguration): string {
  const { interfaceName, virtualRouterId, version, family, virtualMac, group, unicast } = router;
  const { interfaceName: macvlan, macAddress } = virtualMac ?? {};
  const isOwner = router.priority === OWNER_PRIORITY;
  return JSON.stringify([
    interfaceName,
    virtualRouterId,
    version,
    family,
    macvlan,
    macAddress,
    group,
    unicast,
    isOwner,
  ]);
}
