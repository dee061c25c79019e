import { chownSync, closeSync, constants, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import type { NotifyFifo } from '../config/configuration.ts';
import { makeFifo } from '../linux/fifo.ts';
import type { Log } from './log.ts';
import { identityOf, prepareScript, type ScriptOptions } from './scripts.ts';

const OWNER_READS_AND_WRITES = 0o600;

/** A named pipe that lines are written to; nobody waits for its reader. */
export interface Fifo {
  write(line: string): void;
  /** Ends the script that reads it, and takes the pipe away if the router made it. */
  close(): void;
}

/** The FIFOs of a configuration; `open` is the same array after a reload. */
export interface Fifos {
  readonly open: readonly Fifo[];
  /** Opens those that are new; nothing changes before `replace`. @throws FifoError, ScriptError: none of them is open */
  prepare(wanted: readonly NotifyFifo[], options: ScriptOptions): FifoChange;
  close(): void;
}

/** FIFOs that are open and wait to be used. */
export interface FifoChange {
  /** They take the place of the former, which are closed where they are not wanted any more. */
  replace(): void;
  /** Something else cannot be: the former go on. */
  discard(): void;
}

/** No FIFOs yet. */
export function createFifos(log: Log): Fifos {
  const open: Fifo[] = [];
  const byKey = new Map<string, Fifo>();
  return {
    open,
    prepare(wanted, options) {
      const keys = new Set(wanted.map(keyOf));
      const fresh = new Map<string, Fifo>();
      const discard = (): void => {
        for (const fifo of fresh.values()) fifo.close();
      };
      try {
        for (const fifo of wanted) if (!byKey.has(keyOf(fifo))) fresh.set(keyOf(fifo), openFifo(fifo, options, log));
      } catch (error) {
        discard();
        throw error;
      }
      return {
        discard,
        replace() {
          for (const [key, fifo] of byKey) {
            if (keys.has(key)) continue;
            fifo.close();
            byKey.delete(key);
          }
          for (const [key, fifo] of fresh) byKey.set(key, fifo);
          open.splice(0, open.length, ...byKey.values());
        },
      };
    },
    close() {
      for (const fifo of byKey.values()) fifo.close();
    },
  };
}

function keyOf({ path, owner, reader }: NotifyFifo): string {
  return JSON.stringify([path, owner, reader?.program, reader?.arguments, reader?.user]);
}

/** Why a FIFO cannot be had, in words for the user. */
export class FifoError extends Error {
  override readonly name = 'FifoError';
}

/** Opens a FIFO, made where there is none, and starts the script that reads it. @throws FifoError, ScriptError */
function openFifo({ path, owner, reader }: NotifyFifo, options: ScriptOptions, log: Log): Fifo {
  const script = reader === undefined ? undefined : prepareScript(reader, options);
  const made = makeWhereMissing(path);
  const user = owner ?? options.scriptUser;
  if (made && user !== undefined) {
    const { uid, gid } = identityOf(user);
    chownSync(path, uid, gid);
  }
  // Read and write: opening does not wait for a reader, and a reader that ends is no error.
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const running = script?.start([path]);
  let closed = false;
  let lost = 0;
  running?.ended.then((end) => {
    if (end.kind === 'not-run') log.line(`${script!.program} ${end.text}`);
    else if (!closed)
      log.line(`${script!.program} ${end.kind === 'well' ? 'has ended' : end.text}: nobody reads ${path}`);
  });
  return {
    write(line) {
      try {
        writeSync(descriptor, line);
        lost = 0;
      } catch (error) {
        // The pipe is full: told once, until a line is taken again.
        if (lost === 0) log.line(`${path} does not take a line: ${(error as Error).message}`);
        lost += 1;
      }
    },
    close() {
      if (closed) return;
      closed = true;
      closeSync(descriptor);
      running?.signal('SIGTERM');
      if (made) unlinkQuietly(path);
    },
  };
}

function makeWhereMissing(path: string): boolean {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing !== undefined) {
    if (existing.isFIFO()) return false;
    throw new FifoError(`${path} is there, but is no FIFO: name another, or remove it`);
  }
  try {
    makeFifo(path, OWNER_READS_AND_WRITES);
  } catch (error) {
    throw new FifoError(`the FIFO ${path} cannot be made: ${(error as Error).message}`);
  }
  return true;
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else has.
  }
}
