import { LinuxError } from '../../linux/libc.ts';
import { ownNamespace } from '../../linux/namespace.ts';
import { openRoute } from '../../linux/netlink/route.ts';
import { openPacketSocket } from '../../linux/packet-socket.ts';
import { NotPlayableError, StageError } from '../../stage/stage.ts';
import type { RouterDescription, Topology } from '../../stage/topology.ts';
import { FIRST_OUTSIDE_DESCRIPTOR, type OutsidePort } from '../channel/protocol.ts';

/** Which link of the host leads to which port of a router outside. */
export interface OutsideLink {
  /** The router's name; the first one of the scenario where it is absent. */
  readonly router?: string;
  /** The port, by its LAN or its interface's name; the router's first one where it is absent. */
  readonly port?: string;
  /** The host's interface. */
  readonly interfaceName: string;
}

/** The link that leads to a router's port; undefined where none does. */
export function linkOfPort(
  links: readonly OutsideLink[],
  topology: Topology,
  router: RouterDescription,
  position: number,
): OutsideLink | undefined {
  const port = router.ports[position];
  const isFirst = topology.nodes.find(({ kind }) => kind === 'router') === router;
  return links.find(({ router: name, port: named }) => {
    if (name === undefined ? !isFirst : name !== router.name) return false;
    return named === undefined ? position === 0 : named === port?.lan || named === port?.interfaceName;
  });
}

/** The host's links, each with the packet sockets that the server is to inherit. */
export interface OpenLinks {
  /** In the order in which the server inherits them. */
  readonly descriptors: readonly number[];
  /** The ports of a router. @throws NotPlayableError where no link leads to one of them */
  portsOf(topology: Topology, router: RouterDescription): OutsidePort[];
  /** The server has them: what this process holds is closed. */
  release(): void;
}

/**
 * Opens packet sockets at links of the host, which stay as they are but for promiscuous mode: that ends with the sockets.
 * @throws StageError with the cure, where a link is not there or down, or this user may not
 */
export function openOutsideLinks(links: readonly OutsideLink[]): OpenLinks {
  const names = [...new Set(links.map(({ interfaceName }) => interfaceName))];
  const opened = names.map((name) => ({ name, ...openLink(name) }));
  return {
    descriptors: opened.flatMap(({ relay, capture }) => [relay.fd, capture.fd]),
    portsOf(topology, router) {
      return router.ports.map(({ lan }, position) => {
        const link = linkOfPort(links, topology, router, position);
        if (link === undefined) {
          const cure = `say which interface leads there: --port ${router.name}.${lan}=INTERFACE`;
          throw new NotPlayableError(`no interface leads to the port of '${router.name}' on LAN '${lan}'`, cure);
        }
        const number = names.indexOf(link.interfaceName);
        const descriptor = FIRST_OUTSIDE_DESCRIPTOR + 2 * number;
        const { index: interfaceIndex } = opened[number]!;
        return { node: router.name, lan, interfaceIndex, relay: descriptor, capture: descriptor + 1 };
      });
    },
    release() {
      for (const { relay, capture } of opened) {
        relay.close();
        capture.close();
      }
    },
  };
}

function openLink(name: string) {
  const namespace = ownNamespace();
  try {
    const index = indexOf(name);
    const options = { namespace, interfaceIndex: index, promiscuous: true };
    return { index, relay: openPacketSocket({ ...options, ignoreOutgoing: true }), capture: openPacketSocket(options) };
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    const cure = error.code === 'EPERM' ? 'run as root, or with the capability CAP_NET_RAW' : undefined;
    throw new StageError(`the interface '${name}' cannot be used: ${error.message}`, cure);
  } finally {
    namespace.close();
  }
}

function indexOf(name: string): number {
  const namespace = ownNamespace();
  const route = openRoute(namespace);
  try {
    const link = route.link(name);
    if (link === undefined) throw new StageError(`this host has no interface '${name}'`);
    if (!link.up) throw new StageError(`the interface '${name}' is down`, `sudo ip link set ${name} up`);
    return link.index;
  } finally {
    route.close();
    namespace.close();
  }
}
