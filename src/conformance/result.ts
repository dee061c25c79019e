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
  readonly measuredIntervalNs?: number;
  readonly advertisements: number;
  /** The change that led here: from the base frame to the first advertisement, against the RFC's window (TIMING). */
  readonly takeover?: TakeoverTiming;
  /** In words: who took over from whom and why. */
  readonly description: string;
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

/** A router as the frames show it. */
export interface RouterHistory {
  /** Its name where the port tells, else its source address. */
  readonly name: string;
  readonly sourceAddress: string;
  readonly physicalMac?: string;
  readonly priorities: readonly number[];
  readonly advertisements: number;
}

export interface VirtualRouterHistory extends VirtualRouterKey {
  readonly versions: readonly VrrpVersion[];
  readonly addresses: readonly string[];
  readonly routers: readonly RouterHistory[];
  /** In order of time; bounded, the oldest kept and the newest kept when there are too many. */
  readonly timeline: readonly Tenure[];
  readonly omittedTenures: number;
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
  /** Limits that were reached: too many virtual routers, sources, findings. */
  readonly limits: readonly string[];
}
