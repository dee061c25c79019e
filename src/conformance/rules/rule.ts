import type { VirtualRouterIntent } from '../../capture/intent.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import type { Cause, Explanation } from '../observer/explanations.ts';
import type { Violation } from '../observer/findings.ts';
import type { Message } from '../observer/message.ts';
import type { Challenge } from '../observer/reactions.ts';
import type { OpenTenure, Overlap, RouterState, VirtualRouterState } from '../observer/state.ts';
import type { Vantage } from '../observer/timing.ts';
import type { FrameReference, Profile, TakeoverTiming } from '../result.ts';

/** What a rule cannot do without; where it is missing the verdict is 'not applicable', never a guess. */
export type Need = 'ports' | 'events' | 'intent' | 'link-addresses' | 'memberships';

/** What a judge found: a violation whose requirement is the rule's. */
export type Deviation = Omit<Violation, 'requirement'> & {
  /** The frames that show it, where they are others than the one that is looked at; and how many there were. */
  readonly frames?: readonly FrameReference[];
  readonly count?: number;
};

/** What a judge may ask beside what it judges. */
export interface Surroundings {
  readonly vantage: Vantage;
  readonly intentOf: (router: RouterState) => VirtualRouterIntent | undefined;
}

/** A distinct message of a router. */
export interface MessageView extends Surroundings {
  /** Whether RFC 9568 is read with erratum 8300: the link-local address comes first. */
  readonly linkLocalFirst: boolean;
  readonly message: Message;
  /** The LAN that a message belongs to which is here one hop on; 'none' where it could be told, and is none. */
  readonly relayedFrom: string | undefined;
  readonly router: RouterState;
  readonly virtualRouter: VirtualRouterState;
}

/** A router has become Active. */
export interface TenureView extends Surroundings {
  readonly tenure: OpenTenure;
  readonly router: RouterState;
  readonly virtualRouter: VirtualRouterState;
  /** Present where a base was found to count from. */
  readonly timing: TakeoverTiming | undefined;
  /** What the timing counts from. */
  readonly base: 'advertisement' | 'priority-zero' | 'start' | undefined;
  readonly intervalNs: number;
  /** The one mistake that explains a takeover out of time. */
  readonly explanation: Explanation | undefined;
  /** The mistakes that would have moved a takeover which came in time. */
  readonly withstood: readonly Cause[];
  /** How long before its first advertisement it announced its addresses, where it did. */
  readonly announcedEarlyNs: number | undefined;
  /** How long ago it gave up with priority 0 itself, where it was not started since. */
  readonly sinceOwnZeroNs: number | undefined;
  /** Whether a router of higher precedence was advertising when this one began. */
  readonly winnerAlive: RouterState | undefined;
  /** The router of lower precedence that was advertising when this one began. */
  readonly displaced: OpenTenure | undefined;
}

/** The time in which a new Active router has to announce its addresses is over. */
export interface AnnouncedView extends Surroundings {
  readonly tenure: OpenTenure;
  readonly router: RouterState;
  readonly virtualRouter: VirtualRouterState;
  readonly missing: readonly string[];
  /** It fell silent before and may have been Active all along. */
  readonly resumed: boolean;
  /** It was not seen again after becoming Active, and nothing tells that it went on. */
  readonly endedAtOnce: boolean;
  /** It announced nothing since it preempted another router, and all of its addresses this long before. */
  readonly announcedEarlyNs: number | undefined;
}

/** A gratuitous ARP or an unsolicited Neighbor Advertisement for a virtual address. */
export interface AnnouncementView extends Surroundings {
  readonly kind: 'arp' | 'neighbor-advertisement';
  readonly virtualRouter: VirtualRouterState;
  readonly router: RouterState;
  readonly address: string;
  readonly virtualMac: string;
  readonly ethernetSource: string | undefined;
  readonly ethernetDestination: string | undefined;
  /** ARP: sender and target hardware address. ND: the target link-layer address option in `senderHardware`. */
  readonly senderHardware: string | undefined;
  readonly targetHardware: string | undefined;
  /** ND: R, S and O, and where it was sent. */
  readonly flags: { readonly router: boolean; readonly solicited: boolean; readonly override: boolean } | undefined;
  readonly destination: string | undefined;
}

/** An ARP or ND frame that binds a virtual address to a link-layer address. */
export interface BindingView extends Surroundings {
  readonly kind: 'arp-request' | 'arp-reply' | 'neighbor-advertisement' | 'neighbor-solicitation';
  /** Whether it tells everybody: a gratuitous ARP, or an unsolicited Neighbor Advertisement to a group. */
  readonly announces: boolean;
  readonly virtualRouter: VirtualRouterState;
  readonly address: string;
  readonly virtualMac: string;
  readonly boundMac: string;
  readonly ethernetSource: string | undefined;
  readonly ethernetDestination: string | undefined;
  /** Whether it answers somebody's question. */
  readonly isAnswer: boolean;
  /** At a tap: answers from the virtual MAC that this question had already. */
  readonly answersBefore: number;
  /** Who sent it, where the port or a physical MAC address tells, and what that router is at this moment. */
  readonly sender: string | undefined;
  /** The node whose port it left, where ports are known. */
  readonly node: string | undefined;
  readonly role: Role;
  /** Whether the node has advertised since it was last started; undefined without events. */
  readonly advertisedSinceStart: boolean | undefined;
  /** Whether the node is the address owner, as it is configured; undefined where nobody said. */
  readonly isOwner: boolean | undefined;
}

/** What a node is for a virtual router at a moment. */
export type Role = 'active' | 'backup' | 'down' | 'no-router' | 'unknown';

/** A frame from a virtual MAC of a router which is not Active. */
export interface StrayView extends Surroundings {
  readonly virtualRouter: VirtualRouterState;
  readonly router: string;
  readonly role: Role;
  /** Whether it had been started at all, as far as events tell. */
  readonly wasStarted: boolean;
  /** `an IGMP report`. */
  readonly what: string;
  readonly isRouterAdvertisement: boolean;
}

/** Two routers were Active at once, and it is over (or the capture is). */
export interface OverlapView extends Surroundings {
  /** Whether two address owners settle it by the tie-break (erratum 8298), or discard each other as published. */
  readonly ownersYield: boolean;
  readonly overlap: Overlap;
  readonly loser: OpenTenure;
  readonly virtualRouter: VirtualRouterState;
  /** Whether the loser gave way in the end. */
  readonly yielded: boolean;
  /** What the capture lost meanwhile, in words, where that may explain the overlap. */
  readonly lost: string | undefined;
}

/** A router that was asked to stop, and what it did then. */
export interface ShutdownView extends Surroundings {
  readonly virtualRouter: VirtualRouterState;
  readonly router: RouterState;
  /** Undefined where no event says that it was asked to: it just sent priority 0. */
  readonly stoppingNs: Nanoseconds | undefined;
  readonly wasActive: boolean;
  readonly priorityZeroNs: Nanoseconds | undefined;
  /** Advertisements of any priority after the first priority 0 (or, from a Backup, any at all). */
  readonly sentAfter: number;
  readonly frames: readonly FrameReference[];
}

/** A packet of hosts, and what a router did with it. */
export interface DataPlaneView extends Surroundings {
  /** It answered for a virtual address, it forwarded what came for a virtual MAC, it sent a redirect from one. */
  readonly kind: 'accepted' | 'forwarded' | 'redirect';
  readonly virtualRouter: VirtualRouterState;
  readonly sender: string;
  readonly role: Role;
  /** The virtual address that it answered for, where it forwarded to, or where the redirect comes from. */
  readonly address: string;
  /** A redirect: the addresses that it may come from. */
  readonly expected: readonly string[] | undefined;
}

/** An Active router has heard what it must react to. */
export interface ReactionView extends Surroundings {
  readonly challenge: Challenge;
  /** When it advertised next after its answer (or instead of one); undefined while that is not known. */
  readonly nextNs: Nanoseconds | undefined;
  readonly tenure: OpenTenure;
  readonly router: RouterState;
  readonly virtualRouter: VirtualRouterState;
}

/** A router was up and undisturbed beside a tenure of another one, and stayed Backup. */
export interface LowerTenureView extends Surroundings {
  readonly tenure: OpenTenure;
  readonly candidate: RouterState;
  readonly sinceNs: Nanoseconds;
  readonly untilNs: Nanoseconds;
}

/** Everything about one virtual router, at the end. */
export interface VirtualRouterView extends Surroundings {
  readonly virtualRouter: VirtualRouterState;
}

/** A deviation of one router, where a judge looks at several. */
export interface RouterDeviation extends Deviation {
  readonly router: string;
}

/**
 * One rule: which requirement, what it needs, what it looks at, how it judges. A judge returns the deviation that it
 * found, 'kept' where there is none, and undefined where there was nothing for it to judge.
 */
export interface Rule {
  readonly requirement: string;
  /** The documents that it can speak for; a document without the requirement is not among them. */
  readonly profiles: readonly Profile[];
  readonly needs: readonly Need[];
  readonly message?: (view: MessageView) => Judgement;
  readonly tenure?: (view: TenureView) => Judgement;
  readonly announced?: (view: AnnouncedView) => Judgement;
  readonly announcement?: (view: AnnouncementView) => Judgement;
  readonly binding?: (view: BindingView) => Judgement;
  /** An announcement before its sender's first advertisement since it was started, which did not follow at once. */
  readonly premature?: (view: BindingView) => Judgement;
  /** An answer whose sender was known to be a router only later, and was Backup when it answered. */
  readonly lateName?: (view: BindingView) => Judgement;
  readonly stray?: (view: StrayView) => Judgement;
  readonly overlap?: (view: OverlapView) => Judgement;
  readonly shutdown?: (view: ShutdownView) => Judgement;
  readonly dataPlane?: (view: DataPlaneView) => Judgement;
  readonly reaction?: (view: ReactionView) => Judgement;
  /** A router fell silent on an advertisement that loses against it. */
  readonly fellSilent?: (view: ReactionView) => Judgement;
  readonly lowerTenure?: (view: LowerTenureView) => Judgement;
  readonly virtualRouter?: (view: VirtualRouterView) => readonly RouterDeviation[] | undefined;
}

export type Judgement = Deviation | 'kept' | undefined;

/** The documents of each version. */
export const VERSION_2: readonly Profile[] = ['rfc3768'];
export const VERSION_3: readonly Profile[] = ['rfc5798', 'rfc9568'];
export const EVERY_VERSION: readonly Profile[] = ['rfc3768', 'rfc5798', 'rfc9568'];
