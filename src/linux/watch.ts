import koffi from 'koffi';
import { LinuxError, takeSocketError } from './libc.ts';

/** A descriptor on the event loop. */
export interface Watch {
  /** Ends it; may be called twice. The descriptor stays open: its owner closes it afterwards. */
  close(): void;
  /** Whether the watch keeps the process alive; it does from the start. */
  ref(): void;
  unref(): void;
}

// Everything that is watched hangs here: a poll handle that only a dead closure or an unused constant holds is
// collected, and its events stop.
const live = new Set<object>();

/** Errors that nothing explains, with nothing to read between them, after which a descriptor is given up. */
const MAXIMUM_UNEXPLAINED = 64;

/**
 * On Node.js 26 promises that a callback of koffi's poll settles wait until the event loop has something else to do,
 * which may be never; an immediate is that. Up to 24 they are settled when the callback returns.
 */
const PROMISES_WAIT = Number(process.versions.node.split('.')[0]) > 24;

function nothing(): void {}

function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

/**
 * Calls `onReadable` whenever the descriptor has something to read; level-triggered, so it should read until EAGAIN or
 * be called again. Not for regular files, and not twice for one descriptor: either ends the process.
 *
 * What `onReadable` throws goes to `onError`, and without one becomes an uncaught exception. A pending error of the
 * socket (a link that went down: ENETDOWN; a netlink socket that overflowed: ENOBUFS) goes to `onError` as a LinuxError
 * and the watch goes on; without `onError` it is dropped, since the kernel has cleared it.
 */
export function watchReadable(fd: number, onReadable: () => void, onError?: (error: Error) => void): Watch {
  let unexplained = 0;
  let open = true;
  const options = { readable: true };

  function fail(error: unknown): void {
    if (!onError) {
      throwLater(error);
      return;
    }
    try {
      onError(error instanceof Error ? error : new Error(String(error)));
    } catch (second) {
      throwLater(second);
    }
  }

  function recover(status: number): void {
    const errno = takeSocketError(fd);
    unexplained = errno === 0 ? unexplained + 1 : 0;
    if (unexplained > MAXIMUM_UNEXPLAINED) {
      watch.close();
      fail(new LinuxError('poll', -status, `go on watching descriptor ${fd}`));
      return;
    }
    // After an error libuv has stopped the handle; it is started anew, on the same descriptor.
    handle.start(options, onPoll);
    if (errno !== 0 && onError) fail(new LinuxError('poll', errno, `read from descriptor ${fd}`));
  }

  function onPoll(statusOrEvents: unknown): void {
    if (!open) return;
    const status = statusOrEvents as number;
    try {
      if (status < 0) {
        recover(status);
      } else {
        unexplained = 0;
        onReadable();
      }
    } catch (error) {
      fail(error);
    }
    if (PROMISES_WAIT) setImmediate(nothing);
  }

  // The callback's arguments are (status, events), whatever the declaration of koffi says.
  const handle = koffi.node.poll(fd, options, onPoll);
  const watch: Watch = {
    close() {
      if (!open) return;
      open = false;
      live.delete(holder);
      handle.stop();
      handle.close();
    },
    ref() {
      if (open) handle.ref();
    },
    unref() {
      if (open) handle.unref();
    },
  };
  const holder = { handle, watch, onPoll };
  live.add(holder);
  return watch;
}

/** How many descriptors are watched; for tests of what is left over. */
export function watchCount(): number {
  return live.size;
}
