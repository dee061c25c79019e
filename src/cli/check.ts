import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { CaptureFileError } from '../capture/file.ts';
import { nanosecondsSince, parseTime, type TimeOrigin } from '../capture/time.ts';
import type { CheckedCapture } from '../conformance/check-capture.ts';
import { checkCaptures } from '../conformance/check-captures.ts';
import type { ErratumSwitch } from '../conformance/errata.ts';
import type { Observation, Profile } from '../conformance/result.ts';
import { checkText } from '../report/check-text.ts';
import { printable } from '../report/printable.ts';
import { rulesText } from '../report/rules-text.ts';
import { styleFor } from '../report/style.ts';
import { parseDuration } from '../scenario/duration.ts';
import { EXIT_FAILED, EXIT_INCONCLUSIVE, EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';
import { IntentError, readIntent } from './intent.ts';
import { onlyRules, unknownPattern } from './only-rules.ts';

/** The options of `vrrpbench check` as commander hands them over. */
export interface CheckOptions {
  readonly vrid?: readonly number[];
  readonly from?: string;
  readonly to?: string;
  readonly profile?: Profile;
  readonly errata?: readonly ErratumSwitch[];
  readonly json?: boolean;
  /** `FILE=±DURATION`, as often as it was given. */
  readonly offset?: readonly string[];
  /** keepalived.conf files, as often as it was given. */
  readonly config?: readonly string[];
  /** Each file on its own. */
  readonly each?: boolean;
  /** Patterns of requirements; true where the list is asked for. */
  readonly rules?: string | true;
  readonly annotate?: string;
  readonly html?: string;
  readonly failOn: 'must' | 'should';
}

/** An option that cannot be used. */
class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** Judges captures, together unless each is asked for, prints what was found, and returns the exit status. */
export async function checkCommand(files: readonly string[], options: CheckOptions): Promise<number> {
  if (options.rules === true) return await listRules();
  const mistake = mistakeIn(files, options);
  if (mistake !== undefined) {
    process.stderr.write(`${printable(mistake)}\n`);
    return EXIT_UNUSABLE;
  }
  // Whoever reads may have read enough (`| head`): the callback of the write tells other failures.
  process.stdout.on('error', () => {});
  const groups = options.each === true ? files.map((file) => [file]) : [files];
  const checked: CheckedCapture[] = [];
  const statuses: number[] = [];
  let unusable = false;
  for (const group of groups) {
    const found = await checkOrComplain(group, options);
    const one = found === undefined || typeof options.rules !== 'string' ? found : onlyRules(found, options.rules);
    if (one === undefined) unusable = true;
    else checked.push(one);
    if (one !== undefined && options.json !== true)
      await print(checkText(one, styleFor(process.stdout), process.stdout.columns));
    if (one !== undefined) statuses.push(statusOf(one, options.failOn));
  }
  if (options.json === true) await printJson(checked, groups.length);
  try {
    for (const one of checked) await writeOutputs(one, options);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    process.stderr.write(`${printable(error.message)}\n`);
    return EXIT_UNUSABLE;
  }
  return unusable ? EXIT_UNUSABLE : worstStatus(statuses);
}

async function listRules(): Promise<number> {
  await print(rulesText(styleFor(process.stdout), process.stdout.columns));
  return EXIT_PASSED;
}

/** What is wrong with the command line, where something is. */
function mistakeIn(files: readonly string[], { each, annotate, html, rules }: CheckOptions): string | undefined {
  if (files.length === 0) return 'error: name at least one capture, or - for standard input';
  if (each === true && files.length > 1 && (annotate ?? html) !== undefined) {
    return 'error: --each with several files has no one output: check them one by one';
  }
  if (annotate !== undefined && files.includes('-'))
    return 'error: --annotate reads a capture twice: give it as a file';
  const target = [annotate, html].find((output) => output !== undefined && files.includes(output));
  if (target !== undefined) return `error: ${target} would overwrite what is read`;
  if (typeof rules === 'string') {
    const unknown = unknownPattern(rules);
    if (unknown !== undefined) return `error: --rules ${unknown}: no requirement is called so (--rules lists them)`;
  }
  return undefined;
}

async function writeOutputs(checked: CheckedCapture, { annotate, html }: CheckOptions): Promise<void> {
  if (annotate !== undefined) {
    const { annotateCheck } = await import('../report/annotate.ts');
    await annotateCheck(checked, annotate);
  }
  if (html !== undefined) {
    const { checkHtml } = await import('../report/check-html.ts');
    await writeFile(html, checkHtml(checked));
  }
}

async function checkOrComplain(files: readonly string[], options: CheckOptions): Promise<CheckedCapture | undefined> {
  try {
    return await checkFiles(files, options);
  } catch (error) {
    const known = [CaptureFileError, OptionError, IntentError].some((kind) => error instanceof kind);
    if (!known) throw error;
    process.stderr.write(`${(error as Error).message.split('\n').map(printable).join('\n')}\n`);
    return undefined;
  }
}

async function checkFiles(files: readonly string[], options: CheckOptions): Promise<CheckedCapture> {
  const from = timeOption('--from', options.from);
  const to = timeOption('--to', options.to);
  if (from !== undefined && to !== undefined && to.unixNanoseconds < from.unixNanoseconds) {
    throw new OptionError(`--to ${options.to}: that is before --from ${options.from}`);
  }
  // Times that a person gives are of the wall clock; the origin that they are counted from is imposed on the reader.
  const origin = from ?? to;
  const offsets = offsetsOf(files, options.offset ?? []);
  const intent = options.config === undefined ? undefined : await readIntent(options.config);
  return await checkCaptures(files, {
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.errata === undefined ? {} : { errata: new Set(options.errata) }),
    ...(options.vrid === undefined ? {} : { virtualRouterIds: new Set(options.vrid) }),
    ...(origin === undefined ? {} : { origin }),
    ...(origin === undefined || from === undefined ? {} : { fromNs: nanosecondsSince(origin, from) }),
    ...(origin === undefined || to === undefined ? {} : { toNs: nanosecondsSince(origin, to) }),
    ...(offsets.size === 0 ? {} : { offsets }),
    ...(intent === undefined ? {} : { intent }),
  });
}

/** `r2.pcap=+1.5s`: which file is moved by how much; the file by its path or its last part. */
function offsetsOf(files: readonly string[], texts: readonly string[]): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  for (const text of texts) {
    const equals = text.lastIndexOf('=');
    const name = text.slice(0, Math.max(0, equals));
    const file = files.find((one) => one === name) ?? files.find((one) => basename(one) === name);
    const [, sign, amount] = /^([+-]?)(.*)$/.exec(text.slice(equals + 1)) ?? [];
    const durationNs = parseDuration(amount ?? '');
    if (file === undefined) throw new OptionError(`--offset ${text}: none of the files is called so`);
    if (durationNs === undefined) throw new OptionError(`--offset ${text}: expected FILE=±DURATION, as r2.pcap=-1.5s`);
    offsets.set(file, sign === '-' ? -durationNs : durationNs);
  }
  return offsets;
}

function timeOption(name: string, text: string | undefined): TimeOrigin | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (time === undefined) {
    throw new OptionError(`${name} ${text}: expected a time such as 2026-11-23T08:57:38.5Z, or seconds since 1970`);
  }
  return time;
}

async function printJson(checked: readonly CheckedCapture[], groups: number): Promise<void> {
  const { checkReportPieces } = await import('../report/check-json-pieces.ts');
  if (checked.length === 0) return await print('[]\n');
  const isList = groups > 1;
  for (const [index, one] of checked.entries()) {
    if (isList) await print(index === 0 ? '[\n  ' : ',\n  ');
    for (const piece of checkReportPieces(one, isList ? '  ' : '')) await print(piece);
  }
  await print(isList ? '\n]\n' : '\n');
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
