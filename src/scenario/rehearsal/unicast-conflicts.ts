import type { FoundConflict } from './conflict.ts';
import { isSame, type VirtualRouterGroup } from './lans.ts';
import type { Member } from './routers.ts';
import { placesOf } from './setting-conflicts.ts';

/** Unicast peers that do not fit together, and source addresses that two routers share. */
export function unicastConflicts(group: VirtualRouterGroup): readonly FoundConflict[] {
  return [...sharedSources(group), ...oneSidedPeers(group), ...strangers(group)];
}

function sharedSources(group: VirtualRouterGroup): readonly FoundConflict[] {
  return pairsOf(group.members).flatMap(([one, other]): readonly FoundConflict[] => {
    const address = one.one.sourceAddress;
    if (address === undefined || other.one.sourceAddress === undefined || !isSame(address, other.one.sourceAddress))
      return [];
    return [
      {
        kind: 'source-address',
        level: 'error',
        message: `${one.router} and ${other.router} both send from ${address}`,
        consequence:
          'each takes what the other sends for its own: write the own address of each in unicast_src_ip or mcast_src_ip',
        places: placesOf({ members: [one, other] }),
      },
    ];
  });
}

/** Who sends from an address that another does not have among its peers. */
function oneSidedPeers(group: VirtualRouterGroup): readonly FoundConflict[] {
  const speakers = group.members.filter(({ one }) => one.unicast !== undefined);
  return speakers.flatMap((member) =>
    speakers
      .filter((other) => other !== member)
      .flatMap((other): readonly FoundConflict[] => {
        const address = other.one.sourceAddress;
        const peers = peersOf(member);
        if (address === undefined || peers.some((peer) => isSame(peer, address))) return [];
        return [
          {
            kind: 'unicast-peers',
            level: 'error',
            message: `${member.router} sends to ${peers.join(', ')}, but ${other.router} is ${address}`,
            consequence: `${other.router} never hears ${member.router}, and is Active beside it: add ${address} to unicast_peer of ${member.router}, or correct unicast_src_ip of ${other.router}`,
            places: placesOf({ members: [member, other] }),
          },
        ];
      }),
  );
}

/** Peers that are no router of these files, where the address of every other is known. */
function strangers(group: VirtualRouterGroup): readonly FoundConflict[] {
  return group.members.flatMap((member): readonly FoundConflict[] => {
    const others = group.members.filter((other) => other !== member);
    const known = others.flatMap(({ one }) => one.sourceAddress ?? []);
    const unknown = peersOf(member).filter((peer) => !known.some((address) => isSame(address, peer)));
    const unsaid = others.length - known.length;
    if (unknown.length <= unsaid) return [];
    // Then it was told that the other's address is not among them.
    if (others.some(({ one }) => one.sourceAddress !== undefined && !hasPeer(member, one.sourceAddress))) return [];
    return [
      {
        kind: 'unicast-peers',
        level: 'warning',
        message: `${member.router} sends to ${unknown.join(', ')} too, which none of these files is`,
        consequence: 'a router that is gone, a wrong address, or one whose file is not here',
        places: placesOf({ members: [member] }),
      },
    ];
  });
}

function hasPeer(member: Member, address: string): boolean {
  return peersOf(member).some((peer) => isSame(peer, address));
}

function peersOf({ one }: Member): readonly string[] {
  return one.unicast?.peers.map(({ address }) => address) ?? [];
}

function pairsOf(members: readonly Member[]): readonly (readonly [Member, Member])[] {
  return members.flatMap((one, index) => members.slice(index + 1).map((other) => [one, other] as const));
}
