import { setTimeout } from 'node:timers/promises';
import { setOffload } from '../../linux/ethtool.ts';
import type { Route } from '../../linux/netlink/route.ts';
import type { LanDescription } from '../../stage/topology.ts';
import type { NumberedPort } from '../port-list.ts';
import type { PooledNamespace } from './namespace-pool.ts';

// One namespace holds the fabric of every LAN of a set. A port is a veth pair: its far end is the node's interface, its
// near end is here. The near ends are numbered from FIRST_PORT_INDEX, far above what a node's namespace gives its own:
// where both ends have one index, the kernel reports a loss of carrier up to 0.8 s late.

const FIRST_BRIDGE_INDEX = 500_000;
const FIRST_PORT_INDEX = 1_000_000;
/** Of a node's own interfaces; the loopback is 1. */
const FIRST_NODE_INDEX = 2;
/** Every link of the fabric is of this group, so that one request removes them all. */
const FABRIC_GROUP = 1;

const LOOPBACK_INDEX = 1;

const READY_TIMEOUT_MS = 2_000;
const READY_POLL_MS = 2;

/** A built port: its fabric's end, and the node's namespace that has the other. */
export interface BuiltPort extends NumberedPort {
  readonly fabricIndex: number;
  /** The interface's index in the node's namespace. */
  readonly nodeIndex: number;
  readonly nodeNamespace: PooledNamespace;
  /** What its fabric's end is called. */
  readonly interfaceName: string;
}

/** The fabrics of one set. */
export interface Fabric {
  readonly home: PooledNamespace;
  readonly ports: readonly BuiltPort[];
  portsOf(node: string): readonly BuiltPort[];
  /** What the bridge of a LAN is called; undefined where a wire carries its frames. */
  bridgeOf(lan: string): string | undefined;
  /** Makes a port anew, as if the machine at its far end had been replaced by an empty one; its link is down. */
  rebuild(port: BuiltPort): void;
  /** Takes a port away, the node's interface with it; `rebuild` makes it anew. */
  removePort(port: BuiltPort): void;
  setLink(port: BuiltPort, up: boolean): void;
  /**
   * Resolves when every port carries frames: the kernel notices a carrier on a queue of its own, and drops what is sent
   * towards a node before. Gives up after a limit, where somebody took a node's end down meanwhile.
   */
  ready(): Promise<void>;
  /** Removes every link; the kernel waits once for all of them. */
  remove(): Promise<void>;
}

/**
 * Builds the LANs and their ports; `relayedLans` are those that lead out of the host. The nodes' ends are down and without addresses; the fabric's ends are up.
 * @throws LinuxError
 */
export function buildFabric(
  home: PooledNamespace,
  lans: readonly LanDescription[],
  ports: readonly NumberedPort[],
  nodeNamespaces: ReadonlyMap<string, PooledNamespace>,
  relayedLans: ReadonlySet<string>,
): Fabric {
  const { route, namespace } = home;
  const bridges = new Map<string, number>();
  lans.forEach((lan, position) => {
    if (lan.fabric !== 'bridge') return;
    const index = FIRST_BRIDGE_INDEX + position;
    route.createBridge({ name: `lan${position}`, index, group: FABRIC_GROUP, multicastSnooping: true, up: true });
    bridges.set(lan.name, index);
  });

  const built = ports.map((port): BuiltPort => {
    const nodeNamespace = nodeNamespaces.get(port.node.name);
    if (!nodeNamespace) throw new Error(`node '${port.node.name}' has no namespace`);
    const nodeIndex = FIRST_NODE_INDEX + port.node.ports.indexOf(port.port);
    return {
      ...port,
      nodeNamespace,
      nodeIndex,
      interfaceName: fabricName(port),
      fabricIndex: FIRST_PORT_INDEX + port.index,
    };
  });

  function create(port: BuiltPort, up: boolean): void {
    createPort(route, port, bridges.get(port.port.lan), up);
    if (port.fabric !== 'wire' && !relayedLans.has(port.port.lan)) return;
    // Or TCP and UDP cross the wire, or leave the host, with unfinished checksums, which nobody finishes.
    setOffload(namespace, [fabricName(port)], { transmitChecksum: false });
    setOffload(port.nodeNamespace.namespace, [port.port.interfaceName], { transmitChecksum: false });
  }

  for (const port of built) create(port, true);
  const byNode = new Map<string, BuiltPort[]>();
  for (const port of built) byNode.set(port.node.name, [...(byNode.get(port.node.name) ?? []), port]);

  return {
    home,
    ports: built,
    bridgeOf: (lan) => (bridges.has(lan) ? `lan${bridges.get(lan)! - FIRST_BRIDGE_INDEX}` : undefined),
    portsOf: (node) => byNode.get(node) ?? [],
    rebuild(port) {
      if (route.link(port.fabricIndex) !== undefined) route.deleteLink(port.fabricIndex);
      create(port, false);
    },
    removePort: (port) => route.deleteLink(port.fabricIndex),
    setLink: (port, up) => route.changeLink(port.fabricIndex, { up }),
    async ready() {
      const deadline = performance.now() + READY_TIMEOUT_MS;
      const waits = (): boolean =>
        route.links().some(({ index, operational }) => index >= FIRST_PORT_INDEX && !operational);
      while (waits() && performance.now() < deadline) await setTimeout(READY_POLL_MS);
      // The state is told before the queues are opened, both under one lock: what waits for that lock comes after both.
      route.changeLink(LOOPBACK_INDEX, { up: true });
    },
    remove: () => route.deleteGroupAsync(FABRIC_GROUP),
  };
}

function fabricName(port: NumberedPort): string {
  return `port${port.index}`;
}

function createPort(route: Route, port: BuiltPort, bridge: number | undefined, up: boolean): void {
  route.createVeth({
    name: fabricName(port),
    index: port.fabricIndex,
    group: FABRIC_GROUP,
    up,
    ...(bridge === undefined ? {} : { master: bridge }),
    peer: {
      name: port.port.interfaceName,
      index: port.nodeIndex,
      macAddress: port.port.macAddress,
      namespace: port.nodeNamespace.namespace,
    },
  });
}
