import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import { addressLengthOf } from '../wire/address.ts';
import { parametersOf } from './instance-parameters.ts';
import { type InstanceView, noStatistics } from './observe/statistics.ts';

/** Virtual routers whose interface is not there yet (dynamic_interfaces). */
export interface Awaited {
  wait(router: VirtualRouterConfiguration): void;
  /** An interface is there: takes out those that have waited for it. Undefined: whatever their interface. */
  take(interfaceName: string | undefined): readonly VirtualRouterConfiguration[];
  /** Nobody waits any more: another configuration counts. */
  clear(): void;
  /** Those that wait, for whoever shows them: in fault. */
  views(): InstanceView[];
}

/** Nobody waits. */
export function createAwaited(): Awaited {
  const waiting = new Map<string, InstanceView>();
  return {
    wait(router) {
      waiting.set(router.name, viewOf(router));
    },
    take(interfaceName) {
      const taken = [...waiting.values()]
        .map(({ configuration }) => configuration)
        .filter((router) => interfaceName === undefined || router.interfaceName === interfaceName);
      for (const { name } of taken) waiting.delete(name);
      return taken;
    },
    clear() {
      waiting.clear();
    },
    views: () => [...waiting.values()],
  };
}

function viewOf(configuration: VirtualRouterConfiguration): InstanceView {
  const nowhere = new Uint8Array(addressLengthOf(configuration.family));
  return {
    configuration,
    core: {
      parameters: parametersOf(configuration, configuration.priority, nowhere),
      state: { kind: 'fault', reason: 'interface-lost', started: false },
    },
    statistics: noStatistics(),
    history: { upSince: undefined, lastSource: undefined, lastReason: undefined, activeReason: undefined },
  };
}
