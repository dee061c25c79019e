import type { Sighting, Survey } from './survey.ts';

/** How the clock of one capture relates to another's: `time + offsetNs + driftPpb * time / 1e9` is the other's time. */
export interface ClockOffset {
  readonly offsetNs: number;
  /** How much faster the other clock runs, in parts in 10^9; 0 where the captures are too short to tell. */
  readonly driftPpb: number;
  /** Frames that both saw, and how far apart their times still are: the median of the absolute differences. */
  readonly frames: number;
  readonly residualNs: number;
  /** Whether another offset explains the frames nearly as well: advertisements repeat, and so does their pattern. */
  readonly ambiguous: boolean;
}

/** Fewer frames in common prove nothing. */
const ENOUGH = 3;
/** Repetitions of one frame that are compared with each other. */
const REPETITIONS = 400;
/** Two clocks of one LAN drift apart by less while a capture lasts. */
const AGREEING_NS = 500_000_000;
const PAIRS = 1_000_000;
const BIN_NS = 1_000_000;
/** An offset with so much of the best one's support is another explanation. */
const NEARLY = 0.9;
/** Beyond this, what is left is worth a look at whether one clock runs faster. */
const DRIFT_RESIDUAL_NS = 200_000;
const DRIFT_FRAMES = 40;
const DRIFT_SPAN_NS = 30e9;

interface Pair {
  readonly timeNs: number;
  readonly differenceNs: number;
}

/**
 * Finds what must be added to the times of `other` to have them by the clock of `base`, from frames that both saw;
 * undefined where they have too few in common. Packets with a number of their own decide; where there are few of those,
 * the offset that most repeated frames agree about, if the captures are of the same time: else the second may well go on
 * where the first one ends.
 */
export function alignClocks(base: Survey, other: Survey): ClockOffset | undefined {
  const originsNs = Number(other.origin.unixNanoseconds - base.origin.unixNanoseconds);
  const numbered = ({ sightings }: Survey) => byIdentity(sightings.filter(({ unique }) => unique));
  const unique = agreeing(pairsOf(numbered(base), numbered(other), originsNs, 1));
  if (unique.length >= ENOUGH) return settle(unique, false);
  if (!overlap(base, other, originsNs)) return undefined;
  const repeated = pairsOf(byIdentity(base.sightings), byIdentity(other.sightings), originsNs, REPETITIONS);
  return repeated.length < ENOUGH ? undefined : vote(repeated);
}

/** Nothing where the pairs contradict each other: then they are not the same frames. */
function agreeing(pairs: readonly Pair[]): readonly Pair[] {
  if (pairs.length < ENOUGH) return [];
  const middleNs = median(pairs.map(({ differenceNs }) => differenceNs));
  const near = pairs.filter(({ differenceNs }) => Math.abs(differenceNs - middleNs) <= AGREEING_NS);
  return near.length >= pairs.length / 2 ? near : [];
}

function overlap({ sightings: known }: Survey, { sightings: seen }: Survey, originsNs: number): boolean {
  if (known.length === 0 || seen.length === 0) return false;
  const [from, to] = [seen[0]!.timeNs + originsNs, seen[seen.length - 1]!.timeNs + originsNs];
  return from < known[known.length - 1]!.timeNs && to > known[0]!.timeNs;
}

/** The time of another capture by the base's clock. */
export function adjusted(timeNs: number, { offsetNs, driftPpb }: ClockOffset): number {
  return Math.round(timeNs + offsetNs + (driftPpb * timeNs) / 1e9);
}

function byIdentity(sightings: readonly Sighting[]): Map<number, number[]> {
  const times = new Map<number, number[]>();
  for (const { identity, timeNs } of sightings) {
    const list = times.get(identity);
    if (list === undefined) times.set(identity, [timeNs]);
    else list.push(timeNs);
  }
  return times;
}

function pairsOf(
  base: ReadonlyMap<number, readonly number[]>,
  other: ReadonlyMap<number, readonly number[]>,
  originsNs: number,
  most: number,
): Pair[] {
  const pairs: Pair[] = [];
  for (const [identity, times] of other) {
    const known = base.get(identity);
    if (known === undefined || known.length > most || times.length > most) continue;
    for (const timeNs of times) {
      for (const knownNs of known) {
        if (pairs.length >= PAIRS) return pairs;
        pairs.push({ timeNs, differenceNs: knownNs - timeNs - originsNs });
      }
    }
  }
  return pairs;
}

/** The offset that most pairs agree about: by milliseconds, neighbours counted with them. */
function vote(pairs: readonly Pair[]): ClockOffset | undefined {
  const bins = new Map<number, number>();
  for (const { differenceNs } of pairs) {
    const bin = Math.round(differenceNs / BIN_NS);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const support = (bin: number) => (bins.get(bin - 1) ?? 0) + (bins.get(bin) ?? 0) + (bins.get(bin + 1) ?? 0);
  const ranked = [...bins.keys()].map((bin) => ({ bin, votes: support(bin) })).sort((a, b) => b.votes - a.votes);
  const best = ranked[0]!;
  if (best.votes < ENOUGH) return undefined;
  const rivals = ranked.filter(({ votes }) => votes >= NEARLY * best.votes).slice(0, 32);
  const offsets = rivals
    .map(({ bin }) =>
      settle(
        pairs.filter(({ differenceNs }) => Math.abs(differenceNs / BIN_NS - bin) <= 1.5),
        true,
      ),
    )
    .sort((a, b) => a.residualNs - b.residualNs);
  const chosen = offsets[0]!;
  const others = offsets.some(({ offsetNs }) => Math.abs(offsetNs - chosen.offsetNs) > 3 * BIN_NS);
  return { ...chosen, ambiguous: others };
}

function settle(pairs: readonly Pair[], ambiguous: boolean): ClockOffset {
  const offsetNs = median(pairs.map(({ differenceNs }) => differenceNs));
  const residualNs = median(pairs.map(({ differenceNs }) => Math.abs(differenceNs - offsetNs)));
  const constant = { offsetNs: Math.round(offsetNs), driftPpb: 0, frames: pairs.length, residualNs, ambiguous };
  return residualNs < DRIFT_RESIDUAL_NS ? constant : (withDrift(pairs, constant) ?? constant);
}

/** Two clocks that run at different speed: a line through the medians of both halves, if it leaves less than half. */
function withDrift(pairs: readonly Pair[], constant: ClockOffset): ClockOffset | undefined {
  const sorted = pairs.toSorted((a, b) => a.timeNs - b.timeNs);
  const middle = sorted.length >> 1;
  const early = sorted.slice(0, middle);
  const late = sorted.slice(middle);
  const at = (half: readonly Pair[]) => median(half.map(({ timeNs }) => timeNs));
  const difference = (half: readonly Pair[]) => median(half.map(({ differenceNs }) => differenceNs));
  const spanNs = sorted.length < DRIFT_FRAMES ? 0 : at(late) - at(early);
  if (spanNs < DRIFT_SPAN_NS) return undefined;
  const driftPpb = ((difference(late) - difference(early)) / spanNs) * 1e9;
  const offsetNs = Math.round(difference(early) - (driftPpb * at(early)) / 1e9);
  const offset: ClockOffset = { ...constant, offsetNs, driftPpb };
  const residualNs = median(
    pairs.map(({ timeNs, differenceNs }) => Math.abs(timeNs + differenceNs - adjusted(timeNs, offset))),
  );
  return residualNs < constant.residualNs / 2 ? { ...offset, residualNs } : undefined;
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
