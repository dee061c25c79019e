import type { Direction } from '../../capture/frame.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import type { Family, VrrpVersion } from '../../wire/vrrp.ts';
import type { Burst } from '../causes/bursts.ts';
import type { HostsView } from '../causes/hosts.ts';
import type { Seen } from '../causes/witness.ts';
import type {
  ActiveOverlap,
  AdvertisedInterval,
  FrameReference,
  IntervalLearning,
  TakeoverTiming,
  Tenure,
  TenureBegin,
  TenureEnd,
  VirtualRouterKey,
} from '../result.ts';
import type { BindingView, Role } from '../rules/rule.ts';
import type { Disbelieved } from './disbelieved.ts';
import type { FindingState } from './findings.ts';
import type { FirstAnswer, LateAnswer } from './first-answers.ts';
import type { Message } from './message.ts';
import type { NamelessAnswer } from './nameless-answers.ts';
import type { Question } from './questions.ts';
import type { Challenge } from './reactions.ts';
import type { RouterAdvertising } from './router-advertisements.ts';
import type { Memberships } from './solicited-node.ts';
import type { IntervalRecorder } from './statistics.ts';
import type { Timeline } from './timeline.ts';
import type { Unclaimed } from './unclaimed.ts';

/** A time that has not been. */
export const NEVER: Nanoseconds = Number.NEGATIVE_INFINITY;

/** The newest advertisements of one sender, as one place heard them: what restarts a Backup's down timer. */
export interface Heard {
  /** The sender's name where it is known, else its source address. */
  readonly name: string;
  /** Newest and second newest of non-zero priority. */
  lastNs: Nanoseconds;
  lastPriority: number;
  previousNs: Nanoseconds;
  previousPriority: number;
  /** The interval that the newest one says. */
  intervalNs: number;
  lastZeroNs: Nanoseconds;
  /** What it speaks; of a sender of both versions 3. */
  version: VrrpVersion;
}

/** When a router last advertised, whatever its priority. */
export function newestOf(router: Heard): Nanoseconds {
  return Math.max(router.lastNs, router.lastZeroNs);
}

/** A router as one virtual router knows it. */
export interface RouterState extends Heard {
  readonly virtualRouter: VirtualRouterState;
  /** The node whose port sends, where ports are known. */
  readonly node: string | undefined;
  readonly sourceAddress: string;
  readonly sourceOctets: Uint8Array;
  readonly priorities: number[];
  /** Those that it speaks. */
  readonly versions: VrrpVersion[];
  /** Whether it sends to single peers, and to whom. */
  unicast: boolean;
  readonly peers: Set<string>;
  /** Its newest advertisement to single peers, and when the first copy left. */
  toPeers: Message | undefined;
  toPeersNs: Nanoseconds;
  /** The version of its newest priority 0. */
  zeroVersion: number;
  /** It speaks two versions, and not as RFC 9568 §8.4 has it: the frames of either in that tenure. */
  oddVersions: { readonly version: VrrpVersion; readonly count: number; readonly otherCount: number } | undefined;
  /** All advertisements, those of priority 0 included. */
  advertisements: number;
  zeroCount: number;
  addresses: readonly string[];
  checksumConvention: number;
  announcements: number;
  lastAnnouncementNs: Nanoseconds;
  /** Its newest message, believed or not, and those that nobody may believe. */
  newest: Message | undefined;
  readonly unbelieved: Seen;
  /** Gaps in its advertisements in which many addresses were announced: the most of them, and the gap's length. */
  starved: { readonly announcements: number; readonly gapNs: number; readonly count: number } | undefined;
  /** By interface, where there are several: at how many of its advertisements it was seen there. */
  readonly seenAt: Map<number, number>;
  tenure: OpenTenure | undefined;
  /** Its tenure before this one, and how that ended. */
  formerTenure: OpenTenure | undefined;
  /** It was asked to stop: what it has sent since. */
  shutdown: Shutdown | undefined;
  /** Takeovers at intervals so short that their median is judged, at the end. */
  readonly shortTakeovers: ShortTakeover[];
  /** Whether everything that it sends is seen: at its own port, or because it numbers its packets. */
  isWatchedClosely: boolean;
  /** The frames that end gaps in which advertisements are missing: the first ones. */
  readonly gapFrames: FrameReference[];
  /** Packets that go on with the numbers of the last but one, and not of the last: two machines number theirs by turns. */
  crossedNumbers: Seen;
  /** The gaps of its newest speaker. */
  recorder: IntervalRecorder;
  /** So many gaps from now on are left out of the statistics: another router spoke at one of their ends. */
  gapsToSkip: number;
}

/** A takeover at a short interval. */
export interface ShortTakeover {
  readonly after: 'advertisement' | 'priority-zero' | 'start';
  readonly timing: TakeoverTiming;
  readonly intervalNs: number;
  readonly frame: FrameReference;
}

/** What a router that was asked to stop has sent since. */
export interface Shutdown {
  readonly stoppingNs: Nanoseconds;
  readonly wasActive: boolean;
  priorityZeroNs: Nanoseconds | undefined;
  sentAfter: number;
  readonly frames: FrameReference[];
}

/** A tenure that is being rebuilt. */
export interface OpenTenure {
  readonly router: RouterState;
  readonly begin: TenureBegin;
  readonly firstNs: Nanoseconds;
  readonly firstFrame: FrameReference;
  lastNs: Nanoseconds;
  priority: number;
  version: VrrpVersion;
  intervalNs: number;
  /** Silent for longer, it is no longer Active: the longest Active_Down_Interval that a peer may have. */
  silentAfterNs: number;
  advertisements: number;
  /** Since when it speaks this version; how often and when it last spoke the other one. */
  versionSinceNs: Nanoseconds;
  otherVersionCount: number;
  otherVersionNs: Nanoseconds;
  end: TenureEnd;
  priorityZeroNs: Nanoseconds | undefined;
  takeover: TakeoverTiming | undefined;
  learning: IntervalLearning | undefined;
  /** What it advertised first, and what it changed that to: the first changes. */
  readonly intervals: AdvertisedInterval[];
  /** Whom it took over from. */
  readonly from: OpenTenure | undefined;
  /** Who ended it, where somebody did. */
  by: RouterState | undefined;
  /** Virtual addresses that it announced; and whether that is still to be judged, and when. */
  readonly announced: Set<string>;
  announcementDue: boolean;
  readonly announceDueNs: Nanoseconds;
  /** With ports: what it heard and has to react to, and the newest advertisement that loses against it. */
  challenge: Challenge | undefined;
  newestLosing: Challenge | undefined;
  overlap: Overlap | undefined;
}

/** Up to so many intervals since its newest advertisement a router counts as alive. */
export const ALIVE_INTERVALS = 1.5;
export const ALIVE_SLACK_NS = 20_000_000;

/** Whether the router of a tenure has advertised so lately that it is alive. */
export function isAdvertising(tenure: OpenTenure, timeNs: Nanoseconds): boolean {
  return timeNs - tenure.lastNs <= ALIVE_INTERVALS * tenure.intervalNs + ALIVE_SLACK_NS;
}

/** Two are Active: kept with the one that has to yield. */
export interface Overlap {
  readonly winner: RouterState;
  readonly beganNs: Nanoseconds;
  /** When the loser first heard the winner (a tap: when the winner was first seen), or undefined. */
  heardNs: Nanoseconds | undefined;
  /** Whether it advertised for longer than an election takes although it had heard the winner. */
  isDefied: boolean;
  /** Whether the winner advertised once more after what the loser sent too late: then it had not given up unseen. */
  isConfirmed: boolean;
  /** Advertisements that the loser sent although it must have yielded. */
  lateCount: number;
  lateFirstNs: Nanoseconds;
  lateLastNs: Nanoseconds;
  readonly lateFrames: FrameReference[];
  /** Advertisements of the loser beyond the time that an election may take. */
  splitCount: number;
  splitFirstNs: Nanoseconds;
  splitLastNs: Nanoseconds;
  readonly splitFrames: FrameReference[];
}

/** A virtual router as the frames show it. */
export interface VirtualRouterState {
  readonly key: VirtualRouterKey;
  readonly lan: LanState;
  readonly virtualRouterId: number;
  readonly family: Family;
  readonly routers: RouterState[];
  readonly versions: VrrpVersion[];
  /** Virtual addresses in the order of their first advertisement. */
  readonly addresses: string[];
  readonly addressSet: Set<string>;
  /** Whom its routers send to by unicast, and themselves: its LAN is the set of these pairs. */
  readonly endpoints: Set<string>;
  /** Global prefixes (/24, /64) of senders and addresses, by which unrelated groups are told apart. */
  readonly prefixes: Set<string>;
  /** Tenures that have not ended. */
  readonly open: OpenTenure[];
  readonly timeline: Timeline<Tenure>;
  lastTenure: OpenTenure | undefined;
  /** What had to be discarded: as it would have counted. */
  readonly disbelieved: Disbelieved[];
  /** Which router sent the newest advertisement. */
  lastSpeaker: RouterState | undefined;
  /** With ports: what each node heard at its own port. */
  readonly hearing: Map<string, Heard[]>;
  /** When each address was last announced by whom a tap cannot tell. */
  readonly announcedAt: Map<string, Nanoseconds>;
  /** Announcements of routers that were not Active, by node (without ports: one). */
  readonly early: Map<string, EarlyAnnouncement[]>;
  /** Frames from the virtual MAC of routers that are not Active, until it is known whether they become so. */
  readonly strays: Stray[];
  /** Announcements before the first advertisement, until it is known whether that follows at once. */
  readonly premature: Premature[];
  /** Without ports: answers of machines that may turn out to be routers. */
  readonly namelessAnswers: NamelessAnswer[];
  /** Without ports: frames from its virtual MAC whose source address no router is known by, by that address. */
  readonly namelessStrays: Map<string, NamelessStray[]>;
  /** Without ports: what hosts have asked about its addresses. */
  readonly questions: Question[];
  /** Its Router Advertisements, by router; and whether hosts asked for routers while somebody was Backup (with ports). */
  readonly routerAdvertisements: Map<string, RouterAdvertising>;
  backupAsked: boolean;
  /** With ports: by address, what was asked first of its newest Active router; answers that came at once, and late. */
  readonly firstAnswers: Map<string, FirstAnswer>;
  promptAnswers: number;
  readonly lateAnswers: LateAnswer[];
  /** What hosts and switches were told, and when two routers were Active for too long. */
  readonly hosts: HostsView;
  readonly overlaps: Timeline<ActiveOverlap>;
}

/** A frame from a virtual MAC of which no port tells whose it is, and who alone was Active then, since when. */
export interface NamelessStray {
  readonly frame: FrameReference;
  readonly what: string;
  readonly active: RouterState;
  readonly tenureNs: Nanoseconds;
}

/** An announcement that came before an advertisement: of a router that is about to take over, or of a wrong one. */
export interface EarlyAnnouncement {
  readonly timeNs: Nanoseconds;
  readonly address: string;
}

/** A frame that only an Active router may send, of one that was not: from a virtual MAC, or announcing an address. */
export interface Stray {
  readonly router: string;
  readonly role: Role;
  readonly frame: FrameReference;
  readonly what: string;
  readonly isRouterAdvertisement: boolean;
  /** It says where a virtual address is: its sender may have become Active, and be late with its advertisement. */
  readonly announces: boolean;
  /** When its sender last had a reason to send as the Active router. */
  readonly underWaySinceNs: Nanoseconds;
}

/** An announcement before its sender's first advertisement since it was started: of a takeover, or much too soon. */
export interface Premature {
  readonly node: string;
  readonly view: BindingView;
  readonly frame: FrameReference;
}

/** One LAN: an interface, or a port's LAN, and a stack of VLAN tags. */
export interface LanState {
  readonly index: number;
  readonly name: string;
  /** The frame before the newest one, and the newest: whether a capture was alive. */
  previousFrameNs: Nanoseconds;
  lastFrameNs: Nanoseconds;
  firstFrameNs: Nanoseconds;
  readonly virtualRouters: VirtualRouterState[];
  /** Which virtual routers have an address; by text. */
  readonly byAddress: Map<string, VirtualRouterState[]>;
  /** Physical MAC (by `neighbourKey`) to address, learned from frames that bind no virtual address. */
  readonly neighbours: Map<number, string>;
  /** Without ports: answers for addresses that no advertisement has named yet. */
  unclaimed: Unclaimed[];
  /** Hosts (by `neighbourKey`) to whom answers were seen. */
  readonly answered: Set<number>;
  /** When a MAC address (by `neighbourKey`) last joined the VRRP group: a router that starts does. */
  readonly joins: Map<number, Nanoseconds>;
  /** Announcements of all its virtual routers that followed each other closely: the newest run of them. */
  readonly burst: Burst;
  /** Who is a member of which Solicited-Node groups. */
  readonly memberships: Memberships;
}

/** One stream of advertisements: of a router, for a virtual router, in one version. */
export interface Speaker {
  /** Its number, in the order of their first messages. */
  readonly index: number;
  readonly lanIndex: number;
  readonly virtualRouterId: number;
  readonly versionAndFamily: number;
  readonly nodeIndex: number;
  /** The one peer that it goes to (`destinationWord`), 0 for the group. */
  readonly destination: number;
  readonly word0: number;
  readonly word1: number;
  readonly word2: number;
  readonly word3: number;
  /** Who spoke next when it last spoke. */
  next: Speaker | undefined;
  router: RouterState;
  identification: number;
  /** That of the packet before. */
  formerIdentification: number;
  /** By how much the identification moved on with the newest packet, and for how many in a row by just as much. */
  identificationStep: number;
  steadySteps: number;
  /** Which way the newest packet passed, and in a capture of every interface at which. */
  direction: Direction;
  packetInterface: number;
  lastNs: Nanoseconds;
  message: Message;
  /** Whether the message is one of an Active router: believed, and of a priority other than 0. */
  isActive: boolean;
  /** What is wrong with this message, and how many repetitions have yet to be counted there. */
  standing: FindingState[];
  isFaulty: boolean;
  repetitions: number;
}
