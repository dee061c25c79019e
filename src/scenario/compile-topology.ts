import type { VirtualRouterIntent } from '../capture/intent.ts';
import { SECOND } from '../capture/time.ts';
import type { Profile } from '../conformance/result.ts';
import type { HostDescription, PortDescription, RouterDescription, RouterTiming, Topology } from '../stage/topology.ts';
import { intervalFieldToNs, MAXIMUM_INTERVAL_FIELD } from '../vrrp/timers.ts';
import { nodeAddresses, physicalMac, primaryAddress, virtualAddresses } from './addresses.ts';
import { requireName } from './compile-values.ts';
import { parseDuration } from './duration.ts';
import { DocumentError, type DocumentPath } from './problem.ts';
import type { RouterDocument, ScenarioDocument, VirtualRouterDocument } from './schema.ts';
import type { KeepSendingDocument } from './schema-send.ts';
import { forVariant, VARIANT_FACTS, type Variant } from './variant.ts';

/** The node that sends crafted frames where a step names no other. */
export const TESTER = 'tester';
/** The implementation that can misbehave. */
const NATIVE = 'native';

const DEFAULT_VRID = 51;
const LARGEST_NODE = 99;

/** What is there before the first step, in the order in which it is counted. */
export interface Scene {
  readonly document: ScenarioDocument;
  readonly variant: Variant;
  /** The document that is judged by. */
  readonly profile: Profile;
  readonly lans: readonly string[];
  readonly routers: readonly string[];
  readonly hosts: readonly string[];
  readonly nodes: readonly string[];
  readonly virtualRouters: readonly VirtualRouterScene[];
  readonly intents: readonly VirtualRouterIntent[];
}

export interface VirtualRouterScene {
  readonly virtualRouterId: number;
  readonly lan: string;
  readonly addresses: readonly string[];
  readonly intervalNs: number;
}

/**
 * Counts LANs and nodes and gives everything that the file leaves out its conventional value. It is judged by the
 * profile, or by what the file says; a tester is there where it is asked for, or a step needs one.
 */
export function setScene(
  document: ScenarioDocument,
  variant: Variant,
  { profile: judgedBy, tester = false }: { readonly profile?: Profile; readonly tester?: boolean } = {},
): Scene {
  const said = forVariant<string>(document.profile, variant) as Profile | undefined;
  const profile = judgedBy ?? said ?? VARIANT_FACTS[variant].profile;
  const lans = document.lans ?? ['lan'];
  const routers = keysOf(document.routers);
  const hosts = keysOf(document.hosts ?? []);
  const nodes = [...routers, ...hosts, ...(tester || sendsFromTester(document, hosts) ? [TESTER] : [])];
  if (routers.length === 0) throw new DocumentError(['routers'], 'expected at least one router');
  if (nodes.length > LARGEST_NODE) throw new DocumentError(['routers'], `expected at most ${LARGEST_NODE} nodes`);
  rejectDoubles(nodes, document);
  const scene = { document, variant, profile, lans, routers, hosts, nodes, virtualRouters: [], intents: [] };
  const written = writtenVirtualRouters(document);
  const virtualRouters = written.map(({ entry, path }, index) =>
    placeVirtualRouter(scene, entry, path, index, written),
  );
  const intents = written.flatMap(({ entry, path }, index) =>
    routers
      .filter((name) => lansOf(scene, name).includes(virtualRouters[index]!.lan))
      .map((name) => intentOf({ ...scene, virtualRouters }, entry, path, virtualRouters[index]!, name)),
  );
  return { ...scene, virtualRouters, intents };
}

function sendsFromTester(document: ScenarioDocument, hosts: readonly string[]): boolean {
  return document.steps.some((step) => {
    if (typeof step !== 'string' && step.answer !== undefined && (step.answer?.from ?? TESTER) === TESTER) return true;
    const said = typeof step === 'string' ? undefined : (step.send ?? step['keep-sending']);
    return said !== undefined && senderOf({ hosts }, said) === TESTER;
  });
}

/** The node whose port sends crafted frames: advertisements come from a tester, what hosts send from the first host. */
export function senderOf({ hosts }: Pick<Scene, 'hosts'>, said: KeepSendingDocument): string {
  const { question, solicitation, datagram, echo } = said;
  const isAdvertisement = [question, solicitation, datagram, echo].every((one) => one === undefined);
  return said.from ?? (isAdvertisement ? TESTER : (hosts[0] ?? TESTER));
}

function keysOf(named: readonly string[] | Readonly<Record<string, unknown>>): string[] {
  return Array.isArray(named) ? [...named] : Object.keys(named);
}

function rejectDoubles(nodes: readonly string[], document: ScenarioDocument): void {
  const double = nodes.find((name, index) => nodes.indexOf(name) !== index);
  if (double === undefined) return;
  const place = document.hosts !== undefined && keysOf(document.hosts).includes(double) ? 'hosts' : 'routers';
  throw new DocumentError([place], `the name '${double}' is given twice; expected a name of its own for each node`);
}

/** The settings of a router; empty where it is only named. */
export function routerDocument(document: ScenarioDocument, name: string): RouterDocument {
  return Array.isArray(document.routers) ? {} : (document.routers[name] ?? {});
}

interface WrittenVirtualRouter {
  readonly entry: VirtualRouterDocument;
  readonly path: DocumentPath;
}

function writtenVirtualRouters(document: ScenarioDocument): readonly WrittenVirtualRouter[] {
  const several = document['virtual-routers'];
  if (several === undefined) return [{ entry: document['virtual-router'] ?? {}, path: ['virtual-router'] }];
  if (document['virtual-router'] !== undefined) {
    throw new DocumentError(['virtual-routers'], 'expected either virtual-router or virtual-routers, not both');
  }
  return several.map((entry, index) => ({ entry, path: ['virtual-routers', index] }));
}

/** The LANs that a router is on. */
function lansOf(scene: Pick<Scene, 'document' | 'lans'>, router: string): readonly string[] {
  const said = routerDocument(scene.document, router).lans;
  if (said === undefined) return scene.lans;
  const list = typeof said === 'string' ? [said] : said;
  for (const lan of list) requireName(lan, scene.lans, 'LAN', ['routers', router, 'lans']);
  return list;
}

function placeVirtualRouter(
  scene: Scene,
  entry: VirtualRouterDocument,
  path: DocumentPath,
  index: number,
  all: readonly WrittenVirtualRouter[],
): VirtualRouterScene {
  const { family } = VARIANT_FACTS[scene.variant];
  const lan = requireName(entry.lan ?? scene.lans[0]!, scene.lans, 'LAN', [...path, 'lan']);
  const virtualRouterId = entry.id ?? DEFAULT_VRID + index;
  const lanNumber = scene.lans.indexOf(lan) + 1;
  const rank = all.slice(0, index + 1).filter(({ entry: other }) => (other.lan ?? scene.lans[0]) === lan).length;
  const owner = scene.routers.find((name) => priorityOf(scene, entry, name) === 255);
  const conventional =
    owner === undefined
      ? virtualAddresses(family, lanNumber, rank, virtualRouterId)
      : nodeAddresses(family, lanNumber, scene.nodes.indexOf(owner) + 1).map(withoutPrefix);
  const addresses = forVariant<readonly string[]>(entry.addresses, scene.variant) ?? conventional;
  for (const [position, address] of addresses.entries()) {
    if (address.includes(':') !== (family === 'ipv6')) {
      const wanted = `expected ${family === 'ipv6' ? 'an IPv6' : 'an IPv4'} address in variant ${scene.variant}`;
      throw new DocumentError([...path, 'addresses', position], `${wanted}, not '${address}'`);
    }
  }
  const intervalNs = intervalOf(entry.interval, [...path, 'interval'], scene.variant) ?? SECOND;
  return { virtualRouterId, lan, addresses, intervalNs };
}

/** An interval of a document in nanoseconds. @throws DocumentError where the variant's version cannot say it */
export function intervalOf(
  value: VirtualRouterDocument['interval'],
  path: DocumentPath,
  variant: Variant,
): number | undefined {
  const text = forVariant<string>(value, variant);
  if (text === undefined) return undefined;
  const intervalNs = parseDuration(text)!;
  const { version } = VARIANT_FACTS[variant];
  const unitNs = intervalFieldToNs(version, 1);
  if (intervalNs % unitNs === 0 && intervalNs >= unitNs && intervalNs <= MAXIMUM_INTERVAL_FIELD[version] * unitNs) {
    return intervalNs;
  }
  const limits = version === 2 ? 'whole seconds, 1s to 255s' : 'a multiple of 10ms, 10ms to 40.95s';
  throw new DocumentError(path, `${variant} cannot say ${text} as its interval; expected ${limits}`);
}

/** By convention 200 for the first router, then half of the one before. */
function priorityOf(
  scene: Pick<Scene, 'document' | 'variant' | 'routers'>,
  entry: VirtualRouterDocument,
  router: string,
) {
  const said =
    entry.priorities?.[router] ?? forVariant<number>(routerDocument(scene.document, router).priority, scene.variant);
  return said ?? Math.max(1, Math.floor(200 / 2 ** scene.routers.indexOf(router)));
}

function withoutPrefix(address: string): string {
  return address.split('/')[0]!;
}

function intentOf(
  scene: Scene,
  entry: VirtualRouterDocument,
  path: DocumentPath,
  virtualRouter: VirtualRouterScene,
  router: string,
): VirtualRouterIntent {
  const { version, family } = VARIANT_FACTS[scene.variant];
  const own = routerDocument(scene.document, router);
  for (const name of Object.keys(entry.priorities ?? {}))
    requireName(name, scene.routers, 'router', [...path, 'priorities', name]);
  const preemptDelay = own['preempt-delay'];
  return {
    router,
    lan: virtualRouter.lan,
    virtualRouterId: virtualRouter.virtualRouterId,
    version,
    family,
    priority: priorityOf(scene, entry, router),
    advertisementIntervalNs:
      intervalOf(own.interval, ['routers', router, 'interval'], scene.variant) ?? virtualRouter.intervalNs,
    preempt:
      forVariant<boolean>(own.preempt, scene.variant) ?? forVariant<boolean>(entry.preempt, scene.variant) ?? true,
    ...(preemptDelay === undefined ? {} : { preemptDelayNs: parseDuration(preemptDelay)! }),
    downTimerAdvertisements: 3,
    acceptMode: forVariant<boolean>(entry.accept, scene.variant) ?? true,
    ...routerAdvertisementsOf(scene, entry),
    addresses: virtualRouter.addresses,
    primaryAddress: primaryAddress(family, scene.lans.indexOf(virtualRouter.lan) + 1, scene.nodes.indexOf(router) + 1),
    virtualMac: entry['virtual-mac'] ?? true,
    transmitOnBase: entry['transmit-on-base'] ?? false,
    // What a configuration of its own says is not known here.
    ...(own.configuration === undefined ? { unicast: false, bothVersions: false, authenticationType: 0 } : {}),
    // Version 2 and IPv6 have one convention each.
    ...(entry.checksum === undefined || version === 2 || family === 'ipv6' ? {} : { ipv4Checksum: entry.checksum }),
  };
}

/** IPv4 has no Router Advertisements. */
function routerAdvertisementsOf(
  { variant }: Scene,
  entry: VirtualRouterDocument,
): Pick<VirtualRouterIntent, 'routerAdvertisements'> {
  const said = forVariant<boolean>(entry['router-advertisements'], variant);
  return said === undefined || VARIANT_FACTS[variant].family === 'ipv4' ? {} : { routerAdvertisements: said };
}

/** Who plays the routers that name nobody, and what they do wrong. */
export interface Cast {
  readonly implementation: string;
  readonly misbehaviour?: string;
}

/** The topology that a stage builds. */
export function compileTopology(scene: Scene, cast: Cast): Topology {
  const { document } = scene;
  const faults = document.steps.some((step) => typeof step !== 'string' && step.fault !== undefined);
  if (faults && document.fabric === 'bridge') {
    throw new DocumentError(['fabric'], 'a bridge cannot do what the fault steps ask; expected wire');
  }
  const fabric = document.fabric ?? (faults ? 'wire' : 'bridge');
  return {
    lans: scene.lans.map((name) => ({ name, fabric })),
    nodes: [
      ...scene.routers.map((name) => routerNode(scene, name, cast)),
      ...scene.hosts.map((name) => hostNode(scene, name)),
      ...(scene.nodes.includes(TESTER)
        ? [
            {
              kind: 'tester' as const,
              name: TESTER,
              ports: scene.lans.map((lan, index) => portOf(scene, TESTER, lan, index)),
            },
          ]
        : []),
    ],
  };
}

function portOf(scene: Scene, node: string, lan: string, position: number): PortDescription {
  const lanNumber = scene.lans.indexOf(lan) + 1;
  const nodeNumber = scene.nodes.indexOf(node) + 1;
  const { family } = VARIANT_FACTS[scene.variant];
  return {
    lan,
    interfaceName: `eth${position}`,
    macAddress: physicalMac(lanNumber, nodeNumber),
    addresses: node === TESTER ? [] : nodeAddresses(family, lanNumber, nodeNumber),
  };
}

/** A router as a stage is told of it. */
export function routerNode(scene: Scene, name: string, cast: Cast): RouterDescription {
  const { document } = scene;
  const own = routerDocument(document, name);
  if (own.misbehaviour !== undefined && (own.implementation ?? NATIVE) !== NATIVE) {
    throw new DocumentError(
      ['routers', name, 'misbehaviour'],
      `expected implementation: ${NATIVE}, which alone can misbehave`,
    );
  }
  const misbehaviour = own.implementation === undefined ? (own.misbehaviour ?? cast.misbehaviour) : own.misbehaviour;
  return {
    kind: 'router',
    name,
    ports: lansOf(scene, name).map((lan, position) => portOf(scene, name, lan, position)),
    implementation: own.implementation ?? (own.misbehaviour === undefined ? cast.implementation : NATIVE),
    rfc: scene.profile.slice('rfc'.length) as NonNullable<RouterDescription['rfc']>,
    ...(misbehaviour === undefined ? {} : { misbehaviour }),
    ...timingOf(own),
    virtualRouters: scene.intents.filter(({ router }) => router === name),
    ...(own.configuration === undefined ? {} : { configuration: own.configuration }),
    ...(isReloaded(document, name) ? { reloads: true as const } : {}),
    forwarding: true,
  };
}

/** Absent where the document says nothing of it: the stage's clock, and a core at once. */
function timingOf(own: RouterDocument): Pick<RouterDescription, 'timing'> {
  const timing: RouterTiming = {
    ...(own['clock-drift'] === undefined ? {} : { clockDriftPpm: own['clock-drift'] }),
    ...(own['scheduling-delay'] === undefined ? {} : { schedulingDelayNs: parseDuration(own['scheduling-delay'])! }),
    ...(own['start-offset'] === undefined ? {} : { startOffsetNs: parseDuration(own['start-offset'])! }),
  };
  return Object.keys(timing).length === 0 ? {} : { timing };
}

function isReloaded({ steps }: ScenarioDocument, name: string): boolean {
  return steps.some((step) => typeof step !== 'string' && step.reload?.router === name);
}

function hostNode(scene: Scene, name: string): HostDescription {
  const { hosts } = scene.document;
  const own = Array.isArray(hosts) || hosts === undefined ? {} : (hosts[name] ?? {});
  const lan = requireName(own.lan ?? scene.lans[0]!, scene.lans, 'LAN', ['hosts', name, 'lan']);
  const gateway = own.gateway ?? scene.virtualRouters.find((virtualRouter) => virtualRouter.lan === lan)?.addresses[0];
  return {
    kind: 'host',
    name,
    ports: [portOf(scene, name, lan, 0)],
    gateways: gateway === undefined ? [] : [gateway],
  };
}
