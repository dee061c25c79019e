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

/** Why a FIFO cannot be had, in words for the user. */
export class FifoError extends Error {
  override readonly name = 'FifoError';
}

/** Opens a FIFO, made where there is none, and starts the script that reads it. @throws FifoError, ScriptError */
export function openFifo({ path, owner, reader }: NotifyFifo, options: ScriptOptions, log: Log): Fifo {
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
