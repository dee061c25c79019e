import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { readCaptureFile } from '../capture/file.ts';
import type { FrameSink } from '../capture/frame.ts';
import { type CaptureWriter, createCaptureWriter } from '../capture/pcapng-writer.ts';
import type { ScenarioResult } from '../scenario/result.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';

/** Writes what was found into each run's capture, as comments of the packets that show it: Wireshark lists them. */
export function createCaptureReporter(): Reporter {
  return {
    async suiteFinished(outcome) {
      for (const result of outcome.results) await annotateResult(result);
    },
  };
}

/** The comments of one result's frames: findings, and expectations that were not met. */
export function commentsOf(result: ScenarioResult): ReadonlyMap<number, string> {
  const comments = new Map<number, string[]>();
  const add = (frame: number, text: string) => comments.set(frame, [...(comments.get(frame) ?? []), printable(text)]);
  for (const { requirement, verdict, router, message, frames } of result.observation?.findings ?? []) {
    if (verdict !== 'fail' && verdict !== 'warning') continue;
    for (const { number } of frames) add(number, `${verdict}: ${requirement} (${router}): ${message}`);
  }
  for (const { kind, text, verdict, expected, seen, frames } of result.expectations) {
    if (verdict !== 'fail' || kind === 'rules') continue;
    for (const { number } of frames) add(number, `${verdict}: ${text}: expected ${expected}; seen ${seen}`);
  }
  return new Map([...comments].map(([number, texts]) => [number, texts.join('\n')]));
}

async function annotateResult(result: ScenarioResult): Promise<void> {
  const comments = commentsOf(result);
  if (result.capture === undefined || result.observation === undefined || comments.size === 0) return;
  await annotateCapture(result.capture, comments);
}

/** Writes a capture anew with comments by frame number, its intent, port roles and events kept, in place of the old one. */
export async function annotateCapture(path: string, comments: ReadonlyMap<number, string>): Promise<void> {
  const unfinished = `${path}.unfinished`;
  const stream = createWriteStream(unfinished);
  const written = finished(stream);
  let writer: CaptureWriter | undefined;
  const sink: FrameSink = {
    origin(origin) {
      writer = createCaptureWriter((piece) => stream.write(piece), { origin, application: 'vrrpbench' });
    },
    interface(_, description) {
      writer?.addInterface(description);
    },
    frame(record) {
      const comment = comments.get(record.number);
      writer?.frame(record, comment === undefined ? {} : { comment });
    },
  };
  await readCaptureFile(path, sink, {
    annotations: {
      intent: (intent) => writer?.intent(intent),
      event: (event) => writer?.event(event),
    },
  });
  writer?.end();
  stream.end();
  await written;
  await rename(unfinished, path);
}
