import type { Discard } from '../observer/disbelieved.ts';
import type { Profile } from '../result.ts';
import type { Judgement, Rule, TenureView } from './rule.ts';
import { EVERY_VERSION } from './rule.ts';
import { duration, nameOf } from './words.ts';

/** What is wrong with an advertisement that has to be discarded. */
const FAULTS: Readonly<Record<Discard, string>> = {
  'rx.ttl': 'whose TTL or hop limit is not 255',
  'rx.version': 'of another version',
  'rx.type': 'of an unknown type',
  'rx.length': 'that is shorter than it says',
  'rx.checksum': 'with a wrong checksum',
  'rx.count-zero': 'without addresses',
  'rx.interval-zero': 'with an interval of 0',
  'rx.wrong-group': 'to another group',
};
const ERRATA_OF_RFC_9568: readonly Discard[] = ['rx.count-zero', 'rx.interval-zero'];

/** Routers that behave as if they had believed what they must discard, where their time of taking over proves it. */
export const DISBELIEF_RULES: readonly Rule[] = (Object.keys(FAULTS) as Discard[]).map((requirement) => ({
  requirement,
  profiles: profilesOf(requirement),
  needs: [],
  tenure: (view) => judgeBelief(requirement, view),
}));

function profilesOf(requirement: Discard): readonly Profile[] {
  return ERRATA_OF_RFC_9568.includes(requirement) ? ['rfc9568'] : EVERY_VERSION;
}

/** A takeover in time withstood what would have moved it. */
function judgeBelief(requirement: Discard, view: TenureView): Judgement {
  const { explanation, withstood, timing, router, virtualRouter, tenure } = view;
  if (explanation?.cause !== requirement) return withstood.includes(requirement) ? 'kept' : undefined;
  const after = duration(tenure.firstNs - explanation.baseNs);
  const fault = FAULTS[requirement];
  if (timing === undefined) {
    return {
      what: 'yielded',
      message: `${router.name} fell silent for ${nameOf(virtualRouter)} when an advertisement ${fault} came, and was back ${after} after the last of these: just as if it had believed them and become Backup`,
      expected: 'to be discarded, without changing state',
      seen: 'a router that gave way',
    };
  }
  return {
    what: 'timer',
    message: `${router.name} took over ${nameOf(virtualRouter)} ${after} after an advertisement ${fault}: the time of a Backup that believed it, which is ${duration(timing.elapsedNs)} after the last one that it may believe`,
    expected: 'to be discarded, without touching the timer',
    seen: `a takeover ${after} after it`,
    advice: 'look for who sends these, too: a router that discards them may see no Active router at all',
  };
}
