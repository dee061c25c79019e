import type { CaptureInterface, FrameRecord } from '../../capture/frame.ts';
import type { VirtualRouterIntent } from '../../capture/intent.ts';
import type { AfterTakeover } from '../causes/after-takeover.ts';
import type { Witness } from '../causes/witness.ts';
import type { Profile } from '../result.ts';
import type { Judge } from '../rules/judge.ts';
import type { ObserverLimits, ObserverOptions } from './api.ts';
import type { Findings, Subject } from './findings.ts';
import type { Losses } from './losses.ts';
import type { Nodes } from './nodes.ts';
import type { RouterState, VirtualRouterState } from './state.ts';
import type { Vantage } from './timing.ts';

/** What every part of an observer shares. */
export interface Context {
  readonly options: ObserverOptions;
  readonly limits: ObserverLimits;
  readonly findings: Findings;
  readonly judge: Judge;
  readonly nodes: Nodes;
  readonly losses: Losses;
  /** Becomes that of ports as soon as one is announced. */
  readonly vantage: Vantage & { ports: boolean; outside: boolean; resolutionNs: number };
  /** What explains and is not judged. */
  readonly witness: Witness;
  readonly afterTakeover: AfterTakeover;
  readonly interfaces: readonly CaptureInterface[];
  /** The frame that is being looked at. */
  record: FrameRecord;
}

export const DEFAULT_LIMITS: ObserverLimits = {
  virtualRouters: 2048,
  senders: 4096,
  findings: 4096,
  tenures: 1000,
  neighbours: 4096,
};

const VERSION_2_DOCUMENTS: readonly Profile[] = ['rfc3768'];
const VERSION_3_DOCUMENTS: readonly Profile[] = ['rfc5798', 'rfc9568'];

/** The documents of a version: VRRPv2 is RFC 3768's, VRRPv3 that of the two others. */
export function documentsOf(version: number): readonly Profile[] {
  return version === 2 ? VERSION_2_DOCUMENTS : VERSION_3_DOCUMENTS;
}

/** Whom a finding is about, and by which document it is judged: the asked for, if it knows the version that is spoken. */
export function subjectOf(
  context: Context,
  virtualRouter: VirtualRouterState,
  router: string,
  version: number,
): Subject {
  const documents = documentsOf(version);
  const asked = context.options.profile;
  const profile = asked !== undefined && documents.includes(asked) ? asked : documents[documents.length - 1]!;
  return { virtualRouter: virtualRouter.key, router, profile, documents };
}

/** The version of a virtual router: as its advertisements say, before the first one as it is configured. */
export function versionOf(context: Context, { versions, key, virtualRouterId, family }: VirtualRouterState): number {
  const intended = context.options.intent?.virtualRouters.find(
    (intent) => intent.virtualRouterId === virtualRouterId && intent.family === family && intent.lan === key.lan,
  );
  return versions[0] ?? intended?.version ?? 3;
}

/** What a router is meant to do, where that was said. */
export function intentOf(context: Context, router: RouterState): VirtualRouterIntent | undefined {
  const { key, family } = router.virtualRouter;
  return context.options.intent?.virtualRouters.find(
    (intent) =>
      intent.virtualRouterId === key.virtualRouterId &&
      intent.family === family &&
      (router.node === undefined
        ? isOfSource(intent, router)
        : intent.router === router.node && intent.lan === key.lan),
  );
}

/** A configuration that does not say its interface's address is that of the router which has its priority. */
function isOfSource(intent: VirtualRouterIntent, { priorities, sourceAddress, virtualRouter }: RouterState): boolean {
  if (intent.primaryAddress !== undefined) return intent.primaryAddress === sourceAddress;
  if (intent.priority === undefined || priorities[0] !== intent.priority) return false;
  return virtualRouter.routers.filter((one) => one.priorities[0] === intent.priority).length === 1;
}
