import type { Nanoseconds } from '../../capture/time.ts';
import type { Context } from './context.ts';
import { intentOf, subjectOf } from './context.ts';
import type { OpenTenure } from './state.ts';

/**
 * A tenure has ended: which routers were up and undisturbed beside it all the time, and let it be? Routers that never
 * advertised are not known here: a router that never becomes Active is seen by what a scenario awaits.
 */
export function judgeBystanders(context: Context, tenure: OpenTenure, untilNs: Nanoseconds): void {
  const { virtualRouter } = tenure.router;
  for (const candidate of virtualRouter.routers) {
    if (candidate === tenure.router || candidate.tenure !== undefined || candidate.node === undefined) continue;
    const state = context.nodes.get(candidate.node);
    if (state === undefined || state.startedNs === Number.NEGATIVE_INFINITY) continue;
    const endNs = state.stoppingNs > state.startedNs ? Math.min(untilNs, state.stoppingNs) : untilNs;
    if (state.downNs > state.startedNs || state.disturbedNs > tenure.firstNs || state.frozen) continue;
    const sinceNs = Math.max(tenure.firstNs, state.startedNs, candidate.lastNs);
    context.judge.lowerTenure(
      {
        tenure,
        candidate,
        sinceNs,
        untilNs: Math.min(endNs, tenure.lastNs),
        vantage: context.vantage,
        intentOf: (one) => intentOf(context, one),
      },
      subjectOf(context, virtualRouter, candidate.name, tenure.version),
      [tenure.firstFrame],
    );
  }
}
