import type { Conflict } from './conflict.ts';
import { findConflicts } from './conflicts.ts';
import { type GivenLans, groupsOf, type RehearsedLan, type VirtualRouterGroup, workOutLans } from './lans.ts';
import type { RehearsedRouter } from './routers.ts';

/** What the configurations alone tell. */
export interface Survey {
  readonly routers: readonly RehearsedRouter[];
  readonly lans: readonly RehearsedLan[];
  readonly groups: readonly VirtualRouterGroup[];
  readonly conflicts: readonly Conflict[];
}

/** Works out the LANs of configurations and what conflicts between them, without a lab. */
export function surveyOf(routers: readonly RehearsedRouter[], given: GivenLans = {}): Survey {
  const lans = workOutLans(routers, given);
  const groups = groupsOf(routers, lans);
  return { routers, lans, groups, conflicts: findConflicts(routers, lans, groups) };
}
