import type { FrameCursor } from '../../wire/frame.ts';
import { read32 } from '../../wire/octets.ts';
import type { Context } from './context.ts';
import type { Message } from './message.ts';
import type { RouterState, Speaker } from './state.ts';

/** Copies of one advertisement leave within this time, or within half an interval where that is shorter. */
const COPIES_WITHIN_NS = 5_000_000;
/** Peers of one router that are remembered. */
const PEERS = 64;

/** Tells the single destination of an advertisement from others, as a number; 0 where it goes to a group. */
export function destinationWord(bytes: Uint8Array, frame: FrameCursor): number {
  const destination = frame.destinationAddress;
  const first = bytes[destination]!;
  if (frame.addressLength === 4) return (first & 0xf0) === 0xe0 ? 0 : read32(bytes, destination) | 0;
  if (first === 0xff) return 0;
  let word = read32(bytes, destination) | 0;
  for (let offset = 4; offset < 16; offset += 4) word = Math.imul(word, 31) ^ read32(bytes, destination + offset);
  return word | 0 || 1;
}

/**
 * Whether this is the advertisement that the router has just sent to another peer: then it is the same event.
 * `sentBeforeNs` is when it last sent to this peer.
 */
export function isCopyToAnotherPeer(context: Context, { router, message }: Speaker, sentBeforeNs: number): boolean {
  const { timeNs } = context.record;
  const { toPeers, toPeersNs } = router;
  const withinNs = Math.min(COPIES_WITHIN_NS, message.intervalNs / 2);
  if (toPeers !== undefined && sentBeforeNs < toPeersNs && timeNs - toPeersNs <= withinNs) {
    if (isSameAdvertisement(toPeers, message)) return true;
  }
  router.toPeers = message;
  router.toPeersNs = timeNs;
  return false;
}

function isSameAdvertisement(one: Message, other: Message): boolean {
  return (
    one.version === other.version &&
    one.priority === other.priority &&
    one.intervalField === other.intervalField &&
    one.addressCount === other.addressCount
  );
}

/** Notes to whom a router sends. */
export function notePeer(router: RouterState, message: Message): void {
  router.unicast = message.unicast;
  if (message.unicast && router.peers.size < PEERS) router.peers.add(message.destination);
}

/** Why two routers of one virtual router may not hear each other, as far as what they send tells; undefined if nothing does. */
export function whyUnheard(one: RouterState, other: RouterState): string | undefined {
  if (one.unicast !== other.unicast) {
    const [single, group] = one.unicast ? [one, other] : [other, one];
    return `${single.name} sends to single peers (${[...single.peers].join(', ')}) and ${group.name} to the multicast group`;
  }
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    if (from.unicast && !from.peers.has(to.sourceAddress)) {
      return `${from.name} sends to its peers (${[...from.peers].join(', ')}), and ${to.sourceAddress} is not among them`;
    }
  }
  if (!one.versions.some((version) => other.versions.includes(version))) {
    return `${one.name} speaks VRRPv${one.version} and ${other.name} VRRPv${other.version}`;
  }
  return undefined;
}
