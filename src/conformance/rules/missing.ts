import type { RouterDeviation, Rule, VirtualRouterView } from './rule.ts';
import { EVERY_VERSION } from './rule.ts';
import { nameOf, plural } from './words.ts';

/** Advertisements that were due and not seen, while the router went on. Told, for a tap cannot say who lost them. */
export const MISSING_RULES: readonly Rule[] = [
  { requirement: 'tx.period', profiles: EVERY_VERSION, needs: [], virtualRouter: judgeMissing },
];

function judgeMissing({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  const { routers } = virtualRouter;
  const lacking = routers.filter(({ recorder }) => recorder.missing > 0);
  if (lacking.length === 0) return undefined;
  return lacking.map(({ name, gapFrames, recorder: { missing, neverSent, longGaps } }) => ({
    router: name,
    what: 'missing',
    level: 'information',
    frames: gapFrames,
    count: missing,
    message: `${plural(missing, 'advertisement')} of ${name} for ${nameOf(virtualRouter)} ${missing === 1 ? 'is' : 'are'} missing in ${plural(longGaps, 'gap')}: ${sayWhy(missing, neverSent)}`,
    expected: 'one each interval',
    seen: `${missing} missing`,
  }));
}

function sayWhy(missing: number, neverSent: number): string {
  if (neverSent >= missing) return 'the router did not send them';
  const others = 'lost on the way to the capture or never sent, which a capture at its own port would tell';
  return neverSent === 0 ? others : `${neverSent} were not sent, the others ${others}`;
}
