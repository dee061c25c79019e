import type { Unicast, VirtualRouterConfiguration } from '../config/configuration.ts';
import type { Namespace } from '../linux/namespace.ts';
import type { SendResult } from '../linux/packet-socket.ts';
import { PROTOCOL_VRRP } from '../linux/raw-socket.ts';
import { openUnicastSender } from '../linux/unicast-sender.ts';
import { compareAddresses, formatAddress, isLinkLocalIpv6, parseAddress } from '../wire/address.ts';
import { advertisementMessage } from '../wire/build-advertisement.ts';
import { type AdvertisementContent, TRAFFIC_CLASS } from './frames.ts';
import { type Port, primaryAddress } from './port.ts';

/** Sends the advertisements of one virtual router to its peers, one by one. */
export interface UnicastAdvertiser {
  /** Makes what this priority needs. */
  prepare(priority: number): void;
  /** One advertisement to each peer; 'sent' where one of them left. @throws LinuxError */
  send(priority: number): SendResult;
  close(): void;
}

interface Packet {
  readonly message: Uint8Array;
  readonly target: Uint8Array;
}

/**
 * The kernel routes what it sends and finds out the MAC address of the next hop: a peer may be behind a router, and its
 * MAC address may change. What it costs is that the first advertisement to a peer that the kernel does not know waits
 * for its answer to ARP or Neighbor Discovery.
 * @param contents what the advertisements say, one for each version; all from the same source
 * @throws LinuxError
 */
export function createUnicastAdvertiser(
  namespace: Namespace,
  port: Port,
  unicast: Unicast,
  contents: readonly AdvertisementContent[],
): UnicastAdvertiser {
  const { source } = contents[0]!;
  const made = new Map<number, readonly Packet[]>();
  const sender = openUnicastSender({
    namespace,
    protocol: PROTOCOL_VRRP,
    source: formatAddress(source, 0, source.length),
    interfaceIndex: port.index,
    hopLimit: unicast.ttl,
    trafficClass: TRAFFIC_CLASS,
  });
  const peers = unicast.peers.map(({ address }) => ({
    destination: parseAddress(address)!,
    target: sender.target(address),
  }));

  function packets(priority: number): readonly Packet[] {
    const known = made.get(priority);
    if (known !== undefined) return known;
    const fresh = peers.flatMap(({ destination, target }) =>
      contents.map((content) => {
        const message = advertisementMessage({ ...content, priority }, source, destination, content.checksum);
        return { message, target };
      }),
    );
    made.set(priority, fresh);
    return fresh;
  }

  return {
    prepare(priority) {
      packets(priority);
    },
    send(priority) {
      let result: SendResult = 'down';
      for (const { message, target } of packets(priority)) {
        const one = sender.send(message, target);
        if (one === 'sent' || (one === 'full' && result !== 'sent')) result = one;
      }
      return result;
    },
    close: () => sender.close(),
  };
}

/**
 * Where no address is configured: the interface's primary address, but over IPv6 to peers beyond the link an address
 * that they can answer (the first that is neither link-local nor virtual).
 */
export function unicastSource(
  port: Port,
  { family, unicast, priority }: VirtualRouterConfiguration,
  virtual: readonly Uint8Array[],
): Uint8Array | undefined {
  const primary = primaryAddress(port, family, virtual, priority === 255);
  if (family === 'ipv4' || unicast === undefined) return primary;
  const peers = unicast.peers.map(({ address }) => parseAddress(address)!);
  if (peers.every((peer) => isLinkLocalIpv6(peer, 0, peer.length))) return primary;
  for (const { address, scope, tentative, duplicate } of port.addresses) {
    const bytes = parseAddress(address);
    if (bytes?.length !== 16 || scope === 'link' || tentative || duplicate) continue;
    if (!virtual.some((other) => compareAddresses(other, bytes) === 0)) return bytes;
  }
  return primary;
}
