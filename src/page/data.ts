import type { Verdict } from './verdict.ts';

/** What the page of a run is drawn from: the page carries it as JSON. All times are in milliseconds. */
export interface PageData {
  /** When the run ended, RFC 3339. */
  readonly ended: string;
  readonly version: string;
  readonly seed: number;
  readonly wallMs: number;
  readonly summary: string;
  readonly notBegun: readonly string[];
  readonly scenarios: readonly PageScenario[];
  readonly matrix: PageMatrix;
}

export interface PageScenario {
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** Whether it deviates in what is known of its router alone. */
  readonly asKnown: boolean;
  readonly reason?: string;
  readonly router: string;
  readonly variant: string;
  readonly stage: string;
  readonly profile: string;
  readonly attempts: number;
  readonly playedMs: number;
  readonly rerun: string;
  readonly folder?: string;
  readonly steps: readonly PageStep[];
  readonly expectations: readonly PageExpectation[];
  readonly findings: readonly PageFinding[];
  /** What is known of the router's deviations (--expect). */
  readonly known: readonly string[];
  readonly story?: PageStory;
}

export interface PageStep {
  readonly text: string;
  readonly verdict: string;
  readonly beganMs?: number;
  readonly endedMs?: number;
  readonly reason?: string;
}

export interface PageExpectation {
  readonly text: string;
  readonly verdict: Verdict;
  readonly expected: string;
  readonly seen: string;
  readonly reason?: string;
  readonly frames: readonly number[];
}

export interface PageFinding {
  readonly requirement: string;
  readonly verdict: Verdict;
  readonly message: string;
  /** Whose: `VRID 51 IPv4 r1`. */
  readonly subject: string;
  readonly count: number;
  readonly frames: readonly number[];
  /** The requirement in words, and the sections of the documents that ask for it. */
  readonly rule: string;
  readonly section: string;
  readonly advice?: string;
}

/** What happened, lane by lane, from 0 on: the beginning of the first step or the first frame. */
export interface PageStory {
  readonly endMs: number;
  readonly lanes: readonly PageLane[];
  /** What was done to the LAN: faults, and what ended them. */
  readonly faults: readonly PageMark[];
  /** Times in which the host let somebody wait. */
  readonly holdUps: readonly PageSpan[];
  readonly frames: readonly PageFrame[];
  /** Frames that are not carried: the capture has them. */
  readonly left: number;
}

export interface PageLane {
  readonly name: string;
  readonly kind: 'router' | 'host' | 'tester' | 'fabric';
  readonly spans: readonly PageSpan[];
}

export interface PageSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: 'active' | 'running' | 'frozen' | 'outage' | 'hold-up';
  readonly text: string;
}

export interface PageMark {
  readonly atMs: number;
  readonly text: string;
}

export interface PageFrame {
  /** As Wireshark numbers it in the run's capture. */
  readonly number: number;
  readonly atMs: number;
  /** Whose lane it is in: its index. */
  readonly lane: number;
  /** Seen on its way out of the node, or into it. */
  readonly way: 'out' | 'in';
  /** On which LAN. */
  readonly lan: string;
  readonly linkType: number;
  /** The octets that the capture has, base64. */
  readonly octets: string;
  /** Length on the wire, in octets. */
  readonly length: number;
}

export interface PageMatrix {
  readonly columns: readonly { readonly router: string; readonly variant: string; readonly profile: string }[];
  readonly rows: readonly PageMatrixRow[];
}

export interface PageMatrixRow {
  readonly requirement: string;
  readonly statement: string;
  readonly section: string;
  readonly cells: readonly PageMatrixCell[];
}

export interface PageMatrixCell {
  readonly state: 'holds' | 'deviates' | 'inconclusive' | 'not-provoked' | 'not-applicable';
  /** Why, or which scenarios show it. */
  readonly text: string;
  readonly scenarios: readonly string[];
}
