import type { Finding, FrameReference } from '../conformance/result.ts';
import type { ExpectationOf, Judgement, Played } from './played.ts';
import { concerns } from './watch.ts';

/**
 * Requirements that a clock decides. Only there may a stall of the host have left something open, so that playing it
 * again can settle it; what the frames do not show will not be shown by another run either.
 */
const BY_THE_CLOCK: ReadonlySet<string> = new Set([
  'tx.period',
  'tx.one-active',
  'init.backup',
  'backup.takeover',
  'backup.priority-zero',
  'backup.preempt',
  'backup.learn-interval',
  'active.own-interval',
  'active.yield-priority',
  'active.yield-tie',
]);

/** Whether the frames broke a rule: MUST fails, SHOULD warns, what is only told does neither. */
export function judgeRules(played: Played, expectation: ExpectationOf<'rules'>): Judgement {
  const expected = 'no frame breaks a rule';
  const others = new Set(played.plan.topology.nodes.flatMap(({ kind, name }) => (kind === 'router' ? [] : [name])));
  const concerned = played.observation.findings.filter(
    // What a tester sends is the scenario's own doing.
    (finding) => !others.has(finding.router) && isMeant(finding, expectation),
  );
  const failed = concerned.filter(({ verdict }) => verdict === 'fail');
  const warned = concerned.filter(({ verdict }) => verdict === 'warning');
  const open = concerned.filter(
    ({ verdict, level, requirement }) =>
      verdict === 'inconclusive' && level === 'must' && BY_THE_CLOCK.has(requirement),
  );
  if (failed.length > 0) return { ...told([...failed, ...warned]), verdict: 'fail', expected };
  if (open.length > 0) return { ...told(open), verdict: 'inconclusive', expected };
  if (warned.length > 0) return { ...told(warned), verdict: 'warning', expected };
  const judged = played.observation.judged.filter(({ judgements }) => judgements > 0).length;
  return { verdict: 'pass', expected, seen: `${judged} rules had something to judge, and found nothing` };
}

function isMeant(finding: Finding, expectation: ExpectationOf<'rules'>): boolean {
  const { only, except } = expectation;
  if (!concerns(expectation, finding.virtualRouter)) return false;
  if (except.includes(finding.requirement)) return false;
  return only === undefined || only.includes(finding.requirement);
}

function told(findings: readonly Finding[]): Pick<Judgement, 'seen' | 'details' | 'broken' | 'frames'> {
  const names = [...new Set(findings.map(({ requirement }) => requirement))];
  return {
    seen: names.join(', '),
    details: describeTogether(findings),
    broken: findings.map(({ requirement, verdict, message }) => ({ requirement, verdict, message })),
    frames: eachOnce(findings.flatMap(({ frames }) => frames.slice(0, 2))),
  };
}

function eachOnce(frames: readonly FrameReference[]): readonly FrameReference[] {
  return [...new Map(frames.map((frame) => [frame.number, frame])).values()];
}

/** One line for each thing that was found, however many routers did it. */
function describeTogether(findings: readonly Finding[]): readonly string[] {
  const routers = new Map<string, string[]>();
  for (const { requirement, router, message, count } of findings) {
    const key = `${requirement}: ${message}`;
    const who = count === 1 ? router : `${router} ${count} times`;
    routers.set(key, [...(routers.get(key) ?? []), who]);
  }
  return [...routers].map(([what, who]) => `${what} (${who.join(', ')})`);
}
