import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import type { FrameReference } from '../result.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import { referenceTo } from './findings.ts';
import type { Message } from './message.ts';
import { HOLD_UP_TOLD_NS } from './nodes.ts';
import { winsOver } from './precedence.ts';
import type { OpenTenure, RouterState } from './state.ts';

/** What an Active router has heard and must react to by an advertisement of its own. */
export interface Challenge {
  readonly kind: 'priority-zero' | 'losing';
  readonly from: string;
  readonly priority: number;
  readonly heardNs: Nanoseconds;
  readonly frame: FrameReference;
  /** Its newest advertisement before: what its Adver_Timer counts from. */
  readonly previousNs: Nanoseconds;
  /** Its answer, where that has come. */
  answeredNs: Nanoseconds | undefined;
}

/** How soon an advertisement that must come at once has to leave. */
export const AT_ONCE_NS = 20 * MILLISECOND;

/** An Active router's port has received an advertisement of priority 0, or one that loses against it. */
export function noteChallenge(context: Context, receiver: RouterState, message: Message): void {
  const { tenure } = receiver;
  if (tenure === undefined || tenure.overlap !== undefined || receiver.shutdown !== undefined) return;
  const kind = message.priority === 0 ? 'priority-zero' : 'losing';
  if (kind === 'losing' && !winsOver(receiver, tenure.priority, message)) return;
  const { timeNs } = context.record;
  // One at a time: what follows while an answer is due is answered by it as well.
  if (tenure.challenge !== undefined) judgeChallenge(context, tenure, timeNs, HOLD_UP_TOLD_NS);
  const challenge: Challenge = {
    kind,
    from: message.source,
    priority: message.priority,
    heardNs: timeNs,
    frame: referenceTo(context.record),
    previousNs: tenure.lastNs,
    answeredNs: undefined,
  };
  if (kind === 'losing') tenure.newestLosing = challenge;
  tenure.challenge ??= challenge;
}

/** The router advertises: an answer, or the next advertisement after one. Called before its times are brought up to date. */
export function followChallenge(context: Context, tenure: OpenTenure, timeNs: Nanoseconds): void {
  const { challenge } = tenure;
  if (challenge === undefined) return;
  if (challenge.answeredNs === undefined && timeNs - challenge.heardNs <= AT_ONCE_NS) {
    challenge.answeredNs = timeNs;
    judge(context, tenure, challenge, undefined);
    return;
  }
  tenure.challenge = undefined;
  judge(context, tenure, challenge, timeNs);
}

/** `waitedNs` has passed (HOLD_UP_TOLD_NS until the router speaks again), or the tenure has ended: an answer that did not come by now is missing. */
function judgeChallenge(context: Context, tenure: OpenTenure, nowNs: Nanoseconds, waitedNs: number): void {
  const { challenge } = tenure;
  if (challenge === undefined || nowNs - challenge.heardNs <= waitedNs) return;
  // Whether its timer was touched is seen by the next advertisement.
  if (challenge.answeredNs !== undefined) {
    if (nowNs - challenge.answeredNs > 2 * tenure.intervalNs) tenure.challenge = undefined;
    return;
  }
  tenure.challenge = undefined;
  judge(context, tenure, challenge, undefined);
}

function judge(context: Context, tenure: OpenTenure, challenge: Challenge, nextNs: Nanoseconds | undefined): void {
  const { router } = tenure;
  if (!couldReact(context, router, challenge.heardNs)) return;
  show(context, 'reaction', tenure, challenge, nextNs);
}

/** Whether the router ran undisturbed, on a host that did, while it should have answered. */
function couldReact(context: Context, { node }: RouterState, heardNs: Nanoseconds): boolean {
  const state = node === undefined ? undefined : context.nodes.get(node);
  if (context.nodes.stalledNs(heardNs - MILLISECOND, heardNs + AT_ONCE_NS) > 0) return false;
  if (state === undefined) return true;
  // Until a router is ready nobody knows how long it waited for a core.
  if (state.readyNs < state.startedNs || heardNs < state.readyNs) return false;
  const disturbed = state.frozen || state.disturbedNs > heardNs - AT_ONCE_NS;
  return !disturbed && state.downNs <= state.startedNs && state.stoppingNs <= state.startedNs;
}

/** A tenure has ended: what is open is judged, and whether it fell silent on what loses against it, though its router runs. */
export function endChallenges(context: Context, tenure: OpenTenure): void {
  const { router, lastNs, intervalNs, newestLosing, end } = tenure;
  judgeChallenge(context, tenure, context.record.timeNs, AT_ONCE_NS);
  const state = router.node === undefined ? undefined : context.nodes.get(router.node);
  if (newestLosing === undefined || state === undefined || end !== 'silence') return;
  const { heardNs } = newestLosing;
  if (heardNs < lastNs - AT_ONCE_NS || heardNs > lastNs + intervalNs) return;
  const sinceNs = lastNs - intervalNs;
  if (state.downNs > sinceNs || state.stoppingNs > sinceNs || state.disturbedNs > sinceNs || state.frozen) return;
  if (context.nodes.stalledNs(lastNs, lastNs + intervalNs) > 0) return;
  show(context, 'fellSilent', tenure, newestLosing, undefined);
}

function show(
  context: Context,
  moment: 'reaction' | 'fellSilent',
  tenure: OpenTenure,
  challenge: Challenge,
  nextNs: Nanoseconds | undefined,
): void {
  const { router } = tenure;
  const { virtualRouter } = router;
  const surroundings = { vantage: context.vantage, intentOf: (one: RouterState) => intentOf(context, one) };
  context.judge[moment](
    { challenge, nextNs, tenure, router, virtualRouter, ...surroundings },
    subjectOf(context, virtualRouter, router.name, tenure.version),
    [challenge.frame],
  );
}
