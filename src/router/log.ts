import { write, writeSync } from 'node:fs';

/** Where the router says what happens, in lines. */
export interface Log {
  line(text: string): void;
  /** Writes what is left, waiting for it: before the process ends. */
  close(): void;
}

/** Lines that wait while a reader is slow; beyond this, lines are left out and counted. */
const MOST_WAITING = 10_000;
const STANDARD_ERROR = 2;

/**
 * A log to standard error that never holds up who writes to it: lines are written when the event loop is free, on
 * libuv's pool, so that a reader who does not read stops no advertisement.
 */
export function createLog(descriptor: number = STANDARD_ERROR): Log {
  let waiting: string[] = [];
  let left = 0;
  let scheduled = false;
  let writing = false;

  function take(): string {
    if (left > 0) waiting.push(`${timeText()} ${left} lines of log were left out: nobody reads them\n`);
    left = 0;
    const text = waiting.join('');
    waiting = [];
    return text;
  }

  function flush(): void {
    scheduled = false;
    if (writing || waiting.length === 0) return;
    writing = true;
    const bytes = Buffer.from(take());
    writeAll(bytes, 0);
  }

  function writeAll(bytes: Buffer, offset: number): void {
    write(descriptor, bytes, offset, bytes.length - offset, null, (error, written) => {
      if (error !== null && error.code === 'EAGAIN') {
        setTimeout(() => writeAll(bytes, offset), 10).unref();
        return;
      }
      if (error === null && offset + written < bytes.length) {
        writeAll(bytes, offset + written);
        return;
      }
      writing = false;
      if (waiting.length > 0) flush();
    });
  }

  return {
    line(text) {
      if (waiting.length >= MOST_WAITING) {
        left += 1;
        return;
      }
      waiting.push(`${timeText()} ${text}\n`);
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
    close() {
      // What is under way on the pool is written there; only what still waits is written here.
      try {
        if (waiting.length > 0 || left > 0) writeSync(descriptor, take());
      } catch {
        // Nobody reads any more, and the process ends.
      }
    },
  };
}

function timeText(): string {
  return new Date().toISOString();
}
