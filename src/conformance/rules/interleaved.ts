import { MILLISECOND } from '../../capture/time.ts';
import type { RouterState } from '../observer/state.ts';
import { firstGapsNs } from '../observer/statistics.ts';
import type { Vantage } from '../observer/timing.ts';
import type { RouterDeviation, Rule, VirtualRouterView } from './rule.ts';
import { EVERY_VERSION } from './rule.ts';
import { duration, nameOf } from './words.ts';

/** Gaps by which two sequences are told from one. */
const GAPS = 20;
/** So many of each two gaps that follow each other must make up one interval, to within this part of it. */
const PAIRS = 0.9;
const SUM_TOLERANCE = 0.02;
const SUM_TOLERANCE_NS = 2 * MILLISECOND;
/** Gaps that are nearly equal are those of one router that is twice as fast. */
const APART = 0.2;

/**
 * At a tap, advertisements of one source that come at two phases of its interval by turns: two machines that send as one
 * (FRR over IPv6 sends from the virtual address), or one whose frames are seen twice. Which it is a tap cannot say.
 */
export const INTERLEAVED_RULES: readonly Rule[] = [
  { requirement: 'tx.period', profiles: EVERY_VERSION, needs: [], virtualRouter: judgeInterleaved },
  { requirement: 'tx.one-active', profiles: EVERY_VERSION, needs: [], virtualRouter: judgeNumbers },
];

/** Packets whose numbers go on with those of the last but one: by chance that is one of thousands. */
const CROSSINGS = 10;

/** A clone: two machines of one address advertise at once, and each numbers its packets (IPv4's identification). */
function judgeNumbers({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  const found = virtualRouter.routers.filter(hasTwoNumberings);
  if (found.length === 0) return undefined;
  return found.map(({ name, sourceAddress, crossedNumbers: { count, frames } }) => ({
    router: name,
    what: 'one-source',
    frames,
    count,
    message: `two machines advertise ${nameOf(virtualRouter)} from ${sourceAddress} at once: the packets carry two sequences of IP identifications by turns. What is told of ${name} may be true of either`,
    expected: 'one Active router at a time, and one machine of each address',
    seen: 'two numberings',
    advice: 'look for a cloned machine, or an address that was given twice (arping -D)',
  }));
}

function hasTwoNumberings({ crossedNumbers, advertisements }: RouterState): boolean {
  return crossedNumbers.count >= CROSSINGS && crossedNumbers.count >= advertisements / 4;
}

function judgeInterleaved({ virtualRouter, vantage }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  const found = virtualRouter.routers.filter((router) => isInterleaved(router, vantage) && !hasTwoNumberings(router));
  if (found.length === 0) return undefined;
  return found.map((router) => {
    const { name, intervalNs, sourceAddress } = router;
    const shortNs = Math.min(...firstGapsNs(router.recorder).slice(0, 2));
    const phases = `${duration(shortNs)} and ${duration(intervalNs - shortNs)}`;
    return {
      router: name,
      what: 'interleaved',
      verdict: 'inconclusive',
      message: `advertisements of ${name} for ${nameOf(virtualRouter)} come ${phases} apart by turns, so that each is one interval of ${duration(intervalNs)} after the last but one: two machines send from ${sourceAddress} (a clone, or routers that send from a virtual address), or each is seen twice; what is told of ${name} may be true of either`,
      expected: `one each ${duration(intervalNs)}`,
      seen: `two, ${duration(shortNs)} apart`,
      advice: 'capture at the port of each machine: the two sequences are told apart there',
    };
  });
}

/** Whether the advertisements of a router are two sequences of one interval each. At its own port a router is one. */
export function isInterleaved(router: RouterState, { ports }: Vantage): boolean {
  if (hasTwoNumberings(router)) return true;
  const { recorder, intervalNs } = router;
  const gaps = firstGapsNs(recorder);
  if (ports || gaps.length < GAPS) return false;
  const toleranceNs = Math.max(SUM_TOLERANCE_NS, SUM_TOLERANCE * intervalNs);
  let pairs = 0;
  for (let index = 1; index < gaps.length; index++) {
    const [former, latter] = [gaps[index - 1]!, gaps[index]!];
    const isOneInterval = Math.abs(former + latter - intervalNs) <= toleranceNs;
    if (isOneInterval && Math.abs(former - latter) >= APART * intervalNs) pairs++;
  }
  return pairs >= PAIRS * (gaps.length - 1);
}
