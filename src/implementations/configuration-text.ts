import { keepalivedConfiguration } from '../config/keepalived-text.ts';
import type { RouterDescription } from '../stage/topology.ts';

/** Lines of a vrrp_instance that one of its readers knows and the other does not. */
export type LinesOf = (intent: RouterDescription['virtualRouters'][number]) => readonly string[];

/**
 * The keepalived.conf of a router: word for word what its description brings, or made from what its virtual routers are
 * meant to do. Virtual addresses are written without a mask: with the subnet's own, the kernel would have a second route
 * to it and send ARP requests with the virtual address and the physical MAC.
 */
export function configurationOf(router: RouterDescription, linesOf: LinesOf = () => []): string {
  if (router.configuration !== undefined) return router.configuration;
  return keepalivedConfiguration(router.name, router.virtualRouters, {
    linesOf: (intent) => [...checksumLines(intent), ...linesOf(intent)],
    interfaceOf: (intent) => router.ports.find((port) => port.lan === intent.lan)?.interfaceName ?? 'eth0',
  });
}

function checksumLines({ ipv4Checksum }: RouterDescription['virtualRouters'][number]): string[] {
  return ipv4Checksum === undefined ? [] : [`v3_checksum_as_v2 ${ipv4Checksum === 'message-alone'}`];
}
