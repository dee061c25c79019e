import type { Finding } from '../conformance/result.ts';
import type { ExpectationOf, Judgement, Played } from './played.ts';

/** Findings that are told in one line; the result holds them all. */
const TOLD = 5;

/** Whether the frames broke a rule: MUST fails, SHOULD warns, what is only told does neither. */
export function judgeRules(played: Played, expectation: ExpectationOf<'rules'>): Judgement {
  const expected = 'no frame breaks a rule';
  const concerned = played.observation.findings.filter((finding) => isMeant(finding, expectation));
  const failed = concerned.filter(({ verdict }) => verdict === 'fail');
  const warned = concerned.filter(({ verdict }) => verdict === 'warning');
  const unsure = concerned.filter(({ verdict, level }) => verdict === 'inconclusive' && level === 'must');
  const worst = [failed, unsure, warned].find((findings) => findings.length > 0);
  if (worst === undefined) {
    const judged = played.observation.judged.filter(({ judgements }) => judgements > 0).length;
    return { verdict: 'pass', expected, seen: `${judged} rules had something to judge, and found nothing` };
  }
  const verdict = worst === failed ? 'fail' : worst === unsure ? 'inconclusive' : 'warning';
  return { verdict, expected, seen: describeFindings(worst), frames: worst.flatMap(({ frames }) => frames) };
}

function isMeant(finding: Finding, { only, except, virtualRouterId }: ExpectationOf<'rules'>): boolean {
  if (virtualRouterId !== undefined && finding.virtualRouter.virtualRouterId !== virtualRouterId) return false;
  if (except.includes(finding.requirement)) return false;
  return only === undefined || only.includes(finding.requirement);
}

function describeFindings(findings: readonly Finding[]): string {
  const told = findings
    .slice(0, TOLD)
    .map(({ requirement, router, message }) => `${requirement} (${router}): ${message}`);
  const more = findings.length > TOLD ? [`and ${findings.length - TOLD} more`] : [];
  return [...told, ...more].join('; ');
}
