import type { CaptureProblem } from '../capture/end.ts';
import { CaptureFileError, readCaptureFile } from '../capture/file.ts';
import type { TimeOrigin } from '../capture/time.ts';
import type { CheckedFile } from './check-captures.ts';
import type { ObserverOptions } from './observer/api.ts';
import { createObserver } from './observer/observer.ts';
import type { Observation } from './result.ts';

/** One capture and what was found out about it. */
export interface CheckedCapture {
  readonly file: string;
  readonly observation: Observation;
  /** Whether it was read to its proper end; `problem` says in words where it broke otherwise. */
  readonly complete: boolean;
  readonly problem?: string;
  /** Where several files were judged as one: each of them, in the order in which they were given. */
  readonly files?: readonly CheckedFile[];
}

export interface CheckCaptureOptions extends ObserverOptions {
  /** What times are counted from, `fromNs` and `toNs` among them; the capture's first frame or own origin unless said. */
  readonly origin?: TimeOrigin;
}

/**
 * Judges a capture file (pcap or pcapng, compressed with gzip or not; `-` is standard input) as `vrrpbench check` does.
 * Rejects with a CaptureFileError where it cannot be read or is no capture; one that is cut short is judged so far.
 */
export async function checkCapture(file: string, options: CheckCaptureOptions = {}): Promise<CheckedCapture> {
  const { origin, ...observerOptions } = options;
  const observer = createObserver(observerOptions);
  const reading = { annotations: observer, ...(origin === undefined ? {} : { origin }) };
  const { format, complete, problem } = await readCaptureFile(file, observer, reading);
  if (format === 'unknown') {
    throw new CaptureFileError(file, `${file}: ${problem?.message ?? 'this is no capture'}`);
  }
  const checked = { file, observation: observer.finish(), complete };
  if (problem === undefined) return checked;
  return { ...checked, problem: problemInWords(problem) };
}

/** Where and how a capture broke. */
export function problemInWords({ offset, frame, message }: CaptureProblem): string {
  return `at octet ${offset}, frame ${frame}: ${message}`;
}
