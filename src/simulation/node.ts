import type { RunEvent } from '../capture/event.ts';
import { StageError } from '../stage/stage.ts';
import type { NodeDescription, PortDescription } from '../stage/topology.ts';
import { formatAddress, parseAddress } from '../wire/address.ts';
import { parseMac } from '../wire/mac.ts';
import type { Clock } from './clock.ts';
import { createHost, type Host, isWithin, nextHopOf } from './host.ts';
import { createKernel, type Kernel } from './kernel.ts';
import type { ProtocolWatcher } from './protocol-watcher.ts';
import { createRouter, type Router, type RouterPort } from './router.ts';
import { isLinkUp, type WirePort, type Wires } from './switch.ts';
import { readTransit } from './transit.ts';

/** A node of a simulated set, with its ports in the switch. */
export interface Node {
  readonly name: string;
  readonly ports: readonly WirePort[];
  readonly host: Host | undefined;
  readonly router: Router | undefined;
  readonly hasPower: () => boolean;
  setPower(on: boolean): void;
  setCable(lan: string, plugged: boolean): void;
}

interface NodeParts {
  readonly clock: Clock;
  readonly network: Wires;
  readonly description: NodeDescription;
  readonly emit: (event: RunEvent) => void;
  readonly seed: number;
  readonly watcher?: ProtocolWatcher | undefined;
}

interface NodePort {
  readonly port: WirePort;
  readonly kernel: Kernel | undefined;
  /** Addresses with prefix length. */
  readonly subnets: readonly string[];
}

/** Makes a node with power and plugged cables, nothing started. Throws a StageError where its description is wrong. */
export function createNode(parts: NodeParts): Node {
  const { clock, description, network } = parts;
  const nodePorts = description.ports.map((port) => createNodePort(parts, port, () => router, takeOn));
  const first = nodePorts[0];
  const router = description.kind === 'router' ? createRouter(clock, description, routerPorts(), parts) : undefined;
  const host = description.kind === 'host' && first?.kernel !== undefined ? createHost(clock, first.kernel) : undefined;

  function routerPorts(): ReadonlyMap<string, RouterPort> {
    return new Map(
      nodePorts.flatMap(({ port, kernel }) => {
        if (kernel === undefined) return [];
        const send = (bytes: Uint8Array) => network.transmit(port, bytes);
        return [[port.lan, { kernel, send, isLinkUp: () => isLinkUp(port) }] as const];
      }),
    );
  }

  /** Packets of others go on by the port whose subnet they are for. */
  function takeOn(bytes: Uint8Array): void {
    if (description.kind !== 'router' || !description.forwarding) return;
    const transit = readTransit(bytes);
    if (transit === undefined || nodePorts.some(({ kernel }) => kernel?.holds(transit.destination))) return;
    const way = nodePorts.find(({ subnets }) => subnets.some((subnet) => isWithin(transit.destination, subnet)));
    way?.kernel?.forward(transit);
  }

  const changeLink = (port: WirePort, change: () => void): void => {
    const before = isLinkUp(port);
    change();
    const after = isLinkUp(port);
    if (before === after) return;
    if (!after) network.forget(port);
    router?.linkChanged(port.lan, after);
  };

  return {
    name: description.name,
    ports: nodePorts.map(({ port }) => port),
    host,
    router,
    hasPower: () => nodePorts.every(({ port }) => port.powered),
    setPower(on) {
      if (!on) {
        router?.powerOff();
        host?.powerOff();
        for (const { kernel } of nodePorts) kernel?.reset();
      }
      for (const { port } of nodePorts) {
        changeLink(port, () => {
          port.powered = on;
        });
      }
    },
    setCable(lan, plugged) {
      const port = network.port(description.name, lan);
      changeLink(port, () => {
        port.plugged = plugged;
      });
    },
  };
}

function createNodePort(
  { clock, network, description }: NodeParts,
  port: PortDescription,
  router: () => Router | undefined,
  onTransit: (bytes: Uint8Array) => void,
): NodePort {
  const wirePort = network.port(description.name, port.lan);
  const kernel =
    description.kind === 'tester'
      ? undefined
      : createKernel({
          clock,
          base: {
            name: port.interfaceName,
            mac: macOf(port),
            up: true,
            addresses: port.addresses.map(withoutPrefix),
            accepts: true,
          },
          forwarding: description.kind === 'router' && description.forwarding,
          nextHop: description.kind === 'host' ? nextHopOf(description) : (destination) => destination,
          send: (bytes) => network.transmit(wirePort, bytes),
          onVrrp: (arrival) => router()?.receive(port.lan, arrival),
          onTransit,
        });
  if (kernel !== undefined) wirePort.receive = kernel.receive;
  return { port: wirePort, kernel, subnets: port.addresses };
}

function macOf(port: PortDescription): Uint8Array {
  const mac = parseMac(port.macAddress);
  if (mac === undefined) throw new StageError(`'${port.macAddress}' is no MAC address`);
  return mac;
}

/** `192.0.2.7/24` as the text that formatAddress gives for the address. */
function withoutPrefix(address: string): string {
  const octets = parseAddress(address.split('/')[0]!);
  if (octets === undefined) throw new StageError(`'${address}' is no IPv4 or IPv6 address`);
  return formatAddress(octets, 0, octets.length);
}
