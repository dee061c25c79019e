import { execFileSync } from 'node:child_process';
import { chownSync, closeSync, constants, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import type { NotifyFifo } from '../config/configuration.ts';
import type { Log } from './log.ts';
import { identityOf, prepareScript, type ScriptOptions, scriptOutcome, signalScript } from './scripts.ts';

/** A named pipe that lines are written to; nobody waits for its reader. */
export interface Fifo {
  write(line: string): void;
  /** Ends the script that reads it, and takes the pipe away if the router made it. */
  close(): void;
}

/** The FIFOs of a configuration; `open` is the same array after a reload. */
export interface Fifos {
  readonly open: readonly Fifo[];
  /** Opens those that are new, closes those that are gone. @throws FifoError, ScriptError */
  replace(wanted: readonly NotifyFifo[], options: ScriptOptions): void;
  close(): void;
}

/** No FIFOs yet. */
export function createFifos(log: Log): Fifos {
  const open: Fifo[] = [];
  const byKey = new Map<string, Fifo>();
  return {
    open,
    replace(wanted, options) {
      const keys = new Set(wanted.map(keyOf));
      for (const fifo of wanted) if (!byKey.has(keyOf(fifo))) byKey.set(keyOf(fifo), openFifo(fifo, options, log));
      for (const [key, fifo] of byKey) {
        if (keys.has(key)) continue;
        fifo.close();
        byKey.delete(key);
      }
      open.splice(0, open.length, ...byKey.values());
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
  const made = makeFifo(path);
  const user = owner ?? options.scriptUser;
  if (made && user !== undefined) {
    const { uid, gid } = identityOf(user);
    chownSync(path, uid, gid);
  }
  // Read and write: opening does not wait for a reader, and a reader that ends is no error.
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const child = script?.start([path]);
  let closed = false;
  let lost = 0;
  child?.once('error', (error) => log.line(`${script!.program} cannot be run: ${error.message}`));
  child?.once('exit', (code, signal) => {
    if (!closed) log.line(`${script!.program} ${scriptOutcome(code, signal) ?? 'has ended'}: nobody reads ${path}`);
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
      if (child !== undefined) signalScript(child, 'SIGTERM');
      if (made) unlinkQuietly(path);
    },
  };
}

function makeFifo(path: string): boolean {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing !== undefined) {
    if (existing.isFIFO()) return false;
    throw new FifoError(`${path} is there, but is no FIFO: name another, or remove it`);
  }
  try {
    execFileSync('mkfifo', ['-m', '600', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    throw new FifoError(`the FIFO ${path} cannot be made: ${String((error as { stderr?: unknown }).stderr ?? error)}`);
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
