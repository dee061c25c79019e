import { formatTime } from '../capture/time.ts';
import type { FrameReference } from '../conformance/result.ts';
import type { JudgedDeviation } from '../scenario/known-deviations.ts';
import type { ExpectationResult, ScenarioResult } from '../scenario/result.ts';
import { printable } from './printable.ts';

/** Frames and log lines that are told; the files hold them all. */
const FRAMES_TOLD = 5;
const LOG_LINES_TOLD = 10;
const DETAILS_TOLD = 10;

/** What a reader needs of a scenario that did not pass, one line each, without colours. */
export function explainResult(result: ScenarioResult): readonly string[] {
  return [
    ...(result.reason === undefined ? [] : [printable(result.reason)]),
    ...result.expectations.filter(isTold).flatMap((expectation) => explainExpectation(result, expectation)),
    ...explainKnown(result),
    ...result.unexpectedExits.flatMap(({ router, lastLogLines }) => [
      `the last lines of ${printable(router)}'s log:`,
      ...lastLogLines.slice(-LOG_LINES_TOLD).map((line) => `  ${printable(line)}`),
    ]),
    ...(result.folder === undefined
      ? []
      : [`files     ${printable(result.folder)} (capture.pcapng, timeline.txt, logs, configurations)`]),
    `again     ${printable(result.rerun)}`,
  ];
}

/** Where some of what deviates is known of the router: which, and what is new. */
function explainKnown({ deviations = [] }: ScenarioResult): readonly string[] {
  if (deviations.every(({ known }) => known === undefined)) return [];
  const news = deviations.filter(({ known }) => known === undefined);
  return [...knownLines(deviations), ...news.map((one) => `new       ${printable(nameOfDeviation(one))}`)];
}

/** `known     backup.discard-vmac: it forwards as Backup (RFC 9568 §6.4.2)`, each entry once. */
export function knownLines(deviations: readonly JudgedDeviation[]): readonly string[] {
  const entries = new Set(deviations.flatMap(({ known }) => known ?? []));
  return [...entries].map(({ requirement, finding, section }) => {
    const what = requirement === undefined ? finding : `${requirement}: ${finding}`;
    return `known     ${printable(section === undefined ? what : `${what} (${section})`)}`;
  });
}

/** What is broken or does not hold, in one line. */
export function nameOfDeviation({ requirement, expectation, message }: JudgedDeviation): string {
  return `${requirement ?? expectation}: ${message}`;
}

function isTold({ verdict }: ExpectationResult): boolean {
  return verdict === 'fail' || verdict === 'inconclusive' || verdict === 'warning';
}

function explainExpectation(result: ScenarioResult, expectation: ExpectationResult): readonly string[] {
  const place =
    expectation.line === undefined || result.file === undefined ? '' : ` (${result.file}:${expectation.line})`;
  return [
    `${expectation.verdict}: ${printable(`${expectation.text}${place}`)}`,
    `  expected  ${printable(expectation.expected)}`,
    `  seen      ${printable(expectation.seen)}`,
    ...(expectation.details ?? []).slice(0, DETAILS_TOLD).map((detail) => `    - ${printable(detail)}`),
    ...(expectation.reason === undefined ? [] : [`  because   ${printable(expectation.reason)}`]),
    ...(expectation.frames.length === 0 ? [] : [`  frames    ${describeFrames(result, expectation.frames)}`]),
  ];
}

/** `12 (r1 at 09:15:02.123456789Z), 14 (…)`, as Wireshark numbers them. */
export function describeFrames(result: ScenarioResult, frames: readonly FrameReference[]): string {
  const { observation } = result;
  const told = frames.slice(0, FRAMES_TOLD).map(({ number, timeNs, interfaceIndex }) => {
    if (observation === undefined) return `${number}`;
    const place = observation.interfaces[interfaceIndex];
    const at = place?.port?.node ?? place?.name ?? 'unknown place';
    return `${number} (${at} at ${formatTime(timeNs, observation.origin)})`;
  });
  const more = frames.length > FRAMES_TOLD ? [`and ${frames.length - FRAMES_TOLD} more`] : [];
  return printable([...told, ...more].join(', '));
}
