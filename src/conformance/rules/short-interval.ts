import type { RouterState, ShortTakeover } from '../observer/state.ts';
import type { Vantage } from '../observer/timing.ts';
import { earlyToleranceNs, lateToleranceNs, slowToleranceNs } from '../observer/timing.ts';
import type { RouterDeviation, Rule, VirtualRouterView } from './rule.ts';
import { EVERY_VERSION } from './rule.ts';
import { duration, nameOf, plural } from './words.ts';

/** Fewer takeovers than this have no median worth judging. */
const TAKEOVERS_FOR_A_MEDIAN = 5;

/**
 * At an interval of 50 ms or less a host that is not real-time is late now and then, and one takeover proves nothing: the
 * median of several is judged.
 */
export const SHORT_INTERVAL_RULES: readonly Rule[] = [
  shortRule('backup.takeover', 'advertisement'),
  shortRule('backup.priority-zero', 'priority-zero'),
  { ...shortRule('init.backup', 'start'), needs: ['events'] },
];

function shortRule(requirement: string, after: ShortTakeover['after']): Rule {
  return {
    requirement,
    profiles: EVERY_VERSION,
    needs: [],
    virtualRouter: (view) => judgeRouters(view, after),
  };
}

function judgeRouters(view: VirtualRouterView, after: ShortTakeover['after']): readonly RouterDeviation[] | undefined {
  const deviations: RouterDeviation[] = [];
  let judged = false;
  for (const router of view.virtualRouter.routers) {
    const takeovers = router.shortTakeovers.filter((one) => one.after === after);
    if (takeovers.length === 0) continue;
    judged = true;
    const deviation = judgeTakeovers(router, takeovers, view.vantage);
    if (deviation !== undefined) deviations.push(deviation);
  }
  return judged ? deviations : undefined;
}

function judgeTakeovers(
  router: RouterState,
  takeovers: readonly ShortTakeover[],
  vantage: Vantage,
): RouterDeviation | undefined {
  const outside = takeovers.filter(({ timing }) => timing.verdict !== 'pass');
  if (takeovers.length < TAKEOVERS_FOR_A_MEDIAN) {
    if (outside.length === 0) return undefined;
    const { elapsedNs } = outside[0]!.timing;
    return {
      router: router.name,
      what: 'few',
      verdict: 'inconclusive',
      frames: outside.map(({ frame }) => frame),
      message: `${router.name} took over ${nameOf(router.virtualRouter)} after ${duration(elapsedNs)}, outside its window, but at an interval of 50 ms or less without real-time priority ${plural(takeovers.length, 'takeover')} of ${TAKEOVERS_FOR_A_MEDIAN} that a median needs prove nothing`,
      seen: duration(elapsedNs),
    };
  }
  const latenessNs = median(takeovers.map(({ timing }) => timing.elapsedNs - timing.expectedMaximumNs));
  const earlinessNs = median(takeovers.map(({ timing }) => timing.expectedMinimumNs - timing.elapsedNs));
  const { intervalNs } = takeovers[0]!;
  const shared = { router: router.name, what: 'median', frames: outside.map(({ frame }) => frame) };
  const told = `${router.name} takes over ${nameOf(router.virtualRouter)} too`;
  const basis = `the median of ${plural(takeovers.length, 'takeover')}`;
  if (earlinessNs > earlyToleranceNs(vantage)) {
    return {
      ...shared,
      message: `${told} early: by ${duration(earlinessNs)}, ${basis}`,
      expected: 'inside its window',
      seen: `${duration(earlinessNs)} early`,
    };
  }
  const passNs = lateToleranceNs(vantage, intervalNs);
  if (latenessNs <= passNs) return undefined;
  const slow = latenessNs <= passNs + slowToleranceNs(intervalNs);
  return {
    ...shared,
    ...(slow ? { verdict: 'warning' as const, level: 'should' as const } : {}),
    message: `${told} late: by ${duration(latenessNs)}, ${basis}`,
    expected: 'inside its window',
    seen: `${duration(latenessNs)} late`,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
