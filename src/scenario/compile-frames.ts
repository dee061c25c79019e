import { intervalNsToField } from '../vrrp/timers.ts';
import type { Family } from '../wire/vrrp.ts';
import { nodeAddresses, physicalMac, primaryAddress, virtualMac } from './addresses.ts';
import type { Scene, VirtualRouterScene } from './compile-topology.ts';
import { requireName } from './compile-values.ts';
import type { CraftedAdvertisement, CraftedPacket, CraftedQuestion, CraftedSolicitation } from './plan.ts';
import { DocumentError, type DocumentPath } from './problem.ts';
import type { AdvertisementDocument } from './schema-advertisement.ts';
import type { PacketDocument, QuestionDocument } from './schema-send.ts';
import { forVariant, VARIANT_FACTS } from './variant.ts';

const GROUPS = {
  ipv4: { address: '224.0.0.18', mac: '01:00:5e:00:00:12' },
  ipv6: { address: 'ff02::12', mac: '33:33:00:00:00:12' },
} as const;
const VRRP_PROTOCOL = 112;
const ADVERTISEMENT_TYPE = 1;
const DEFAULT_PRIORITY = 100;
const DEFAULT_HOP_LIMIT = 64;

/** Where a frame is sent from. */
export interface Place {
  readonly node: string;
  readonly lan: string;
}

/** An advertisement with every field: valid for the virtual router, but for what is said. */
export function craftedAdvertisement(
  scene: Scene,
  { node, lan }: Place,
  fields: AdvertisementDocument,
  path: DocumentPath,
): CraftedAdvertisement {
  const vrid = fields['virtual-router'];
  const model = virtualRouterOn(scene, lan, vrid, path);
  const { version, family } = VARIANT_FACTS[scene.variant];
  const virtualRouterId = vrid ?? model.virtualRouterId;
  const crafted = forVariant<number>(fields.version, scene.variant) ?? version;
  return {
    kind: 'advertisement',
    version: crafted,
    type: fields.type ?? ADVERTISEMENT_TYPE,
    virtualRouterId,
    priority: fields.priority ?? DEFAULT_PRIORITY,
    interval:
      forVariant<number>(fields.interval, scene.variant) ?? intervalNsToField(crafted === 2 ? 2 : 3, model.intervalNs),
    addresses: forVariant<readonly string[]>(fields.addresses, scene.variant) ?? model.addresses,
    ...(fields.count === undefined ? {} : { count: fields.count }),
    reserved: fields.reserved ?? 0,
    checksum: fields.checksum ?? (crafted === 2 ? 'message-alone' : 'with-pseudo-header'),
    authenticationType: fields['authentication-type'] ?? 0,
    authenticationData: fields['authentication-data'] ?? '',
    trailingOctets: fields['trailing-octets'] ?? 0,
    cutOctets: forVariant<number>(fields['cut-octets'], scene.variant) ?? 0,
    hopLimit: fields.ttl ?? 255,
    protocol: fields.protocol ?? VRRP_PROTOCOL,
    source: forVariant<string>(fields.source, scene.variant) ?? primaryOf(scene, family, node, lan),
    destination: forVariant<string>(fields.destination, scene.variant) ?? GROUPS[family].address,
    sourceMac: forVariant<string>(fields['source-mac'], scene.variant) ?? virtualMac(family, virtualRouterId),
    destinationMac: forVariant<string>(fields['destination-mac'], scene.variant) ?? GROUPS[family].mac,
  };
}

function virtualRouterOn(scene: Scene, lan: string, id: number | undefined, path: DocumentPath): VirtualRouterScene {
  const here = scene.virtualRouters.filter((virtualRouter) => virtualRouter.lan === lan);
  const model = here.find(({ virtualRouterId }) => virtualRouterId === id) ?? here[0];
  if (model !== undefined) return model;
  throw new DocumentError(path, `there is no virtual router on LAN '${lan}' to take the fields from`);
}

function primaryOf(scene: Scene, family: Family, node: string, lan: string): string {
  return primaryAddress(family, scene.lans.indexOf(lan) + 1, scene.nodes.indexOf(node) + 1);
}

/** An ARP request or a Neighbor Solicitation with everything said. */
export function craftedQuestion(
  scene: Scene,
  place: Place,
  said: QuestionDocument,
  path: DocumentPath,
): CraftedQuestion {
  const { family } = VARIANT_FACTS[scene.variant];
  const target = forVariant<string>(said.for, scene.variant) ?? probedAddress(scene, place.lan, path);
  const destinationMac = forVariant<string>(said['destination-mac'], scene.variant);
  return {
    kind: 'question',
    target: requireFamily(target, family, [...path, 'for']),
    source: sourceFor(scene, place, family, isLinkLocal(target)),
    sourceMac: physicalMac(scene.lans.indexOf(place.lan) + 1, scene.nodes.indexOf(place.node) + 1),
    ...(destinationMac === undefined ? {} : { destinationMac }),
  };
}

/** A Router Solicitation from a node's link-local address. @throws DocumentError over IPv4, which has none */
export function craftedSolicitation(scene: Scene, place: Place, path: DocumentPath): CraftedSolicitation {
  const { family } = VARIANT_FACTS[scene.variant];
  if (family === 'ipv4')
    throw new DocumentError(path, 'IPv4 has no Router Solicitations; expected variants: [v3-ipv6]');
  return {
    kind: 'solicitation',
    source: sourceFor(scene, place, family, true),
    sourceMac: physicalMac(scene.lans.indexOf(place.lan) + 1, scene.nodes.indexOf(place.node) + 1),
  };
}

/** A datagram or an echo request with everything said; `number` makes it known again. */
export function craftedPacket(
  scene: Scene,
  place: Place,
  kind: CraftedPacket['kind'],
  said: PacketDocument,
  number: number,
  path: DocumentPath,
): CraftedPacket {
  const { family } = VARIANT_FACTS[scene.variant];
  const destination = requireFamily(packetDestination(scene, place, said, path), family, [...path, 'to']);
  const isGroup = family === 'ipv4' ? /^2(2[4-9]|3\d)\./.test(destination) : /^ff/i.test(destination);
  const destinationMac =
    forVariant<string>(said['destination-mac'], scene.variant) ??
    (isGroup ? undefined : virtualMac(family, virtualRouterOn(scene, place.lan, undefined, path).virtualRouterId));
  return {
    kind,
    number,
    source: forVariant<string>(said.source, scene.variant) ?? sourceFor(scene, place, family, isLinkLocal(destination)),
    destination,
    sourceMac: physicalMac(scene.lans.indexOf(place.lan) + 1, scene.nodes.indexOf(place.node) + 1),
    hopLimit: said.ttl ?? DEFAULT_HOP_LIMIT,
    ...(destinationMac === undefined ? {} : { destinationMac }),
  };
}

function packetDestination(scene: Scene, { lan }: Place, said: PacketDocument, path: DocumentPath): string {
  const to = forVariant<string>(said.to, scene.variant);
  if (to === undefined) return probedAddress(scene, lan, path);
  if (/[.:]/.test(to)) return to;
  const { family } = VARIANT_FACTS[scene.variant];
  requireName(to, scene.nodes, 'node', [...path, 'to']);
  const number = scene.nodes.indexOf(to) + 1;
  return globalAddress(nodeAddresses(family, lanNumberOf(scene, to), number));
}

/** The LAN of a host, counted from 1; of any other node the first. */
function lanNumberOf(scene: Scene, node: string): number {
  const { hosts } = scene.document;
  const lan = Array.isArray(hosts) || hosts === undefined ? undefined : hosts[node]?.lan;
  return lan === undefined ? 1 : scene.lans.indexOf(lan) + 1;
}

/** The first virtual address of a LAN that is not link-local. */
function probedAddress(scene: Scene, lan: string, path: DocumentPath): string {
  return globalAddress(virtualRouterOn(scene, lan, undefined, path).addresses);
}

function globalAddress(addresses: readonly string[]): string {
  return withoutPrefix(addresses.find((address) => !isLinkLocal(address)) ?? addresses[0]!);
}

function sourceFor(scene: Scene, { node, lan }: Place, family: Family, linkLocal: boolean): string {
  const own = nodeAddresses(family, scene.lans.indexOf(lan) + 1, scene.nodes.indexOf(node) + 1);
  return withoutPrefix(own.find((address) => isLinkLocal(address) === linkLocal) ?? own[0]!);
}

function isLinkLocal(address: string): boolean {
  return /^fe80:/i.test(address);
}

function withoutPrefix(address: string): string {
  return address.split('/')[0]!;
}

function requireFamily(address: string, family: Family, path: DocumentPath): string {
  if (address.includes(':') === (family === 'ipv6')) return address;
  throw new DocumentError(path, `expected an ${family === 'ipv6' ? 'IPv6' : 'IPv4'} address here, not '${address}'`);
}
