import type { Defaults } from './configuration.ts';
import type { GlobalDraft } from './global.ts';
import type { InstanceDraft } from './instance.ts';
import type { Complaints } from './problem.ts';
import type { NamedGroup } from './sync-group.ts';
import type { TrackDefinitions } from './track-definition.ts';
import type { Word } from './words.ts';

/** A vrrp_instance as it was read: its name and what it says. */
export interface NamedInstance {
  readonly name: Word;
  readonly draft: InstanceDraft;
}

/** What a file says about virtual routers. */
export interface InstancesOfFile {
  readonly global: GlobalDraft;
  readonly instances: readonly NamedInstance[];
  readonly groups: readonly NamedGroup[];
  readonly definitions: TrackDefinitions;
}

/** What the resolving of one file works with. */
export interface ResolveContext extends InstancesOfFile {
  readonly defaults: Defaults;
  readonly complaints: Complaints;
}
