import { writeFile } from 'node:fs';
import { type Output, openOutput } from '../../linux/output.ts';
import type { Log } from '../log.ts';

/** Writes what is asked for as JSON, a line each; nothing waits for it. */
export interface StateWriter {
  write(state: unknown): void;
  close(): Promise<void>;
}

/** Enough for 255 virtual routers with many addresses, several times. */
const MOST_WAITING_OCTETS = 8 * 1024 * 1024;
const FILE_MODE = 0o600;

/** @param target a path, whose file has the last one alone, or a descriptor */
export function createStateWriter(target: string | number, log: Log): StateWriter {
  const output: Output | undefined = typeof target === 'number' ? openOutput(target, MOST_WAITING_OCTETS) : undefined;
  let writing = false;
  let next: string | undefined;

  function fail(message: string): void {
    log.line(`the state cannot be written: ${message}`, { level: 'error', event: 'state' });
  }

  /** One at a time: of what comes meanwhile the last counts. */
  function writeNext(path: string): void {
    if (writing || next === undefined) return;
    writing = true;
    const text = next;
    next = undefined;
    writeFile(path, text, { mode: FILE_MODE }, (error) => {
      if (error !== null) fail(error.message);
      writing = false;
      writeNext(path);
    });
  }

  return {
    write(state) {
      const text = `${JSON.stringify(state)}\n`;
      if (typeof target === 'string') {
        next = text;
        writeNext(target);
      } else if (output?.write(text) === false) fail('nobody reads it');
    },
    close: () => output?.close() ?? Promise.resolve(),
  };
}
