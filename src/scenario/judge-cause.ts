import type { ExpectationOf, Judgement, Played } from './played.ts';
import { concerns } from './watch.ts';

/** Whether the frames let a cause of trouble be named, or do not, as `check` does from a capture of them. */
export function judgeCause({ observation, tapped }: Played, expectation: ExpectationOf<'cause'>): Judgement {
  const { cause, wanted, text: expected } = expectation;
  const { seenAt } = expectation;
  const all = seenAt === undefined ? observation.causes : (tapped.get(seenAt) ?? []);
  const named = all.filter(({ virtualRouter }) => virtualRouter === undefined || concerns(expectation, virtualRouter));
  const found = named.find(({ id }) => id === cause);
  const verdict = (found !== undefined) === wanted ? 'pass' : 'fail';
  if (found !== undefined) {
    return { verdict, expected, seen: `${found.id} (${found.certainty}): ${found.text}`, frames: found.frames };
  }
  const others = [...new Set(named.map(({ id, certainty }) => `${id} (${certainty})`))];
  return { verdict, expected, seen: others.length === 0 ? 'no cause is named' : `only ${others.join(', ')}` };
}
