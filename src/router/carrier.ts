import type { VirtualAddress, VirtualRouterConfiguration } from '../config/configuration.ts';
import { saysTheSame } from '../config/same.ts';
import type { Address, NewAddress } from '../linux/netlink/address.ts';
import type { Route } from '../linux/netlink/route.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import {
  addMissing,
  deleteQuietly,
  hostLength,
  isSameAddress,
  newAddress,
  virtualAddressesOf,
} from './carried-addresses.ts';
import { withRouting } from './carrier-routing.ts';
import type { FoundLinks } from './found-links.ts';
import type { Lifeline } from './lifeline.ts';
import type { Log } from './log.ts';
import { macvlanAsCarrier } from './macvlan-carrier.ts';
import type { Owner } from './owner.ts';
import type { Port } from './port.ts';
import { createRouting, MADE_BY_ROUTER } from './routing.ts';
import type { SysctlGuard } from './sysctl-guard.ts';
import { promoteSecondaries } from './sysctls.ts';

/** What carries the virtual addresses while the router is Active: a macvlan with the virtual MAC, or the port itself. */
export interface Carrier {
  readonly name: string;
  readonly index: number;
  /** The MAC address that hosts learn for the virtual addresses. */
  readonly macAddress: Uint8Array;
  /** Where the interface has the addresses itself. */
  readonly owner?: Owner;
  /** Becomes Active: synchronous, well under a millisecond for a few addresses. Idempotent. */
  engage(): void;
  /** Whether what it has while Active hangs on another interface, by name. */
  uses?(interfaceName: string): boolean;
  /** Somebody changed its link or addresses: puts right what the state of the router asks for, and says so. */
  review(): CarrierReview;
  /** A reload: has other addresses, routes and rules, at once where it is Active. */
  reconfigure(router: VirtualRouterConfiguration): void;
  /**
   * Ceases to be Active: the addresses go at once, the link after them; the kernel takes 8 ms for that, so it happens on
   * libuv's pool. Where everything is removed next, the link stays as it is.
   */
  release(removedNext: boolean): void;
  /** Puts back what was there before; the macvlans that were made go by `removeMacvlans`. */
  remove(): Promise<void>;
}

/** How a carrier was found: as it should be; put right; or it is no more. */
export type CarrierReview = 'well' | 'restored' | 'gone';

export interface CarrierContext {
  readonly route: Route;
  readonly sysctls: SysctlGuard;
  readonly lifeline: Lifeline;
  readonly found: FoundLinks;
  readonly log: Log;
  /** Whether what bears the mark of a router may be of another one that lives, and is left alone. */
  mayBeOthers(): boolean;
}

/** Makes the carrier of a virtual router, down and without addresses. @throws MacvlanError, LinuxError */
export function createCarrier(context: CarrierContext, router: VirtualRouterConfiguration, port: Port): Carrier {
  const make = router.virtualMac === undefined ? portAsCarrier : macvlanAsCarrier;
  const carrier = make(context, router, port);
  if (router.promoteSecondaries)
    for (const name of new Set([port.name, carrier.name])) promoteSecondaries(context.sysctls, name);
  const say = (text: string): void => context.log.line(`(${router.name}) ${text}`);
  const routing = createRouting({ route: context.route, mayBeOthers: context.mayBeOthers, say }, carrier.name);
  routing.replace(router.routes, router.rules);
  return withRouting(carrier, routing);
}

function portAsCarrier({ route, log }: CarrierContext, router: VirtualRouterConfiguration, port: Port): Carrier {
  let ours: readonly NewAddress[] = [];
  let wanted: readonly VirtualAddress[] = [];

  /** What is there from the start is the owner's own, or somebody else's: it stays. */
  function choose(next: VirtualRouterConfiguration): void {
    wanted = virtualAddressesOf(next);
    const all = wanted.map((address) => newAddress(address, port.index, address.prefixLength));
    const before = new Set(ours.map(({ address }) => address));
    const foreign = new Set<string>();
    for (const own of route.addresses(port.index)) {
      if (before.has(own.address) || !all.some(({ address }) => address === own.address)) continue;
      if (isLeftBehind(next, own)) {
        log.line(`(${next.name}) removing ${own.address} that was left on ${port.name}`);
        route.deleteAddress(own);
      } else foreign.add(own.address);
    }
    ours = all.filter(({ address }) => !foreign.has(address));
  }

  choose(router);
  let engaged = false;
  function release(): void {
    if (!engaged) return;
    engaged = false;
    for (const address of ours) deleteQuietly(route, address, log);
  }
  return {
    name: port.name,
    index: port.index,
    macAddress: port.macAddress,
    engage() {
      engaged = true;
      for (const address of ours) route.addAddress(address);
    },
    review() {
      if (route.link(port.index) === undefined) return 'gone';
      const missing = engaged ? addMissing(route, port.index, ours) : 0;
      if (missing === 0) return 'well';
      log.line(`(${router.name}) ${missing} virtual addresses were missing on ${port.name}: they are back`);
      return 'restored';
    },
    reconfigure(next) {
      if (saysTheSame(wanted, virtualAddressesOf(next))) return;
      const before = ours;
      choose(next);
      if (!engaged) return;
      for (const old of before) if (!ours.some((one) => isSameAddress(one, old))) deleteQuietly(route, old, log);
      addMissing(route, port.index, ours);
    },
    release,
    async remove() {
      release();
    },
  };
}

/**
 * What a router made that was killed goes: a Backup must not answer for it. Old kernels do not know who made an address;
 * a host's is no interface's own.
 */
function isLeftBehind({ priority }: VirtualRouterConfiguration, own: Address): boolean {
  const isHost = priority !== OWNER_PRIORITY && own.prefixLength === hostLength(own.address);
  return isHost || own.protocol === MADE_BY_ROUTER;
}
