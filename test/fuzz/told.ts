import type { RunEvent } from '../../src/capture/event.ts';
import type { KeptFrame } from '../../src/capture/frame.ts';
import { createCaptureReader } from '../../src/capture/reader.ts';
import type { ObserverOptions } from '../../src/conformance/observer/api.ts';
import { createObserver } from '../../src/conformance/observer/observer.ts';
import type { Observation } from '../../src/conformance/result.ts';
import { type Annotator, createAnnotator } from '../../src/report/annotate.ts';
import { checkHtml } from '../../src/report/check-html.ts';
import { checkReport, checkReportSchema } from '../../src/report/check-json.ts';
import { checkReportPieces } from '../../src/report/check-json-pieces.ts';
import { checkText } from '../../src/report/check-text.ts';
import { styleFor } from '../../src/report/style.ts';
import type { KeptCapture } from './kept-capture.ts';

/** Judges frames as those of a capture. */
export function observeFrames(
  { interfaces }: KeptCapture,
  frames: readonly KeptFrame[],
  options: ObserverOptions = {},
  events: readonly RunEvent[] = [],
): Observation {
  const observer = createObserver(options);
  observer.origin({ unixNanoseconds: 1_795_337_858_000_000_000n });
  for (const [index, description] of interfaces.entries()) observer.interface(index, description);
  let event = 0;
  for (const [index, frame] of frames.entries()) {
    while (event < events.length && events[event]!.timeNs <= frame.timeNs) observer.event(events[event++]!);
    observer.frame({ ...frame, start: 0, end: frame.bytes.length, number: index + 1 });
  }
  observer.findings();
  return observer.finish();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const RAW_IN_TEXT = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const RAW_IN_PAGE = /[\x00-\x08\x0b-\x1f]|<script|<img|NaN|undefined/;

/**
 * Writes a capture anew with its findings as comments, and reads that: every frame is there, and every comment is printable.
 * `feed` hands the same frames on that were judged. Throws where something is missing or raw.
 */
export function annotateAndRead(observation: Observation, feed: (annotator: Annotator) => void): void {
  const pieces: Uint8Array[] = [];
  let fed = 0;
  const annotator = createAnnotator(observation, (piece) => pieces.push(piece.slice()));
  const { sink } = annotator;
  feed({
    ...annotator,
    sink: {
      ...sink,
      frame(record) {
        fed++;
        sink.frame(record);
      },
    },
  });
  annotator.end();
  let read = 0;
  const reader = createCaptureReader({ origin() {}, interface() {}, frame: () => void read++ });
  const written = Buffer.concat(pieces);
  if (written.length === 0) return;
  reader.push(written);
  const { problem, complete } = reader.end();
  if (problem !== undefined || !complete) throw new Error(`the annotated capture is broken: ${problem?.message}`);
  if (read !== fed) throw new Error(`the annotated capture has ${read} of ${fed} frames`);
}

/** Every form of output takes it, and none shows anything raw. Throws where one does not. */
export function tellInEveryForm(observation: Observation, file = 'fuzz.pcap'): void {
  const checked = { file, observation, complete: true };
  const raw = RAW_IN_TEXT.exec(checkText(checked, styleFor({}), 80));
  if (raw !== null) throw new Error(`the text has ${JSON.stringify(raw[0])} in it`);
  const report = checkReport(checked);
  checkReportSchema.parse(report);
  if ([...checkReportPieces(checked)].join('') !== JSON.stringify(report, null, 2)) {
    throw new Error('the pieces of the JSON are not the report');
  }
  const page = checkHtml(checked);
  const found = RAW_IN_PAGE.exec(page);
  if (found !== null) {
    throw new Error(
      `the page has ${JSON.stringify(page.slice(Math.max(0, found.index - 60), found.index + 20))} in it`,
    );
  }
}
