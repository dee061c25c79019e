import { readFileSync, readlinkSync } from 'node:fs';
import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import { LinuxError } from '../linux/libc.ts';
import type { Link } from '../linux/netlink/link-decode.ts';
import type { Route } from '../linux/netlink/route.ts';
import type { FoundLinks } from './found-links.ts';
import type { Log } from './log.ts';
import type { Port } from './port.ts';

interface MacvlanContext {
  readonly route: Route;
  readonly log: Log;
}

/** A macvlan for a virtual MAC, down. */
export interface Macvlan {
  readonly index: number;
  /** It was there before, and stays. */
  readonly adopted: boolean;
}

/** Why a macvlan cannot be had, in words for the user. */
export class MacvlanError extends Error {
  override readonly name = 'MacvlanError';
}

/**
 * The group of links that the macvlans of this process are in: they are deleted together, which takes the kernel no
 * longer than one. Its high octet is the same for every router, so that what a killed one left behind is known as such.
 */
const LINK_GROUP_MARK = 0x56;
const PID_MASK = 0xff_ffff;
const LINK_GROUP = LINK_GROUP_MARK * 2 ** 24 + (process.pid & PID_MASK);
/** `vrrpbench router`, or the program of the same name. */
const ROUTER_WORD = /(^|\/)router(\.js)?$/;

/**
 * Creates the macvlan of a virtual router, down; adopts one that is right already, and clears away what a killed router
 * left. @throws MacvlanError, LinuxError
 */
export function makeMacvlan(
  { route, log, found }: MacvlanContext & { readonly found: FoundLinks },
  router: VirtualRouterConfiguration,
  port: Port,
): Macvlan {
  const { interfaceName, macAddress } = router.virtualMac!;
  const existing = route.link(interfaceName);
  const maker = existing === undefined ? undefined : makerOf(existing);
  if (existing !== undefined && maker !== undefined) {
    if (maker !== process.pid && isRouterHere(maker)) {
      throw new MacvlanError(
        `${interfaceName} belongs to the router that runs as process ${maker}: stop it, or name another interface ` +
          'after use_vmac',
      );
    }
    log.line(`(${router.name}) removing ${interfaceName}, which a router left behind`);
    route.deleteLink(existing.index);
  } else if (existing !== undefined) {
    const { kind, parent, macvlanMode } = existing;
    if (
      kind !== 'macvlan' ||
      parent !== port.index ||
      macvlanMode !== 'private' ||
      existing.macAddress !== macAddress
    ) {
      throw new MacvlanError(
        `${interfaceName} is there, but it is no private macvlan of ${port.name} with the MAC address ${macAddress}: ` +
          'delete it, or name another interface after use_vmac',
      );
    }
    log.line(`(${router.name}) using ${interfaceName}, which is there already`);
    found.keep(existing);
    if (existing.generatesLinkLocal === true) route.setLinkLocalGeneration(existing.index, false);
    route.changeLink(existing.index, { up: false });
    return { index: existing.index, adopted: true };
  }
  route.createMacvlan({ name: interfaceName, parent: port.index, mode: 'private', macAddress, group: LINK_GROUP });
  const index = route.indexOf(interfaceName);
  // No link-local address is made from the virtual MAC (RFC 9568 §7.4); before the link goes up.
  route.setLinkLocalGeneration(index, false);
  return { index, adopted: false };
}

/** The process that made a macvlan for a router; undefined where none did. This process's own are not asked for. */
export function makerOf({ kind, group }: Link): number | undefined {
  return kind === 'macvlan' && group >>> 24 === LINK_GROUP_MARK ? group & PID_MASK : undefined;
}

/** Whether a process is a router in this network namespace; numbers of processes that ended are given to others. */
function isRouterHere(pid: number): boolean {
  try {
    const isHere = readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net');
    return (
      isHere &&
      readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        .split('\0')
        .some((word) => ROUTER_WORD.test(word))
    );
  } catch {
    return false;
  }
}

/** Deletes every macvlan that this process made. */
export async function removeMacvlans({ route, log }: MacvlanContext): Promise<void> {
  if (!route.links().some(({ group }) => group === LINK_GROUP)) return;
  await route.deleteGroupAsync(LINK_GROUP).catch((error: Error) => log.line(error.message));
}

/** Deletes the macvlan of one virtual router, if this process made it. */
export async function removeMacvlan(
  { route, log }: MacvlanContext,
  { name, index }: { readonly name: string; readonly index: number },
): Promise<void> {
  const link = route.link(name);
  if (link?.index !== index || link.group !== LINK_GROUP) return;
  await route.deleteLinkAsync(index).catch((error: unknown) => {
    // With its parent it went by itself.
    if (!(error instanceof LinuxError && error.code === 'ENODEV')) log.line((error as Error).message);
  });
}
