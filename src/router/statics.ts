import type { RouterConfiguration, StaticAddress } from '../config/configuration.ts';
import { LinuxError } from '../linux/libc.ts';
import type { NewAddress } from '../linux/netlink/address.ts';
import type { Route } from '../linux/netlink/route.ts';
import { canonicalText, deleteQuietly, newAddress } from './carried-addresses.ts';
import type { Log } from './log.ts';
import { createRouting, MADE_BY_ROUTER } from './routing.ts';

/** Addresses, routes and rules that are there for as long as the router runs. */
export interface Statics {
  /** Has what this configuration wants, and no more what a former one wanted. */
  replace(configuration: Statements): void;
  /** Has again what an interface lost. */
  review(interfaceName: string): void;
  remove(): void;
}

export interface StaticsContext {
  readonly route: Route;
  readonly log: Log;
  /** Whether what bears the mark of a router may be of another one that lives, and is left alone. */
  mayBeOthers(): boolean;
}

type Statements = Pick<RouterConfiguration, 'staticAddresses' | 'staticRoutes' | 'staticRules'>;

/** None yet. What is there already stays as it is, at the end too. */
export function createStatics({ route, log, mayBeOthers }: StaticsContext): Statics {
  let held: NewAddress[] = [];
  let wanted: readonly StaticAddress[] = [];
  const routing = createRouting({ route, mayBeOthers, say: (line) => log.line(line) }, undefined);
  let written = '';

  function addAddress(address: StaticAddress): void {
    const { device } = address;
    const link = route.link(device);
    if (link === undefined) {
      log.line(`the static address ${address.address} waits for the interface ${device}`);
      return;
    }
    const text = canonicalText(address.address);
    const there = route.addresses(link.index).find((one) => one.address === text);
    if (there !== undefined) {
      if (held.some((one) => one.index === link.index && one.address === text)) return;
      if (there.protocol !== MADE_BY_ROUTER || mayBeOthers()) {
        log.line(`the static address ${address.address} is on ${device} already: it stays as it is`);
        return;
      }
    }
    const fresh = newAddress(address, link.index, address.prefixLength);
    try {
      route.addAddress({ ...fresh, deprecated: false, noDuplicateDetection: false });
      held = [...held.filter((one) => one.address !== text), fresh];
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      log.line(error.message);
    }
  }

  function remove(): void {
    routing.release();
    for (const address of held) deleteQuietly(route, address, log);
    held = [];
  }

  return {
    replace({ staticAddresses, staticRoutes, staticRules }) {
      const text = JSON.stringify([staticAddresses, staticRoutes, staticRules], withoutPlaces);
      if (text === written) return;
      written = text;
      for (const address of held) deleteQuietly(route, address, log);
      held = [];
      wanted = staticAddresses;
      for (const address of wanted) addAddress(address);
      routing.replace(staticRoutes, staticRules);
      routing.engage();
    },
    review(interfaceName) {
      for (const address of wanted) if (address.device === interfaceName) addAddress(address);
      if (routing.uses(interfaceName)) routing.engage();
    },
    remove,
  };
}

function withoutPlaces(key: string, value: unknown): unknown {
  return key === 'line' || key === 'column' || key === 'file' ? undefined : value;
}
