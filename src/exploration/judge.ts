import { MILLISECOND, type Nanoseconds, SECOND } from '../capture/time.ts';
import { boundMs, hasOneInterval, longestDownMs, longestIntervalMs } from './bound.ts';
import { type Case, type CaseStep, type CaseVirtualRouter, isRouterStep } from './case.ts';
import type { Invariant, Violation } from './violation.ts';
import type { Advertised, Seen } from './witness.ts';
import { groupsOf, isIsolated, isMuted, latenessMs, participants, type World } from './world.ts';

/** A host asks for a MAC again after a second without an answer (RFC 4861 §10), and an answer takes its time. */
const RESOLUTION_MS = 1100;
const ANSWER_MS = 100;
/** Frames and clocks: a silence is too long by more than this. */
const SLACK_MS = 100;
const OWNER = 255;

/** Judges one virtual router of a case from what was seen of it. */
export interface Judge {
  /**
   * Nothing has been done since `fromNs`, and until now, in this world: what was seen in that time. The first thing that
   * must not be, if any.
   */
  rested(world: World, fromNs: Nanoseconds, nowNs: Nanoseconds, seen: Seen): Violation | undefined;
  /** Something is done now, which makes this world of that one. */
  disturbed(step: CaseStep, before: World, after: World, nowNs: Nanoseconds): void;
}

/**
 * `beyond`: also while chance decides who is heard, or one router hears another that does not hear it, where no RFC
 * promises anything.
 */
export function createJudge(explored: Case, virtualRouter: CaseVirtualRouter, beyond: boolean): Judge {
  const priorityOf = (name: string): number => virtualRouter.priorities[name] ?? 0;
  const highest = (names: readonly string[]): string =>
    names.reduce((best, name) => (priorityOf(name) > priorityOf(best) ? name : best));
  const preempts = (name: string): boolean =>
    priorityOf(name) === OWNER || explored.routers.some((router) => router.name === name && router.preempt);
  const intervalMs = longestIntervalMs(explored, virtualRouter);
  const downMs = longestDownMs(explored, virtualRouter);
  // Longer than any skew by what is rounded.
  const skewMs = downMs - 3 * intervalMs;
  const isOneInterval = hasOneInterval(explored, virtualRouter);
  const isPromised = virtualRouter.variant !== 'v2-ipv4' || isOneInterval;
  const isPunctual = explored.routers.every(
    ({ driftPpm, schedulingDelayMs }) => driftPpm === 0 && schedulingDelayMs === 0,
  );

  let latestMs = 0;
  let lastClaimNs = 0;
  /** Until when a priority 0 may have put off whoever heard it: its timer is Skew_Time from there (RFC 9568 §6.4.2). */
  let putOffUntilNs = 0;
  /** Since when each router has taken part. */
  const since = new Map<string, Nanoseconds>();
  /** The only Active router when the virtual router was last at rest, while nothing has touched it since. */
  let settled: string | undefined;
  let lost = 0;
  const claimants = new Set<string>();

  const violation = (invariant: Invariant, timeNs: Nanoseconds, router: string, sentence: string): Violation => {
    return { invariant, virtualRouterId: virtualRouter.id, timeNs, router, sentence };
  };

  /** A router that hears nothing becomes Active, whatever is lost: its timer needs no frame. */
  const tooLongSilent = (untilNs: Nanoseconds): Violation | undefined => {
    const limitNs = (downMs + latestMs + SLACK_MS) * MILLISECOND;
    for (const [name, sinceNs] of since) {
      const fromNs = Math.max(lastClaimNs, sinceNs);
      if (untilNs - fromNs <= limitNs || untilNs <= putOffUntilNs) continue;
      const seconds = ((untilNs - fromNs) / SECOND).toFixed(2);
      return violation('none-active', untilNs, name, `Nobody advertises for ${seconds} s while ${name} runs.`);
    }
    return undefined;
  };

  const claim = ({ timeNs, node, priority }: Advertised): Violation | undefined => {
    if (priority === 0) putOffUntilNs = timeNs + (skewMs + latestMs + SLACK_MS) * MILLISECOND;
    if (priority === 0) return undefined;
    const silence = tooLongSilent(timeNs);
    lastClaimNs = timeNs;
    claimants.add(node);
    return silence;
  };

  const needless = (nowNs: Nanoseconds): Violation | undefined => {
    if (settled === undefined) return undefined;
    const other = [...claimants].find((name) => name !== settled);
    if (other === undefined) return undefined;
    return violation(
      'needless-change',
      nowNs,
      other,
      `${other} becomes Active though ${settled} is, lives and is heard, and ${other} has no claim.`,
    );
  };

  /** Whether what is done leaves the Active router, and whoever hears it, as they were. */
  const isHarmless = (step: CaseStep, world: World): boolean => {
    if (step.kind === 'pause') return true;
    if (settled === undefined || (!isOneInterval && !beyond)) return false;
    // Nobody stops: the Active router says so, and nothing should come of it.
    if (step.kind === 'forge') return beyond && step.advertisement.priority === 0;
    if (step.kind === 'begin-fault') {
      if (step.fault.kind === 'duplicate') return true;
      if (step.fault.kind !== 'lose-one' || !isPunctual) return false;
      lost += 1;
      return lost <= MOST_LOST;
    }
    if (step.kind === 'end-fault') return ['duplicate', 'lose-one'].includes(world.faults.get(step.name)?.kind ?? '');
    // Who was Active when it was frozen is when it is thawed.
    if (!isRouterStep(step) || step.kind === 'thaw' || step.router === settled) return false;
    const isEntitled = priorityOf(step.router) > priorityOf(settled) && preempts(step.router);
    return !isEntitled && world.faults.size === 0;
  };

  const restOf = (world: World, fromNs: Nanoseconds, nowNs: Nanoseconds, seen: Seen): Violation | undefined => {
    const there = participants(world);
    const clear = groupsOf(world, there);
    settled = undefined;
    if (there.length === 0) return undefined;
    const isClear = clear !== undefined && isPromised;
    if (!isClear && !beyond) return undefined;
    const groups = clear ?? [there];
    const calm = seen.advertised.filter(({ timeNs, priority }) => timeNs >= fromNs && priority > 0);
    for (const group of groups) {
      const broken = groupAtRest(group, there, calm, nowNs);
      if (broken !== undefined) return broken;
    }
    const answering = groups.filter((group) => !group.every((name) => isIsolated(world, name)));
    const [only] = answering;
    const active = calm.find(({ node }) => only?.includes(node))?.node;
    if (groups.length === 1) settled = active;
    if (answering.length !== 1 || active === undefined || !isClear) return undefined;
    return hostAtRest(world, fromNs, nowNs, active, seen);
  };

  const groupAtRest = (
    group: readonly string[],
    there: readonly string[],
    calm: readonly Advertised[],
    nowNs: Nanoseconds,
  ): Violation | undefined => {
    const own = calm.filter(({ node }) => group.includes(node) || !there.includes(node));
    const speakers = [...new Set(own.map(({ node }) => node))];
    const [active, other] = speakers;
    if (active === undefined) {
      return violation('none-active', nowNs, highest(group), `None of ${group.join(', ')} is Active.`);
    }
    if (other !== undefined) {
      const changes = own.filter(({ node }, index) => index > 0 && own[index - 1]!.node !== node).length;
      if (changes === speakers.length - 1) {
        return violation('flapping', nowNs, other, `${other} takes over from ${active} though nothing happens.`);
      }
      return violation('two-active', nowNs, other, `${speakers.join(' and ')} are Active at once, and stay so.`);
    }
    const better = group.find((name) => priorityOf(name) > priorityOf(active) && preempts(name));
    if (better === undefined) return undefined;
    return violation(
      'wrong-active',
      nowNs,
      better,
      `${active} stays Active with priority ${priorityOf(active)} though ${better} has ${priorityOf(better)} and preempts.`,
    );
  };

  const hostAtRest = (
    world: World,
    fromNs: Nanoseconds,
    nowNs: Nanoseconds,
    active: string,
    seen: Seen,
  ): Violation | undefined => {
    if (!explored.host || hasOtherHolders(world, active) || isMuted(world, active)) return undefined;
    const resolvedNs = fromNs + (RESOLUTION_MS + latestMs) * MILLISECOND;
    const untilNs = nowNs - (ANSWER_MS + latestMs) * MILLISECOND;
    // A switch that does not know the address floods, which does no harm.
    const atActive = new Set(seen.reached.filter(({ node }) => node === active).map(({ sequence }) => sequence));
    for (const { timeNs, node, sequence } of seen.reached) {
      if (timeNs < resolvedNs || timeNs > untilNs || atActive.has(sequence)) continue;
      return violation(
        'wrong-port',
        timeNs,
        active,
        `Packets for the virtual MAC go to ${node} though ${active} is Active.`,
      );
    }
    for (const { timeNs, answered } of seen.asked.values()) {
      if (answered || timeNs < resolvedNs || timeNs > untilNs) continue;
      return violation('blackhole', timeNs, active, `The host has no answer though ${active} is Active.`);
    }
    return undefined;
  };

  /** A kernel whose process is frozen, or an owner whose process has ended, still has the addresses. */
  const hasOtherHolders = (world: World, active: string): boolean =>
    [...world.routers].some(
      ([name, { frozen, running, powered }]) =>
        name !== active && (frozen || (priorityOf(name) === OWNER && powered && !running)),
    );

  return {
    rested(world, fromNs, nowNs, seen) {
      latestMs = Math.max(latestMs, latenessMs(world));
      for (const advertised of seen.advertised) {
        const silence = claim(advertised);
        if (silence !== undefined) return silence;
      }
      const silence = tooLongSilent(nowNs) ?? needless(nowNs);
      if (silence !== undefined) return silence;
      const restNs = fromNs + boundMs(explored, virtualRouter, latestMs) * MILLISECOND;
      if (nowNs - restNs < 2 * intervalMs * MILLISECOND) return undefined;
      const broken = restOf(world, restNs, nowNs, seen);
      claimants.clear();
      lost = 0;
      return broken;
    },
    disturbed(step, before, after, nowNs) {
      if (!isHarmless(step, before)) settled = undefined;
      latestMs = Math.max(latestMs, latenessMs(after));
      const there = participants(after);
      for (const name of [...since.keys()]) if (!there.includes(name)) since.delete(name);
      for (const name of there) if (!since.has(name)) since.set(name, nowNs);
      // A router that was told or made to leave, or to start anew, begins from here.
      if (isRouterStep(step) && since.has(step.router)) since.set(step.router, nowNs);
    },
  };
}

/** An Active router may miss so many advertisements in a row (RFC 9568 §6.1). */
const MOST_LOST = 2;
