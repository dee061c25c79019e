import { intervalNsToField } from '../vrrp/timers.ts';
import { primaryAddress, virtualMac } from './addresses.ts';
import { type Scene, TESTER } from './compile-topology.ts';
import { requireName, termValue } from './compile-values.ts';
import type { CraftedAdvertisement, SendDescription } from './plan.ts';
import { DocumentError, type DocumentPath } from './problem.ts';
import type { SendDocument } from './schema.ts';
import { VARIANT_FACTS } from './variant.ts';

const GROUPS = {
  ipv4: { address: '224.0.0.18', mac: '01:00:5e:00:00:12' },
  ipv6: { address: 'ff02::12', mac: '33:33:00:00:00:12' },
} as const;
const VRRP_PROTOCOL = 112;
const ADVERTISEMENT_TYPE = 1;
const DEFAULT_PRIORITY = 100;

/** A send step of a document with every field of its advertisement: valid for the virtual router, but for what is said. */
export function compileSend(scene: Scene, said: SendDocument, path: DocumentPath): SendDescription {
  const node = requireName(said.from ?? TESTER, scene.nodes, 'node', [...path, 'from']);
  const fields = said.advertisement ?? {};
  const vrid = fields['virtual-router'];
  const lan = requireName(said.lan ?? scene.lans[0]!, scene.lans, 'LAN', [...path, 'lan']);
  const here = scene.virtualRouters.filter((virtualRouter) => virtualRouter.lan === lan);
  const model = here.find(({ virtualRouterId }) => virtualRouterId === vrid) ?? here[0];
  if (model === undefined)
    throw new DocumentError(path, `there is no virtual router on LAN '${lan}' to take the fields from`);
  const { version, family } = VARIANT_FACTS[scene.variant];
  const virtualRouterId = vrid ?? model.virtualRouterId;
  const advertisement: CraftedAdvertisement = {
    version: fields.version ?? version,
    type: fields.type ?? ADVERTISEMENT_TYPE,
    virtualRouterId,
    priority: fields.priority ?? DEFAULT_PRIORITY,
    interval: fields.interval ?? intervalNsToField(version, model.intervalNs),
    addresses: fields.addresses ?? model.addresses,
    ...(fields.count === undefined ? {} : { count: fields.count }),
    reserved: fields.reserved ?? 0,
    checksum: fields.checksum ?? (version === 2 ? 'message-alone' : 'with-pseudo-header'),
    authenticationType: fields['authentication-type'] ?? 0,
    authenticationData: fields['authentication-data'] ?? '',
    trailingOctets: fields['trailing-octets'] ?? 0,
    cutOctets: fields['cut-octets'] ?? 0,
    hopLimit: fields.ttl ?? 255,
    protocol: fields.protocol ?? VRRP_PROTOCOL,
    source: fields.source ?? primaryAddress(family, scene.lans.indexOf(lan) + 1, scene.nodes.indexOf(node) + 1),
    destination: fields.destination ?? GROUPS[family].address,
    sourceMac: fields['source-mac'] ?? virtualMac(family, virtualRouterId),
    destinationMac: fields['destination-mac'] ?? GROUPS[family].mac,
  };
  const every = said.every ?? 'advertisement-interval';
  return { node, lan, advertisement, count: said.count ?? 1, everyNs: termValue(scene, every, [...path, 'every']) };
}
