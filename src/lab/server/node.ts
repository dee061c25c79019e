import { writeSysctls } from '../../linux/sysctl.ts';
import type { NodeDescription, PortDescription } from '../../stage/topology.ts';
import type { PooledNamespace } from './namespace-pool.ts';

/** Splits `192.0.2.1/24`. @throws Error where there is no prefix length */
function splitPrefix(text: string): { address: string; prefixLength: number } {
  const [address, length] = text.split('/');
  const prefixLength = Number(length);
  if (!address || length === undefined || !Number.isInteger(prefixLength)) {
    throw new Error(`'${text}' is no address with a prefix length, such as 192.0.2.1/24`);
  }
  return { address, prefixLength };
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}

/** Settings of an interface that is still down. Addresses are the scenario's: nothing is learned or tested for. */
function settingsOf(node: NodeDescription, port: PortDescription): Record<string, string> {
  const ipv6 = `net/ipv6/conf/${port.interfaceName}`;
  if (node.kind === 'tester') return { [`${ipv6}/disable_ipv6`]: '1' };
  return {
    [`${ipv6}/accept_dad`]: '0',
    [`${ipv6}/accept_ra`]: '0',
    [`net/ipv4/conf/${port.interfaceName}/rp_filter`]: '0',
  };
}

/**
 * Gives a node's interface its settings and addresses and sets it up.
 * @throws LinuxError, or Error naming an address that is none
 */
export function configurePort(home: PooledNamespace, node: NodeDescription, port: PortDescription): void {
  const { route, namespace } = home;
  const index = route.indexOf(port.interfaceName);
  writeSysctls(namespace, settingsOf(node, port));
  const addresses = port.addresses.map(splitPrefix);
  if (addresses.some(({ address }) => isLinkLocal(address))) route.setLinkLocalGeneration(index, false);
  for (const { address, prefixLength } of addresses) {
    route.addAddress({
      index,
      address,
      prefixLength,
      noDuplicateDetection: true,
      scope: isLinkLocal(address) ? 'link' : 'global',
    });
  }
  route.changeLink(index, { up: true });
}

/** Forwarding and routes: what concerns the whole node, after its ports are up. */
export function configureNode(home: PooledNamespace, node: NodeDescription): void {
  if (node.kind === 'router' && node.forwarding) {
    writeSysctls(home.namespace, { 'net/ipv4/ip_forward': '1', 'net/ipv6/conf/all/forwarding': '1' });
  }
  if (node.kind === 'host') configureRoutes(home, node.gateways, node.ports);
}

function configureRoutes(home: PooledNamespace, gateways: readonly string[], ports: readonly PortDescription[]): void {
  for (const gateway of gateways) {
    const first = ports[0];
    // A link-local gateway does not say by which link: hosts with one are on one LAN.
    const index = isLinkLocal(gateway) && first ? home.route.indexOf(first.interfaceName) : undefined;
    home.route.addRoute({
      destination: gateway.includes(':') ? '::' : '0.0.0.0',
      prefixLength: 0,
      gateway,
      ...(index === undefined ? {} : { index }),
    });
  }
}
