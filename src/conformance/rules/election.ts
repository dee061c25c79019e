import { whyUnheard } from '../observer/peers.ts';
import type { Deviation, Judgement, OverlapView, Rule, ShutdownView, TenureView } from './rule.ts';
import { EVERY_VERSION } from './rule.ts';
import { duration, nameOf, plural } from './words.ts';

/** A router that gave up may have come back through a restart after so many intervals. */
const RESTART_INTERVALS = 2.5;
const OWNER_PRIORITY = 255;

/** Two that are Active at once, and routers that stop. */
export const ELECTION_RULES: readonly Rule[] = [
  {
    requirement: 'active.yield-priority',
    profiles: EVERY_VERSION,
    needs: [],
    overlap: (view) => (view.overlap.winner.lastPriority === view.loser.priority ? undefined : judgeYield(view)),
  },
  {
    requirement: 'active.yield-tie',
    profiles: EVERY_VERSION,
    needs: [],
    overlap: (view) => (view.overlap.winner.lastPriority === view.loser.priority ? judgeYield(view) : undefined),
  },
  { requirement: 'tx.one-active', profiles: EVERY_VERSION, needs: [], overlap: judgeOneActive },
  {
    requirement: 'active.shutdown',
    profiles: EVERY_VERSION,
    needs: [],
    shutdown: judgeActiveShutdown,
    tenure: judgeAfterZero,
  },
  { requirement: 'backup.shutdown', profiles: EVERY_VERSION, needs: [], shutdown: judgeBackupShutdown },
];

function precedence({ overlap, loser }: OverlapView): string {
  const { winner } = overlap;
  if (winner.lastPriority !== loser.priority) return `priority ${winner.lastPriority}`;
  return `equal priority ${loser.priority}, greater address ${winner.sourceAddress}`;
}

function adviceFor({ overlap, loser }: OverlapView): string | undefined {
  const reason = whyUnheard(overlap.winner, loser.router);
  return reason === undefined ? undefined : `a likely reason: ${reason}`;
}

/** One lost frame, the winner's priority 0, explains what the loser sent afterwards. */
function restsOnSilence({ overlap }: OverlapView): Pick<Deviation, 'fromSilence' | 'silences'> {
  return overlap.isConfirmed ? {} : { fromSilence: true, silences: 1 };
}

function unproven({ overlap, lost, virtualRouter }: OverlapView, what: string): Pick<Deviation, 'verdict' | 'message'> {
  return {
    verdict: 'inconclusive',
    message: `${what} for ${nameOf(virtualRouter)}, but nothing can be concluded: ${lost}, and a priority 0 of ${overlap.winner.name} may have been among it`,
  };
}

function judgeYield(view: OverlapView): Judgement {
  const { overlap, loser, yielded, vantage, virtualRouter } = view;
  if (overlap.heardNs === undefined) return undefined;
  if (loser.priority === OWNER_PRIORITY && !view.ownersYield) return undefined;
  if (overlap.lateCount === 0) return 'kept';
  const { winner } = overlap;
  const loserName = loser.router.name;
  const lateNs = overlap.lateLastNs - overlap.heardNs;
  const shared = {
    frames: overlap.lateFrames,
    count: overlap.lateCount,
    ...restsOnSilence(view),
    expected: `silence after ${winner.name}'s advertisement (${precedence(view)})`,
    seen: `${plural(overlap.lateCount, 'advertisement')} until ${duration(lateNs)} after it`,
  };
  if (view.lost !== undefined) return { ...shared, ...unproven(view, `${loserName} advertised beside ${winner.name}`) };
  if (!vantage.ports && !yielded) {
    return {
      ...shared,
      verdict: 'inconclusive',
      message: `${loserName} (priority ${loser.priority}) went on advertising ${nameOf(virtualRouter)} for ${duration(lateNs)} beside ${winner.name} (${precedence(view)}) and never gave way: it does not hear the other one, or ignores it; a capture at its own port would tell`,
      advice: adviceFor(view) ?? 'capture at both routers: are the advertisements of one reaching the other?',
    };
  }
  return {
    ...shared,
    message: `${loserName} (priority ${loser.priority}) sent ${plural(overlap.lateCount, 'more advertisement')} for ${nameOf(virtualRouter)} until ${duration(lateNs)} after ${winner.name} (${precedence(view)}) was heard; it must be Backup at once`,
  };
}

function judgeOneActive(view: OverlapView): Judgement {
  const { overlap, loser, vantage, virtualRouter } = view;
  if (overlap.splitCount === 0) return 'kept';
  const { winner } = overlap;
  const lastedNs = overlap.splitLastNs - overlap.beganNs;
  // Who yields when it hears the winner at last is not to blame for what kept the winner's frames from it.
  const unheard = vantage.ports && !overlap.isDefied;
  const shared = {
    what: unheard ? 'unheard' : 'heard',
    frames: overlap.splitFrames,
    count: overlap.splitCount,
    ...restsOnSilence(view),
    expected: 'one Active router at a time, outside an election',
    seen: `two for ${duration(lastedNs)}`,
  };
  if (view.lost !== undefined) return { ...shared, ...unproven(view, 'two routers seem to have been Active') };
  return {
    ...shared,
    ...(unheard ? { level: 'information' as const } : {}),
    message: `two routers were Active for ${nameOf(virtualRouter)} for ${duration(lastedNs)}: ${winner.name} (priority ${winner.lastPriority}) and ${loser.router.name} (priority ${loser.priority})${unheard ? `; ${nothingReached(view)}` : ''}`,
    advice:
      adviceFor(view) ??
      'look for what keeps multicast from one of them: IGMP or MLD snooping without a querier, a VLAN that ends halfway, a firewall, port security against the virtual MAC',
  };
}

function nothingReached({ overlap: { winner, beganNs, heardNs }, loser }: OverlapView): string {
  const until = heardNs === undefined ? '' : ` for ${duration(heardNs - beganNs)}`;
  return `nothing of ${winner.name} reached the port of ${loser.router.name}${until}`;
}

function judgeActiveShutdown({
  stoppingNs,
  wasActive,
  priorityZeroNs,
  sentAfter,
  router,
  virtualRouter,
}: ShutdownView): Judgement {
  if (stoppingNs === undefined || !wasActive) return undefined;
  if (priorityZeroNs === undefined) {
    return {
      what: 'missing',
      message: `${router.name} was Active for ${nameOf(virtualRouter)} when it was asked to stop, and sent no advertisement of priority 0: its Backup waits for the whole Active_Down_Interval`,
      expected: 'one advertisement of priority 0',
      seen: 'none',
    };
  }
  if (sentAfter === 0) return 'kept';
  return {
    what: 'after',
    message: `${router.name} sent ${plural(sentAfter, 'advertisement')} for ${nameOf(virtualRouter)} after its priority 0 while it stopped`,
    expected: 'nothing after the priority 0',
    seen: plural(sentAfter, 'advertisement'),
  };
}

/** Without events: a router that gave up and is back sooner than a restart would allow never stopped. */
function judgeAfterZero({ sinceOwnZeroNs, intervalNs, tenure, router, virtualRouter }: TenureView): Judgement {
  if (sinceOwnZeroNs === undefined || tenure.priority === OWNER_PRIORITY) return undefined;
  if (sinceOwnZeroNs >= RESTART_INTERVALS * intervalNs) return undefined;
  return {
    what: 'after',
    message: `${router.name} advertised priority ${tenure.priority} for ${nameOf(virtualRouter)} ${duration(sinceOwnZeroNs)} after its own priority 0: its Backup has already begun to take over`,
    expected: 'nothing after the priority 0',
    seen: `an advertisement of priority ${tenure.priority}`,
  };
}

function judgeBackupShutdown({
  wasActive,
  sentAfter,
  stoppingNs,
  router,
  virtualRouter,
  priorityZeroNs,
}: ShutdownView): Judgement {
  if (wasActive) return undefined;
  if (sentAfter === 0) return 'kept';
  const what = priorityZeroNs !== undefined || stoppingNs === undefined ? 'priority 0' : 'advertisements';
  return {
    message: `${router.name} sent ${what} for ${nameOf(virtualRouter)} although it was not Active: its peers take over from a router that still works`,
    expected: 'a Backup that stops sends nothing',
    seen: plural(sentAfter, 'advertisement'),
  };
}
