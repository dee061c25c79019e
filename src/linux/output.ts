import { closeSync, constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { c, EAGAIN, EINTR, lastErrno } from './libc.ts';
import { MSG_DONTWAIT } from './socket-constants.ts';

/** Where text goes that nothing may wait for: a log, an answer. */
export interface Output {
  /** Takes text, whole, to write when the event loop is free; false: too much is waiting already, and it is left out. */
  write(text: string): boolean;
  /** Waits a moment for what is left, gives the rest up, and takes no more. */
  close(): Promise<void>;
}

const MSG_NOSIGNAL = 0x4000;
const RETRY_MS = 20;
const LAST_MOMENT_MS = 200;
/** Octets that are written in one go: more waits for the event loop. */
const OCTETS_A_TURN = 65_536;

/** Octets written, 0 where the reader is not ready; undefined: nobody reads any more. */
type WriteDone = (written: number | undefined) => void;
type Writer = (bytes: Uint8Array, done: WriteDone) => void;

/**
 * An output to a descriptor that stays the caller's. A reader who does not read holds up nobody: pipes and terminals are
 * opened anew without waiting, so that whoever shares the descriptor is not affected; sockets are asked not to wait;
 * files are written on libuv's pool.
 * @param mostWaiting octets that wait for a slow reader; beyond it text is left out
 */
export function openOutput(descriptor: number, mostWaiting: number): Output {
  const { write: writeSome, close: closeWriter } = openWriter(descriptor);
  let waiting: Buffer[] = [];
  let octets = 0;
  let scheduled = false;
  let writing = false;
  let gone = false;
  let onEmpty: (() => void) | undefined;

  function schedule(): void {
    if (scheduled || writing || gone) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    if (writing || gone || waiting.length === 0) return;
    writing = true;
    const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting);
    waiting = [bytes];
    writeSome(bytes.subarray(0, OCTETS_A_TURN), (written) => {
      if (gone) return;
      if (written === undefined) {
        forget();
        return;
      }
      // What came meanwhile stands behind.
      const rest = bytes.subarray(written);
      if (rest.length > 0) waiting[0] = rest;
      else waiting.shift();
      octets -= written;
      if (written === 0) {
        setTimeout(again, RETRY_MS).unref();
        return;
      }
      again();
    });
  }

  function again(): void {
    writing = false;
    if (waiting.length > 0) schedule();
    else onEmpty?.();
  }

  function forget(): void {
    gone = true;
    waiting = [];
    octets = 0;
    onEmpty?.();
  }

  return {
    write(text) {
      if (gone) return true;
      const bytes = Buffer.from(text);
      if (octets + bytes.length > mostWaiting) return false;
      waiting.push(bytes);
      octets += bytes.length;
      schedule();
      return true;
    },
    async close() {
      if (!gone && waiting.length > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LAST_MOMENT_MS);
          onEmpty = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      forget();
      closeWriter();
    },
  };
}

interface OpenWriter {
  readonly write: Writer;
  readonly close: () => void;
}

function openWriter(descriptor: number): OpenWriter {
  const nothing = (): void => {};
  try {
    const status = fstatSync(descriptor);
    if (status.isSocket()) return { write: socketWriter(descriptor), close: nothing };
    if (!status.isFile()) {
      const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_APPEND | constants.O_NOCTTY;
      const own = openSync(`/proc/self/fd/${descriptor}`, flags);
      return { write: nonBlockingWriter(own), close: () => closeSync(own) };
    }
  } catch {
    // Somebody else's terminal, or no /proc: as a file.
  }
  return { write: poolWriter(descriptor), close: nothing };
}

function socketWriter(descriptor: number): Writer {
  return (bytes, done) => {
    const written = c.sendto(descriptor, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, null, 0);
    if (written >= 0) done(written);
    else done([EAGAIN, EINTR].includes(lastErrno()) ? 0 : undefined);
  };
}

function nonBlockingWriter(descriptor: number): Writer {
  return (bytes, done) => {
    let written: number | undefined;
    try {
      written = writeSync(descriptor, bytes);
    } catch (error) {
      written = (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : undefined;
    }
    done(written);
  };
}

function poolWriter(descriptor: number): Writer {
  return (bytes, done) => {
    write(descriptor, bytes, 0, bytes.length, null, (error, written) => {
      if (error === null) done(written);
      else done(error.code === 'EAGAIN' ? 0 : undefined);
    });
  };
}
