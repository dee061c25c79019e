/** Octets before each message: its length, big-endian. */
export const LENGTH_OCTETS = 4;

/** A message longer than this is not one of ours: the channel is out of step and is given up. */
export const LONGEST_MESSAGE = 64 * 1024 * 1024;

/** Puts the length before a message, ready to be written to a channel. */
export function packMessage(body: Uint8Array): Buffer {
  const packed = Buffer.allocUnsafe(LENGTH_OCTETS + body.length);
  packed.writeUInt32BE(body.length, 0);
  packed.set(body, LENGTH_OCTETS);
  return packed;
}

/** Packs a value as JSON. */
export function packJson(value: unknown): Buffer {
  return packMessage(Buffer.from(JSON.stringify(value), 'utf8'));
}

/**
 * Cuts a stream of chunks into messages. A message is handed out as a view of the chunk where it lies in one piece; the
 * views are never overwritten, so that they may be kept.
 * @throws Error on a length beyond LONGEST_MESSAGE, from the returned function
 */
export function createMessageReader(onMessage: (body: Buffer) => void): (chunk: Buffer) => void {
  let pieces: Buffer[] = [];
  let held = 0;
  let wanted = LENGTH_OCTETS;

  function lengthAt(bytes: Buffer, offset: number): number {
    const length = bytes.readUInt32BE(offset);
    if (length > LONGEST_MESSAGE) throw new Error(`a message of ${length} octets: the channel is out of step`);
    return length;
  }

  return (chunk) => {
    pieces.push(chunk);
    held += chunk.length;
    if (held < wanted) return;
    const bytes = pieces.length === 1 ? chunk : Buffer.concat(pieces, held);
    let offset = 0;
    wanted = LENGTH_OCTETS;
    while (bytes.length - offset >= LENGTH_OCTETS) {
      const end = offset + LENGTH_OCTETS + lengthAt(bytes, offset);
      if (end > bytes.length) {
        wanted = end - offset;
        break;
      }
      onMessage(bytes.subarray(offset + LENGTH_OCTETS, end));
      offset = end;
    }
    held = bytes.length - offset;
    pieces = held === 0 ? [] : [bytes.subarray(offset)];
  };
}
