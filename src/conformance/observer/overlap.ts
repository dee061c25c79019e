import type { Nanoseconds } from '../../capture/time.ts';
import { MILLISECOND } from '../../capture/time.ts';
import { noteOverlap } from '../causes/overlaps.ts';
import { isErratumOn } from '../errata.ts';
import type { FrameReference } from '../result.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import { FRAMES_PER_FINDING, referenceTo } from './findings.ts';
import type { OpenTenure, Overlap, RouterState } from './state.ts';
import { inFlightNs } from './timing.ts';

/**
 * How long after the winner was heard two may still be Active. With ports its first advertisement must be heard within
 * one interval; a tap sees it, and gives it an interval to be heard.
 */
const ELECTION_SLACK_NS = 20 * MILLISECOND;

function createOverlap(winner: RouterState, beganNs: Nanoseconds): Overlap {
  return {
    winner,
    beganNs,
    heardNs: undefined,
    isDefied: false,
    isConfirmed: false,
    lateCount: 0,
    lateFirstNs: 0,
    lateLastNs: 0,
    lateFrames: [],
    splitCount: 0,
    splitFirstNs: 0,
    splitLastNs: 0,
    splitFrames: [],
  };
}

/** Two are Active, and one of them, `speaker`, has just advertised. */
export function followOverlaps(
  context: Context,
  winner: OpenTenure,
  loser: OpenTenure,
  speaker: OpenTenure,
  timeNs: Nanoseconds,
): void {
  if (loser.overlap === undefined || loser.overlap.winner !== winner.router) {
    closeOverlap(context, loser, false);
    loser.overlap = createOverlap(winner.router, Math.max(winner.firstNs, loser.firstNs));
    loser.overlap.heardNs = heardAlready(loser, winner);
  }
  const { overlap } = loser;
  const { ports } = context.vantage;
  if (speaker === winner) {
    // Without ports the winner's frame is taken as heard when the tap saw it.
    if (!ports && overlap.heardNs === undefined) overlap.heardNs = timeNs;
    if (overlap.lateCount > 0 || overlap.splitCount > 0) overlap.isConfirmed = true;
    return;
  }
  // Of one that has not advertised since nothing says that it is Active still.
  if (winner.lastNs < overlap.beganNs) return;
  const isDefied = ports
    ? overlap.heardNs !== undefined && timeNs - overlap.heardNs > ELECTION_SLACK_NS
    : timeNs - (overlap.heardNs ?? overlap.beganNs) > winner.intervalNs + ELECTION_SLACK_NS;
  overlap.isDefied ||= isDefied;
  if (isDefied || (ports && unheardNs(overlap, timeNs) > winner.intervalNs + ELECTION_SLACK_NS)) {
    if (overlap.splitCount++ === 0) overlap.splitFirstNs = timeNs;
    overlap.splitLastNs = timeNs;
    keep(overlap.splitFrames, context);
  }
  if (overlap.heardNs !== undefined && timeNs - overlap.heardNs > inFlightNs(context.vantage)) {
    if (overlap.lateCount++ === 0) overlap.lateFirstNs = timeNs;
    overlap.lateLastNs = timeNs;
    keep(overlap.lateFrames, context);
  }
}

/**
 * With ports: the sighting at the loser's port may have been handed on before that at the winner's own. What it heard
 * before both were Active says nothing: that it heard no more may be why it is.
 */
function heardAlready({ router, firstNs }: OpenTenure, winner: OpenTenure): Nanoseconds | undefined {
  if (router.node === undefined) return undefined;
  const heard = router.virtualRouter.hearing.get(router.node)?.find(({ name }) => name === winner.router.name);
  return heard !== undefined && heard.lastNs >= Math.max(winner.firstNs, firstNs) ? heard.lastNs : undefined;
}

/** With ports: for how long after both were Active the loser had heard nothing of the winner. */
export function unheardNs({ beganNs, heardNs }: Overlap, nowNs: Nanoseconds): number {
  return (heardNs ?? nowNs) - beganNs;
}

function keep(frames: FrameReference[], context: Context): void {
  if (frames.length < FRAMES_PER_FINDING) frames.push(referenceTo(context.record));
}

/** A loser that was silent since it heard the winner is Backup, though its tenure is closed only later. */
export function hasGivenWay(context: Context, { overlap, lastNs }: OpenTenure): boolean {
  if (overlap === undefined || overlap.heardNs === undefined || overlap.lateCount > 0) return false;
  return lastNs - overlap.heardNs <= inFlightNs(context.vantage);
}

/** With ports: the loser's port has received an advertisement of a router that wins. */
export function noteHeard(loser: OpenTenure, timeNs: Nanoseconds): void {
  const { overlap } = loser;
  if (overlap !== undefined && overlap.heardNs === undefined) overlap.heardNs = timeNs;
}

/** The overlap is over: judges it. */
export function closeOverlap(context: Context, loser: OpenTenure, yielded: boolean): void {
  const { overlap, router } = loser;
  if (overlap === undefined) return;
  loser.overlap = undefined;
  const lost = whatWasLost(context, overlap);
  noteOverlap(context, overlap, loser, yielded, lost);
  const { virtualRouter } = router;
  const subject = subjectOf(context, virtualRouter, router.name, loser.version);
  const surroundings = { vantage: context.vantage, intentOf: (one: RouterState) => intentOf(context, one) };
  const ownersYield = subject.profile === 'rfc9568' && isErratumOn(context.options.errata, 8298);
  context.judge.overlap({ overlap, loser, virtualRouter, yielded, ownersYield, lost, ...surroundings }, subject, []);
}

/** Why what the loser sent too late may have been in order: the winner's priority 0 may be among what the capture lost. */
function whatWasLost(context: Context, overlap: Overlap): string | undefined {
  const lastNs = Math.max(overlap.lateLastNs, overlap.splitLastNs);
  if (overlap.isConfirmed || lastNs === 0) return undefined;
  return context.losses.within(overlap.beganNs, lastNs);
}
