import type { Tracked, VirtualRouterConfiguration } from '../../config/configuration.ts';
import type { FoundConflict } from './conflict.ts';
import type { VirtualRouterGroup } from './lans.ts';
import type { Member } from './routers.ts';
import { placesOf } from './setting-conflicts.ts';

const OWNER = 255;
/** Tracking keeps a priority between these. */
const LOWEST = 1;
const HIGHEST = 254;

/** Who is to be Active, and whether what is tracked changes that. */
export function priorityConflicts(group: VirtualRouterGroup): readonly FoundConflict[] {
  return [...equalPriorities(group), ...initialStates(group), ...feebleTracking(group)];
}

function equalPriorities(group: VirtualRouterGroup): readonly FoundConflict[] {
  const byPriority = new Map<number, Member[]>();
  for (const member of group.members) {
    const priority = priorityOf(member.one);
    byPriority.set(priority, [...(byPriority.get(priority) ?? []), member]);
  }
  return [...byPriority].flatMap(([priority, members]): readonly FoundConflict[] => {
    if (members.length < 2) return [];
    const names = members.map(({ router }) => router).join(' and ');
    const places = placesOf({ members });
    if (priority === OWNER) {
      return [
        {
          kind: 'two-owners',
          level: 'error',
          message: `${names} both have priority 255, which is the address owner's`,
          consequence:
            'an owner is always Active, and two routers cannot have one address: give 255 to one, or to none',
          places,
        },
      ];
    }
    return [
      {
        kind: 'equal-priorities',
        level: 'warning',
        message: `${names} have the same priority, ${priority}`,
        consequence:
          'both may become Active at once, until the one with the higher address wins; whoever is Active stays so: write different priorities',
        places,
      },
    ];
  });
}

function initialStates(group: VirtualRouterGroup): readonly FoundConflict[] {
  const active = group.members.filter(({ one }) => one.initialState === 'active');
  if (active.length < 2) return [];
  return [
    {
      kind: 'initial-state',
      level: 'warning',
      message: `${active.map(({ router }) => router).join(' and ')} both say state MASTER`,
      consequence:
        'one that starts is Active at once, whoever is already, until it hears the other: write state BACKUP, the priority decides',
      places: placesOf({ members: active }),
    },
  ];
}

/** Whether a failure of what the first router tracks lets the second take over. */
function feebleTracking(group: VirtualRouterGroup): readonly FoundConflict[] {
  const [first, second] = [...group.members].sort((left, right) => priorityOf(right.one) - priorityOf(left.one));
  if (first === undefined || second === undefined || first.one.priority === OWNER || !second.one.preempt) return [];
  return trackedOf(first.one).flatMap(({ what, tracked }): readonly FoundConflict[] => {
    if (tracked.weight === 0) return [];
    const failed = priorityOf(first.one, tracked);
    const other = priorityOf(second.one);
    if (failed < other || failed === priorityOf(first.one)) return [];
    const relation =
      failed === other ? `just as ${second.router}'s ${other}` : `still above ${second.router}'s ${other}`;
    return [
      {
        kind: 'tracking',
        level: 'warning',
        message: `when ${what} ${tracked.name} fails, the priority of ${first.router} goes from ${priorityOf(first.one)} to ${failed}, ${relation}`,
        consequence: 'nobody takes over: let the weight be more than what the priorities differ by',
        places: [{ router: first.router, file: tracked.file, line: tracked.line, column: tracked.column }],
      },
    ];
  });
}

/** What is tracked with a number that is known before anything runs: a file may say any. */
function trackedOf({
  tracking,
}: VirtualRouterConfiguration): readonly { readonly what: string; readonly tracked: Tracked }[] {
  return [
    ...tracking.interfaces.map((tracked) => ({ what: 'interface', tracked })),
    ...tracking.scripts.map((tracked) => ({ what: 'script', tracked })),
    ...tracking.processes.map((tracked) => ({ what: 'process', tracked })),
  ];
}

/** The priority while everything that is tracked is well, or one of it has failed. */
function priorityOf(one: VirtualRouterConfiguration, failed?: Tracked): number {
  if (one.priority === OWNER) return OWNER;
  const added = trackedOf(one).reduce((sum, { tracked }) => sum + addedBy(tracked, tracked === failed), 0);
  return Math.min(HIGHEST, Math.max(LOWEST, one.priority + added));
}

/** A weight above 0 counts while it is well, one below 0 while it is not; `reverse` is the other way round. */
function addedBy({ weight, reverse }: Tracked, failed: boolean): number {
  const isWell = failed === reverse;
  return weight > 0 === isWell ? weight : 0;
}
