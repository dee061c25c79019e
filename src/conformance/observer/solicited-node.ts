import type { Nanoseconds } from '../../capture/time.ts';
import { formatIpv6 } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import type { GroupRecordCursor } from '../../wire/group-report.ts';
import {
  RECORD_ALLOW_SOURCES,
  RECORD_IS_EXCLUDE,
  RECORD_TO_EXCLUDE,
  RECORD_TO_INCLUDE,
} from '../../wire/group-report.ts';
import { formatMac, virtualMac } from '../../wire/mac.ts';
import { read32 } from '../../wire/octets.ts';
import type { FrameReference, Tenure } from '../result.ts';
import type { Sender } from './bindings.ts';
import { takeoverPatienceNs } from './claims.ts';
import type { Context } from './context.ts';
import { referenceTo } from './findings.ts';
import { familyOfNeighbourKey, macOfNeighbourKey } from './neighbours.ts';
import type { LanState, RouterState, VirtualRouterState } from './state.ts';
import { isAdvertising, NEVER } from './state.ts';

/** Who is a member of which Solicited-Node groups, as MLD reports and answered solicitations show it. */
export interface Memberships {
  /** Whether any MLD report was seen: only then does the absence of one say anything. */
  seen: boolean;
  /** By sender (its node, else its MAC and its IPv6 address) and the group's last 24 bits. */
  readonly members: Map<string, Member>;
  /** When somebody last asked for an address by its group. */
  readonly asked: Map<string, Nanoseconds>;
  /** Router and address of answers to such questions. */
  readonly answered: Set<string>;
}

interface Member {
  readonly joinedNs: Nanoseconds[];
  leftNs: Nanoseconds;
  left: FrameReference | undefined;
}

const MEMBERS = 4096;
const JOINS = 64;
const QUESTIONS = 1024;
const ANSWERED = 4096;
/** A host repeats its question after a second, three times (RFC 4861 §10). */
const ANSWER_WITHIN_NS = 3_000_000_000;
const LAST_24_BITS = 0xff_ffff;
/** ff02::1:ff00:0/104, as four words; of the last one eight bits. */
const PREFIX = [0xff02_0000, 0, 0x0000_0001] as const;
const PREFIX_LAST = 0xff;
const JOINS_A_GROUP: readonly number[] = [RECORD_IS_EXCLUDE, RECORD_TO_EXCLUDE, RECORD_ALLOW_SOURCES];

export function createMemberships(): Memberships {
  return { seen: false, members: new Map(), asked: new Map(), answered: new Set() };
}

/** Takes one record of an MLD report; those about other groups say no more than that reports are seen. */
export function noteGroupRecord(
  context: Context,
  { memberships }: LanState,
  record: GroupRecordCursor,
  { sourceMac, sourceAddress }: FrameCursor,
  sender: Sender,
): void {
  const { bytes } = context.record;
  memberships.seen = true;
  const group = record.groupAddress;
  if (PREFIX.some((word, index) => read32(bytes, group + 4 * index) !== word)) return;
  const last = read32(bytes, group + 12);
  if (last >>> 24 !== PREFIX_LAST) return;
  const senders =
    sender.node === undefined ? [formatMac(bytes, sourceMac), formatIpv6(bytes, sourceAddress)] : [sender.node];
  for (const one of senders) noteMember(context, memberships.members, memberKey(one, last & LAST_24_BITS), record);
}

function noteMember(
  context: Context,
  members: Map<string, Member>,
  key: string,
  { recordType }: GroupRecordCursor,
): void {
  const { timeNs } = context.record;
  let member = members.get(key);
  if (member === undefined) {
    if (members.size >= MEMBERS) return;
    member = { joinedNs: [], leftNs: NEVER, left: undefined };
    members.set(key, member);
  }
  if (recordType === RECORD_TO_INCLUDE) {
    member.leftNs = timeNs;
    member.left = referenceTo(context.record);
  } else if (JOINS_A_GROUP.includes(recordType)) {
    if (member.joinedNs.length >= JOINS) member.joinedNs.shift();
    member.joinedNs.push(timeNs);
  }
}

function memberKey(sender: string, last24Bits: number): string {
  return `${sender}|${last24Bits}`;
}

/** Somebody asked for an address by its Solicited-Node group. */
export function noteGroupQuestion({ memberships }: LanState, address: string, timeNs: Nanoseconds): void {
  const { asked } = memberships;
  if (asked.size < QUESTIONS || asked.has(address)) asked.set(address, timeNs);
}

/** The address was answered for: its Active router has received what went to the group. */
export function noteGroupAnswer(
  virtualRouter: VirtualRouterState,
  address: string,
  node: string | undefined,
  timeNs: Nanoseconds,
): void {
  const { asked, answered } = virtualRouter.lan.memberships;
  if (timeNs - (asked.get(address) ?? NEVER) > ANSWER_WITHIN_NS || answered.size >= ANSWERED) return;
  const active = virtualRouter.open.find((tenure) => isAdvertising(tenure, timeNs))?.router.name;
  const router = node ?? active;
  if (router !== undefined) answered.add(`${router}|${address}`);
}

export type Membership =
  | { readonly kind: 'reported' | 'answered' | 'unknown' }
  | { readonly kind: 'left'; readonly frame: FrameReference };

/** What shows that a router was a member of an address's group in a tenure. */
export function membershipIn(virtualRouter: VirtualRouterState, tenure: Tenure, address: string): Membership {
  const router = virtualRouter.routers.find(({ name }) => name === tenure.router);
  if (router === undefined) return { kind: 'unknown' };
  const { memberships } = virtualRouter.lan;
  const bits = last24BitsOf(address);
  for (const sender of ownSenders(router)) {
    const member = memberships.members.get(memberKey(sender, bits));
    if (member === undefined) continue;
    const joinedNs = member.joinedNs.findLast((timeNs) => timeNs <= tenure.lastNs) ?? NEVER;
    const leftIsKnown = member.left !== undefined && member.leftNs > joinedNs && member.leftNs < tenure.lastNs;
    if (leftIsKnown && member.leftNs > tenure.firstNs) return { kind: 'left', frame: member.left! };
    if (joinedNs > NEVER && !leftIsKnown) return { kind: 'reported' };
  }
  if (router.node === undefined) {
    const virtual = formatMac(virtualMac('ipv6', virtualRouter.virtualRouterId));
    // At a tap the virtual MAC is whoever's: it counts while this router was Active, or about to be.
    const fromNs = tenure.firstNs - takeoverPatienceNs(virtualRouter);
    const member = memberships.members.get(memberKey(virtual, bits));
    if (member?.joinedNs.some((timeNs) => timeNs >= fromNs && timeNs <= tenure.lastNs)) return { kind: 'reported' };
  }
  return { kind: memberships.answered.has(`${router.name}|${address}`) ? 'answered' : 'unknown' };
}

/** Its node, or its address and the physical MAC addresses that are known as its own. */
function ownSenders(router: RouterState): readonly string[] {
  if (router.node !== undefined) return [router.node];
  // A virtual address is nobody's in particular.
  const senders = router.virtualRouter.addressSet.has(router.sourceAddress) ? [] : [router.sourceAddress];
  for (const [key, address] of router.virtualRouter.lan.neighbours) {
    if (address !== router.sourceAddress || familyOfNeighbourKey(key) !== 'ipv6') continue;
    senders.push(formatMac(macOfNeighbourKey(key)));
  }
  return senders;
}

/** The last 24 bits of a textual IPv6 address. */
function last24BitsOf(address: string): number {
  const groups = address.split(':');
  const high = Number.parseInt(groups.at(-2) || '0', 16);
  const low = Number.parseInt(groups.at(-1) || '0', 16);
  return ((high & 0xff) << 16) | low;
}
