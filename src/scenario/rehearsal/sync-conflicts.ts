import type { FoundConflict } from './conflict.ts';
import type { VirtualRouterGroup } from './lans.ts';
import type { Member, RehearsedRouter } from './routers.ts';
import { placesOf } from './setting-conflicts.ts';

/** Virtual routers that are in a sync group of one router, and in none of another. */
export function syncGroupConflicts(
  group: VirtualRouterGroup,
  routers: readonly RehearsedRouter[],
): readonly FoundConflict[] {
  const companions = group.members.map((member) => ({ member, with: companionsOf(member, routers) }));
  if (new Set(companions.map((one) => one.with)).size < 2) return [];
  const said = companions.map(
    ({ member, with: others }) => `${others === '' ? 'alone' : `with ${others}`} on ${member.router}`,
  );
  return [
    {
      kind: 'sync-group',
      level: 'warning',
      message: `the vrrp_sync_group differs: ${said.join(', ')}`,
      consequence:
        'at a failover of one virtual router the others follow it on one router and not on the other, so that packets come in here and must leave there: write the same groups',
      places: placesOf(group),
    },
  ];
}

/** Which virtual routers fail over together with this one, in words that are alike on every router. */
function companionsOf({ router, one }: Member, routers: readonly RehearsedRouter[]): string {
  const { syncGroups, virtualRouters } = routers.find(({ name }) => name === router)!.configuration;
  const group = syncGroups.find(({ members }) => members.includes(one.name));
  return virtualRouters
    .filter((other) => other.name !== one.name && group?.members.includes(other.name) === true)
    .map(({ virtualRouterId, family }) => `VRID ${virtualRouterId} (${family})`)
    .sort()
    .join(' and ');
}
