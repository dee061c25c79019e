import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { c, check, errnoOf, LinuxError, lastErrno, nativeBuffer } from './libc.ts';

const SCHED_OTHER = 0;
const SCHED_FIFO = 1;
const SCHED_RESET_ON_FORK = 0x40000000;
const POLICY_MASK = 0xff;
const ESRCH = errnoOf('ESRCH');
const AFFINITY_OCTETS = 128;
const MCL_CURRENT_FUTURE_ONFAULT = 7;

const parameter = nativeBuffer(4);
const parameterView = new DataView(parameter.buffer);

function setScheduler(thread: number, policy: number, priority: number): number {
  parameterView.setInt32(0, priority, true);
  return c.schedSetscheduler(thread, policy, parameter);
}

/** The threads of a process; none where it is gone. */
function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

function setEveryThread(pid: number, policy: number, priority: number, context: string): void {
  const threads = pid === 0 ? [0] : threadsOf(pid);
  if (threads.length === 0) throw new LinuxError('sched_setscheduler', ESRCH, context);
  for (const thread of threads) {
    // A thread that ended meanwhile is none to raise.
    if (setScheduler(thread, policy, priority) < 0 && lastErrno() !== ESRCH) {
      throw new LinuxError('sched_setscheduler', lastErrno(), context);
    }
  }
}

/**
 * Gives this thread (0), or every thread that a process has now, SCHED_FIFO with this priority (1 to 99). Threads and
 * processes that they start later run at normal priority (SCHED_RESET_ON_FORK). To be called when a program has
 * initialised: many that start at real-time priority hold up those that run.
 * @throws LinuxError: EPERM (see `canUseRealtime`), ESRCH
 */
export function setRealtimePriority(pid: number, priority: number): void {
  setEveryThread(
    pid,
    SCHED_FIFO | SCHED_RESET_ON_FORK,
    priority,
    `give process ${pid || 'own'} real-time priority ${priority}`,
  );
}

/** Takes it back. @throws LinuxError */
export function clearRealtimePriority(pid: number): void {
  setEveryThread(pid, SCHED_OTHER | SCHED_RESET_ON_FORK, 0, `take real-time priority from process ${pid || 'own'}`);
}

/** Whether a thread (0: this one; a process id: its main thread) runs at SCHED_FIFO. */
export function isRealtime(thread: number): boolean {
  return (check(c.schedGetscheduler(thread), 'sched_getscheduler', 'read a policy') & POLICY_MASK) === SCHED_FIFO;
}

/** Whether this process may use SCHED_FIFO; tried on this thread, which is as it was afterwards. */
export function canUseRealtime(): boolean {
  if (isRealtime(0)) return true;
  if (setScheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, 1) < 0) return false;
  // Only the privileged may drop the flag; with normal priority it does nothing.
  if (setScheduler(0, SCHED_OTHER, 0) < 0) setScheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, 0);
  return true;
}

/** How long one thread has waited for a core so far; /proc/PID/schedstat, kept open. */
export interface RunQueueRecord {
  /** Reads the kernel's record anew; false once the process is gone. */
  read(): boolean;
  /** Nanoseconds that it was ready to run and had no core, all its life, when it was last read. */
  readonly waitedNs: number;
  close(): void;
}

const RECORD_OCTETS = 96;
const SPACE = 0x20;
const ZERO = 0x30;
const recordText = new Uint8Array(RECORD_OCTETS);

/**
 * Opens the record of the main thread of a process, or of the calling thread ('own'). Undefined where the process is
 * gone, or where the kernel keeps no such record (CONFIG_SCHED_INFO).
 */
export function openRunQueueRecord(process: number | 'own'): RunQueueRecord | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(`/proc/${process === 'own' ? 'thread-self' : process}/schedstat`, 'r');
  } catch {
    return undefined;
  }
  const record = {
    waitedNs: 0,
    read() {
      let length: number;
      try {
        length = readSync(descriptor, recordText, 0, RECORD_OCTETS, 0);
      } catch {
        return false;
      }
      // Time on a core, time in wait of one, turns.
      record.waitedNs = digits(recordText.indexOf(SPACE) + 1, length);
      return true;
    },
    close: () => closeSync(descriptor),
  };
  return record;
}

/** The number at a place of the record. Digits are read one by one: this is done thousands of times a second. */
function digits(start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end && recordText[at] !== SPACE; at += 1) value = value * 10 + recordText[at]! - ZERO;
  return value;
}

/** Binds this thread (0) or another to cores, counted from 0. @throws LinuxError: EINVAL for cores that there are not */
export function setAffinity(thread: number, cores: readonly number[]): void {
  const mask = nativeBuffer(AFFINITY_OCTETS);
  for (const core of cores) mask[core >> 3]! |= 1 << (core & 7);
  check(c.schedSetaffinity(thread, AFFINITY_OCTETS, mask), 'sched_setaffinity', `bind to cores ${cores.join(', ')}`);
}

/** The cores that this thread (0) or another may run on. @throws LinuxError */
export function getAffinity(thread: number): number[] {
  const mask = nativeBuffer(AFFINITY_OCTETS);
  check(c.schedGetaffinity(thread, AFFINITY_OCTETS, mask), 'sched_getaffinity', 'read the cores to run on');
  const cores: number[] = [];
  for (let core = 0; core < AFFINITY_OCTETS * 8; core += 1) if (mask[core >> 3]! & (1 << (core & 7))) cores.push(core);
  return cores;
}

/** Keeps what this process uses in memory, and what it will use; false where that is not permitted. */
export function lockMemory(): boolean {
  return c.mlockall(MCL_CURRENT_FUTURE_ONFAULT) === 0;
}
