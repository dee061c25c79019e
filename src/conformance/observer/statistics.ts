/**
 * Gaps between advertisements, kept in a histogram of fixed size whose bins are a fixed fraction of what the field
 * says, so that the median is known to within 0.2% of the interval however long the capture.
 */
export interface IntervalStatistics {
  /** Width of a bin, in nanoseconds; 0 until the interval is known. */
  binNs: number;
  count: number;
  /** Gaps of 1.5 intervals and more, and the advertisements that are missing in them. */
  longGaps: number;
  missing: number;
  /** Those among them that the router is known not to have sent. */
  neverSent: number;
  /** The newest gap, if it can still be left out; 0 otherwise. */
  lastGapNs: number;
  /** All bins that are not empty lie from here to there. */
  lowestBin: number;
  highestBin: number;
  readonly bins: Uint32Array;
}

/** A gap of so many intervals has advertisements missing in it. */
export const LONG_GAP = 1.5;
/** Bins across one interval; gaps from 0 to 1.5 intervals are counted, longer ones are missing advertisements. */
const BINS_PER_INTERVAL = 512;
const BINS = LONG_GAP * BINS_PER_INTERVAL;
/** Around this many of the first gaps are kept as they are, so that short captures have exact medians. */
const EXACT = 64;

export interface IntervalRecorder extends IntervalStatistics {
  readonly exact: Float64Array;
}

export function createIntervalRecorder(): IntervalRecorder {
  const memory = new ArrayBuffer(EXACT * Float64Array.BYTES_PER_ELEMENT + BINS * Uint32Array.BYTES_PER_ELEMENT);
  return {
    binNs: 0,
    count: 0,
    longGaps: 0,
    missing: 0,
    neverSent: 0,
    lastGapNs: 0,
    lowestBin: BINS,
    highestBin: -1,
    bins: new Uint32Array(memory, EXACT * Float64Array.BYTES_PER_ELEMENT, BINS),
    exact: new Float64Array(memory, 0, EXACT),
  };
}

/** Counts one gap. `intervalNs` is what the advertisement says; another one begins the statistics anew. */
export function recordGap(recorder: IntervalRecorder, gapNs: number, intervalNs: number): void {
  if (recorder.binNs * BINS_PER_INTERVAL !== intervalNs) restart(recorder, intervalNs);
  recordAnotherGap(recorder, gapNs);
}

/** Counts one gap more of the same interval. */
export function recordAnotherGap(recorder: IntervalRecorder, gapNs: number): void {
  const bin = (gapNs / recorder.binNs) | 0;
  recorder.lastGapNs = gapNs;
  if (bin >= BINS) {
    recorder.longGaps++;
    recorder.missing += missingIn(recorder, gapNs);
    return;
  }
  if (recorder.count < EXACT) recorder.exact[recorder.count] = gapNs;
  recorder.count++;
  recorder.bins[bin]!++;
  if (bin < recorder.lowestBin) recorder.lowestBin = bin;
  if (bin > recorder.highestBin) recorder.highestBin = bin;
}

/** What is missing in the newest gap was not sent. */
export function noteNeverSent(recorder: IntervalRecorder): void {
  recorder.neverSent += missingIn(recorder, recorder.lastGapNs);
}

/** Leaves the newest gap out: what ended it turns out to be no period's end. */
export function forgetLastGap(recorder: IntervalRecorder): void {
  const gapNs = recorder.lastGapNs;
  if (gapNs === 0) return;
  recorder.lastGapNs = 0;
  const bin = (gapNs / recorder.binNs) | 0;
  if (bin >= BINS) {
    recorder.longGaps--;
    recorder.missing -= missingIn(recorder, gapNs);
    return;
  }
  recorder.count--;
  recorder.bins[bin]!--;
}

function missingIn(recorder: IntervalRecorder, gapNs: number): number {
  return Math.max(1, Math.round(gapNs / (recorder.binNs * BINS_PER_INTERVAL)) - 1);
}

/** Forgets the gaps of a former interval. */
export function restart(recorder: IntervalRecorder, intervalNs: number): void {
  recorder.binNs = intervalNs / BINS_PER_INTERVAL;
  recorder.count = 0;
  recorder.lastGapNs = 0;
  recorder.lowestBin = BINS;
  recorder.highestBin = -1;
  recorder.bins.fill(0);
}

/**
 * The gap in which the middle of the recorded time lies, in nanoseconds; undefined where there is none. Each gap counts by
 * its length, so that a burst (a router that was frozen answers a queue of lower advertisements within milliseconds) decides
 * nothing, while a router that is always too fast is seen as such. Long gaps are left out.
 */
export function medianGapNs(recorder: IntervalRecorder): number | undefined {
  if (recorder.count === 0) return undefined;
  if (recorder.count <= EXACT) return exactMedian(recorder.exact.slice(0, recorder.count).sort());
  const { lowestBin, highestBin } = recorder;
  let total = 0;
  for (let bin = lowestBin; bin <= highestBin; bin++) total += weightOf(recorder, bin);
  let seen = 0;
  for (let bin = lowestBin; bin <= highestBin; bin++) {
    const weight = weightOf(recorder, bin);
    if (weight > 0 && seen + weight >= total / 2) return (bin + (total / 2 - seen) / weight) * recorder.binNs;
    seen += weight;
  }
  return undefined;
}

/** The first gaps in the order of time, in nanoseconds; long ones are left out. */
export function firstGapsNs({ exact, count }: IntervalRecorder): Float64Array {
  return exact.slice(0, Math.min(count, EXACT));
}

/** Of gaps in ascending order. */
function exactMedian(gaps: Float64Array): number | undefined {
  let total = 0;
  for (const gap of gaps) total += gap;
  let seen = 0;
  return gaps.find((gap) => {
    seen += gap;
    return seen >= total / 2;
  });
}

/** The time that the gaps of a bin take, in bins. */
function weightOf(recorder: IntervalRecorder, bin: number): number {
  return recorder.bins[bin]! * (bin + 0.5);
}

/** How many gaps are as long as half of the median or longer: those that it speaks for. */
export function gapsBehindMedian(recorder: IntervalRecorder, medianNs: number): number {
  let gaps = 0;
  const firstBin = Math.floor(medianNs / 2 / recorder.binNs);
  for (let bin = Math.max(firstBin, recorder.lowestBin); bin <= recorder.highestBin; bin++) gaps += recorder.bins[bin]!;
  return gaps;
}
