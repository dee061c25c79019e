import { type CaptureInterface, LINK_TYPE_ETHERNET } from '../capture/frame.ts';
import {
  type Fabric,
  isOutside,
  type NodeDescription,
  type PortDescription,
  type Topology,
} from '../stage/topology.ts';

/** A port of a set; both sides of the channel number them alike, in the topology's order. */
export interface NumberedPort {
  readonly index: number;
  readonly node: NodeDescription;
  readonly port: PortDescription;
  readonly fabric: Fabric;
}

/**
 * Every port of a topology, numbered.
 * @throws Error where a port names a LAN that is not there, or two things have one name
 */
export function listPorts(topology: Topology): NumberedPort[] {
  const fabrics = new Map<string, Fabric>();
  for (const lan of topology.lans) {
    if (fabrics.has(lan.name)) throw new Error(`two LANs are named '${lan.name}'`);
    fabrics.set(lan.name, lan.fabric);
  }
  const nodes = new Set<string>();
  const ports: NumberedPort[] = [];
  for (const node of topology.nodes) {
    if (nodes.has(node.name)) throw new Error(`two nodes are named '${node.name}'`);
    nodes.add(node.name);
    const lans = new Set<string>();
    for (const port of node.ports) {
      const fabric = fabrics.get(port.lan);
      if (!fabric) throw new Error(`node '${node.name}' has a port on LAN '${port.lan}', which is not described`);
      if (lans.has(port.lan)) throw new Error(`node '${node.name}' has two ports on LAN '${port.lan}'`);
      lans.add(port.lan);
      ports.push({ index: ports.length, node, port, fabric });
    }
  }
  return ports;
}

/** A port as a capture describes it: `r1-lan`. */
export function describePort({ node, port }: NumberedPort): CaptureInterface {
  return {
    name: `${node.name}-${port.lan}`,
    description: `${node.kind} ${node.name}, ${port.interfaceName} on LAN ${port.lan}`,
    linkType: LINK_TYPE_ETHERNET,
    resolutionNanoseconds: 1,
    snapLength: 0,
    port: {
      node: node.name,
      kind: node.kind,
      lan: port.lan,
      macAddress: port.macAddress,
      ...(isOutside(node) ? { outside: true } : {}),
    },
  };
}
