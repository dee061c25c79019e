import type { CaptureInterface, FramePlace } from '../capture/frame.ts';
import type { Nanoseconds, TimeOrigin } from '../capture/time.ts';
import type { Family, VrrpVersion } from '../wire/vrrp.ts';

/** The documents that a verdict speaks for. */
export type Profile = 'rfc3768' | 'rfc5798' | 'rfc9568';
export const PROFILES: readonly Profile[] = ['rfc3768', 'rfc5798', 'rfc9568'];

/** How binding a requirement is: MUST fails, SHOULD warns, information only tells. */
export type Level = 'must' | 'should' | 'information';

export type Verdict = 'pass' | 'fail' | 'warning' | 'inconclusive' | 'not-applicable' | 'skipped';

/** One virtual router: a VRID of one family on one LAN. */
export interface VirtualRouterKey {
  readonly lan: string;
  readonly virtualRouterId: number;
  readonly family: Family;
}

/** Which frame: its number in its source, when and where it was seen. */
export interface FrameReference {
  readonly number: number;
  readonly timeNs: Nanoseconds;
  readonly interfaceIndex: number;
  /** Where several captures are read as one: the other places at which the same frame was seen. */
  readonly places?: readonly FramePlace[];
}

/**
 * One for each (requirement, LAN, virtual router, router, what exactly): so memory is bounded however long the capture.
 */
export interface Finding {
  /** The id of the ledger's row: `tx.src-mac`. */
  readonly requirement: string;
  readonly level: Level;
  /** Under which profile it was judged, and which documents are broken by it and which allow it. */
  readonly profile: Profile;
  readonly breaks: readonly Profile[];
  /** The documents under which the same behaviour is in order. */
  readonly allows: readonly Profile[];
  /** `fail` for a MUST, `warning` for a SHOULD, `pass` for information. */
  readonly verdict: Verdict;
  /** What was expected, what was seen; for a network engineer. */
  readonly message: string;
  /** What the document asks for, and what the frames show, where the message can be split so. */
  readonly expected?: string;
  readonly seen?: string;
  /** What to do about it, where there is something to say. */
  readonly advice?: string;
  readonly virtualRouter: VirtualRouterKey;
  /** The router: its name where the port tells, else its source address. */
  readonly router: string;
  readonly count: number;
  readonly first: Nanoseconds;
  readonly last: Nanoseconds;
  /** At most 20. */
  readonly frames: readonly FrameReference[];
}

/** Why a router became Active, and why it ceased to be. */
export type TenureBegin = 'since-before' | 'startup' | 'takeover' | 'priority-zero' | 'preemption' | 'unknown';
export type TenureEnd = 'still-active' | 'priority-zero' | 'silence' | 'preempted' | 'yielded' | 'unknown';

/** The time that one router is Active, as its advertisements show it. */
export interface Tenure {
  readonly router: string;
  readonly begin: TenureBegin;
  readonly end: TenureEnd;
  /** First and last advertisement of non-zero priority. */
  readonly firstNs: Nanoseconds;
  readonly lastNs: Nanoseconds;
  /** When the priority 0 was sent, where one was. */
  readonly priorityZeroNs?: Nanoseconds;
  readonly priority: number;
  readonly version: VrrpVersion;
  /** The interval that its advertisements say, and the median that was measured, in nanoseconds. */
  readonly advertisedIntervalNs: number;
  /** Where it changed while the router was Active: what was advertised since when, the first ones. */
  readonly intervals?: readonly AdvertisedInterval[];
  readonly measuredIntervalNs?: number;
  readonly advertisements: number;
  /** The change that led here: from the base frame to the first advertisement, against the RFC's window (TIMING). */
  readonly takeover?: TakeoverTiming;
  /** Version 3, where a Backup heard another interval than its own before it took over. */
  readonly learning?: IntervalLearning;
  /** In words: who took over from whom and why. */
  readonly description: string;
}

export interface AdvertisedInterval {
  readonly sinceNs: Nanoseconds;
  readonly intervalNs: number;
}

/** By which interval a Backup's down timer ran: it must learn that of the Active router (RFC 9568 §6.4.2). */
export interface IntervalLearning {
  readonly ownNs: number;
  readonly heardNs: number;
  /** `unknown` where the time of the takeover does not tell. */
  readonly countedBy: 'heard' | 'own' | 'unknown';
}

/** A takeover judged by time. All in nanoseconds. */
export interface TakeoverTiming {
  readonly baseNs: Nanoseconds;
  readonly elapsedNs: number;
  readonly expectedMinimumNs: number;
  readonly expectedMaximumNs: number;
  readonly verdict: 'early' | 'pass' | 'slow' | 'late' | 'inconclusive' | 'not-judged';
  readonly reason?: string;
  /** The interval is so short that one takeover proves nothing: the median of several is judged. */
  readonly shortInterval?: true;
}

/** The causes of trouble that a capture can show, by name. */
export const CAUSE_IDS = [
  'version-mismatch',
  'ttl-changed',
  'unicast-multicast',
  'v2-authentication',
  'v2-intervals',
  'checksum-conventions',
  'address-lists',
  'cannot-hear',
  'multicast-snooping',
  'spanning-tree',
  'took-over-from-the-living',
  'flapping',
  'discarded-advertisements',
  'two-answers',
  'physical-address-bound',
  'switch-learns-wrong-port',
  'dead-address',
  'vlan-mismatch',
  'icmp-redirects',
  'fragmented-advertisements',
  'announcements-missing',
  'frames-echoed',
  'lost-advertisements',
  'asymmetric-peers',
  'stale-neighbour',
  'connections-reset',
  'announcements-policed',
  'announcement-burst',
  'resumed-unchanged',
] as const;
export type CauseId = (typeof CAUSE_IDS)[number];

/** How sure: the frames show it, they fit it and little else, or it is one of several explanations. */
export type Certainty = 'shown' | 'likely' | 'possible';

/** Why two routers were Active at once. */
export interface OverlapReason {
  readonly id: CauseId;
  readonly certainty: Certainty;
  readonly text: string;
  /** What would settle it, or cure it. */
  readonly settle: string;
}

/** A time in which two routers were Active, for longer than an election takes. */
export interface ActiveOverlap {
  readonly fromNs: Nanoseconds;
  readonly toNs: Nanoseconds;
  readonly winner: string;
  readonly loser: string;
  readonly reasons: readonly OverlapReason[];
  readonly frames: readonly FrameReference[];
}

/** A time in which nobody was Active, between two tenures. */
export interface Vacancy {
  /** The last sign of the one that was Active, and the first of the next. */
  readonly fromNs: Nanoseconds;
  readonly toNs: Nanoseconds;
  readonly after: TenureEnd;
  readonly former: string;
  readonly next: string;
}

/** The Active router changed again and again. */
export interface Flapping {
  readonly fromNs: Nanoseconds;
  readonly toNs: Nanoseconds;
  readonly changes: number;
}

/** Which link-layer address was told to hosts for a virtual address, from when to when. */
export interface AddressHistory {
  readonly address: string;
  readonly spans: readonly {
    readonly mac: string;
    readonly isVirtualMac: boolean;
    /** Whose physical MAC address it is, where that is known. */
    readonly router?: string;
    readonly firstNs: Nanoseconds;
    readonly lastNs: Nanoseconds;
    readonly frames: number;
    /** How many of them answered a host; the others announced or asked. */
    readonly answers: number;
  }[];
}

/** Where a switch with this capture's ports would have learned the virtual MAC. */
export interface MacPlaceHistory {
  readonly place: string;
  readonly firstNs: Nanoseconds;
  readonly lastNs: Nanoseconds;
  readonly frames: number;
}

/** How evenly a router advertises, over the whole capture. All in nanoseconds. */
export interface Regularity {
  readonly gaps: number;
  readonly medianNs: number;
  /** Half of the width in which the middle half of the gaps lies. */
  readonly jitterNs: number;
  /** How much the median differs from what the field says. */
  readonly driftNs: number;
  /** Advertisements that are missing in gaps of 1.5 intervals and more: lost on the way, or never sent. */
  readonly missing: number;
}

/** Something that is named as the cause of trouble, and what would settle it. */
export interface Cause {
  readonly id: CauseId;
  readonly certainty: Certainty;
  readonly virtualRouter?: VirtualRouterKey;
  readonly text: string;
  readonly settle: string;
  readonly frames: readonly FrameReference[];
}

/** The wire differs from the configuration. */
export interface ConfigurationDeviation {
  readonly virtualRouter: Omit<VirtualRouterKey, 'lan'> & { readonly lan?: string };
  /** The router as the frames show it, where one was found for the configuration, and as its configuration calls it. */
  readonly router?: string;
  readonly configuration?: string;
  readonly setting:
    | 'presence'
    | 'priority'
    | 'interval'
    | 'version'
    | 'addresses'
    | 'virtual-mac'
    | 'checksum'
    | 'preemption';
  readonly configured: string;
  readonly seen: string;
}

/** What of a configuration the frames bear out. */
export interface ConfigurationAgreement {
  readonly virtualRouter: VirtualRouterKey;
  /** The router as the frames show it, and as its configuration calls it. */
  readonly router: string;
  readonly configuration: string;
  readonly settings: readonly { readonly setting: ConfigurationDeviation['setting']; readonly configured: string }[];
}

/** A router as the frames show it. */
export interface RouterHistory {
  /** Its name where the port tells, else its source address. */
  readonly name: string;
  readonly sourceAddress: string;
  readonly physicalMac?: string;
  readonly priorities: readonly number[];
  readonly advertisements: number;
  readonly regularity?: Regularity;
}

export interface VirtualRouterHistory extends VirtualRouterKey {
  readonly versions: readonly VrrpVersion[];
  readonly addresses: readonly string[];
  readonly routers: readonly RouterHistory[];
  /** In order of time; bounded, the oldest kept and the newest kept when there are too many. */
  readonly timeline: readonly Tenure[];
  readonly omittedTenures: number;
  readonly vacancies: readonly Vacancy[];
  readonly overlaps: readonly ActiveOverlap[];
  readonly flapping: readonly Flapping[];
  /** What hosts were told about each virtual address; addresses that nobody spoke of are left out. */
  readonly hosts: readonly AddressHistory[];
  /** Only where ports are known. */
  readonly macPlaces: readonly MacPlaceHistory[];
}

/** A rule that could not speak, and why: `needs direction`. */
export interface NotApplicable {
  readonly requirement: string;
  readonly reason: string;
}

/** How often a rule had something to judge: a rule that was never asked has proven nothing. */
export interface JudgedRule {
  readonly requirement: string;
  readonly judgements: number;
}

/** Everything that was found out about a set of frames. */
export interface Observation {
  readonly origin: TimeOrigin;
  readonly interfaces: readonly CaptureInterface[];
  readonly frames: number;
  readonly advertisements: number;
  readonly firstNs?: Nanoseconds;
  readonly lastNs?: Nanoseconds;
  readonly virtualRouters: readonly VirtualRouterHistory[];
  readonly findings: readonly Finding[];
  readonly notApplicable: readonly NotApplicable[];
  readonly judged: readonly JudgedRule[];
  /** The causes of trouble that the frames show or suggest, surest first. */
  readonly causes: readonly Cause[];
  /** Where the wire differs from what the configuration says; nothing without a configuration. */
  readonly deviations: readonly ConfigurationDeviation[];
  /** Where it is as configured: one for each configuration whose router was seen. */
  readonly agreements: readonly ConfigurationAgreement[];
  /** What a reader must know of the capture itself: frames that were cut or lost, that it begins in the middle. */
  readonly notes: readonly string[];
  /** Limits that were reached: too many virtual routers, sources, findings. */
  readonly limits: readonly string[];
}
