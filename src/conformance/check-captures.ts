import { adjusted, alignClocks, type ClockOffset } from '../capture/align.ts';
import type { CaptureEnd } from '../capture/end.ts';
import { CaptureFileError } from '../capture/file.ts';
import { type MergeInput, readMerged } from '../capture/merge.ts';
import { sharedLans } from '../capture/shared-lans.ts';
import { type CaptureSpan, type Survey, surveyCapture } from '../capture/survey.ts';
import { type CheckCaptureOptions, type CheckedCapture, checkCapture, problemInWords } from './check-capture.ts';
import { createObserver } from './observer/observer.ts';

/** How a file's clock was brought to that of the first one. */
export type ClockSource =
  /** It is the clock that all the others were brought to. */
  | { readonly kind: 'reference' }
  /** The user said it. */
  | { readonly kind: 'given'; readonly offsetNs: number }
  /** Frames that both saw tell it. */
  | { readonly kind: 'measured'; readonly offset: ClockOffset }
  /** Nothing in common: taken as it is. */
  | { readonly kind: 'unknown' };

/** One of several files that were judged together. */
export interface CheckedFile {
  readonly file: string;
  readonly frames: number;
  readonly complete: boolean;
  readonly problem?: string;
  readonly clock: ClockSource;
  readonly span?: CaptureSpan;
}

export interface CheckCapturesOptions extends CheckCaptureOptions {
  /** What is to be added to the times of a file, in nanoseconds, by its path as it is given; the others are measured. */
  readonly offsets?: ReadonlyMap<string, number>;
}

const COPY_WITHIN_NS = 2_000_000;
const MOST_COPY_WITHIN_NS = 20_000_000;

/**
 * Judges captures as one, in the order of time: both routers' sides, or the pieces of a long one. Clocks are brought
 * together by frames that several files saw, and those frames count once. Rejects as `checkCapture` does.
 */
export async function checkCaptures(
  files: readonly string[],
  options: CheckCapturesOptions = {},
): Promise<CheckedCapture> {
  const { offsets, ...own } = options;
  const [only] = files;
  if (files.length === 1 && only !== undefined && offsets === undefined) return await checkCapture(only, own);
  const surveys = await surveyAll(files);
  const clocks = clocksOf(files, surveys, offsets ?? new Map());
  const lans = surveys === undefined ? undefined : sharedLans(surveys, sharedTime(surveys, clocks));
  const { origin, ...observerOptions } = own;
  const observer = createObserver(observerOptions);
  const inputs = files.map((file, index): MergeInput => {
    const adjust = adjustment(clocks[index]!);
    const known = lans?.[index];
    const span = surveys?.[index]?.span;
    return {
      file,
      ...(adjust === undefined ? {} : { adjust }),
      ...(known === undefined ? {} : { lans: known }),
      ...(span === undefined ? {} : { span }),
    };
  });
  const ends = await readMerged(inputs, observer, {
    annotations: observer,
    copyWithinNs: copyWithin(clocks),
    ...(origin === undefined ? {} : { origin }),
  });
  const checked = inputs.map((input, index) => checkedFile(input, ends[index]!, clocks[index]!));
  const problems = checked.flatMap(({ file, problem }) => (problem === undefined ? [] : [`${file}: ${problem}`]));
  return {
    file: files.join(', '),
    observation: observer.finish(),
    complete: checked.every(({ complete }) => complete),
    ...(problems.length === 0 ? {} : { problem: problems.join('; ') }),
    files: checked,
  };
}

/** Standard input can be read once: with it clocks and LANs are taken as they are. */
async function surveyAll(files: readonly string[]): Promise<readonly Survey[] | undefined> {
  if (files.includes('-')) return undefined;
  const surveys: Survey[] = [];
  for (const file of files) surveys.push(await surveyCapture(file));
  return surveys;
}

/** Each file's clock: as given, else by frames in common with the first file or one that was brought to it. */
function clocksOf(
  files: readonly string[],
  surveys: readonly Survey[] | undefined,
  offsets: ReadonlyMap<string, number>,
): readonly ClockSource[] {
  const clocks = files.map((file, index): ClockSource => {
    const offsetNs = offsets.get(file);
    if (offsetNs !== undefined) return { kind: 'given', offsetNs };
    return index === 0 ? { kind: 'reference' } : { kind: 'unknown' };
  });
  if (surveys === undefined) return clocks;
  for (let found = true; found; ) {
    found = false;
    for (const [index, clock] of clocks.entries()) {
      if (clock.kind !== 'unknown') continue;
      const offset = alignToAny(surveys, clocks, index);
      if (offset === undefined) continue;
      clocks[index] = { kind: 'measured', offset };
      found = true;
    }
  }
  return clocks;
}

function alignToAny(
  surveys: readonly Survey[],
  clocks: readonly ClockSource[],
  index: number,
): ClockOffset | undefined {
  for (const [other, clock] of clocks.entries()) {
    if (clock.kind === 'unknown' || other === index) continue;
    const offset = alignClocks(surveys[other]!, surveys[index]!);
    if (offset === undefined) continue;
    return { ...offset, offsetNs: offset.offsetNs + constantOffset(clock) };
  }
  return undefined;
}

function constantOffset(clock: ClockSource): number {
  if (clock.kind === 'given') return clock.offsetNs;
  return clock.kind === 'measured' ? clock.offset.offsetNs : 0;
}

/** How times of a file become those of the first one's clock; undefined: they are. */
export function adjustment(clock: ClockSource): ((timeNs: number) => number) | undefined {
  if (clock.kind === 'given') return (timeNs) => timeNs + clock.offsetNs;
  return clock.kind === 'measured' ? (timeNs) => adjusted(timeNs, clock.offset) : undefined;
}

/** Times of every file since the origin of the first one. */
function sharedTime(
  surveys: readonly Survey[],
  clocks: readonly ClockSource[],
): (file: number, timeNs: number) => number {
  const first = surveys[0]!.origin.unixNanoseconds;
  const moves = surveys.map(({ origin }, file) => ({
    shiftNs: Number(origin.unixNanoseconds - first),
    adjust: adjustment(clocks[file]!),
  }));
  return (file, timeNs) => {
    const { shiftNs, adjust } = moves[file]!;
    return (adjust === undefined ? timeNs : adjust(timeNs)) + shiftNs;
  };
}

/** How far apart the sightings of one frame may be. */
export function copyWithin(clocks: readonly ClockSource[]): number {
  const residuals = clocks.map((clock) => (clock.kind === 'measured' ? clock.offset.residualNs : 0));
  return Math.min(MOST_COPY_WITHIN_NS, Math.max(COPY_WITHIN_NS, 4 * Math.max(...residuals)));
}

function checkedFile(
  { file, span }: MergeInput,
  { format, frames, complete, problem }: CaptureEnd,
  clock: ClockSource,
): CheckedFile {
  if (format === 'unknown') throw new CaptureFileError(file, `${file}: ${problem?.message ?? 'this is no capture'}`);
  const words = problem === undefined ? {} : { problem: problemInWords(problem) };
  return { file, frames, complete, ...words, clock, ...(span === undefined ? {} : { span }) };
}
