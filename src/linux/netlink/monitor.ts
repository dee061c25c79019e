import type { Namespace } from '../namespace.ts';
import { type Address, decodeAddress } from './address.ts';
import { decodeLink, type Link } from './link-decode.ts';
import type { ReceivedMessage } from './message.ts';
import { decodeNeighbour, type Neighbour } from './neighbour.ts';
import { decodeRoute, type RouteEntry } from './routing.ts';
import { listenNetlink, type NetlinkListener } from './socket.ts';

const GROUPS = {
  link: [1],
  address: [5, 9],
  route: [7, 11],
  neighbour: [3],
} as const;

/** What can be watched. */
export type RouteGroup = keyof typeof GROUPS;

/** Something that changed in a namespace; `removed` tells a deletion from an appearance or a change. */
export type RouteChange =
  | { readonly kind: 'link'; readonly removed: boolean; readonly link: Link }
  | { readonly kind: 'address'; readonly removed: boolean; readonly address: Address }
  | { readonly kind: 'route'; readonly removed: boolean; readonly route: RouteEntry }
  | { readonly kind: 'neighbour'; readonly removed: boolean; readonly neighbour: Neighbour }
  /** Announcements were lost: list anew what is known. */
  | { readonly kind: 'lost' };

const AF_BRIDGE = 7;

function decodeChange(message: ReceivedMessage): RouteChange | undefined {
  switch (message.type) {
    case 16:
    case 17:
      // A bridge announces its ports once more, in a family of its own: a port that leaves it is no link that is gone.
      if (message.body[0] === AF_BRIDGE) return undefined;
      return { kind: 'link', removed: message.type === 17, link: decodeLink(message.body) };
    case 20:
    case 21:
      return { kind: 'address', removed: message.type === 21, address: decodeAddress(message.body) };
    case 24:
    case 25: {
      const route = decodeRoute(message.body);
      return route && { kind: 'route', removed: message.type === 25, route };
    }
    case 28:
    case 29: {
      const neighbour = decodeNeighbour(message.body);
      return neighbour && { kind: 'neighbour', removed: message.type === 29, neighbour };
    }
    default:
      return undefined;
  }
}

/**
 * Watches links, addresses, routes or neighbours of the namespace. A change of carrier is told in under 1 ms as a rule;
 * the kernel limits the rate, so that now and then it takes 0.6 s.
 * @throws LinuxError
 */
export function watchRoute(
  namespace: Namespace,
  groups: readonly RouteGroup[],
  onChange: (change: RouteChange) => void,
  onError?: (error: Error) => void,
): NetlinkListener {
  return listenNetlink(
    namespace,
    groups.flatMap((name) => GROUPS[name]),
    (message) => {
      const change = decodeChange(message);
      if (change) onChange(change);
    },
    () => onChange({ kind: 'lost' }),
    onError,
  );
}
