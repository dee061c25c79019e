import { PROBLEM_CUT } from '../../wire/problem.ts';
import type { Context } from '../observer/context.ts';
import type { VirtualRouterState } from '../observer/state.ts';
import { items } from '../observer/timeline.ts';
import { plural } from '../rules/words.ts';

/** Coarser time stamps than this make timing verdicts coarse. */
const COARSE_NS = 1_000_000;

/** What a reader must know of a capture before it is believed: cut frames, and a beginning in the middle. */
export function notesOn({ witness, vantage }: Context, virtualRouters: readonly VirtualRouterState[]): string[] {
  const notes: string[] = [];
  if (witness.cut > 0) {
    notes.push(
      `${plural(witness.cut, 'frame')} of VRRP ${witness.cut === 1 ? 'was' : 'were'} cut before the advertisement (a short snap length): capture with -s 0 to have them judged`,
    );
  }
  if (witness.untold > 0) {
    const [was, they] = witness.untold === 1 ? ['was', 'it is'] : ['were', 'they are'];
    notes.push(
      `${plural(witness.untold, 'frame')} ${was} cut inside the headers (a short snap length), so that nothing tells whether ${they} VRRP: capture with -s 0 to have them judged`,
    );
  }
  const { broken } = witness;
  if (broken.count > 0) {
    notes.push(
      `${plural(broken.count, 'advertisement')} ${broken.count === 1 ? 'has' : 'have'} a wrong IP header checksum, the first in frame ${broken.frames[0]!.number}: every receiver drops them, and nothing in them was judged`,
    );
  }
  const cutLater = virtualRouters.some(({ routers }) => routers.some(({ newest }) => newest?.problem === PROBLEM_CUT));
  if (cutLater) notes.push('advertisements are cut: what is behind the cut (addresses, checksum) was not judged');
  const since = virtualRouters.some(({ timeline }) => items(timeline)[0]?.begin === 'since-before');
  if (since) notes.push('the capture begins while a router is Active: why it became so is not in it');
  if (vantage.resolutionNs >= COARSE_NS) {
    notes.push(`time stamps are no finer than ${vantage.resolutionNs / 1e6} ms: timing is judged by that`);
  }
  return notes;
}
