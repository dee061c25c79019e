import type { RouterState } from '../observer/state.ts';
import { otherMultiple } from '../observer/timing.ts';
import type { Judgement, Rule, TenureView } from './rule.ts';
import { EVERY_VERSION } from './rule.ts';
import { duration, nameOf, window } from './words.ts';

const OWNER_PRIORITY = 255;

/** When, and in which order, a router becomes Active. */
export const TAKEOVER_RULES: readonly Rule[] = [
  {
    requirement: 'backup.takeover',
    profiles: EVERY_VERSION,
    needs: [],
    tenure: (view) =>
      view.base === 'advertisement' ? judgeTime(view, 'the newest advertisement that it heard') : undefined,
  },
  {
    requirement: 'backup.priority-zero',
    profiles: EVERY_VERSION,
    needs: [],
    tenure: (view) => (view.base === 'priority-zero' ? judgeTime(view, 'the priority 0') : undefined),
  },
  {
    requirement: 'init.backup',
    profiles: EVERY_VERSION,
    needs: ['events'],
    tenure: (view) =>
      view.base === 'start' && view.tenure.priority !== OWNER_PRIORITY ? judgeTime(view, 'its start') : undefined,
  },
  { requirement: 'init.owner', profiles: EVERY_VERSION, needs: ['events'], tenure: judgeOwnerStart },
  {
    requirement: 'active.announce-order',
    profiles: EVERY_VERSION,
    needs: [],
    tenure: judgeOrder,
    announced: ({ router, announcedEarlyNs }) => judgeEarly(router, announcedEarlyNs),
  },
  { requirement: 'backup.silent', profiles: EVERY_VERSION, needs: [], tenure: judgeSilence },
  { requirement: 'backup.no-preempt', profiles: EVERY_VERSION, needs: ['intent'], tenure: judgeNoPreemption },
];

function judgeTime(view: TenureView, since: string): Judgement {
  const { timing, router, virtualRouter, intervalNs, explanation } = view;
  if (timing === undefined || timing.verdict === 'not-judged') return undefined;
  // What explains it is told by a rule of its own.
  if (explanation !== undefined) return undefined;
  // At the end, with all of its kind.
  if (timing.shortInterval === true) return undefined;
  if (timing.verdict === 'pass') return 'kept';
  const { elapsedNs, expectedMinimumNs, expectedMaximumNs } = timing;
  const expected = window(expectedMinimumNs, expectedMaximumNs);
  const tooLate = elapsedNs > expectedMaximumNs;
  const off = tooLate ? elapsedNs - expectedMaximumNs : expectedMinimumNs - elapsedNs;
  const shared = { expected, seen: duration(elapsedNs), what: timing.verdict, fromSilence: true };
  const tail = `took over ${nameOf(virtualRouter)} ${duration(elapsedNs)} after ${since}; its timer allows ${expected}`;
  if (timing.verdict === 'inconclusive') {
    return {
      ...shared,
      verdict: 'inconclusive',
      message: `${router.name} ${tail}, but nothing can be concluded: ${timing.reason ?? 'the capture does not tell'}`,
    };
  }
  const skewNs = expectedMaximumNs % intervalNs;
  const multiple = otherMultiple(elapsedNs, intervalNs, skewNs, Math.floor(expectedMaximumNs / intervalNs));
  const hint = multiple === undefined ? '' : ` (it fits ${multiple} intervals and the skew)`;
  if (timing.verdict === 'early') {
    return {
      ...shared,
      message: `${router.name} ${tail}: ${duration(off)} too early${hint}`,
      advice:
        'an Active router that is alive may be disturbed: compare the configured intervals and priorities of both',
    };
  }
  return {
    ...shared,
    ...(timing.verdict === 'slow' ? { verdict: 'warning' as const, level: 'should' as const } : {}),
    message: `${router.name} ${tail}: ${duration(off)} too late${hint}`,
    advice:
      'traffic to the virtual addresses was lost for that much longer; look for a busy host or a configured delay',
  };
}

/** An owner that is later than so many intervals after it runs was Backup. */
const OWNER_INTERVALS = 2;

/** An owner has no Backup period: waiting like a Backup is wrong. */
function judgeOwnerStart({ base, timing, tenure, router, virtualRouter, intervalNs }: TenureView): Judgement {
  if (base !== 'start' || timing === undefined || tenure.priority !== OWNER_PRIORITY) return undefined;
  // A Backup waits for three intervals and the skew; what the program takes until it runs is none of the protocol's.
  if (timing.elapsedNs <= OWNER_INTERVALS * intervalNs) return 'kept';
  return {
    message: `${router.name} owns the addresses of ${nameOf(virtualRouter)} (priority 255), yet advertised only ${duration(timing.elapsedNs)} after its start, as if it had been Backup`,
    expected: 'Active at once',
    seen: duration(timing.elapsedNs),
  };
}

function judgeOrder({ tenure, router, announcedEarlyNs }: TenureView): Judgement {
  if (tenure.begin === 'since-before') return undefined;
  return announcedEarlyNs === undefined ? 'kept' : judgeEarly(router, announcedEarlyNs);
}

function judgeEarly(router: RouterState, announcedEarlyNs: number | undefined): Judgement {
  if (announcedEarlyNs === undefined) return undefined;
  return {
    message: `${router.name} announced virtual addresses ${duration(announcedEarlyNs)} before its first advertisement: the former Active router may answer, and switches learn the address before its owner is known`,
    expected: 'the advertisement first, then the announcements',
    seen: `an announcement ${duration(announcedEarlyNs)} before`,
  };
}

/** A Backup that hears a router of higher precedence must not advertise. */
function judgeSilence({ tenure, router, winnerAlive, virtualRouter, timing, sinceOwnZeroNs }: TenureView): Judgement {
  if (tenure.begin === 'since-before') return undefined;
  if (winnerAlive === undefined) return 'kept';
  if (timing?.verdict !== 'early' || sinceOwnZeroNs !== undefined) return undefined;
  return {
    message: `${router.name} advertised priority ${tenure.priority} for ${nameOf(virtualRouter)} while ${winnerAlive.name} (priority ${winnerAlive.lastPriority}) was Active and had been heard ${duration(timing.elapsedNs)} before`,
    expected: 'silence while Backup',
    seen: `an advertisement of priority ${tenure.priority}`,
    advice:
      'look for loss between the two (multicast filtering, IGMP snooping without a querier), or a broken down timer',
  };
}

function judgeNoPreemption({
  tenure,
  router,
  displaced,
  timing,
  base,
  virtualRouter,
  intentOf,
}: TenureView): Judgement {
  const intent = intentOf(router);
  if (intent?.preempt !== false || tenure.priority === OWNER_PRIORITY) return undefined;
  if (displaced === undefined) return 'kept';
  // It may not have heard the other one: then its timer ran out rightly.
  if (base === 'advertisement' && timing?.verdict !== 'early') return 'kept';
  return {
    message: `${router.name} took over ${nameOf(virtualRouter)} from ${displaced.router.name} (priority ${displaced.priority}), which was Active and alive, although its preemption is off`,
    expected: `${displaced.router.name} stays Active`,
    seen: `${router.name} (priority ${tenure.priority}) became Active`,
  };
}
