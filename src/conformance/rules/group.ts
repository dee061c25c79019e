import { SECOND } from '../../capture/time.ts';
import type { RouterState } from '../observer/state.ts';
import { gapsBehindMedian, medianGapNs } from '../observer/statistics.ts';
import { isInterleaved } from './interleaved.ts';
import type { RouterDeviation, Rule, VirtualRouterView } from './rule.ts';
import { EVERY_VERSION, VERSION_3 } from './rule.ts';
import { duration, list, nameOf, plural } from './words.ts';

/** Gaps that a median needs before it is judged. */
const GAPS_FOR_A_MEDIAN = 20;
const PERIOD_TOLERANCE = 0.02;
const PERIOD_TOLERANCE_NS = 300_000;
/** Farther from the field, it is the field that is wrong and not the router's clock. */
const FIELD_TOLERANCE = 0.25;
const OWNER_PRIORITY = 255;

/** What a virtual router's members do together, and what each does over time. Judged at the end. */
export const GROUP_RULES: readonly Rule[] = [
  {
    requirement: 'tx.period',
    profiles: EVERY_VERSION,
    needs: [],
    virtualRouter: (view) => measured(view, judgePeriod),
  },
  {
    requirement: 'tx.interval',
    profiles: EVERY_VERSION,
    needs: [],
    virtualRouter: (view) => measured(view, judgeField),
  },
  { requirement: 'cfg.one-owner', profiles: VERSION_3, needs: [], virtualRouter: judgeOwners },
  { requirement: 'cfg.same-priority', profiles: ['rfc9568'], needs: [], virtualRouter: judgePriorities },
  { requirement: 'interop.v2-priority', profiles: VERSION_3, needs: [], virtualRouter: judgeMixedVersions },
];

type JudgePeriod = (router: RouterState, medianNs: number, gaps: number) => RouterDeviation | undefined;

/** Judges the routers whose median period is known well enough. */
function measured(
  { virtualRouter, vantage }: VirtualRouterView,
  judge: JudgePeriod,
): readonly RouterDeviation[] | undefined {
  const deviations: RouterDeviation[] = [];
  let judged = false;
  for (const router of virtualRouter.routers) {
    const medianNs = medianGapNs(router.recorder);
    // Two sequences have no period of one router.
    if (medianNs === undefined || isInterleaved(router, vantage)) continue;
    const gaps = gapsBehindMedian(router.recorder, medianNs);
    if (gaps < GAPS_FOR_A_MEDIAN) continue;
    judged = true;
    const deviation = judge(router, medianNs, gaps);
    if (deviation !== undefined) deviations.push(deviation);
  }
  return judged ? deviations : undefined;
}

function judgePeriod(router: RouterState, medianNs: number, gaps: number): RouterDeviation | undefined {
  const offNs = medianNs - router.intervalNs;
  if (Math.abs(offNs) <= Math.max(PERIOD_TOLERANCE_NS, PERIOD_TOLERANCE * router.intervalNs)) return undefined;
  if (Math.abs(offNs) > FIELD_TOLERANCE * router.intervalNs) return undefined;
  return {
    router: router.name,
    count: gaps,
    message: `${router.name} advertises every ${duration(medianNs)} (median of ${plural(gaps, 'gap')}), ${duration(Math.abs(offNs))} ${offNs > 0 ? 'more' : 'less'} than the ${duration(router.intervalNs)} that it says`,
    expected: duration(router.intervalNs),
    seen: duration(medianNs),
  };
}

function judgeField(router: RouterState, medianNs: number, gaps: number): RouterDeviation | undefined {
  if (Math.abs(medianNs - router.intervalNs) <= FIELD_TOLERANCE * router.intervalNs) return undefined;
  return {
    router: router.name,
    what: 'measured',
    count: gaps,
    message: `${router.name} says an interval of ${duration(router.intervalNs)} and advertises every ${duration(medianNs)} (median of ${plural(gaps, 'gap')}): its Backups time out by the wrong number`,
    expected: duration(router.intervalNs),
    seen: duration(medianNs),
    advice: 'VRRPv2 knows whole seconds alone: configure one, or use VRRPv3',
  };
}

function judgeOwners({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  const owners = virtualRouter.routers.filter(({ priorities }) => priorities.includes(OWNER_PRIORITY));
  if (owners.length === 0) return undefined;
  if (owners.length === 1) return [];
  const names = list(owners.map(({ name }) => name));
  return [
    {
      router: owners[0]!.name,
      message: `${plural(owners.length, 'router')} of ${nameOf(virtualRouter)} have priority 255, the address owner's (${names}): neither gives way to the other but by address`,
      expected: 'at most one owner',
      seen: names,
      advice: 'give 255 to the router whose interface has the addresses, and less to the others',
    },
  ];
}

function judgePriorities({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  if (virtualRouter.routers.length < 2) return undefined;
  const seen = new Map<number, string>();
  for (const { name, priorities } of virtualRouter.routers) {
    for (const priority of priorities) {
      const other = seen.get(priority);
      if (other === undefined) {
        seen.set(priority, name);
        continue;
      }
      return [
        {
          router: name,
          message: `${other} and ${name} both advertise priority ${priority} for ${nameOf(virtualRouter)}: they take over at the same moment, and the greater address wins`,
          expected: 'different priorities',
          seen: `${priority} twice`,
          advice: 'give each router of the VRID a priority of its own',
        },
      ];
    }
  }
  return [];
}

/** A v2 router counts whole seconds: it must not outrank one that advertises faster. */
function judgeMixedVersions({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  const v2 = virtualRouter.routers.filter(({ version }) => version === 2);
  const fast = virtualRouter.routers.filter(({ version, intervalNs }) => version === 3 && intervalNs < SECOND);
  if (v2.length === 0 || fast.length === 0) return undefined;
  return v2.flatMap((router) => {
    const outranked = fast.find(({ priorities }) => Math.max(...priorities) < Math.max(...router.priorities));
    if (outranked === undefined) return [];
    return [
      {
        // What speaks of it are the documents of the version 3 router.
        router: outranked.name,
        message: `${router.name} speaks VRRPv2 and outranks ${outranked.name}, which speaks VRRPv3 every ${duration(outranked.intervalNs)}`,
        expected: 'a lower priority than every router that advertises faster than once a second',
      },
    ];
  });
}
