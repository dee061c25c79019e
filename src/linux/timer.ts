import { c, check, closeDescriptor, nativeBuffer } from './libc.ts';
import { watchReadable } from './watch.ts';

const CLOCK_MONOTONIC = 1;
const TFD_NONBLOCK = 0o4000;
const TFD_CLOEXEC = 0o2000000;
const TFD_TIMER_ABSTIME = 1;
const SECOND_NS = 1_000_000_000;

/** A one-shot timer of the kernel. */
export interface Timer {
  /** Fires once at this time of CLOCK_MONOTONIC (`monotonicNow`), at once if it has passed; replaces what was armed. */
  arm(absoluteMonotonicNs: number): void;
  disarm(): void;
  close(): void;
  /** Whether the timer keeps the process alive; it does from the start. */
  ref(): void;
  unref(): void;
}

const setting = nativeBuffer(32);
const settingView = new DataView(setting.buffer);
const expirations = nativeBuffer(8);

function settle(fd: number, absoluteNs: number): void {
  // it_interval stays zero: one shot. A value of zero disarms.
  settingView.setUint32(16, Math.floor(absoluteNs / SECOND_NS), true);
  settingView.setInt32(24, Math.floor(absoluteNs % SECOND_NS), true);
  check(c.timerfdSettime(fd, TFD_TIMER_ABSTIME, setting, null), 'timerfd_settime', 'arm a timer');
}

/**
 * An absolute one-shot timer (timerfd): `setTimeout` counts whole milliseconds and often fires early, this does not.
 * @param onExpiry called once for each expiry; not for one that `arm` or `disarm` overtook
 * @param onError gets what `onExpiry` throws; without it, that is an uncaught exception
 * @throws LinuxError
 */
export function createTimer(onExpiry: () => void, onError?: (error: Error) => void): Timer {
  const fd = check(c.timerfdCreate(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), 'timerfd_create', 'create a timer');
  let open = true;
  const watch = watchReadable(
    fd,
    () => {
      // Nothing to read: it was armed anew or disarmed after the loop had seen it expire.
      if (c.read(fd, expirations, 8) === 8) onExpiry();
    },
    onError,
  );
  return {
    arm(absoluteMonotonicNs) {
      if (!open) throw new Error('the timer is closed');
      if (!Number.isFinite(absoluteMonotonicNs))
        throw new RangeError(`no time to arm a timer for: ${absoluteMonotonicNs}`);
      settle(fd, Math.max(1, absoluteMonotonicNs));
    },
    disarm() {
      if (open) settle(fd, 0);
    },
    close() {
      if (!open) return;
      open = false;
      watch.close();
      closeDescriptor(fd);
    },
    ref: () => watch.ref(),
    unref: () => watch.unref(),
  };
}
