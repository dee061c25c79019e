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
  readonly bins: Uint32Array;
}

/** Bins across one interval; gaps from 0 to 1.5 intervals are counted, longer ones are missing advertisements. */
const BINS_PER_INTERVAL = 512;
const BINS = BINS_PER_INTERVAL + (BINS_PER_INTERVAL >> 1);
/** Around this many of the first gaps are kept as they are, so that short captures have exact medians. */
const EXACT = 64;

export interface IntervalRecorder extends IntervalStatistics {
  readonly exact: Float64Array;
}

export function createIntervalRecorder(): IntervalRecorder {
  return {
    binNs: 0,
    count: 0,
    longGaps: 0,
    missing: 0,
    bins: new Uint32Array(BINS),
    exact: new Float64Array(EXACT),
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
  if (bin >= BINS) {
    const intervalNs = recorder.binNs * BINS_PER_INTERVAL;
    recorder.longGaps++;
    recorder.missing += Math.max(1, Math.round(gapNs / intervalNs) - 1);
    return;
  }
  if (recorder.count < EXACT) recorder.exact[recorder.count] = gapNs;
  recorder.count++;
  recorder.bins[bin]!++;
}

function restart(recorder: IntervalRecorder, intervalNs: number): void {
  recorder.binNs = intervalNs / BINS_PER_INTERVAL;
  recorder.count = 0;
  recorder.bins.fill(0);
}

/** The median of the gaps that are no long ones, in nanoseconds; undefined where there is none. */
export function medianGapNs(recorder: IntervalRecorder): number | undefined {
  if (recorder.count === 0) return undefined;
  if (recorder.count <= EXACT) {
    const sorted = recorder.exact.slice(0, recorder.count).sort();
    return sorted[recorder.count >> 1];
  }
  const half = recorder.count / 2;
  let seen = 0;
  for (let bin = 0; bin < BINS; bin++) {
    seen += recorder.bins[bin]!;
    if (seen >= half) return within(recorder, bin, seen, half);
  }
  return undefined;
}

/** Where in its bin the median lies, the gaps taken as spread evenly. */
function within(recorder: IntervalRecorder, bin: number, seen: number, half: number): number {
  const inBin = recorder.bins[bin]!;
  const below = seen - inBin;
  return (bin + (half - below) / inBin) * recorder.binNs;
}
