import type { FrameRecord } from '../../capture/frame.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import { levelOf, requirementOf } from '../ledger/ledger.ts';
import type { Finding, FrameReference, JudgedRule, Level, Profile, Verdict, VirtualRouterKey } from '../result.ts';
import type { Losses } from './losses.ts';

/** How many frames a finding names. */
export const FRAMES_PER_FINDING = 20;

/** A finding that may still be repeated. */
export type FindingState = {
  -readonly [Field in keyof Finding]: Finding[Field];
} & { frames: FrameReference[] };

/** What a rule has to say. */
export interface Violation {
  readonly requirement: string;
  /** Tells apart what one requirement can be broken by, for the same router. */
  readonly what?: string;
  readonly message: string;
  readonly expected?: string;
  readonly seen?: string;
  readonly advice?: string;
  /** The documents that it breaks; absent: all of its version that have the requirement. */
  readonly breaks?: readonly Profile[];
  /** Instead of what the level says: `inconclusive`, or `warning` for a MUST that was nearly kept. */
  readonly verdict?: Verdict;
  /** Instead of the ledger's level: a detail that is only told. */
  readonly level?: Level;
  /** It rests on what was not seen: where the capture lost frames it proves nothing. */
  readonly fromSilence?: boolean;
  /** How many lost frames would explain it; as many as it is counted where that is not said. */
  readonly silences?: number;
}

/** What it is about. */
export interface Subject {
  readonly virtualRouter: VirtualRouterKey;
  readonly router: string;
  readonly profile: Profile;
  /** The documents of the version that was spoken. */
  readonly documents: readonly Profile[];
}

export interface Findings {
  /** Reports a violation once more; returns undefined where the limit of findings is reached. */
  report(
    subject: Subject,
    violation: Violation,
    frames: readonly FrameReference[],
    count?: number,
  ): FindingState | undefined;
  /** Notes that a requirement was judged so many times. */
  judged(requirement: string, times?: number): void;
  /** Those that rest on silence are looked at again in the light of what the capture has lost. */
  all(losses: Losses): readonly Finding[];
  judgements(): readonly JudgedRule[];
  readonly limitReached: boolean;
}

/** The frame that is being looked at, as a reference that may be kept. */
export function referenceTo(record: FrameRecord): FrameReference {
  const { number, timeNs, interfaceIndex, places } = record;
  return places === undefined ? { number, timeNs, interfaceIndex } : { number, timeNs, interfaceIndex, places };
}

/** Counts the same finding once more. */
export function repeat(finding: FindingState, record: FrameRecord): void {
  finding.count++;
  if (record.timeNs > finding.last) finding.last = record.timeNs;
  if (finding.frames.length < FRAMES_PER_FINDING) finding.frames.push(referenceTo(record));
}

/** Counts it so many times more, the last time then; its frames are full. */
export function countMore(finding: FindingState, times: number, lastNs: Nanoseconds): void {
  finding.count += times;
  if (lastNs > finding.last) finding.last = lastNs;
}

const VERDICT_OF_LEVEL: Readonly<Record<Level, Verdict>> = { must: 'fail', should: 'warning', information: 'pass' };

function effectiveLevel(violation: Violation, profile: Profile, breaks: readonly Profile[]): Level {
  const requirement = requirementOf(violation.requirement);
  // What the document that is judged by allows is told, not held against anybody.
  if (!breaks.includes(profile) && requirement.level !== 'none') return 'information';
  return violation.level ?? levelOf(requirement);
}

export function createFindings(limit: number): Findings {
  const byKey = new Map<string, FindingState>();
  const judgements = new Map<string, number>();
  /** By how many lost frames those that rest on silence would be explained. */
  const silences = new Map<FindingState, number>();
  let limitReached = false;

  function create(subject: Subject, violation: Violation, firstNs: Nanoseconds): FindingState {
    const sections = requirementOf(violation.requirement).sections;
    const breaks = violation.breaks ?? subject.documents.filter((document) => sections[document] !== undefined);
    const level = effectiveLevel(violation, subject.profile, breaks);
    const { message, expected, seen, advice } = violation;
    return {
      requirement: violation.requirement,
      level,
      profile: subject.profile,
      breaks,
      allows: subject.documents.filter((document) => !breaks.includes(document)),
      verdict: violation.verdict ?? VERDICT_OF_LEVEL[level],
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(seen === undefined ? {} : { seen }),
      ...(advice === undefined ? {} : { advice }),
      virtualRouter: subject.virtualRouter,
      router: subject.router,
      count: 0,
      first: firstNs,
      last: firstNs,
      frames: [],
    };
  }

  /** What frames show once is shown, whatever silence says besides. */
  function explainBy(finding: FindingState, before: number, violation: Violation, count: number): void {
    if (violation.fromSilence === true) silences.set(finding, before + (violation.silences ?? count));
    else silences.delete(finding);
  }

  return {
    report(subject, violation, frames, count = Math.max(frames.length, 1)) {
      const { lan, virtualRouterId, family } = subject.virtualRouter;
      const verdict = violation.verdict ?? '';
      const key = `${violation.requirement}|${lan}|${virtualRouterId}|${family}|${subject.router}|${violation.what ?? ''}|${verdict}`;
      let finding = byKey.get(key);
      if (finding === undefined) {
        if (byKey.size >= limit) {
          limitReached = true;
          return undefined;
        }
        finding = create(subject, violation, frames[0]?.timeNs ?? 0);
        byKey.set(key, finding);
        if (violation.fromSilence === true) silences.set(finding, 0);
      }
      finding.count += count;
      const before = silences.get(finding);
      if (before !== undefined) explainBy(finding, before, violation, count);
      for (const frame of frames) {
        finding.last = Math.max(finding.last, frame.timeNs);
        if (finding.frames.length < FRAMES_PER_FINDING) finding.frames.push(frame);
      }
      return finding;
    },
    judged(requirement, times = 1) {
      judgements.set(requirement, (judgements.get(requirement) ?? 0) + times);
    },
    all(losses) {
      const found = [...byKey.values()].sort((a, b) => a.first - b.first);
      return found.map((finding) => losses.reconsider(finding, silences.get(finding)));
    },
    judgements: () => [...judgements].map(([requirement, times]) => ({ requirement, judgements: times })),
    get limitReached() {
      return limitReached;
    },
  };
}
