import type { Nanoseconds } from '../capture/time.ts';
import { summariseProbe } from '../scenario/outage.ts';
import { longestStall } from './deliveries.ts';
import type { PlayedTrial } from './play.ts';
import { PATHS, type PathName, WRITE_INTERVAL_NS } from './trial.ts';

/** What happened around the fault of one run, in nanoseconds from the fault; negative: before it. Bounded. */
export interface TrialStory {
  readonly fromNs: number;
  readonly toNs: number;
  /** As they left a router's port. */
  readonly advertisements: readonly {
    readonly router: string;
    readonly lan: string;
    readonly atNs: number;
    readonly priority: number;
  }[];
  /** Gratuitous ARPs and unsolicited Neighbor Advertisements. */
  readonly announcements: readonly { readonly router: string; readonly lan: string; readonly atNs: number }[];
  /**
   * The longest time without packets on each path, from the first lost one to the last, and that in which a TCP
   * connection stood still; Infinity: it did not end.
   */
  readonly gaps: readonly { readonly path: PathName | 'tcp'; readonly fromNs: number; readonly toNs: number }[];
}

/** Entries of a kind. */
const LIMIT = 200;
/** How much is told before the fault and after the last thing that changed, in advertisement intervals. */
const MARGIN_INTERVALS = 2;

/** Tells one run for a timeline: from a little before the fault to a little after everything was well again. */
export function storyOf({ trial, witness, struckNs, endedNs }: PlayedTrial): TrialStory {
  const marginNs = MARGIN_INTERVALS * trial.intervalNs;
  const gaps: TrialStory['gaps'][number][] = PATHS.flatMap((path) => {
    const { longest } = summariseProbe(witness.probes.get(path)!);
    if (longest === undefined || longest.endedNs < struckNs) return [];
    const endless = longest.answeredAgainNs === undefined;
    return [
      {
        path,
        fromNs: longest.beganNs - struckNs,
        toNs: endless ? Number.POSITIVE_INFINITY : longest.endedNs - struckNs,
      },
    ];
  });
  const stall = longestStall(witness.deliveries, WRITE_INTERVAL_NS, struckNs, endedNs);
  if (stall !== undefined && stall.stallNs > 0) {
    const fromNs = stall.fromNs - struckNs;
    gaps.push({ path: 'tcp', fromNs, toNs: fromNs + stall.stallNs + WRITE_INTERVAL_NS });
  }
  const sent = witness.advertisements.filter(({ direction }) => direction === 'sent');
  const first = new Map<string, Nanoseconds>();
  for (const { router, lan, timeNs } of sent) {
    const key = `${router} ${lan}`;
    if (timeNs >= struckNs && !first.has(key)) first.set(key, timeNs);
  }
  const lastChangeNs = Math.max(
    0,
    ...gaps.map(({ toNs, fromNs }) => (Number.isFinite(toNs) ? toNs : fromNs)),
    ...[...first.values()].map((timeNs) => timeNs - struckNs),
  );
  const [fromNs, toNs] = [-marginNs, lastChangeNs + marginNs];
  const within = ({ timeNs }: { readonly timeNs: Nanoseconds }) =>
    timeNs - struckNs >= fromNs && timeNs - struckNs <= toNs;
  return {
    fromNs,
    toNs,
    advertisements: sent
      .filter(within)
      .slice(0, LIMIT)
      .map(({ router, lan, timeNs, priority }) => ({ router, lan, atNs: timeNs - struckNs, priority })),
    announcements: witness.announcements
      .filter(within)
      .slice(0, LIMIT)
      .map(({ router, lan, timeNs }) => ({ router, lan, atNs: timeNs - struckNs })),
    gaps,
  };
}
