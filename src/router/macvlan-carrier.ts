import type { VirtualAddress, VirtualRouterConfiguration } from '../config/configuration.ts';
import { saysTheSame } from '../config/same.ts';
import { LinuxError } from '../linux/libc.ts';
import type { NewAddress } from '../linux/netlink/address.ts';
import { parseAddress } from '../wire/address.ts';
import { parseMac } from '../wire/mac.ts';
import { addMissing, deleteQuietly, isSameAddress, newAddress, virtualAddressesOf } from './carried-addresses.ts';
import type { Carrier, CarrierContext, CarrierReview } from './carrier.ts';
import { makeMacvlan } from './macvlan.ts';
import { ownerOf } from './owner.ts';
import { isLinkLocalAddress, isOnSubnetOf, type Port } from './port.ts';
import { prepareVirtualMacSysctls } from './sysctls.ts';

/** A macvlan with the virtual MAC: down while Backup, up with the addresses while Active. */
export function macvlanAsCarrier(context: CarrierContext, router: VirtualRouterConfiguration, port: Port): Carrier {
  const { route, log, found } = context;
  const { interfaceName, macAddress } = router.virtualMac!;
  const { index, adopted } = makeMacvlan(context, router, port);
  let addresses = virtualAddressesOf(router);
  const { name: parent } = port;

  function prepareSysctls(): void {
    const every = (): string[] => route.links().map(({ name }) => name);
    prepareVirtualMacSysctls(context.sysctls, { name: interfaceName, parent, family: router.family, every });
  }

  prepareSysctls();
  const owner = ownerOf(context.lifeline, router, port);
  let engaged = false;
  let held: readonly NewAddress[] = [];
  let goingDown: Promise<void> | undefined;

  /** What it has to carry now: the interface may have got, or lost, the subnet or the address itself. */
  function wantedNow(): NewAddress[] {
    const owned = new Set(owner?.engage());
    return addresses
      .map((address) => newAddress(address, index, prefixLengthOn(port, address)))
      .filter(({ address }) => !owned.has(address));
  }

  /**
   * The addresses first: a link that is up without them forwards what comes for them, to the router that had them. What
   * the kernel holds on a link that is down answers nobody, and is not tentative when it comes up.
   */
  function bringUp(): void {
    held = wantedNow();
    for (const address of held) route.addAddress(address);
    route.changeLink(index, { up: true });
  }

  async function takeDown(): Promise<void> {
    try {
      await route.changeLinkAsync(index, { up: false });
    } finally {
      goingDown = undefined;
    }
    // It became Active again while the link was on its way down.
    if (engaged) bringUp();
  }

  function fail(error: unknown): void {
    // It is gone: that is as good as down.
    if (error instanceof LinuxError && error.code === 'ENODEV') return;
    log.line(`(${router.name}) ${(error as Error).message}`);
  }

  function release(removedNext: boolean): void {
    if (!engaged) return;
    engaged = false;
    owner?.release();
    // The addresses first: the link answers for a while yet, for one the new Active router's gratuitous ARP, which would
    // move the virtual MAC back to this port of the switch.
    for (const address of held) deleteQuietly(route, address, log);
    held = [];
    if (!removedNext || adopted) goingDown ??= takeDown().catch(fail);
  }

  /** Has what is wanted now, and no more; how many addresses were missing. */
  function settle(): number {
    const before = held;
    held = wantedNow();
    for (const old of before) if (!held.some((one) => isSameAddress(one, old))) deleteQuietly(route, old, log);
    return addMissing(route, index, held);
  }

  function review(): CarrierReview {
    const link = route.link(index);
    if (link === undefined || link.name !== interfaceName) return 'gone';
    if (!engaged) {
      if (!link.up || goingDown !== undefined) return 'well';
      log.line(`(${router.name}) ${interfaceName} was set up while the router is not Active: it goes down`);
      goingDown = takeDown().catch(fail);
      return 'well';
    }
    if (!link.up && goingDown === undefined) {
      log.line(`(${router.name}) ${interfaceName} was set down while the router is Active: it comes up`);
      bringUp();
      return 'restored';
    }
    const missing = settle();
    if (missing === 0) return 'well';
    log.line(`(${router.name}) ${missing} virtual addresses were missing on ${interfaceName}: they are back`);
    return 'restored';
  }

  return {
    name: interfaceName,
    index,
    macAddress: parseMac(macAddress)!,
    ...(owner === undefined ? {} : { owner }),
    engage() {
      engaged = true;
      bringUp();
    },
    review,
    reconfigure(next) {
      // Somebody may have set them otherwise since.
      prepareSysctls();
      const before = addresses;
      addresses = virtualAddressesOf(next);
      owner?.reconfigure(next);
      if (engaged && !saysTheSame(before, addresses)) settle();
    },
    release,
    async remove() {
      release(true);
      await goingDown;
      if (adopted) found.putBack(index);
    },
  };
}

/**
 * The length that a virtual address gets on the macvlan. Where the parent is on its subnet, a host's: a second route to
 * the subnet would make the kernel resolve hosts by the parent with the virtual address as sender, and hosts learn the
 * physical MAC. Where only the virtual address is on the subnet, what the user wrote: the route then leaves by the
 * macvlan. Link-local IPv6 needs its prefix on the link that it is on.
 */
function prefixLengthOn(port: Port, address: VirtualAddress): number | undefined {
  if (isLinkLocalAddress(address.address)) return 64;
  return isOnSubnetOf(port, parseAddress(address.address)!) ? undefined : address.prefixLength;
}
