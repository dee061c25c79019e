import { formatDuration, MILLISECOND } from '../capture/time.ts';
import type { TakeoverTiming, Tenure, VirtualRouterHistory } from '../conformance/result.ts';
import { clock, type ExpectationOf, type Judgement, type Played } from './played.ts';
import { worstVerdict } from './result.ts';
import { excusedByStall } from './stalls.ts';
import { concerns } from './watch.ts';

/** A stall that is shorter lets no timer run out early. */
const SHORT_STALL_NS = 40 * MILLISECOND;

/** Whether a router took over after a step, and in the RFC's time (RFC 9568 §6.4.2), for each virtual router. */
export function judgeTakeover(played: Played, expectation: ExpectationOf<'takeover'>): Judgement {
  const { router, afterStep } = expectation;
  const fromNs = played.steps[afterStep]?.beganNs ?? 0;
  const concerned = played.plan.topology.nodes
    .flatMap((node) => (node.kind === 'router' && node.name === router ? node.virtualRouters : []))
    .filter((intent) => concerns(expectation, intent));
  const judgements = concerned.map((intent) => {
    const history = played.observation.virtualRouters.find(
      (one) => one.lan === intent.lan && one.virtualRouterId === intent.virtualRouterId && one.family === intent.family,
    );
    const tenure = history?.timeline.find((one) => one.router === router && one.firstNs >= fromNs);
    const judgement = judgeTenure(played, router, history, tenure);
    if (tenure !== undefined) return judgement;
    // A tester that was held up before may have let it become Active too early.
    const beforeNs = played.steps[afterStep - 1]?.beganNs ?? fromNs;
    return excusedByStall(judgement, SHORT_STALL_NS, played.sightings.events, [beforeNs, played.endNs]);
  });
  if (judgements.length === 1) return judgements[0]!;
  const verdict = worstVerdict(judgements.map((one) => one.verdict));
  const telling = judgements.find((one) => one.verdict === verdict);
  return telling ?? { verdict: 'not-applicable', expected: expectation.text, seen: 'no virtual router is meant' };
}

function judgeTenure(
  played: Played,
  router: string,
  history: VirtualRouterHistory | undefined,
  tenure: Tenure | undefined,
): Judgement {
  if (tenure === undefined) {
    const others = [...new Set(history?.timeline.map((one) => one.router) ?? [])];
    const seen =
      others.length === 0 ? 'nobody became Active' : `Active were only ${others.join(', ')}, or before that step`;
    return { verdict: 'fail', expected: `${router} becomes Active`, seen };
  }
  const first = played.sightings.advertisements.find((one) => one.router === router && one.timeNs === tenure.firstNs);
  const frames =
    first === undefined ? [] : [{ number: first.number, timeNs: first.timeNs, interfaceIndex: first.interfaceIndex }];
  const timing = tenure.takeover;
  if (timing === undefined) {
    const seen = `first advertisement at ${clock(tenure.firstNs)}; ${tenure.description}`;
    return {
      verdict: 'pass',
      expected: `${router} becomes Active`,
      seen,
      reason: 'its time cannot be judged here',
      frames,
    };
  }
  return { ...judgeTiming(timing), frames };
}

/** A timing as an expectation's verdict: late and early fail, slow warns. */
export function judgeTiming(timing: TakeoverTiming): Judgement {
  const { elapsedNs, expectedMinimumNs, expectedMaximumNs, reason } = timing;
  const same = formatDuration(expectedMinimumNs) === formatDuration(expectedMaximumNs);
  const window = same
    ? formatDuration(expectedMaximumNs)
    : `${formatDuration(expectedMinimumNs)} to ${formatDuration(expectedMaximumNs)}`;
  const expected = `first advertisement ${window} after what last restarted the down timer`;
  const seen = `${formatDuration(elapsedNs)}${timing.verdict === 'pass' ? '' : `: ${timing.verdict}`}`;
  const why = reason === undefined ? {} : { reason };
  switch (timing.verdict) {
    case 'pass':
    case 'not-judged':
      return { verdict: 'pass', expected, seen: formatDuration(elapsedNs), ...why };
    case 'slow':
      return { verdict: 'warning', expected, seen, ...why };
    case 'inconclusive':
      return { verdict: 'inconclusive', expected, seen, ...why };
    case 'early':
    case 'late':
      return { verdict: 'fail', expected, seen, ...why };
  }
}
