import { AT_ONCE_NS } from '../observer/reactions.ts';
import type { Judgement, ReactionView, Rule } from './rule.ts';
import { EVERY_VERSION } from './rule.ts';
import { duration, nameOf } from './words.ts';

/** What an Active router does when it hears one that gives up, or one that loses against it. */
export const REACTION_RULES: readonly Rule[] = [
  {
    requirement: 'active.rx-zero',
    profiles: EVERY_VERSION,
    needs: ['ports'],
    reaction: (view) => (view.challenge.kind === 'priority-zero' ? judgeAnswer(view, 'priority 0') : undefined),
  },
  {
    requirement: 'active.assert',
    profiles: ['rfc9568'],
    needs: ['ports'],
    reaction: (view) => (view.challenge.kind === 'losing' ? judgeAssertion(view) : undefined),
  },
  {
    requirement: 'active.hold',
    profiles: EVERY_VERSION,
    needs: ['ports', 'events'],
    reaction: ({ challenge, nextNs }) => (challenge.kind === 'losing' && nextNs !== undefined ? 'kept' : undefined),
    fellSilent: judgeHold,
  },
];

/** The first time it is shown, the answer is there or missing; the second time is about what followed. */
function judgeAnswer({ challenge, nextNs, router, virtualRouter, tenure }: ReactionView, what: string): Judgement {
  const { answeredNs, heardNs, from } = challenge;
  if (answeredNs !== undefined) return nextNs === undefined ? 'kept' : undefined;
  const seen = nextNs === undefined ? 'none' : `the next one ${duration(nextNs - heardNs)} after it`;
  return {
    what: 'answer',
    breaks: tenure.version === 3 && challenge.kind === 'losing' ? ['rfc9568'] : undefined,
    message: `${router.name}, Active for ${nameOf(virtualRouter)}, heard ${what} from ${from} and did not advertise at once`,
    expected: `an advertisement within ${duration(AT_ONCE_NS)}`,
    seen,
  };
}

/** RFC 9568 §6.4.3: it answers at once, and its Adver_Timer runs on. The older documents only discard. */
function judgeAssertion(view: ReactionView): Judgement {
  const { challenge, nextNs, tenure, router, virtualRouter } = view;
  const { answeredNs, previousNs, priority } = challenge;
  if (answeredNs === undefined || nextNs === undefined) return judgeAnswer(view, `priority ${priority}, which loses,`);
  const { intervalNs } = tenure;
  // Its timer ran out with the answer: nothing tells them apart.
  if (Math.abs(answeredNs - previousNs - intervalNs) <= AT_ONCE_NS) return undefined;
  const afterTimerNs = Math.abs(nextNs - previousNs - intervalNs);
  const afterAnswerNs = Math.abs(nextNs - answeredNs - intervalNs);
  if (afterTimerNs <= AT_ONCE_NS) return 'kept';
  if (afterAnswerNs > AT_ONCE_NS) return undefined;
  return {
    what: 'timer',
    breaks: ['rfc9568'],
    message: `${router.name} answered priority ${priority} for ${nameOf(virtualRouter)} and counted its next advertisement from the answer: whoever sends such advertisements delays it`,
    expected: `the next one ${duration(previousNs + intervalNs - answeredNs)} after the answer`,
    seen: duration(nextNs - answeredNs),
  };
}

function judgeHold({ challenge, router, virtualRouter, tenure }: ReactionView): Judgement {
  return {
    message: `${router.name} (priority ${tenure.priority}) fell silent for ${nameOf(virtualRouter)} when it heard priority ${challenge.priority} from ${challenge.from}, which loses against it`,
    expected: 'it stays Active',
    seen: 'no advertisement of it any more',
  };
}
