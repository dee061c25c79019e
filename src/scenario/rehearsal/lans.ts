import type { VirtualAddress, VirtualRouterConfiguration } from '../../config/configuration.ts';
import { canonical, isIn, isLinkLocal, type Network, networksOf } from './networks.ts';
import type { Member, RehearsedRouter } from './routers.ts';

/** An interface of a router. */
export interface Attachment {
  readonly router: string;
  readonly interfaceName: string;
}

/** A LAN that the configurations speak of. */
export interface RehearsedLan {
  readonly name: string;
  /** At most one interface of a router. */
  readonly attachments: readonly Attachment[];
  /** Of the virtual addresses on it, by both families. */
  readonly networks: readonly Network[];
  /** What says that these interfaces are on one LAN; nothing, where one router alone is on it. */
  readonly because: readonly string[];
}

/** One virtual router (of a VRID and family on a LAN), as each router has it. */
export interface VirtualRouterGroup {
  readonly lan: string;
  readonly virtualRouterId: number;
  readonly family: VirtualRouterConfiguration['family'];
  readonly members: readonly Member[];
}

/** LANs that somebody has said: what they are called, and which interfaces are on each. */
export type GivenLans = Readonly<Record<string, readonly Attachment[]>>;

/** Every virtual router of every configuration. */
export function membersOf(routers: readonly RehearsedRouter[]): readonly Member[] {
  return routers.flatMap(({ name, configuration }) =>
    configuration.virtualRouters.map((one) => ({ router: name, one })),
  );
}

/** Every virtual address, advertised or not. */
export function allAddresses({ addresses, excludedAddresses }: VirtualRouterConfiguration): readonly VirtualAddress[] {
  return [...addresses, ...excludedAddresses];
}

/** Why two virtual routers of two routers may be on one LAN, from the surest sign to the weakest. */
const SIGNS: readonly ((one: Member, other: Member) => string | undefined)[] = [
  ({ one }, { one: other }) => {
    const address = one.sourceAddress;
    const isPeer = address !== undefined && other.unicast?.peers.some((peer) => isSame(peer.address, address));
    return isPeer === true && sameVirtualRouter(one, other) ? `unicast peer ${address}` : undefined;
  },
  ({ one }, { one: other }) => {
    const shared = sharedAddress(one, other);
    return shared === undefined ? undefined : `both have ${shared}`;
  },
  ({ one }, { one: other }) => {
    const network = sameVirtualRouter(one, other) ? sharedNetwork(one, other) : undefined;
    return network === undefined ? undefined : `VRID ${one.virtualRouterId} and addresses of one network`;
  },
  ({ one }, { one: other }) =>
    sameVirtualRouter(one, other) && one.interfaceName === other.interfaceName
      ? `VRID ${one.virtualRouterId} on ${one.interfaceName} in both`
      : undefined,
  ({ one }, { one: other }) =>
    sharedNetwork(one, other) === undefined ? undefined : 'virtual addresses of one network',
  ({ one }, { one: other }) => (sameVirtualRouter(one, other) ? `VRID ${one.virtualRouterId} in both` : undefined),
];

function sameVirtualRouter(one: VirtualRouterConfiguration, other: VirtualRouterConfiguration): boolean {
  return one.virtualRouterId === other.virtualRouterId && one.family === other.family;
}

/** Whether two addresses are the same, however they are written. */
export function isSame(left: string, right: string): boolean {
  return canonical(left) === canonical(right);
}

/** Link-local addresses are the same on many LANs. */
function sharedAddress(one: VirtualRouterConfiguration, other: VirtualRouterConfiguration): string | undefined {
  const there = allAddresses(other).map(({ address }) => address);
  return allAddresses(one).find(({ address }) => !isLinkLocal(address) && there.some((two) => isSame(address, two)))
    ?.address;
}

function sharedNetwork(one: VirtualRouterConfiguration, other: VirtualRouterConfiguration): Network | undefined {
  const there = networksOf(allAddresses(other)).filter(({ assumed }) => !assumed);
  return networksOf(allAddresses(one)).find(
    (network) => !network.assumed && there.some((two) => isIn(two.address, network) || isIn(network.address, two)),
  );
}

/** A LAN while it is put together. */
interface OpenLan {
  attachments: Attachment[];
  because: string[];
  given?: string;
}

/**
 * Works out which interfaces are on one LAN. Signs are tried from the surest to the weakest; one that would put two
 * interfaces of a router on one LAN does not count. Interfaces in `given` stay where they are said to be.
 */
export function workOutLans(routers: readonly RehearsedRouter[], given: GivenLans = {}): readonly RehearsedLan[] {
  const members = membersOf(routers);
  const lans: OpenLan[] = Object.entries(given).map(([name, attachments]) => ({
    attachments: [...attachments],
    because: ['said in the topology'],
    given: name,
  }));
  for (const attachment of attachmentsOf(routers))
    if (lanOf(lans, attachment) === undefined) lans.push({ attachments: [attachment], because: [] });
  for (const sign of SIGNS) {
    for (const one of members) {
      for (const other of members) {
        const because = one.router === other.router ? undefined : sign(one, other);
        if (because !== undefined) join(lans, attachmentOf(one), attachmentOf(other), because);
      }
    }
  }
  return named(lans, members);
}

/** Every interface that a configuration names: those of virtual routers first, then those that are only tracked. */
function attachmentsOf(routers: readonly RehearsedRouter[]): readonly Attachment[] {
  return routers.flatMap(({ name, configuration: { virtualRouters } }) => {
    const macvlans = new Set(virtualRouters.flatMap(({ virtualMac }) => virtualMac?.interfaceName ?? []));
    const tracked = virtualRouters.flatMap(({ tracking }) => tracking.interfaces.map((one) => one.name));
    const names = new Set([...virtualRouters.map(({ interfaceName }) => interfaceName), ...tracked]);
    return [...names]
      .filter((interfaceName) => interfaceName !== 'lo' && !macvlans.has(interfaceName))
      .map((interfaceName) => ({ router: name, interfaceName }));
  });
}

function attachmentOf({ router, one }: Member): Attachment {
  return { router, interfaceName: one.interfaceName };
}

function lanOf<T extends { readonly attachments: readonly Attachment[] }>(
  lans: readonly T[],
  { router, interfaceName }: Attachment,
): T | undefined {
  return lans.find(({ attachments }) =>
    attachments.some((one) => one.router === router && one.interfaceName === interfaceName),
  );
}

function join(lans: OpenLan[], left: Attachment, right: Attachment, because: string): void {
  const one = lanOf(lans, left)!;
  const other = lanOf(lans, right)!;
  if (one === other) return;
  if (one.given !== undefined && other.given !== undefined) return;
  if (one.attachments.some(({ router }) => other.attachments.some((two) => two.router === router))) return;
  const [kept, gone] = other.given === undefined ? [one, other] : [other, one];
  kept.attachments.push(...gone.attachments);
  kept.because = [...new Set([...kept.because, ...gone.because, because])];
  lans.splice(lans.indexOf(gone), 1);
}

/** LANs are called as the first of their interfaces is, and told apart by a number where that is taken. */
function named(lans: readonly OpenLan[], members: readonly Member[]): readonly RehearsedLan[] {
  const taken = new Set(lans.flatMap(({ given }) => given ?? []));
  return lans.map(({ attachments, because, given }) => {
    const here = members.filter((member) => lanOf([{ attachments }], attachmentOf(member)) !== undefined);
    const networks = networksOf(here.flatMap(({ one }) => allAddresses(one)));
    return { name: given ?? freeName(attachments[0]!.interfaceName, taken), attachments, networks, because };
  });
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
  taken.add(name);
  return name;
}

/** The virtual routers of these LANs, each with those who have it. */
export function groupsOf(
  routers: readonly RehearsedRouter[],
  lans: readonly RehearsedLan[],
): readonly VirtualRouterGroup[] {
  const groups: { lan: string; virtualRouterId: number; family: VirtualRouterGroup['family']; members: Member[] }[] =
    [];
  for (const member of membersOf(routers)) {
    const lan = lanOf(lans, attachmentOf(member))!.name;
    const { virtualRouterId, family } = member.one;
    const known = groups.find(
      (group) => group.lan === lan && group.virtualRouterId === virtualRouterId && group.family === family,
    );
    if (known === undefined) groups.push({ lan, virtualRouterId, family, members: [member] });
    else known.members.push(member);
  }
  return groups;
}
