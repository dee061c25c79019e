import type { VirtualAddress } from '../../config/configuration.ts';
import type { ConflictPlace, FoundConflict } from './conflict.ts';
import { allAddresses, type VirtualRouterGroup } from './lans.ts';
import { canonical, isLinkLocal } from './networks.ts';
import type { Member } from './routers.ts';
import { placesOf } from './setting-conflicts.ts';

/** What is not alike in the address lists of a virtual router. */
export function addressConflicts(group: VirtualRouterGroup): readonly FoundConflict[] {
  return [...listConflicts(group), ...orderConflicts(group), ...prefixConflicts(group), ...excludedConflicts(group)];
}

/** Where a virtual router that one router alone has shares an address with others of another VRID on that LAN. */
export function sharedAddressConflicts(
  group: VirtualRouterGroup,
  others: readonly VirtualRouterGroup[],
): readonly FoundConflict[] | undefined {
  const [member] = group.members as readonly [Member];
  const own = new Set(realAddresses(member).map(({ address }) => canonical(address)));
  for (const other of others) {
    const found = other.members
      .filter(({ router }) => router !== member.router)
      .flatMap((two) => realAddresses(two).map((address) => ({ two, address })))
      .find(({ address }) => own.has(canonical(address.address)));
    if (found === undefined) continue;
    const { two, address } = found;
    // Told once, by whoever comes first.
    if (other.members.length === 1 && isAfter(member, two)) return [];
    return [
      {
        kind: 'vrid',
        level: 'error',
        message: `the VRID of ${address.address} differs: ${group.virtualRouterId} on ${member.router}, ${other.virtualRouterId} on ${two.router}`,
        consequence: `they are two virtual routers, so both are Active with the same address: write the same virtual_router_id`,
        places: [...placesOf(group), ...placesOf({ members: [two] })],
      },
    ];
  }
  return undefined;
}

function isAfter(one: Member, other: Member): boolean {
  return one.router > other.router;
}

function realAddresses({ one }: Member): readonly VirtualAddress[] {
  return allAddresses(one).filter(({ address }) => !isLinkLocal(address));
}

/** Who lacks which of the addresses that others advertise. */
function listConflicts(group: VirtualRouterGroup): readonly FoundConflict[] {
  const lacking = lackingIn(group, ({ addresses }) => addresses);
  if (lacking.length === 0) return [];
  const isChecked = group.members.some(({ one }) => one.checkAddressList);
  const said = lacking.map(({ router, addresses }) => `${router} lacks ${addresses.join(', ')}`).join('; ');
  return [
    {
      kind: 'addresses',
      level: 'error',
      message: `virtual_ipaddress differs: ${said}`,
      consequence: isChecked
        ? 'keepalived discards an advertisement of another address list, so both are Active; write the same addresses (two services that share a VRID on one LAN need two)'
        : 'what one router lacks is gone while it is Active: write the same addresses',
      places: lacking.map(({ place }) => place),
    },
  ];
}

/** The same addresses in another order. */
function orderConflicts(group: VirtualRouterGroup): readonly FoundConflict[] {
  if (lackingIn(group, ({ addresses }) => addresses).length > 0) return [];
  const orders = group.members.map(({ one }) => one.addresses.map(({ address }) => canonical(address)).join(', '));
  if (new Set(orders).size < 2) return [];
  const said = group.members.map(({ router }, index) => `${orders[index]} on ${router}`).join('; ');
  return [
    {
      kind: 'address-order',
      level: 'warning',
      message: `the order of virtual_ipaddress differs: ${said}`,
      consequence:
        'keepalived compares the lists whatever their order, other routers do not; the first one is the source of what the router sends from them: write the same order',
      places: placesOf(group),
    },
  ];
}

/** One address with several prefix lengths. */
function prefixConflicts(group: VirtualRouterGroup): readonly FoundConflict[] {
  const byAddress = new Map<string, { router: string; address: VirtualAddress }[]>();
  for (const { router, one } of group.members) {
    for (const address of allAddresses(one)) {
      const key = canonical(address.address);
      byAddress.set(key, [...(byAddress.get(key) ?? []), { router, address }]);
    }
  }
  return [...byAddress].flatMap(([text, entries]): readonly FoundConflict[] => {
    const lengths = entries.map(({ address }) => address.prefixLength ?? hostPrefix(address.address));
    if (new Set(lengths).size < 2) return [];
    const said = entries.map(({ router }, index) => `/${lengths[index]} on ${router}`).join(', ');
    return [
      {
        kind: 'prefix',
        level: 'warning',
        message: `the prefix of ${text} differs: ${said}`,
        consequence: 'with the wrong one a router has no route, or a second one, to its network: write the same prefix',
        places: entries.map(({ router, address }) => placeOf(router, address)),
      },
    ];
  });
}

/** Addresses that are not advertised, so that nobody notices that they are missing. */
function excludedConflicts(group: VirtualRouterGroup): readonly FoundConflict[] {
  const lacking = lackingIn(group, ({ excludedAddresses }) => excludedAddresses);
  if (lacking.length === 0) return [];
  const said = lacking.map(({ router, addresses }) => `${router} lacks ${addresses.join(', ')}`).join('; ');
  return [
    {
      kind: 'excluded-addresses',
      level: 'warning',
      message: `virtual_ipaddress_excluded differs: ${said}`,
      consequence: 'no advertisement carries them, so nobody notices: they are gone while that router is Active',
      places: lacking.map(({ place }) => place),
    },
  ];
}

/** The addresses that some have and others do not, by those who do not. */
function lackingIn(
  { members }: VirtualRouterGroup,
  listOf: (one: Member['one']) => readonly VirtualAddress[],
): readonly { readonly router: string; readonly addresses: readonly string[]; readonly place: ConflictPlace }[] {
  const all = new Set(members.flatMap(({ one }) => listOf(one).map(({ address }) => canonical(address))));
  return members.flatMap(({ router, one }) => {
    const own = new Set(listOf(one).map(({ address }) => canonical(address)));
    const addresses = [...all].filter((address) => !own.has(address));
    return addresses.length === 0 ? [] : [{ router, addresses, place: placeOf(router, listOf(one)[0] ?? one) }];
  });
}

/** keepalived takes an address without a prefix for a host's. */
function hostPrefix(address: string): number {
  return address.includes(':') ? 128 : 32;
}

function placeOf(router: string, { file, line, column }: Omit<ConflictPlace, 'router'>): ConflictPlace {
  return { router, file, line, column };
}
