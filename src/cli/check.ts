import { CaptureFileError } from '../capture/file.ts';
import { nanosecondsSince, parseTime, type TimeOrigin } from '../capture/time.ts';
import { type CheckedCapture, checkCapture } from '../conformance/check-capture.ts';
import type { ErratumSwitch } from '../conformance/errata.ts';
import type { Observation, Profile } from '../conformance/result.ts';
import { checkText } from '../report/check-text.ts';
import { printable } from '../report/printable.ts';
import { styleFor } from '../report/style.ts';
import { EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';

/** The options of `vrrpbench check` as commander hands them over. */
export interface CheckOptions {
  readonly vrid?: readonly number[];
  readonly from?: string;
  readonly to?: string;
  readonly profile?: Profile;
  readonly errata?: readonly ErratumSwitch[];
  readonly json?: boolean;
  readonly failOn: 'must' | 'should';
}

/** A time option that is none. */
class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** Judges captures, prints what was found, and returns the exit status. */
export async function checkCommand(files: readonly string[], options: CheckOptions): Promise<number> {
  const checked: CheckedCapture[] = [];
  const statuses: number[] = [];
  let unusable = false;
  for (const file of files) {
    const one = await checkOrComplain(file, options);
    if (one === undefined) unusable = true;
    else if (options.json === true) checked.push(one);
    else await print(checkText(one, styleFor(process.stdout)));
    if (one !== undefined) statuses.push(statusOf(one, options.failOn));
  }
  if (options.json === true) await printJson(checked, files.length);
  return unusable ? EXIT_UNUSABLE : worstStatus(statuses);
}

async function checkOrComplain(file: string, options: CheckOptions): Promise<CheckedCapture | undefined> {
  try {
    return await checkFile(file, options);
  } catch (error) {
    if (!(error instanceof CaptureFileError) && !(error instanceof OptionError)) throw error;
    process.stderr.write(`${printable(error.message)}\n`);
    return undefined;
  }
}

async function checkFile(file: string, options: CheckOptions): Promise<CheckedCapture> {
  const from = timeOption('--from', options.from);
  const to = timeOption('--to', options.to);
  // Times that a person gives are of the wall clock; the origin that they are counted from is imposed on the reader.
  const origin = from ?? to;
  return await checkCapture(file, {
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.errata === undefined ? {} : { errata: new Set(options.errata) }),
    ...(options.vrid === undefined ? {} : { virtualRouterIds: new Set(options.vrid) }),
    ...(origin === undefined ? {} : { origin }),
    ...(origin === undefined || from === undefined ? {} : { fromNs: nanosecondsSince(origin, from) }),
    ...(origin === undefined || to === undefined ? {} : { toNs: nanosecondsSince(origin, to) }),
  });
}

function timeOption(name: string, text: string | undefined): TimeOrigin | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (time === undefined) {
    throw new OptionError(`${name} ${text}: expected a time such as 2026-11-23T08:57:38.5Z, or seconds since 1970`);
  }
  return time;
}

async function printJson(checked: readonly CheckedCapture[], files: number): Promise<void> {
  const { checkReport } = await import('../report/check-json.ts');
  const reports = checked.map(checkReport);
  await print(`${JSON.stringify(files === 1 ? (reports[0] ?? []) : reports, null, 2)}\n`);
}

function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === undefined || error === null) resolve();
      else if ('code' in error && error.code === 'EPIPE') resolve();
      else reject(error);
    });
  });
}

function statusOf({ observation, complete }: CheckedCapture, failOn: 'must' | 'should'): number {
  if (observation.findings.some((finding) => fails(finding, failOn))) return EXIT_FAILED;
  if (!complete || judgedNothing(observation)) return EXIT_INCONCLUSIVE;
  const open = observation.findings.some(({ verdict }) => verdict === 'inconclusive');
  return open ? EXIT_INCONCLUSIVE : EXIT_PASSED;
}

function fails({ verdict, level }: Observation['findings'][number], failOn: 'must' | 'should'): boolean {
  return verdict === 'fail' || (failOn === 'should' && verdict === 'warning' && level !== 'information');
}

function judgedNothing({ judged, virtualRouters }: Observation): boolean {
  return judged.length === 0 || virtualRouters.length === 0;
}

/** A failure anywhere is a failure; else whatever stayed open. */
function worstStatus(all: readonly number[]): number {
  if (all.includes(EXIT_FAILED)) return EXIT_FAILED;
  return all.includes(EXIT_INCONCLUSIVE) || all.length === 0 ? EXIT_INCONCLUSIVE : EXIT_PASSED;
}
