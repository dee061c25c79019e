import type { Level } from '../conformance/result.ts';
import { judgeActive, judgeOneActive } from './judge-active.ts';
import { judgeAnnounced } from './judge-announced.ts';
import { judgeCause } from './judge-cause.ts';
import { judgeNever, judgeSilent } from './judge-never.ts';
import { judgeOutage } from './judge-outage.ts';
import { judgeResponse } from './judge-response.ts';
import { judgeRules } from './judge-rules.ts';
import { judgeSteady, judgeYield } from './judge-steady.ts';
import { judgeTakeover } from './judge-takeover.ts';
import type { PlanExpectation } from './plan.ts';
import { FRAME_LIMIT, type Judgement, type Played } from './played.ts';
import type { ExpectationResult } from './result.ts';

/** Judges every expectation of what was played. Where a step did not succeed only the rules are judged. */
export function judgeExpectations(played: Played): readonly ExpectationResult[] {
  const stopped = played.steps.find(({ verdict }) => verdict !== 'pass');
  return played.plan.expectations.map((expectation) => {
    if (stopped !== undefined && expectation.kind !== 'rules') {
      const reason = `the scenario was not played to its end: ${stopped.text}`;
      return resultOf(expectation, { verdict: 'skipped', expected: expectation.text, seen: 'not looked at', reason });
    }
    return resultOf(expectation, byLevel(judge(played, expectation), expectation.level));
  });
}

/** What does not hold fails, warns, or is only told. */
function byLevel(judgement: Judgement, level: Level | undefined): Judgement {
  if (judgement.verdict !== 'fail' || level === undefined || level === 'must') return judgement;
  if (level === 'should') return { ...judgement, verdict: 'warning' };
  const reason = 'no document asks for it: it is told, and nothing more';
  return { ...judgement, verdict: 'pass', reason };
}

function resultOf(expectation: PlanExpectation, judgement: Judgement): ExpectationResult {
  const { kind, text, line } = expectation;
  return {
    kind,
    text,
    ...(line === undefined ? {} : { line }),
    ...judgement,
    frames: (judgement.frames ?? []).slice(0, FRAME_LIMIT),
  };
}

function judge(played: Played, expectation: PlanExpectation): Judgement {
  switch (expectation.kind) {
    case 'takeover':
      return judgeTakeover(played, expectation);
    case 'outage':
      return judgeOutage(played, expectation);
    case 'one-active':
      return judgeOneActive(played, expectation);
    case 'active':
      return judgeActive(played, expectation);
    case 'silent':
      return judgeSilent(played, expectation);
    case 'steady':
      return judgeSteady(played, expectation);
    case 'announced':
      return judgeAnnounced(played, expectation);
    case 'cause':
      return judgeCause(played, expectation);
    case 'yield':
      return judgeYield(played, expectation);
    case 'response':
      return judgeResponse(played, expectation);
    case 'never':
      return judgeNever(played, expectation);
    case 'rules':
      return judgeRules(played, expectation);
  }
}
