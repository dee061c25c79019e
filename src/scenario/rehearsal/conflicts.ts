import { addressConflicts, sharedAddressConflicts } from './address-conflicts.ts';
import type { Conflict, FoundConflict } from './conflict.ts';
import type { RehearsedLan, VirtualRouterGroup } from './lans.ts';
import { priorityConflicts } from './priority-conflicts.ts';
import type { RehearsedRouter } from './routers.ts';
import { placesOf, settingConflicts } from './setting-conflicts.ts';
import { syncGroupConflicts } from './sync-conflicts.ts';
import { unicastConflicts } from './unicast-conflicts.ts';

/**
 * What does not go together in the configurations of routers that share virtual routers; errors first, and of each level
 * in the order of the virtual routers.
 */
export function findConflicts(
  routers: readonly RehearsedRouter[],
  lans: readonly RehearsedLan[],
  groups: readonly VirtualRouterGroup[],
): readonly Conflict[] {
  const conflicts = groups.flatMap((group) => {
    const { lan, virtualRouterId, family } = group;
    const found: readonly FoundConflict[] =
      group.members.length === 1
        ? aloneConflicts(group, lans, groups)
        : [
            ...settingConflicts(group),
            ...addressConflicts(group),
            ...unicastConflicts(group),
            ...priorityConflicts(group),
            ...syncGroupConflicts(group, routers),
          ];
    return found.map((conflict) => ({ ...conflict, lan, virtualRouterId, family }));
  });
  return [...conflicts.filter(({ level }) => level === 'error'), ...conflicts.filter(({ level }) => level !== 'error')];
}

/** A virtual router that one file alone has: its counterpart may have another VRID. */
function aloneConflicts(
  group: VirtualRouterGroup,
  lans: readonly RehearsedLan[],
  groups: readonly VirtualRouterGroup[],
): readonly FoundConflict[] {
  const [{ router }] = group.members as readonly [VirtualRouterGroup['members'][number]];
  const others = groups.filter((other) => other !== group && other.lan === group.lan);
  const shared = sharedAddressConflicts(group, others);
  if (shared !== undefined) return shared;
  const neighbours = lans.find(({ name }) => name === group.lan)!.attachments.length - 1;
  const where = neighbours === 0 ? 'in no other file' : 'in no other file of this LAN';
  return [
    {
      kind: 'alone',
      level: 'warning',
      message: `${router} alone has it: VRID ${group.virtualRouterId} (${group.family}) is ${where}`,
      consequence:
        'nobody takes over when it fails: write the vrrp_instance on another router, or say in --topology which interfaces are on one LAN',
      places: placesOf(group),
    },
  ];
}
