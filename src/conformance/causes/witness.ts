import type { FrameRecord } from '../../capture/frame.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import { formatAddress } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_IGMP } from '../../wire/network.ts';
import { referenceTo } from '../observer/findings.ts';
import type { LanState } from '../observer/state.ts';
import type { FrameReference } from '../result.ts';

const FRAMES = 5;
const REDIRECTING = 64;
const IGMP_QUERY = 0x11;
const MLD_QUERY = 130;
const ICMP_REDIRECT = 5;
const ICMPV6_REDIRECT = 137;

/** How often something was seen, and the first frames that show it. */
export interface Seen {
  count: number;
  readonly frames: FrameReference[];
}

/** What is seen beside advertisements and answers: it judges nothing, but explains. Bounded. */
export interface Witness {
  /** Advertisements that the capture cut so short that nothing of them can be read. */
  cut: number;
  /** Frames that the capture cut so short that nobody can tell what they carry. */
  untold: number;
  readonly fragments: Seen;
  /** Advertisements whose IPv4 header has a wrong checksum: no receiver looks at them. */
  readonly broken: Seen;
  /** The same advertisement twice within a moment at one place: a loop, a reflecting switch, or a mirror of both directions. */
  readonly echoes: Seen;
  /** ICMP redirects by their sender's address. */
  readonly redirects: Map<string, Seen>;
  /** By LAN: when a multicast querier last spoke. */
  readonly queriers: Map<LanState, Nanoseconds>;
}

export function createWitness(): Witness {
  return {
    cut: 0,
    untold: 0,
    fragments: { count: 0, frames: [] },
    broken: { count: 0, frames: [] },
    echoes: { count: 0, frames: [] },
    redirects: new Map(),
    queriers: new Map(),
  };
}

/** Counts what a frame shows. */
export function noteSeen(seen: Seen, record: FrameRecord): void {
  seen.count++;
  if (seen.frames.length < FRAMES) seen.frames.push(referenceTo(record));
}

export function noteRedirect(witness: Witness, source: string, record: FrameRecord): void {
  let seen = witness.redirects.get(source);
  if (seen === undefined) {
    if (witness.redirects.size >= REDIRECTING) return;
    seen = { count: 0, frames: [] };
    witness.redirects.set(source, seen);
  }
  noteSeen(seen, record);
}

/** Looks at a frame that is no advertisement for what explains trouble: queriers and redirects. */
export function explain(witness: Witness, lan: LanState, frame: FrameCursor, record: FrameRecord): void {
  const { protocol, transportOffset, transportEnd } = frame;
  if (protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_IGMP && protocol !== PROTOCOL_ICMPV6) return;
  if (transportOffset >= transportEnd) return;
  const type = record.bytes[transportOffset]!;
  if (protocol === PROTOCOL_IGMP ? type === IGMP_QUERY : protocol === PROTOCOL_ICMPV6 && type === MLD_QUERY) {
    witness.queriers.set(lan, record.timeNs);
  } else if (
    protocol === PROTOCOL_ICMP ? type === ICMP_REDIRECT : protocol === PROTOCOL_ICMPV6 && type === ICMPV6_REDIRECT
  ) {
    noteRedirect(witness, formatAddress(record.bytes, frame.sourceAddress, frame.addressLength), record);
  }
}
