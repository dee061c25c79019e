import { MILLISECOND } from '../../capture/time.ts';
import { skewTimeNs } from '../../vrrp/timers.ts';
import type { AnnouncedView, Judgement, RouterDeviation, Rule, VirtualRouterView } from './rule.ts';
import { EVERY_VERSION, VERSION_3 } from './rule.ts';
import { duration, list, nameOf } from './words.ts';

/** Fewer questions may have been lost. */
const QUESTIONS_FOR_A_VERDICT = 3;
/** Skew times nearer than this: timers that count hundredths of a second run out together. */
const TOGETHER_NS = 10 * MILLISECOND;

/** What hosts need of a virtual router beside its advertisements, and what its members must agree about. */
export const REACHABILITY_RULES: readonly Rule[] = [
  {
    requirement: 'active.arp',
    profiles: EVERY_VERSION,
    needs: [],
    virtualRouter: (view) => (view.virtualRouter.family === 'ipv4' ? judgeUnanswered(view, 'ARP requests') : undefined),
  },
  {
    requirement: 'active.ns',
    profiles: VERSION_3,
    needs: [],
    virtualRouter: (view) =>
      view.virtualRouter.family === 'ipv6' ? judgeUnanswered(view, 'Neighbor Solicitations') : undefined,
  },
  { requirement: 'boot.announce', profiles: EVERY_VERSION, needs: [], announced: judgeBootAnnouncement },
  { requirement: 'nd.ra-options', profiles: VERSION_3, needs: [], virtualRouter: judgeRouterAdvertisements },
  { requirement: 'cfg.priorities', profiles: VERSION_3, needs: [], virtualRouter: judgeSkews },
];

/** Silence is no proof by itself: answers to the same host must be seen where the capture was taken. */
function judgeUnanswered({ virtualRouter }: VirtualRouterView, what: string): readonly RouterDeviation[] | undefined {
  const { questions, lan } = virtualRouter;
  const telling = questions.filter(
    ({ asker, asked, answered }) => answered > 0 || (asked >= QUESTIONS_FOR_A_VERDICT && lan.answered.has(asker)),
  );
  if (telling.length === 0) return undefined;
  return telling
    .filter(({ answered }) => answered === 0)
    .map(({ address, router, asked, frames }) => ({
      router,
      what: address,
      fromSilence: true,
      frames,
      count: asked,
      message: `${router} is Active for ${nameOf(virtualRouter)}, and ${asked} ${what} for ${address} were not answered, though answers to the same host are seen: the virtual address is dead to hosts`,
      expected: 'an answer with the virtual MAC',
      seen: 'none',
      advice:
        'look whether the address is on the router at all, for a filter (arptables, nftables), and for arp_ignore on the interface that has the address',
    }));
}

function judgeBootAnnouncement({ tenure, router, missing, resumed, endedAtOnce }: AnnouncedView): Judgement {
  if (tenure.begin !== 'startup' || resumed || router.addresses.length === 0) return undefined;
  if (missing.length === 0) return 'kept';
  if (endedAtOnce) return undefined;
  return {
    fromSilence: true,
    message: `${router.name} was started and did not announce ${list(missing)} with the virtual MAC: hosts that knew another MAC address go on using it`,
    expected: 'an announcement of each virtual address',
    seen: `none for ${list(missing)}`,
  };
}

function judgeRouterAdvertisements({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  const seen = [...virtualRouter.routerAdvertisements.values()].filter(({ options }) => options !== undefined);
  const [first, ...others] = seen;
  if (first === undefined || others.length === 0) return undefined;
  return others
    .filter(({ options }) => options !== first.options)
    .map(({ router, optionsFrame }) => ({
      router,
      what: router,
      frames: optionsFrame === undefined ? [] : [optionsFrame],
      message: `Router Advertisements of ${nameOf(virtualRouter)} from ${router} carry other options than those from ${first.router}: prefixes, MTU or lifetimes of hosts change at a failover`,
      expected: 'the same options from every router of the VRID',
      seen: 'different ones',
      advice: 'make the Router Advertisement settings of the routers equal',
    }));
}

/** The router of highest priority runs against nobody; those behind it run against each other when it dies. */
function judgeSkews({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  const backups = virtualRouter.routers
    .filter(({ priorities, version }) => priorities.length > 0 && version === 3)
    .map((router) => ({ router, priority: Math.max(...router.priorities) }))
    .toSorted((a, b) => b.priority - a.priority)
    .slice(1);
  if (backups.length < 2) return undefined;
  return backups.slice(1).flatMap(({ router, priority }, index) => {
    const ahead = backups[index]!;
    const apartNs =
      skewTimeNs(3, priority, router.intervalNs, 'exact') - skewTimeNs(3, ahead.priority, router.intervalNs, 'exact');
    // Equal priorities have a requirement of their own.
    if (apartNs === 0 || apartNs >= TOGETHER_NS) return [];
    return [
      {
        router: router.name,
        message: `${ahead.router.name} (priority ${ahead.priority}) and ${router.name} (priority ${priority}) take over ${nameOf(virtualRouter)} within ${duration(apartNs)} of each other when the router above them fails: both become Active for a moment`,
        expected: `priorities whose skew times are ${duration(TOGETHER_NS)} apart or more`,
        seen: duration(apartNs),
        advice: 'spread the priorities of the Backup routers, the more so the shorter the interval',
      },
    ];
  });
}
