import type { VirtualRouterIntent } from '../capture/intent.ts';
import { MILLISECOND } from '../capture/time.ts';
import { compileDocument } from '../scenario/compile.ts';
import type { ScenarioDocument } from '../scenario/schema.ts';
import type { Variant } from '../scenario/variant.ts';
import type { Connection, Probe } from '../stage/action.ts';
import type { NodeDescription, RouterDescription, Topology } from '../stage/topology.ts';
import { FAULTS, type FaultName } from './fault.ts';

/** One failover to measure: who, how configured, what strikes, and when. */
export interface Trial {
  /** The implementation that plays both routers. */
  readonly router: string;
  readonly variant: Variant;
  readonly intervalNs: number;
  readonly fault: FaultName;
  /** When the fault strikes: this part of an interval after an advertisement, 0 up to 1. */
  readonly phase: number;
  readonly seed: number;
}

/** The LAN of the clients, and that of the servers; the routers are on both, with a virtual router on each. */
export const LANS = ['inside', 'outside'] as const;
export type LanName = (typeof LANS)[number];
export const FIRST_ROUTER = 'r1';
export const SECOND_ROUTER = 'r2';

/** What is probed: each way through the routers, and the virtual address itself. */
export const PATHS = ['to-server', 'to-client', 'virtual-address'] as const;
export type PathName = (typeof PATHS)[number];

/**
 * A little more than a thousand a second: the bounds of an outage are two of these apart, and are to be closer than two
 * milliseconds.
 */
export const PROBE_INTERVAL_NS = 0.8 * MILLISECOND;
/** From one write to the TCP connection to the next: one timer serves all that have one interval. */
export const WRITE_INTERVAL_NS = PROBE_INTERVAL_NS;

/** What is built for a trial. */
export interface TrialScene {
  readonly topology: Topology;
  /** Of each router on each LAN. */
  readonly intents: readonly VirtualRouterIntent[];
  readonly probes: readonly (Probe & { readonly name: PathName })[];
  /** From the client to the server, through the routers there and back. */
  readonly connection: Connection;
}

/**
 * Compiles a trial's topology.
 * @throws DocumentError where the version cannot say the interval
 */
export function sceneOf({ router, variant, intervalNs, fault }: Omit<Trial, 'phase' | 'seed'>): TrialScene {
  const interval = `${intervalNs / MILLISECOND}ms`;
  const document: ScenarioDocument = {
    name: 'Failover',
    fabric: FAULTS[fault].needsWire ? 'wire' : 'bridge',
    lans: [...LANS],
    routers: [FIRST_ROUTER, SECOND_ROUTER],
    hosts: { client: {}, server: { lan: 'outside' } },
    'virtual-routers': LANS.map((lan) => ({ lan, interval })),
    steps: [{ start: [FIRST_ROUTER, SECOND_ROUTER] }],
    expect: [],
  };
  const compiled = compileDocument(document, { variant, implementation: router, scenario: 'failover' });
  const topology = FAULTS[fault].reloads === true ? withReload(compiled.topology) : compiled.topology;
  const intents = topology.nodes.flatMap((node) => (node.kind === 'router' ? node.virtualRouters : []));
  const address = (host: string) => {
    const node = topology.nodes.find(({ name }) => name === host)!;
    return node.ports[0]!.addresses.at(-1)!.split('/')[0]!;
  };
  const virtualAddress = intents.find(({ lan }) => lan === 'inside')!.addresses.at(-1)!;
  const intervalOfProbes = { intervalNs: PROBE_INTERVAL_NS };
  return {
    topology,
    intents,
    probes: [
      { name: 'to-server', from: 'client', to: address('server'), ...intervalOfProbes, oneWay: true },
      { name: 'to-client', from: 'server', to: address('client'), ...intervalOfProbes, oneWay: true },
      { name: 'virtual-address', from: 'client', to: virtualAddress, ...intervalOfProbes },
    ],
    connection: {
      name: 'connection',
      from: 'client',
      to: 'server',
      address: address('server'),
      intervalNs: WRITE_INTERVAL_NS,
    },
  };
}

/** The first router will be asked to read another configuration. */
function withReload({ lans, nodes }: Topology): Topology {
  return { lans, nodes: nodes.map((node) => (isFirstRouter(node) ? { ...node, reloads: true as const } : node)) };
}

function isFirstRouter(node: NodeDescription): node is RouterDescription {
  return node.kind === 'router' && node.name === FIRST_ROUTER;
}

/** The router that the fault strikes. */
export function struckRouter({ topology }: TrialScene): RouterDescription {
  return topology.nodes.find(isFirstRouter)!;
}
