import type { RouterConfiguration, VirtualRouterConfiguration } from '../config/configuration.ts';
import type { Fifo } from './fifo.ts';
import type { Log } from './log.ts';
import { createNotifier, type Notifier } from './notify.ts';
import { inTurns } from './turns.ts';

/** Who tells of each virtual router. Scripts change at a reload, while the virtual router goes on. */
export interface Notifiers {
  /** Of a virtual router that begins. @throws ScriptError */
  add(router: VirtualRouterConfiguration, configuration: RouterConfiguration): void;
  /** Those of another configuration; nothing changes before `replace`. @throws ScriptError (rejects) */
  prepare(configuration: RouterConfiguration): Promise<{ replace(): void }>;
  /** The notifier of that name, whichever it is when something is told. */
  of(name: string): Notifier;
  forget(name: string): void;
}

/** None yet. */
export function createNotifiers(fifos: readonly Fifo[], log: Log): Notifiers {
  const current = new Map<string, Notifier>();

  function make(router: VirtualRouterConfiguration, configuration: RouterConfiguration): Notifier {
    return createNotifier({
      ...configuration,
      kind: 'INSTANCE',
      name: router.name,
      scripts: router.notify,
      priorityChanges: router.notifyPriorityChanges,
      fifos,
      log,
    });
  }

  return {
    add(router, configuration) {
      current.set(router.name, make(router, configuration));
    },
    async prepare(configuration) {
      const next = new Map<string, Notifier>();
      await inTurns(configuration.virtualRouters, (router) => next.set(router.name, make(router, configuration)));
      return {
        replace() {
          for (const [name, notifier] of next) current.set(name, notifier);
        },
      };
    },
    of: (name) => ({
      state: (state, priority) => current.get(name)?.state(state, priority),
      receivedLowerPriority: (priority) => current.get(name)?.receivedLowerPriority(priority),
      priorityChanged: (state, priority) => current.get(name)?.priorityChanged(state, priority),
    }),
    forget(name) {
      current.delete(name);
    },
  };
}
