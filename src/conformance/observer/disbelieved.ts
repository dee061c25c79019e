import type { Nanoseconds } from '../../capture/time.ts';
import type { Base } from './base.ts';
import type { Context } from './context.ts';
import type { Message } from './message.ts';
import type { RouterState, VirtualRouterState } from './state.ts';
import { ALIVE_INTERVALS, ALIVE_SLACK_NS } from './state.ts';

/** What a receiver has to discard, and the requirement that says so. */
export type Discard =
  | 'rx.ttl'
  | 'rx.version'
  | 'rx.type'
  | 'rx.length'
  | 'rx.checksum'
  | 'rx.count-zero'
  | 'rx.interval-zero'
  | 'rx.wrong-group';

/**
 * Advertisements that no router may believe: they never advance the history. Kept as they would advance it, to recognise
 * a router that behaves as if it had believed them.
 */
export interface Disbelieved {
  readonly discard: Discard;
  readonly source: string;
  readonly priority: number;
  readonly intervalNs: number;
  /** At whose port it arrived, where ports are known. */
  readonly node: string | undefined;
  /** The first of those that came in a row, and the newest. */
  sinceNs: Nanoseconds;
  lastNs: Nanoseconds;
}

/** Kinds of them that are remembered of one virtual router; the newest. */
const KINDS = 32;

/** Takes an advertisement that must be discarded. */
export function noteDisbelieved(
  context: Context,
  { disbelieved }: VirtualRouterState,
  message: Message,
  node: string | undefined,
): void {
  const { discard, source, priority, intervalNs } = message;
  const { timeNs } = context.record;
  if (discard === undefined) return;
  const known = disbelieved.find(
    (one) =>
      one.discard === discard &&
      one.source === source &&
      one.priority === priority &&
      one.intervalNs === intervalNs &&
      one.node === node,
  );
  if (known !== undefined) {
    if (timeNs - known.lastNs > ALIVE_INTERVALS * intervalNs + ALIVE_SLACK_NS) known.sinceNs = timeNs;
    known.lastNs = timeNs;
    return;
  }
  if (disbelieved.length >= KINDS) disbelieved.splice(oldestOf(disbelieved), 1);
  disbelieved.push({ discard, source, priority, intervalNs, node, sinceNs: timeNs, lastNs: timeNs });
}

function oldestOf(disbelieved: readonly Disbelieved[]): number {
  let oldest = 0;
  for (const [index, { lastNs }] of disbelieved.entries()) if (lastNs < disbelieved[oldest]!.lastNs) oldest = index;
  return oldest;
}

/** Those that a router may have believed: they reached it (a tap: were seen), and are not its own. */
export function disbelievedBy({ virtualRouter, node, sourceAddress }: RouterState): readonly Disbelieved[] {
  return virtualRouter.disbelieved.filter((one) => one.node === node && one.source !== sourceAddress);
}

/** What would have restarted the timer of a Backup of that priority last after `sinceNs`, for each reason to discard it. */
export function restartsIfBelieved(
  router: RouterState,
  priority: number,
  sinceNs: Nanoseconds,
  untilNs: Nanoseconds,
): readonly (Base & { readonly discard: Discard })[] {
  const newest = new Map<Discard, Disbelieved>();
  for (const one of disbelievedBy(router)) {
    if (one.lastNs <= sinceNs || one.lastNs > untilNs || (one.priority < priority && one.priority !== 0)) continue;
    if (one.lastNs > (newest.get(one.discard)?.lastNs ?? Number.NEGATIVE_INFINITY)) newest.set(one.discard, one);
  }
  return [...newest.values()].map(({ discard, priority: said, lastNs: timeNs, intervalNs }) => ({
    discard,
    kind: said === 0 ? 'priority-zero' : 'advertisement',
    timeNs,
    intervalNs,
  }));
}

/**
 * To what an Active router seems to have given way: something of a higher priority came when it fell silent, though it
 * had to be discarded. Proof is only that it is back just when the timer of a Backup that believed it has run out.
 */
export function yieldedTo(router: RouterState): readonly Disbelieved[] {
  const { formerTenure } = router;
  if (formerTenure?.end !== 'silence') return [];
  const { lastNs, intervalNs, priority } = formerTenure;
  return disbelievedBy(router).filter(
    ({ sinceNs, priority: said }) =>
      said > priority && sinceNs > lastNs && sinceNs <= lastNs + intervalNs + ALIVE_SLACK_NS,
  );
}
