import type { FindingState, Findings, Subject } from '../observer/findings.ts';
import type { FrameReference, NotApplicable, Profile } from '../result.ts';
import type {
  AnnouncedView,
  AnnouncementView,
  BindingView,
  DataPlaneView,
  Judgement,
  LowerTenureView,
  MessageView,
  Need,
  OverlapView,
  ReactionView,
  Rule,
  ShutdownView,
  StrayView,
  TenureView,
  VirtualRouterView,
} from './rule.ts';

/** What is there for rules to use. */
export type Available = Readonly<Record<Need, boolean>>;

/** Asks every rule that has something to say about what is shown to it. */
export interface Judge {
  /** Returns the findings, so that copies of the message can be counted without judging them again. */
  message(view: MessageView, subject: Subject, frames: readonly FrameReference[]): FindingState[];
  tenure(view: TenureView, subject: Subject, frames: readonly FrameReference[]): void;
  announced(view: AnnouncedView, subject: Subject, frames: readonly FrameReference[]): void;
  announcement(view: AnnouncementView, subject: Subject, frames: readonly FrameReference[]): void;
  binding(view: BindingView, subject: Subject, frames: readonly FrameReference[]): void;
  premature(view: BindingView, subject: Subject, frames: readonly FrameReference[]): void;
  lateName(view: BindingView, subject: Subject, frames: readonly FrameReference[]): void;
  stray(view: StrayView, subject: Subject, frames: readonly FrameReference[]): void;
  overlap(view: OverlapView, subject: Subject, frames: readonly FrameReference[]): void;
  shutdown(view: ShutdownView, subject: Subject, frames: readonly FrameReference[]): void;
  dataPlane(view: DataPlaneView, subject: Subject, frames: readonly FrameReference[]): void;
  reaction(view: ReactionView, subject: Subject, frames: readonly FrameReference[]): void;
  fellSilent(view: ReactionView, subject: Subject, frames: readonly FrameReference[]): void;
  lowerTenure(view: LowerTenureView, subject: Subject, frames: readonly FrameReference[]): void;
  virtualRouter(view: VirtualRouterView, subject: (router: string) => Subject): void;
  /** The rules that lacked something, and what. */
  notApplicable(available: Available): readonly NotApplicable[];
}

type Moment = Exclude<keyof Rule, 'requirement' | 'profiles' | 'needs' | 'virtualRouter'>;

const NEED_IN_WORDS: Readonly<Record<Need, string>> = {
  ports: 'at whose port each frame was seen, and in which direction (a run of the bench records it)',
  events: 'what was done to the routers and when (a run of the bench records it)',
  intent: 'what the routers are configured to do',
  'link-addresses': 'a link layer with MAC addresses',
  memberships: 'MLD reports, or answers to solicitations, in the capture',
};

export function createJudge(rules: readonly Rule[], findings: Findings): Judge {
  /** The rules that have something to say about a moment and speak for documents, of which there is a list a version. */
  const asked = new WeakMap<readonly Profile[], Map<Moment, readonly Rule[]>>();

  function rulesFor(moment: Moment, { documents }: Subject): readonly Rule[] {
    let ofDocuments = asked.get(documents);
    if (ofDocuments === undefined) {
      ofDocuments = new Map();
      asked.set(documents, ofDocuments);
    }
    let found = ofDocuments.get(moment);
    if (found === undefined) {
      const speaks = ({ profiles }: Rule) => profiles.some((profile) => documents.includes(profile));
      found = rules.filter((rule) => rule[moment] !== undefined && speaks(rule));
      ofDocuments.set(moment, found);
    }
    return found;
  }

  function settle(
    rule: Rule,
    judgement: Judgement,
    subject: Subject,
    frames: readonly FrameReference[],
  ): FindingState | undefined {
    if (judgement === undefined) return undefined;
    findings.judged(rule.requirement);
    if (judgement === 'kept') return undefined;
    const { frames: shown = frames, count, ...deviation } = judgement;
    return findings.report(subject, { requirement: rule.requirement, ...deviation }, shown, count);
  }

  function ask<M extends Exclude<Moment, 'message'>>(
    moment: M,
    view: Parameters<NonNullable<Rule[M]>>[0],
    subject: Subject,
    frames: readonly FrameReference[],
  ): void {
    for (const rule of rulesFor(moment, subject)) {
      const judge = rule[moment] as (view: Parameters<NonNullable<Rule[M]>>[0]) => Judgement;
      settle(rule, judge(view), subject, frames);
    }
  }

  return {
    message(view, subject, frames) {
      const standing: FindingState[] = [];
      for (const rule of rulesFor('message', subject)) {
        const finding = settle(rule, rule.message!(view), subject, frames);
        if (finding !== undefined) standing.push(finding);
      }
      return standing;
    },
    tenure: (view, subject, frames) => ask('tenure', view, subject, frames),
    announced: (view, subject, frames) => ask('announced', view, subject, frames),
    announcement: (view, subject, frames) => ask('announcement', view, subject, frames),
    binding: (view, subject, frames) => ask('binding', view, subject, frames),
    premature: (view, subject, frames) => ask('premature', view, subject, frames),
    lateName: (view, subject, frames) => ask('lateName', view, subject, frames),
    stray: (view, subject, frames) => ask('stray', view, subject, frames),
    overlap: (view, subject, frames) => ask('overlap', view, subject, frames),
    shutdown: (view, subject, frames) => ask('shutdown', view, subject, frames),
    dataPlane: (view, subject, frames) => ask('dataPlane', view, subject, frames),
    reaction: (view, subject, frames) => ask('reaction', view, subject, frames),
    fellSilent: (view, subject, frames) => ask('fellSilent', view, subject, frames),
    lowerTenure: (view, subject, frames) => ask('lowerTenure', view, subject, frames),
    virtualRouter(view, subject) {
      for (const rule of rules) {
        const deviations = rule.virtualRouter?.(view);
        if (deviations === undefined) continue;
        findings.judged(rule.requirement);
        for (const { router, frames = [], count, ...deviation } of deviations) {
          findings.report(subject(router), { requirement: rule.requirement, ...deviation }, frames, count);
        }
      }
    },
    notApplicable(available) {
      const lacking = rules.flatMap(({ requirement, needs }) => {
        const missing = needs.filter((need) => !available[need]);
        if (missing.length === 0) return [];
        return [{ requirement, reason: `needs ${missing.map((need) => NEED_IN_WORDS[need]).join('; and ')}` }];
      });
      return lacking;
    },
  };
}
