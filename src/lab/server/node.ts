import { writeFileSync } from 'node:fs';
import { inNamespace, type Namespace } from '../../linux/namespace.ts';
import type { Route } from '../../linux/netlink/route.ts';
import type { NodeDescription } from '../../stage/topology.ts';
import type { LaunchLink } from '../launch.ts';
import type { BuiltPort } from './fabric.ts';
import type { PooledNamespace } from './namespace-pool.ts';

/** Above the ports' of any node. */
const FIRST_MACVLAN_INDEX = 1_000;
/** addr_gen_mode: a stable address of a random secret. */
const RANDOM_LINK_LOCAL = '3';

/** Splits `192.0.2.1/24`. @throws Error where there is no prefix length */
function splitPrefix(text: string): { address: string; prefixLength: number } {
  const [address, length] = text.split('/');
  const prefixLength = Number(length);
  if (!address || length === undefined || !Number.isInteger(prefixLength)) {
    throw new Error(`'${text}' is no address with a prefix length, such as 192.0.2.1/24`);
  }
  return { address, prefixLength };
}

/** Whether an IPv6 address is of the link alone: fe80::/10. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}

/** Settings of a node whose interfaces are there and down. Addresses are the scenario's: nothing is tested or learned. */
function settingsOf(node: NodeDescription): [name: string, value: string][] {
  const settings: [string, string][] = [];
  for (const { interfaceName } of node.ports) {
    const ipv6 = `net/ipv6/conf/${interfaceName}`;
    if (node.kind === 'tester') settings.push([`${ipv6}/disable_ipv6`, '1']);
    else settings.push([`${ipv6}/accept_dad`, '0']);
    if (node.kind === 'host') settings.push([`${ipv6}/accept_ra`, '0']);
  }
  if (node.kind === 'router' && node.forwarding) {
    settings.push(['net/ipv4/ip_forward', '1'], ['net/ipv6/conf/all/forwarding', '1']);
  }
  return settings;
}

function writeSettings(namespace: Namespace, settings: readonly [string, string][]): void {
  inNamespace(namespace, () => {
    for (const [name, value] of settings) {
      // What a kernel without IPv6 does not have needs no setting.
      try {
        writeFileSync(`/proc/sys/${name}`, value, { flag: 'r+' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  });
}

function addAddresses(route: Route, index: number, addresses: readonly string[]): void {
  for (const { address, prefixLength } of addresses.map(splitPrefix)) {
    const scope = isLinkLocal(address) ? 'link' : 'global';
    route.addAddress({ index, address, prefixLength, noDuplicateDetection: true, scope });
  }
}

function addRoutes(route: Route, gateways: readonly string[], ports: readonly BuiltPort[]): void {
  for (const gateway of gateways) {
    // A link-local gateway does not say by which link: hosts with one are on one LAN.
    const link = isLinkLocal(gateway) && ports[0] ? { index: ports[0].nodeIndex } : {};
    route.addRoute({ destination: gateway.includes(':') ? '::' : '0.0.0.0', prefixLength: 0, gateway, ...link });
  }
}

function createMacvlan(
  { namespace, route }: PooledNamespace,
  ports: readonly BuiltPort[],
  link: LaunchLink,
  index: number,
): void {
  const parent = ports.find(({ port }) => port.interfaceName === link.parent)?.nodeIndex;
  if (parent === undefined) throw new Error(`link '${link.name}' has no parent '${link.parent}'`);
  const { name, macAddress, mode } = link;
  route.createMacvlan({ name, index, parent, mode, macAddress });
  // RFC 9568 §7.4: no address is derived from a virtual MAC.
  route.setLinkLocalGeneration(index, false);
  if (link.linkLocal === 'random') {
    writeSettings(namespace, [[`net/ipv6/conf/${name}/addr_gen_mode`, RANDOM_LINK_LOCAL]]);
  }
  addAddresses(route, index, link.addresses);
}

/**
 * Gives a node whose ports are new its settings, addresses and links; everything stays down. `raiseNode` follows, when
 * every node of a set is prepared: an interface that is up sends at once, and each frame of it is work for all of them.
 * @throws LinuxError, or Error naming what cannot be
 */
export function prepareNode(
  home: PooledNamespace,
  node: NodeDescription,
  ports: readonly BuiltPort[],
  links: readonly LaunchLink[],
): void {
  const { namespace, route } = home;
  writeSettings(namespace, settingsOf(node));
  for (const { nodeIndex, port } of ports) {
    if (port.addresses.some(isLinkLocal)) route.setLinkLocalGeneration(nodeIndex, false);
    addAddresses(route, nodeIndex, port.addresses);
  }
  for (const [position, link] of links.entries()) createMacvlan(home, ports, link, FIRST_MACVLAN_INDEX + position);
}

/**
 * Sets the interfaces of a prepared node up, and adds the routes that need them.
 * @throws LinuxError
 */
export function raiseNode(
  { route }: PooledNamespace,
  node: NodeDescription,
  ports: readonly BuiltPort[],
  links: readonly LaunchLink[],
): void {
  for (const { nodeIndex } of ports) route.changeLink(nodeIndex, { up: true });
  for (const position of links.keys()) route.changeLink(FIRST_MACVLAN_INDEX + position, { up: true });
  if (node.kind === 'host') addRoutes(route, node.gateways, ports);
}
