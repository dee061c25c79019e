import type { Output } from '../linux/output.ts';

/** What a line is about, for who reads logs by program; a line for people has it in its words. */
export interface LogFields {
  readonly level?: 'info' | 'warn' | 'error';
  /** What happened, in one word: `transition`, `discard`. */
  readonly event?: string;
  /** The virtual router, by its name. */
  readonly instance?: string;
  readonly [field: string]: string | number | boolean | undefined;
}

/** Where the router says what happens, in lines. Nothing waits for who reads them. */
export interface Log {
  line(text: string, fields?: LogFields): void;
  /** Waits a moment for what is left: before the process ends. */
  close(): Promise<void>;
}

/** Octets of lines that wait for a slow reader; beyond this, lines are left out and counted. */
export const LOG_WAITING_OCTETS = 1024 * 1024;

/** A log of lines for people: the time, and what happened in words like keepalived's. */
export function createLog(output: Output): Log {
  let left = 0;

  function put(text: string): boolean {
    return output.write(`${new Date().toISOString()} ${text}\n`);
  }

  return {
    line(text) {
      if (left > 0 && put(`${left} lines of log were left out: nobody reads them`)) left = 0;
      if (left > 0 || !put(text)) left += 1;
    },
    close: () => output.close(),
  };
}
