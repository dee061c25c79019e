import type { VirtualRouterConfiguration } from '../config/configuration.ts';

/** Virtual routers whose interface is not there yet (dynamic_interfaces). */
export interface Awaited {
  wait(router: VirtualRouterConfiguration): void;
  /** An interface is there: takes out those that have waited for it. Undefined: whatever their interface. */
  take(interfaceName: string | undefined): readonly VirtualRouterConfiguration[];
  /** Nobody waits any more: another configuration counts. */
  clear(): void;
}

/** Nobody waits. */
export function createAwaited(): Awaited {
  const waiting = new Map<string, VirtualRouterConfiguration>();
  return {
    wait(router) {
      waiting.set(router.name, router);
    },
    take(interfaceName) {
      const taken = [...waiting.values()].filter(
        (router) => interfaceName === undefined || router.interfaceName === interfaceName,
      );
      for (const { name } of taken) waiting.delete(name);
      return taken;
    },
    clear() {
      waiting.clear();
    },
  };
}
