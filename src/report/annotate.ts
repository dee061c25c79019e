import { closeSync, openSync, writeSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { readCaptureFile } from '../capture/file.ts';
import type { FrameSink } from '../capture/frame.ts';
import { readMerged } from '../capture/merge.ts';
import { type AddressName, type CaptureWriter, createCaptureWriter } from '../capture/pcapng-writer.ts';
import type { AnnotationSink } from '../capture/reading.ts';
import type { CheckedCapture } from '../conformance/check-capture.ts';
import { adjustment, copyWithin } from '../conformance/check-captures.ts';
import type { FrameReference, Observation } from '../conformance/result.ts';
import { parseAddress } from '../wire/address.ts';
import { subjectAndMessage } from './check-words.ts';
import { printable } from './printable.ts';

/** Findings that comment one frame; the others are in the report. */
const COMMENTS_PER_FRAME = 20;
const LABELS = { fail: 'FAIL', warning: 'WARN', inconclusive: 'OPEN' } as const;

/**
 * Writes the frames that were judged as pcapng: findings and causes as comments of the packets that show them (Wireshark's
 * `frame.comment`), interfaces with their file's name where there are several, and names for routers and virtual addresses.
 */
export async function annotateCheck(checked: CheckedCapture, path: string): Promise<void> {
  const unfinished = `${path}.unfinished`;
  const descriptor = openSync(unfinished, 'w');
  try {
    try {
      // A stream would take whatever is read faster than the disk writes, and hold it in memory.
      await copyFrames(checked, (piece) => writeAll(descriptor, piece));
    } finally {
      closeSync(descriptor);
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

function writeAll(descriptor: number, piece: Uint8Array): void {
  for (let offset = 0; offset < piece.length; ) offset += writeSync(descriptor, piece, offset);
}

async function copyFrames(
  { file, files, observation }: CheckedCapture,
  write: (piece: Uint8Array) => void,
): Promise<void> {
  const { sink, annotations, end } = createAnnotator(observation, write);
  if (files === undefined) {
    await readCaptureFile(file, sink, { annotations });
  } else {
    const clocks = files.map(({ clock }) => clock);
    const inputs = files.map((one) => {
      const adjust = adjustment(one.clock);
      const { file: path, span } = one;
      return { file: path, ...(adjust === undefined ? {} : { adjust }), ...(span === undefined ? {} : { span }) };
    });
    await readMerged(inputs, sink, { annotations, copyWithinNs: copyWithin(clocks) });
  }
  end();
}

/** Takes the frames of a capture anew, as they were judged, and writes them with their comments. */
export interface Annotator {
  readonly sink: FrameSink;
  readonly annotations: AnnotationSink;
  end(): void;
}

/** `write` is done with a piece when it returns. */
export function createAnnotator(observation: Observation, write: (piece: Uint8Array) => void): Annotator {
  const comments = commentsOf(observation);
  const sources: (string | undefined)[] = [];
  let writer: CaptureWriter | undefined;
  const sink: FrameSink = {
    origin(origin) {
      writer = createCaptureWriter(write, {
        origin,
        application: 'vrrpbench check',
        comment: summary(observation),
        writesAtOnce: true,
      });
      writer.names(namesOf(observation));
    },
    interface(index, description) {
      sources[index] = description.file;
      const whose = description.file === undefined ? [] : [basename(description.file)];
      const name = [...whose, ...(description.name === '' ? [] : [description.name])].join(' ') || `interface ${index}`;
      writer?.addInterface({ ...description, name });
    },
    frame(record) {
      const comment = comments.get(keyOf(sources[record.interfaceIndex], record.number));
      writer?.frame(record, comment === undefined ? {} : { comment: comment.join('\n') });
    },
  };
  const annotations = {
    intent: (intent: Parameters<CaptureWriter['intent']>[0]) => writer?.intent(intent),
    event: (event: Parameters<CaptureWriter['event']>[0]) => writer?.event(event),
  };
  return { sink, annotations, end: () => writer?.end() };
}

function keyOf(file: string | undefined, number: number): string {
  return `${number} ${file ?? ''}`;
}

function commentsOf({ findings, causes, interfaces }: Observation): ReadonlyMap<string, string[]> {
  const comments = new Map<string, string[]>();
  const add = (frames: readonly FrameReference[], text: string) => {
    for (const { number, interfaceIndex } of frames) {
      const key = keyOf(interfaces[interfaceIndex]?.file, number);
      const known = comments.get(key) ?? [];
      if (known.length < COMMENTS_PER_FRAME) comments.set(key, [...known, printable(text)]);
    }
  };
  for (const finding of findings) {
    const { requirement, verdict, frames } = finding;
    if (verdict !== 'fail' && verdict !== 'warning' && verdict !== 'inconclusive') continue;
    add(frames, `${LABELS[verdict]} ${requirement} ${subjectAndMessage(finding)}`);
  }
  for (const { id, certainty, text, frames } of causes) add(frames, `${certainty} cause ${id}: ${text}`);
  return comments;
}

function summary({ findings }: Observation): string {
  const failed = new Set(findings.filter(({ verdict }) => verdict === 'fail').map(({ requirement }) => requirement));
  if (failed.size === 0) return 'vrrpbench check: no requirement was broken';
  return `vrrpbench check: broken: ${[...failed].join(', ')}`;
}

/** Routers by their priority, or the name that a run gave them; virtual addresses by their VRID. */
function namesOf({ virtualRouters }: Observation): readonly AddressName[] {
  const names = new Map<string, string>();
  for (const { virtualRouterId, routers, addresses } of virtualRouters) {
    for (const { name, sourceAddress, priorities } of routers) {
      const own =
        name === sourceAddress || name.includes(' ') ? `vrrp${virtualRouterId}-priority${priorities[0] ?? 0}` : name;
      if (!names.has(sourceAddress)) names.set(sourceAddress, printable(own));
    }
    for (const address of addresses) if (!names.has(address)) names.set(address, `vrrp${virtualRouterId}-virtual`);
  }
  return [...names].flatMap(([text, name]) => {
    const address = parseAddress(text);
    return address === undefined ? [] : [{ address, name }];
  });
}
