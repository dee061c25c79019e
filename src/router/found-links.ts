import { LinuxError } from '../linux/libc.ts';
import type { Address, NewAddress, Scope } from '../linux/netlink/address.ts';
import type { Link } from '../linux/netlink/link-decode.ts';
import type { Route } from '../linux/netlink/route.ts';
import type { Log } from './log.ts';
import { MADE_BY_ROUTER } from './routing.ts';

/**
 * Links that somebody else made and the router uses, as they were: the kernel takes their IPv6 addresses away when they
 * go down, and when IPv6 is disabled on them.
 */
export interface FoundLinks {
  /** Before anything of it is changed. Where a killed router had it, it was as that one found it. */
  keep(link: Link): void;
  /** Those of a router that was killed, in the words in which it wrote them down. */
  adopt(notes: readonly string[]): void;
  /** Puts back those of a killed router that no virtual router has taken over. */
  putBackUnused(): void;
  /** Puts back one; addresses of IPv6 wait where IPv6 is disabled. */
  putBack(index: number): void;
  /** Puts back all of them, when the kernel parameters are what they were. */
  restore(): void;
}

interface FoundLink {
  readonly index: number;
  readonly macAddress: string;
  readonly up: boolean;
  readonly generatesLinkLocal: boolean;
  readonly addresses: NewAddress[];
}

export interface FoundLinksContext {
  readonly route: Route;
  readonly log: Log;
  /** Writes down, for the case that the process is killed, before anything is changed. */
  note(texts: readonly string[]): void;
}

/** Addresses that the kernel makes, and makes again, by itself (IFA_PROTO of the loopback, of Router Advertisements, of link-local ones). */
const LAST_PROTOCOL_OF_KERNEL = 3;
const SCOPES: readonly string[] = ['global', 'site', 'link', 'host'];
const FLAGS = ['noPrefixRoute', 'home', 'deprecated'] as const;

/** None yet. */
export function createFoundLinks({ route, log, note }: FoundLinksContext): FoundLinks {
  const found = new Map<number, FoundLink>();
  const used = new Set<number>();

  function isThere({ index, macAddress }: FoundLink): boolean {
    const link = route.link(index);
    return link?.kind === 'macvlan' && link.macAddress === macAddress;
  }

  /** What cannot be is said, and nothing else is held up. */
  function attempt(quiet: readonly string[], work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      if (!quiet.includes(error.code)) log.line(error.message);
    }
  }

  /** The kernel makes a link-local address when a link goes up, not when it is allowed to. */
  function allowLinkLocal(index: number): void {
    if (route.link(index)?.generatesLinkLocal === true) return;
    attempt([], () => route.changeLink(index, { up: false }));
    attempt([], () => route.setLinkLocalGeneration(index, true));
  }

  function putBack(one: FoundLink): void {
    if (!isThere(one)) return;
    const { index } = one;
    if (one.generatesLinkLocal) allowLinkLocal(index);
    attempt([], () => route.changeLink(index, { up: one.up }));
    const there = new Set(route.addresses(index).map(({ address }) => address));
    // The kernel shows the newest first. EACCES: IPv6 is disabled there, for as long as the router runs.
    for (const address of one.addresses.toReversed())
      if (!there.has(address.address)) attempt(['EEXIST', 'EACCES'], () => route.addAddress(address));
  }

  /** What a killed router gave a link that nobody uses now would be answered for. */
  function removeLeft(index: number): void {
    for (const address of route.addresses(index))
      if (address.protocol === MADE_BY_ROUTER) attempt(['EADDRNOTAVAIL'], () => route.deleteAddress(address));
  }

  return {
    keep(link) {
      const { index, macAddress, up } = link;
      used.add(index);
      if (found.get(index)?.macAddress !== macAddress) {
        const addresses = route.addresses(index).filter(isOfSomebody).map(newAddressOf);
        const one = { index, macAddress, up, generatesLinkLocal: link.generatesLinkLocal ?? false, addresses };
        note(textsOf(one));
        found.set(index, one);
      }
      removeLeft(index);
    },
    adopt(notes) {
      const left = linksOf(notes).filter(isThere);
      for (const one of left) {
        note(textsOf(one));
        found.set(one.index, one);
      }
    },
    putBackUnused() {
      for (const one of found.values()) {
        if (used.has(one.index) || !isThere(one)) continue;
        log.line(`${route.link(one.index)!.name} is put back as it was before a router that left it behind`);
        removeLeft(one.index);
        putBack(one);
      }
    },
    putBack(index) {
      const one = found.get(index);
      if (one !== undefined) putBack(one);
    },
    restore() {
      for (const one of found.values()) putBack(one);
      found.clear();
    },
  };
}

/** IPv4 addresses stay on a link that is down; the kernel makes its own again, and who gives others for a time does. */
function isOfSomebody({ family, protocol, dynamic, duplicate }: Address): boolean {
  if (family !== 6 || dynamic === true || duplicate || protocol === MADE_BY_ROUTER) return false;
  return protocol === undefined || protocol > LAST_PROTOCOL_OF_KERNEL;
}

function newAddressOf({ index, address, prefixLength, scope, protocol, ...flags }: Address): NewAddress {
  return {
    index,
    address,
    prefixLength,
    ...(typeof scope === 'string' ? { scope } : {}),
    ...(protocol === undefined ? {} : { protocol }),
    ...Object.fromEntries(FLAGS.filter((flag) => flags[flag]).map((flag) => [flag, true])),
  };
}

function textsOf({ index, macAddress, up, generatesLinkLocal, addresses }: FoundLink): string[] {
  return [
    `link ${index} ${macAddress} ${up ? 'up' : 'down'} ${generatesLinkLocal ? 'generates' : 'none'}`,
    ...addresses.map(({ address, prefixLength, scope, protocol, ...flags }) =>
      [
        `address ${index} ${address} ${prefixLength} ${scope ?? 'global'} ${protocol ?? 0}`,
        ...FLAGS.filter((flag) => flags[flag] === true),
      ].join(' '),
    ),
  ];
}

function linksOf(notes: readonly string[]): FoundLink[] {
  const links = new Map<number, FoundLink>();
  for (const text of notes) {
    const [kind, number, ...words] = text.split(' ');
    const index = Number(number);
    if (kind === 'link') {
      const [macAddress = '', state, generation] = words;
      const generatesLinkLocal = generation === 'generates';
      links.set(index, { index, macAddress, up: state === 'up', generatesLinkLocal, addresses: [] });
      continue;
    }
    const [address = '', length, scope = '', maker, ...flags] = words;
    links.get(index)?.addresses.push({
      index,
      address,
      prefixLength: Number(length),
      ...(SCOPES.includes(scope) ? { scope: scope as Scope } : {}),
      ...(Number(maker) > 0 ? { protocol: Number(maker) } : {}),
      ...Object.fromEntries(flags.map((flag) => [flag, true])),
    });
  }
  return [...links.values()];
}
