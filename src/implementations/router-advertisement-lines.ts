import type { RouterDescription } from '../stage/topology.ts';
import { isLinkLocalIpv6, parseAddress } from '../wire/address.ts';

/**
 * The block router_advertisement of the native router, where a virtual router is to advertise itself: with the prefixes
 * of its addresses, from which hosts make no addresses of their own, for a scenario gives them theirs.
 */
export function routerAdvertisementLines(intent: RouterDescription['virtualRouters'][number]): string[] {
  if (intent.routerAdvertisements !== true) return [];
  const addresses = intent.addresses.filter((address) => !isLinkLocalIpv6(parseAddress(address)!, 0, 16));
  const prefixes = [...new Set(addresses.map((address) => prefixOf(address)))];
  return [
    'router_advertisement {',
    '    mtu 1500',
    ...prefixes.flatMap((prefix) => [`    prefix ${prefix} {`, '        autonomous off', '    }']),
    '}',
  ];
}

/** `2001:db8::/64`: its first four groups. */
function prefixOf(address: string): string {
  const octets = parseAddress(address)!;
  const groups = [0, 2, 4, 6].map((at) => ((octets[at]! << 8) | octets[at + 1]!).toString(16));
  return `${groups.join(':')}::/64`;
}
