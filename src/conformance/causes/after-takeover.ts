import type { Nanoseconds } from '../../capture/time.ts';
import { SECOND } from '../../capture/time.ts';
import { formatAddress } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { PROTOCOL_TCP } from '../../wire/network.ts';
import { read16, read32 } from '../../wire/octets.ts';
import type { Context } from '../observer/context.ts';
import { neighbourKey } from '../observer/neighbours.ts';
import type { LanState, OpenTenure } from '../observer/state.ts';
import { items } from '../observer/timeline.ts';
import type { Cause, VirtualRouterKey } from '../result.ts';
import { duration, plural } from '../rules/words.ts';
import { noteSeen, type Seen } from './witness.ts';

/** So long after a takeover it is looked at what hosts do; at other times their traffic costs nothing. */
const WATCHED_NS = 30 * SECOND;
/** Whoever heeds an announcement has turned to the new Active router by then. */
const HEEDED_NS = SECOND;
const STALE_ADDRESSES = 256;
const CONNECTIONS = 256;
const TCP_FLAGS = 13;
const TCP_RESET = 0x04;
const TCP_HEADER = 20;

/** A physical MAC address at which a virtual address was until somebody took over. */
interface StaleAddress {
  readonly virtualRouter: VirtualRouterKey;
  readonly mac: string;
  readonly sinceNs: Nanoseconds;
  readonly packets: Seen;
  lastNs: Nanoseconds;
}

/** What hosts do after a takeover. Bounded. */
export interface AfterTakeover {
  untilNs: Nanoseconds;
  newestNs: Nanoseconds;
  /** By LAN and `neighbourKey`. */
  readonly stale: Map<LanState, Map<number, StaleAddress>>;
  /** Connections that were reset although they had been open, and the segments that did it. */
  readonly reset: Set<string>;
  readonly resets: Seen;
}

export function createAfterTakeover(): AfterTakeover {
  return {
    untilNs: Number.NEGATIVE_INFINITY,
    newestNs: Number.NEGATIVE_INFINITY,
    stale: new Map(),
    reset: new Set(),
    resets: { count: 0, frames: [] },
  };
}

/** A router has taken over from another one: what its hosts knew is stale where it was a physical MAC address. */
export function noteTakeover({ afterTakeover }: Context, { router, from, firstNs }: OpenTenure): void {
  if (from === undefined || from.router === router) return;
  const { lan, hosts, family, key } = router.virtualRouter;
  afterTakeover.untilNs = firstNs + WATCHED_NS;
  afterTakeover.newestNs = firstNs;
  const stale = afterTakeover.stale.get(lan) ?? new Map<number, StaleAddress>();
  afterTakeover.stale.set(lan, stale);
  for (const spans of hosts.addresses.values()) {
    const newest = items(spans).at(-1);
    if (newest === undefined || newest.mac.startsWith('00:00:5e:00:0') || stale.size >= STALE_ADDRESSES) continue;
    const octets = Uint8Array.from(newest.mac.split(':'), (octet) => Number.parseInt(octet, 16));
    const known = { virtualRouter: key, mac: newest.mac, sinceNs: firstNs, lastNs: firstNs };
    stale.set(neighbourKey(octets, 0, family), { ...known, packets: { count: 0, frames: [] } });
  }
}

/** Looks at a packet of hosts shortly after a takeover: does it go to where the virtual router was, is it a reset? */
export function lookAtTraffic({ afterTakeover, record }: Context, lan: LanState, frame: FrameCursor): void {
  const { timeNs, bytes } = record;
  if (timeNs > afterTakeover.untilNs || frame.addressLength === 0) return;
  if (frame.protocol === PROTOCOL_TCP) noteReset(afterTakeover, frame, record);
  if (frame.destinationMac < 0) return;
  const family = frame.addressLength === 4 ? 'ipv4' : 'ipv6';
  const key = neighbourKey(bytes, frame.destinationMac, family);
  const stale = afterTakeover.stale.get(lan)?.get(key);
  if (stale === undefined || timeNs - stale.sinceNs <= HEEDED_NS) return;
  // What is for the router itself is rightly sent there.
  const destination = formatAddress(bytes, frame.destinationAddress, frame.addressLength);
  const isOwn = lan.neighbours.get(key) === destination || destination.startsWith('fe80:');
  if (isOwn && !lan.byAddress.has(destination)) return;
  stale.lastNs = timeNs;
  noteSeen(stale.packets, record);
}

/** A reset with a sequence number of its own ends a connection that was open; one without refuses a new one. */
function noteReset(after: AfterTakeover, frame: FrameCursor, record: Context['record']): void {
  const { bytes } = record;
  const { transportOffset: at, transportEnd } = frame;
  if (at < 0 || transportEnd - at < TCP_HEADER || (bytes[at + TCP_FLAGS]! & TCP_RESET) === 0) return;
  if (read32(bytes, at + 4) === 0 || after.reset.size >= CONNECTIONS) return;
  const one = formatAddress(bytes, frame.sourceAddress, frame.addressLength);
  const other = formatAddress(bytes, frame.destinationAddress, frame.addressLength);
  after.reset.add([`${one} ${read16(bytes, at)}`, `${other} ${read16(bytes, at + 2)}`].sort().join(' '));
  noteSeen(after.resets, record);
}

/** So many packets to the old place are more than what was under way. */
const STALE_PACKETS = 3;

/** What hosts did after takeovers that tells of trouble. */
export function causesAfterTakeover({ afterTakeover }: Context): Cause[] {
  const { stale, reset, resets } = afterTakeover;
  const causes = [...stale.values()].flatMap((ofLan) =>
    [...ofLan.values()].flatMap(({ virtualRouter, mac, sinceNs, lastNs, packets }): Cause[] => {
      if (packets.count < STALE_PACKETS) return [];
      return [
        {
          id: 'stale-neighbour',
          certainty: 'shown',
          virtualRouter,
          text: `${plural(packets.count, 'packet')} of hosts went on to ${mac}, where the virtual router was, up to ${duration(lastNs - sinceNs)} after another router took over: who sent them ignores its announcements, or has a static entry`,
          settle:
            'the neighbour table of who sent them (ip neigh, arp -a); virtual MACs (keepalived: use_vmac) need no host to learn anything; in a cloud, the address must be moved by its API',
          frames: packets.frames,
        },
      ];
    }),
  );
  if (reset.size > 0) {
    causes.push({
      id: 'connections-reset',
      certainty: 'possible',
      text: `${plural(reset.size, 'TCP connection')} that ${reset.size === 1 ? 'was' : 'were'} open ${reset.size === 1 ? 'was' : 'were'} reset within ${duration(WATCHED_NS)} after a takeover: so do routers that filter by connection and do not tell each other of theirs, while ping and UDP survive`,
      settle:
        'does the new Active router know the connections of the old one (conntrack -L, conntrackd)? Who sends the resets, which its rules (nft list ruleset) tell',
      frames: resets.frames,
    });
  }
  return causes;
}
