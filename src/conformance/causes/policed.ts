import type { Nanoseconds } from '../../capture/time.ts';
import { SECOND } from '../../capture/time.ts';
import type { Cause, Finding, VirtualRouterHistory } from '../result.ts';
import { duration, list } from '../rules/words.ts';

/** Takeovers of one router that are no farther apart than this are one event. */
const TOGETHER_NS = 2 * SECOND;
/** So many virtual routers at once, and so many of them without announcement, are a pattern. */
const TAKEN_OVER = 8;
const UNANNOUNCED = 3;

interface TakenOver {
  readonly history: VirtualRouterHistory;
  readonly firstNs: Nanoseconds;
  readonly finding: Finding | undefined;
}

/** A takeover was not announced: an address of it was missing. */
export function isUnannounced({ requirement, verdict, seen }: Finding): boolean {
  if (!requirement.startsWith('backup.takeover.announce')) return false;
  return (verdict === 'fail' || verdict === 'warning') && seen?.startsWith('none') === true;
}

/**
 * Many virtual routers changed over to one router at once, and the last of them were not announced: something counts what
 * is broadcast. Returns the causes, and the findings that they are about.
 */
export function policedCauses(
  histories: readonly VirtualRouterHistory[],
  findings: readonly Finding[],
): { readonly causes: readonly Cause[]; readonly explained: ReadonlySet<Finding> } {
  const explained = new Set<Finding>();
  const unannounced = findings.filter(isUnannounced);
  if (unannounced.length < UNANNOUNCED) return { causes: [], explained };
  const causes = [...takenOverTogether(histories, unannounced)].flatMap(([router, taken]): Cause[] => {
    const lost = taken.flatMap(({ finding }) => (finding === undefined ? [] : [finding]));
    if (taken.length < TAKEN_OVER || lost.length < UNANNOUNCED || lost.length === taken.length) return [];
    // What is lost by chance is lost anywhere: a policer lets the first ones pass.
    const firstLost = taken.findIndex(({ finding }) => finding !== undefined);
    const passedLater = taken.slice(firstLost).filter(({ finding }) => finding === undefined).length;
    if (firstLost === 0 || passedLater >= lost.length) return [];
    for (const finding of lost) explained.add(finding);
    const ids = lost.map(({ virtualRouter }) => String(virtualRouter.virtualRouterId));
    return [
      {
        id: 'announcements-policed',
        certainty: 'likely',
        text: `${router} took over ${taken.length} virtual routers within ${duration(taken.at(-1)!.firstNs - taken[0]!.firstNs)}, and the announcements of the last ones are missing (VRID ${list(ids, 8)}): a policer or broadcast limit lets the first ${firstLost} pass`,
        settle:
          'a capture at the router’s own port: are they sent, then the limit is on the way (storm-control, a policer of the hypervisor); raise it, or spread the announcements',
        frames: lost.flatMap(({ frames }) => frames).slice(0, 5),
      },
    ];
  });
  return { causes, explained };
}

/** By router: what it took over in the event that lacks announcements, in the order of time. */
function takenOverTogether(
  histories: readonly VirtualRouterHistory[],
  unannounced: readonly Finding[],
): ReadonlyMap<string, readonly TakenOver[]> {
  const byRouter = new Map<string, TakenOver[]>();
  for (const history of histories) {
    const { lan, virtualRouterId, family, timeline } = history;
    for (const { router, firstNs, begin } of timeline) {
      if (begin === 'since-before') continue;
      const finding = unannounced.find(
        ({ virtualRouter: key, router: name, first, last }) =>
          key.virtualRouterId === virtualRouterId &&
          key.family === family &&
          key.lan === lan &&
          name === router &&
          first <= firstNs &&
          firstNs <= last,
      );
      const known = byRouter.get(`${lan} ${router}`) ?? [];
      known.push({ history, firstNs, finding });
      byRouter.set(`${lan} ${router}`, known);
    }
  }
  const events = new Map<string, readonly TakenOver[]>();
  for (const taken of byRouter.values()) {
    taken.sort((one, other) => one.firstNs - other.firstNs);
    const lost = taken.find(({ finding }) => finding !== undefined);
    if (lost === undefined) continue;
    const event = taken.filter(({ firstNs }) => Math.abs(firstNs - lost.firstNs) <= TOGETHER_NS);
    events.set(lost.finding!.router, event);
  }
  return events;
}
