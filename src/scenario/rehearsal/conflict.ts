import type { Place } from '../../config/problem.ts';
import type { VirtualRouterGroup } from './lans.ts';

/** What may conflict between the configurations of one virtual router. */
export const CONFLICT_KINDS = [
  'vrid',
  'alone',
  'version',
  'interval',
  'addresses',
  'address-order',
  'prefix',
  'excluded-addresses',
  'authentication',
  'equal-priorities',
  'two-owners',
  'preemption',
  'initial-state',
  'tracking',
  'virtual-mac',
  'virtual-mac-address',
  'accept-mode',
  'checksum',
  'group',
  'unicast',
  'unicast-peers',
  'source-address',
  'sync-group',
] as const;
export type ConflictKind = (typeof CONFLICT_KINDS)[number];

/** A place in a file, and the router whose file it is. */
export interface ConflictPlace extends Place {
  readonly router: string;
}

/** Settings of several files that do not go together. */
export interface Conflict {
  readonly kind: ConflictKind;
  /** `error`: the virtual router does not work, or not with its backup; `warning`: probably not what is wanted. */
  readonly level: 'error' | 'warning';
  /** Which virtual router. */
  readonly lan: string;
  readonly virtualRouterId: number;
  readonly family: VirtualRouterGroup['family'];
  /** What each file says. */
  readonly message: string;
  /** What follows from it, and the cure. */
  readonly consequence: string;
  readonly places: readonly ConflictPlace[];
}

/** A conflict of one group, as a rule finds it. */
export type FoundConflict = Pick<Conflict, 'kind' | 'level' | 'message' | 'consequence' | 'places'>;
