import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { RunEvent } from '../capture/event.ts';
import type { CaptureInterface, FrameRecord } from '../capture/frame.ts';
import type { Intent } from '../capture/intent.ts';
import { type CaptureWriter, createCaptureWriter } from '../capture/pcapng-writer.ts';
import type { TimeOrigin } from '../capture/time.ts';
import type { StageSummary } from '../stage/stage.ts';
import { makeFolder } from './folder.ts';
import type { Plan } from './plan.ts';

/** The files that a run leaves behind: its capture while it is played, then logs, configurations and the plan. */
export interface Recording {
  readonly folder: string;
  readonly capture: string;
  begin(origin: TimeOrigin, intent: Intent): void;
  interface(index: number, description: CaptureInterface): void;
  frame(record: FrameRecord): void;
  event(event: RunEvent): void;
  /** Completes the capture. Rejects where the file could not be written. */
  end(): Promise<void>;
}

/** Opens a run's folder, which is made where it is missing, and the capture in it. */
export async function openRecording(folder: string): Promise<Recording> {
  await makeFolder(folder);
  const capture = join(folder, 'capture.pcapng');
  const stream = createWriteStream(capture);
  // Told by end(): without a listener the error of a full disk would end the process.
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure = error;
  });
  const places = new Map<number, number>();
  let writer: CaptureWriter | undefined;
  return {
    folder,
    capture,
    begin(origin, intent) {
      writer = createCaptureWriter((piece) => stream.write(piece), { origin, application: 'vrrpbench' });
      writer.intent(intent);
    },
    interface(index, description) {
      if (writer !== undefined) places.set(index, writer.addInterface(description));
    },
    frame(record) {
      const place = places.get(record.interfaceIndex);
      if (place === record.interfaceIndex) writer?.frame(record);
      else if (place !== undefined) writer?.frame({ ...record, interfaceIndex: place });
    },
    event(event) {
      writer?.event(event);
    },
    async end() {
      writer?.end();
      stream.end();
      if (failure === undefined) await finished(stream);
      if (failure !== undefined) throw failure;
    },
  };
}

/** Writes the plan, and what the routers were told and said, into a run's folder. */
export async function recordSummary(folder: string, plan: Plan, summary: StageSummary): Promise<void> {
  await writeFile(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  for (const [router, lines] of Object.entries(summary.logs)) {
    await writeFile(join(folder, `${router}.log`), lines.map((line) => `${line}\n`).join(''));
  }
  for (const [router, files] of Object.entries(summary.configurations)) {
    for (const [name, text] of Object.entries(files)) {
      const flat = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-');
      await writeFile(join(folder, `${router}-${flat}`), text);
    }
  }
}
