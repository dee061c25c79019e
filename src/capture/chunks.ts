import { createReadStream, openSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { describeSystemError } from './file.ts';

const GZIP_MAGIC = [0x1f, 0x8b] as const;

/** The octets of a capture, unpacked, as they are asked for; `failure` says how the archive broke, once they are over. */
export interface CaptureChunks {
  next(): Promise<Uint8Array | undefined>;
  failure(): string | undefined;
  close(): void;
}

/**
 * Opens a capture for reading in pieces of about this length; `-` is standard input. Throws a CaptureFileError where it
 * cannot be opened.
 */
export async function openChunks(path: string, pieceLength: number): Promise<CaptureChunks> {
  try {
    const stream =
      path === '-' ? process.stdin : createReadStream('', { fd: openSync(path, 'r'), highWaterMark: pieceLength });
    return await unpack(path, stream, pieceLength);
  } catch (error) {
    throw describeSystemError(path, error);
  }
}

async function unpack(
  path: string,
  stream: NodeJS.ReadableStream & AsyncIterable<unknown>,
  pieceLength: number,
): Promise<CaptureChunks> {
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const first = await pieces.next();
  const head = first.done === true ? undefined : first.value;
  let failure: string | undefined;
  const packed = head !== undefined && head.length > 1 && head[0] === GZIP_MAGIC[0] && head[1] === GZIP_MAGIC[1];
  const source = packed ? gunzip(pieces, head, pieceLength) : plain(pieces, head);

  return {
    async next() {
      try {
        const { value, done } = await source.next();
        return done === true ? undefined : value;
      } catch (error) {
        if (!packed) throw describeSystemError(path, error);
        failure = (error as Error).message;
        return undefined;
      }
    },
    failure: () => failure,
    close() {
      void pieces.return?.();
    },
  };
}

async function* plain(
  pieces: AsyncIterator<Uint8Array>,
  head: Uint8Array | undefined,
): AsyncGenerator<Uint8Array, undefined> {
  if (head === undefined) return;
  yield head;
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
}

async function* gunzip(
  pieces: AsyncIterator<Uint8Array>,
  head: Uint8Array,
  pieceLength: number,
): AsyncGenerator<Uint8Array, undefined> {
  const unpacker = createGunzip({ chunkSize: pieceLength });
  const feeding = feed(unpacker, pieces, head);
  // Its failure is the unpacker's, which the loop below meets.
  feeding.catch(() => {});
  for await (const piece of unpacker) yield piece as Uint8Array;
}

async function feed(
  unpacker: ReturnType<typeof createGunzip>,
  pieces: AsyncIterator<Uint8Array>,
  head: Uint8Array,
): Promise<void> {
  try {
    for (let piece: Uint8Array | undefined = head; piece !== undefined && !unpacker.destroyed; ) {
      if (!unpacker.write(piece)) await roomIn(unpacker);
      const next: IteratorResult<Uint8Array> = await pieces.next();
      piece = next.done === true ? undefined : next.value;
    }
    unpacker.end();
  } catch (error) {
    unpacker.destroy(error as Error);
  }
}

function roomIn(unpacker: ReturnType<typeof createGunzip>): Promise<void> {
  return new Promise((resolve) => {
    unpacker.once('drain', resolve);
    unpacker.once('close', resolve);
  });
}
