import type { SyncGroup } from '../config/configuration.ts';
import { createNotifier, type NotifierOptions } from './notify.ts';
import type { Instance, InstanceGroup, Standing } from './running-instance.ts';
import { NOTIFIED_STATES } from './teller.ts';

/** Virtual routers that are Active together, Backup together, and in fault together. */
export interface Group {
  readonly configuration: SyncGroup;
  /** What the member of that name asks and tells. */
  forMember(name: string): InstanceGroup;
  add(instance: Instance): void;
  /** That member waits for its interface: the others are in fault until it is added. */
  miss(name: string): void;
  /** As `add`, for one that runs: nothing follows from the state that it is in already. */
  adopt(instance: Instance): void;
}

/** A group's priority as keepalived tells it. */
const GROUP_PRIORITY = 0;

/** A sync group without members yet. @throws ScriptError */
export function createGroup(
  configuration: SyncGroup,
  options: Omit<NotifierOptions, 'kind' | 'name' | 'scripts' | 'priorityChanges'>,
): Group {
  const notifier = createNotifier({
    ...options,
    kind: 'GROUP',
    name: configuration.name,
    scripts: configuration.notify,
    priorityChanges: false,
  });
  const members = new Map<string, Instance>();
  let told: Standing['state'] = 'initialize';
  // What each member was when it last told.
  const states = new Map<string, Standing['state']>();
  // Members that wait for their interface.
  const absent = new Set<string>();
  let following = false;

  function others(name: string): Instance[] {
    return [...members].filter(([other]) => other !== name).map(([, instance]) => instance);
  }

  function shareFaults(): void {
    const [missing] = absent;
    for (const [name, instance] of members) {
      const cause = others(name).find((other) => other.standing().faulty);
      instance.groupFault(cause?.configuration.name ?? missing);
    }
  }

  /** The others take the same step as the member that took one. */
  function follow(name: string, from: Standing['state'] | undefined, to: Standing['state']): void {
    if (to === 'active') for (const other of others(name)) other.becomeActive();
    if (to === 'backup' && from === 'active') for (const other of others(name)) other.yield();
  }

  function changed(name: string): void {
    const instance = members.get(name);
    if (instance === undefined) return;
    const { state } = instance.standing();
    const from = states.get(name);
    states.set(name, state);
    if (from !== state) follow(name, from, state);
    if (!following) {
      // What follows tells of its own changes, which are taken in here once.
      following = true;
      try {
        shareFaults();
      } finally {
        following = false;
      }
      tellTogether();
    }
  }

  function tellTogether(): void {
    const [first, ...rest] = [...members.values()].map((instance) => instance.standing().state);
    if (first === undefined || first === told || rest.some((state) => state !== first)) return;
    told = first;
    notifier.state(NOTIFIED_STATES[first], GROUP_PRIORITY);
  }

  return {
    configuration,
    forMember: (name) => ({
      mayBecomeActive: () =>
        others(name).every((other) => {
          const { state, waiting } = other.standing();
          return state === 'active' || waiting;
        }),
      changed: () => changed(name),
    }),
    add(instance) {
      members.set(instance.configuration.name, instance);
      absent.delete(instance.configuration.name);
    },
    miss(name) {
      members.delete(name);
      absent.add(name);
      shareFaults();
    },
    adopt(instance) {
      const { name } = instance.configuration;
      members.set(name, instance);
      const { state } = instance.standing();
      states.set(name, state);
      told = state;
      shareFaults();
    },
  };
}
