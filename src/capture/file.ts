import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import type { CaptureEnd } from './end.ts';
import type { FrameSink } from './frame.ts';
import type { CaptureReader } from './reader.ts';
import { createCaptureReader } from './reader.ts';
import type { CaptureReaderOptions } from './reading.ts';

/** A capture that could not be opened or read at all; what a capture contains never raises it. */
export class CaptureFileError extends Error {
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CaptureFileError';
    this.path = path;
  }
}

const BUFFER_LENGTH = 1 << 20;
/** Of a plain file so much is read at a time; the event loop has its turn after so many pieces. */
const PIECE_LENGTH = 1 << 18;
const PIECES_A_TURN = 8;

/**
 * Reads a capture file, or standard input where `path` is `-`; gzip is recognised by its magic. A broken capture is
 * told by the returned end. Throws {@link CaptureFileError} where the file cannot be opened or read.
 */
export async function readCaptureFile(
  path: string,
  sink: FrameSink,
  options: CaptureReaderOptions = {},
): Promise<CaptureEnd> {
  const reader = createCaptureReader(sink, options);
  try {
    if (path === '-') return await readStream(process.stdin, reader);
    const descriptor = openSync(path, 'r');
    if (fstatSync(descriptor).isFile()) return await readPlainFile(descriptor, reader);
    return await readStream(createReadStream(path, { fd: descriptor, highWaterMark: BUFFER_LENGTH }), reader);
  } catch (error) {
    throw describeSystemError(path, error);
  }
}

/** What the system said about a file, in words; other errors as they are. */
export function describeSystemError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const cause = { cause: error };
  if (code === 'ENOENT') return new CaptureFileError(path, `${path}: there is no such file`, cause);
  if (code === 'EACCES') return new CaptureFileError(path, `${path}: you may not read it`, cause);
  if (code === 'EISDIR') return new CaptureFileError(path, `${path}: this is a folder, not a capture`, cause);
  if (typeof code !== 'string' || !(error instanceof Error) || !('syscall' in error)) return error;
  return new CaptureFileError(path, `${path}: ${error.message}`, cause);
}

/**
 * Reads into one small buffer that is used again: the fast way, for files on a disk. What was read is still in the
 * processor's own cache when it is looked at; read ahead by another thread, it would have to come from that thread's core.
 * The event loop has its turn now and then, so that a signal does not wait.
 */
async function readPlainFile(descriptor: number, reader: CaptureReader): Promise<CaptureEnd> {
  const buffer = new Uint8Array(PIECE_LENGTH);
  try {
    let length = readSync(descriptor, buffer);
    if (isGzip(buffer.subarray(0, length))) {
      const rest = createReadStream('', { fd: descriptor, start: 0, autoClose: false, highWaterMark: BUFFER_LENGTH });
      return await readStream(rest, reader);
    }
    for (let piece = 1; length > 0 && !reader.broken(); piece++) {
      reader.push(buffer.subarray(0, length));
      if (piece % PIECES_A_TURN === 0) await setImmediate();
      length = readSync(descriptor, buffer);
    }
    return reader.end();
  } finally {
    closeSync(descriptor);
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function readStream(stream: AsyncIterable<Uint8Array>, reader: CaptureReader): Promise<CaptureEnd> {
  const chunks = stream[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = head.length === 0 ? new Uint8Array(next.value) : Buffer.concat([head, next.value]);
  }
  if (isGzip(head)) return await readGzip(head, chunks, reader);
  reader.push(head);
  while (!reader.broken()) {
    const next = await chunks.next();
    if (next.done === true) break;
    reader.push(next.value);
  }
  await chunks.return?.();
  return reader.end();
}

/** Unpacks as it reads; what could be unpacked before the archive broke is delivered. */
async function readGzip(
  head: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
  reader: CaptureReader,
): Promise<CaptureEnd> {
  const gunzip = createGunzip({ chunkSize: BUFFER_LENGTH >> 2 });
  let failure: Error | undefined;
  let unpacked = 0;
  gunzip.on('data', (chunk: Uint8Array) => {
    unpacked += chunk.length;
    reader.push(chunk);
  });
  const closed = new Promise<void>((resolve) => {
    gunzip.on('end', resolve);
    gunzip.on('error', (error) => {
      failure = error;
      resolve();
    });
  });
  let chunk: Uint8Array | undefined = head;
  while (chunk !== undefined && failure === undefined && !reader.broken()) {
    if (!gunzip.write(chunk)) await Promise.race([new Promise((resolve) => gunzip.once('drain', resolve)), closed]);
    const next: IteratorResult<Uint8Array> = await chunks.next();
    chunk = next.done === true ? undefined : next.value;
  }
  gunzip.end();
  await closed;
  await chunks.return?.();
  const end: CaptureEnd = { ...reader.end(), compression: 'gzip' };
  return failure === undefined ? end : withBrokenArchive(end, unpacked, failure.message);
}

function withBrokenArchive(end: CaptureEnd, unpacked: number, reason: string): CaptureEnd {
  const message = `the gzip archive is broken here (${reason})`;
  const problem =
    end.problem === undefined
      ? { offset: unpacked, frame: end.frames + 1, message }
      : { ...end.problem, message: `${end.problem.message}; ${message}` };
  return { ...end, complete: false, problem };
}
