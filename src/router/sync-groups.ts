import type { RouterConfiguration } from '../config/configuration.ts';
import type { Fifo } from './fifo.ts';
import type { Log } from './log.ts';
import type { InstanceGroup } from './running-instance.ts';
import { createGroup, type Group } from './sync-group.ts';

/** The sync groups of a configuration. They change at a reload, while virtual routers go on. */
export interface Groups {
  /** Those of another configuration, without members; nothing changes before `replace`. @throws ScriptError */
  prepare(configuration: RouterConfiguration): { replace(): void };
  /** The group that the virtual router of that name is in now. */
  of(name: string): Group | undefined;
  /** What that virtual router asks and tells, whichever group it is in then. */
  forMember(name: string): InstanceGroup;
}

/** None yet. */
export function createGroups(fifos: readonly Fifo[], log: Log): Groups {
  let groups: readonly Group[] = [];

  function of(name: string): Group | undefined {
    return groups.find(({ configuration: { members } }) => members.includes(name));
  }

  return {
    prepare(configuration) {
      const next = configuration.syncGroups.map((group) => createGroup(group, { ...configuration, fifos, log }));
      return {
        replace() {
          groups = next;
        },
      };
    },
    of,
    forMember: (name) => ({
      mayBecomeActive: () => of(name)?.forMember(name).mayBecomeActive() ?? true,
      changed: () => of(name)?.forMember(name).changed(),
    }),
  };
}
